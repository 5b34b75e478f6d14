"""Weeks before the plan count as conservative care only where a record shows them."""

import datetime as dt

import pytest
from django.urls import reverse

from core.lib.errors import Refused
from rehab.plan_body import Care, PriorCare
from rehab.selectors.pathway import window_of
from rehab.services.versions import add_version, locked
from tests.cast import NOW
from tests.factories.plans import TODAY, WEEK, Planned

pytestmark = pytest.mark.django_db
SHOWN = Care(what="Therapy elsewhere", from_on=TODAY - 8 * WEEK,
             to_on=TODAY - 4 * WEEK - dt.timedelta(days=1), shown_by="PT notes")  # fmt: skip


@pytest.fixture
def story(cast):
    return Planned(cast)


def window(story, weeks=0):
    return window_of(story.plan, story.body, today=TODAY + weeks * WEEK)


def test_a_day_before_the_plan_is_refused_with_where_to_write_it(story):
    with pytest.raises(Refused, match="Write earlier care under “Care so far” with the record"):
        story.write("prior_care", PriorCare(window_weeks=6, started_on=TODAY - 9 * WEEK))
    story.write("prior_care", PriorCare(window_weeks=6, started_on=TODAY, care=(SHOWN,)))
    assert (window(story).state, window(story).weeks_done) == ("open", 4)
    assert (window(story, 2).state, window(story, 2).weeks_done) == ("complete", 6)


def test_it_may_be_counted_from_a_later_day(story):
    story.write("prior_care", PriorCare(window_weeks=6, started_on=TODAY + WEEK))
    assert window(story, 3).weeks_done == 2


def test_what_an_older_plan_says_is_told_and_does_not_count(story, cast):
    old = PriorCare(window_weeks=6, started_on=TODAY - 9 * WEEK)
    body = story.body.model_copy(update={"prior_care": old})
    add_version(locked(story.plan), body, part="prior_care", why="", by=cast.amin, now=NOW)
    assert window(story).state == "open"
    assert window(story).reason == "0 of 6 weeks, 9 weeks not documented."
    story.write("prior_care", old.model_copy(update={"care": (SHOWN,)}))  # its day is let be
    assert window(story).reason == "4 of 6 weeks, 5 weeks not documented."


def test_the_form_says_it_beside_the_field(story, cast, as_user, time_machine):
    time_machine.move_to(NOW, tick=False)
    address = reverse("rehab:part", args=[story.pk, "prior_care"])
    body = {"version": "1", "window_weeks": "6", "started_on": "2026-09-01"}
    answer = as_user(cast.amin).post(address, body)
    assert answer.status_code == 422
    assert "The plan began on Tue 24 Nov 2026" in answer.content.decode()
    good = as_user(cast.amin).post(address, body | {"started_on": "2026-11-24"})
    assert good.status_code == 302
