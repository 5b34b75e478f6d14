"""A plan ends with a reason; it stays readable, and what it promised is called off."""

import pytest
import time_machine
from django.urls import reverse

from core.lib.errors import Conflict, Forbidden, Refused
from rehab.limit_rules import Limit
from rehab.services.limits import lift, set_restrictions
from rehab.services.plans import end_plan
from rehab.services.versions import refresh_limits
from tests.cast import NOW
from tests.factories.plans import GOAL, Planned

pytestmark = pytest.mark.django_db
WHY = "Goal reached, home programme"


@pytest.fixture
def story(cast):
    with time_machine.travel(NOW, tick=False):
        made = Planned(cast)
        made.write("goal", GOAL)
        yield made


def end(story, by, reason=WHY, version=None):
    version = story.plan.version if version is None else version
    return end_plan(plan=story.plan, reason=reason, by=by, now=NOW, version=version)


def test_it_ends_from_its_page_and_stays_readable(cast, as_user, story):
    browser, page = as_user(cast.ruiz), reverse("rehab:plan", args=[story.pk])
    assert "End this plan" in browser.get(page).content.decode()
    form = {"reason": WHY, "version": str(story.plan.version)}
    assert browser.post(reverse("rehab:end_plan", args=[story.pk]), form).status_code == 302
    assert (story.plan.ended_by, story.plan.end_reason) == (cast.ruiz, WHY)
    shown = browser.get(page).content.decode()
    assert WHY in shown and GOAL.words in shown and "End this plan" not in shown
    assert reverse("rehab:part", args=[story.pk, "goal"]) not in shown
    plans = browser.get(reverse("rehab:plans", args=[cast.okafor.pk])).content.decode()
    assert "Ended" in plans and "Begin the plan" in plans


def test_an_ended_plan_is_not_ended_again(cast, story):
    end(story, cast.amin)
    with pytest.raises(Conflict, match="ended"):
        end(story, cast.amin)


@pytest.mark.parametrize("reason", ["", "  ", "ok"])
def test_a_reason_is_wanted(cast, story, reason):
    with pytest.raises(Refused, match="Write why"):
        end(story, cast.amin, reason=reason)
    end(story, cast.amin)


def test_who_ends_it_has_read_it(cast, story):
    before = story.plan.version
    story.write("goal", type(GOAL)(words="Stand all day"))
    with pytest.raises(Conflict, match="changed since"):
        end(story, cast.amin, version=before)
    end(story, cast.amin)


def test_only_who_writes_plans(cast, story):
    for name in ("ana", "park", "cole"):
        with pytest.raises(Forbidden):
            end(story, getattr(cast, name))
    assert end(story, cast.lang).ended_at == NOW


def test_the_form_of_an_ended_plan_says_so(cast, as_user, story):
    end(story, cast.amin)
    address = reverse("rehab:part", args=[story.pk, "goal"])
    typed = {"words": "Stand", "version": "2", "was_head": "2"}
    answer = as_user(cast.amin).post(address, typed)
    assert answer.status_code == 409 and b"was ended" in answer.content
    assert b"Stand" in answer.content


def test_a_limit_is_set_while_the_plan_is_being_ended(cast, story):
    before = story.plan
    refresh_limits(before, by=cast.amin, now=NOW)
    assert story.plan.head == before.head  # nothing is limited yet
    rows = set_restrictions(
        patient=cast.okafor, source="physician", source_words="Dr. Amin, by phone",
        limits=[Limit("lift", "No lifting", NOW.date(), until="seen again")],
        by=cast.amin, now=NOW,
    )  # fmt: skip
    told = story.plan
    assert len(rows) == 1 and told.head == before.head + 1
    end(story, cast.amin)
    lift(restriction=rows[0], reason="seen again", by=cast.amin, now=NOW, version=1)
    refresh_limits(told, by=cast.amin, now=NOW)  # read before the plan had ended
    assert story.plan.head == told.head and story.plan.ended_at


def test_a_problem_is_not_closed_while_its_plan_runs(cast, as_user, story):
    door = reverse("home:end_entry", args=[cast.okafor.pk, "problem", story.episode.pk])
    with time_machine.travel(NOW, tick=False):
        told = as_user(cast.ana).post(door, {"reason": "Cared for no more"})
        words = told.content.decode()
        assert told.status_code == 422 and "The plan of this problem is running" in words
        assert reverse("rehab:plan", args=[story.pk]) not in words  # not hers to open
        assert "Cared for no more" in words
        for_amin = as_user(cast.amin).post(door, {"reason": "Cared for no more"}).content.decode()
        assert reverse("rehab:plan", args=[story.pk]) in for_amin
        assert as_user(cast.zoe).post(door, {"reason": "Cared for no more"}).status_code == 404
        story.episode.refresh_from_db()
        assert story.episode.closed_on is None
        end(story, cast.amin)
        assert as_user(cast.ana).post(door, {"reason": "Cared for no more"}).status_code == 302
    story.episode.refresh_from_db()
    assert story.episode.closed_on == NOW.date()
