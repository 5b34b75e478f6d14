"""Everybody on the team reads what changed, each for themselves, and who has not is seen."""

import datetime as dt

import pytest
import time_machine
from django.urls import reverse

from core.accounts.roles import Role
from core.events.services import dispatch
from core.lib.errors import Forbidden, NotFound
from core.people.models import CareTeamMember
from core.people.services import join_care_team
from core.people.services.care import leave_care_team
from rehab.models import PlanAck
from rehab.plan_body import Medication, Tolerance, Work
from rehab.selectors.fetching import row_for
from rehab.selectors.plans import last_read
from rehab.services.plans import acknowledge, end_plan
from tests.cast import NOW
from tests.factories.plans import GOAL, WRITTEN, Planned, restricted

pytestmark = pytest.mark.django_db
LATER = NOW + dt.timedelta(hours=1)


@pytest.fixture
def story(cast):
    with time_machine.travel(NOW, tick=False):
        yield Planned(cast)


def joins(cast, user, role):
    member = join_care_team(patient=cast.okafor, user=user, role=role, by=cast.ana, now=NOW)
    dispatch(now=NOW + dt.timedelta(seconds=5))
    return member


def test_the_team_is_asked_and_the_author_has_read_it(cast, story):
    assert story.ack(cast.amin).acknowledged_at == NOW
    assert story.ack(cast.ruiz).acknowledged_at is None
    item = story.items("plan_changed").get()
    assert (item.owner, item.reason) == (cast.ruiz, "The plan was changed")
    for words in ("Okafor", "radicular", "pain"):  # the front desk reads item reasons
        assert words not in item.reason


def test_i_have_read_it(cast, as_user, story):
    ack = story.ack(cast.ruiz)
    browser = as_user(cast.ruiz)
    page = browser.get(reverse("rehab:changed", args=[ack.pk])).content.decode()
    assert "You have not read this plan before" in page and "L5-S1 radicular pain" in page
    assert browser.post(reverse("rehab:acknowledge", args=[ack.pk])).status_code == 302
    ack.refresh_from_db()
    assert ack.acknowledged_at == NOW and not story.items("plan_changed").exists()
    story.write("goal", GOAL)
    page = browser.get(reverse("rehab:changed", args=[story.ack(cast.ruiz).pk])).content.decode()
    assert "Since version 1, which you read last" in page
    assert GOAL.words in page and "L5-S1 radicular pain" not in page


def test_read_again_keeps_the_first_time(cast, story):
    ack = story.ack(cast.ruiz)
    for at in (NOW, LATER):
        acknowledge(ack=ack, by=cast.ruiz, now=at)
    ack.refresh_from_db()
    assert ack.acknowledged_at == NOW


def test_nobody_reads_for_somebody_else(cast, story):
    ack = story.ack(cast.ruiz)
    with pytest.raises(Forbidden, match="for themselves"):
        acknowledge(ack=ack, by=cast.amin, now=NOW)
    for outsider in (cast.quist, cast.berg):
        with pytest.raises(NotFound):
            row_for(PlanAck, outsider, ack.pk, now=NOW)
    ack.refresh_from_db()
    assert ack.acknowledged_at is None and row_for(PlanAck, cast.amin, ack.pk, now=NOW)


def test_a_later_version_overtakes_and_asks_about_everything_since(cast, story):
    first = story.ack(cast.ruiz)
    story.write("goal", GOAL)
    story.write("medication", WRITTEN["medication"])
    first.refresh_from_db()
    assert first.overtaken_at == NOW and story.items("plan_changed").count() == 1
    acknowledge(ack=story.ack(cast.ruiz), by=cast.ruiz, now=NOW)
    assert last_read(cast.ruiz, story.plan, before=99) == 3
    assert not story.items("plan_changed").exists()
    acknowledge(ack=first, by=cast.ruiz, now=LATER)  # an old page: true, and it changes nothing
    assert last_read(cast.ruiz, story.plan, before=99) == 3


def test_whoever_joins_later_reads_the_plan_as_it_is(cast, story):
    story.write("goal", GOAL)
    assert not PlanAck.objects.filter(user=cast.lang).exists()
    member = joins(cast, cast.lang, Role.BEHAVIORAL_HEALTH)
    ack = story.ack(cast.lang)
    assert ack.acknowledged_at is None
    assert story.items("plan_changed").filter(owner=cast.lang).count() == 1
    leave_care_team(member=member, by=cast.ana, now=NOW)
    joins(cast, cast.lang, Role.BEHAVIORAL_HEALTH)
    assert story.ack(cast.lang) == ack
    assert story.items("plan_changed").filter(owner=cast.lang).count() == 1


def test_who_reads_no_charts_is_asked_nothing(cast, story):
    joins(cast, cast.ben, Role.FRONT_DESK)
    story.write("goal", GOAL)
    assert not PlanAck.objects.filter(user=cast.ben).exists()
    assert PlanAck.objects.filter(user=cast.ruiz).exists()


def test_who_left_the_team_is_asked_no_more(cast, story):
    CareTeamMember.objects.filter(user=cast.ruiz).update(to_on=NOW.date() - dt.timedelta(days=1))
    story.write("goal", GOAL)
    assert not PlanAck.objects.filter(plan_version=story.head, user=cast.ruiz).exists()
    assert not story.items("plan_changed").exists()


def test_twice_on_the_team_is_asked_once(cast, story):
    joins(cast, cast.ruiz, Role.COORDINATOR)
    story.write("goal", GOAL)
    assert PlanAck.objects.filter(plan_version=story.head, user=cast.ruiz).count() == 1


def test_it_stands_on_their_today_and_on_nobody_elses(cast, as_user, story):
    address = reverse("rehab:changed", args=[story.ack(cast.ruiz).pk])
    today = reverse("home:today")
    assert address in as_user(cast.ruiz).get(today).content.decode()
    for other in (cast.berg, cast.quist):
        assert address not in as_user(other).get(today).content.decode()


def test_the_plan_shows_who_has_read_it(cast, as_user, story):
    address = reverse("rehab:plan", args=[story.pk])
    page = as_user(cast.amin).get(address).content.decode()
    assert "not yet" in page and "Lena Ruiz" in page
    acknowledge(ack=story.ack(cast.ruiz), by=cast.ruiz, now=NOW)
    assert "not yet" not in as_user(cast.amin).get(address).content.decode()


def test_the_end_of_the_plan_ends_the_asking(cast, story):
    end_plan(plan=story.plan, reason="goal reached", by=cast.amin, now=LATER,
             version=story.plan.version)  # fmt: skip
    assert story.ack(cast.ruiz).overtaken_at == LATER
    assert not story.items("plan_changed").exists()
    joins(cast, cast.lang, Role.BEHAVIORAL_HEALTH)
    assert not PlanAck.objects.filter(user=cast.lang).exists()


def test_a_plan_hallway_itself_changed_asks_everybody(cast, story):
    restricted(cast, by=None, source="procedure", source_words="Injection, 24 Nov")
    assert story.head.made_by is None and not story.head.cosign_needed
    assert story.ack(cast.amin).acknowledged_at is None
    acknowledge(ack=story.ack(cast.amin), by=cast.amin, now=NOW)
    story.write("tolerance", Tolerance(words="Stands 10 minutes"))
    assert story.ack(cast.amin).acknowledged_at == NOW


@pytest.mark.parametrize("by", ["amin", None])
def test_an_unread_change_is_not_read_by_writing(cast, as_user, story, by):
    """Amin stops the loading, or a limit comes in; Ruiz, who has not read it, saves a form that
    was open before."""
    acknowledge(ack=story.ack(cast.ruiz), by=cast.ruiz, now=NOW)
    base = story.plan.head
    if by:
        story.write("medication", Medication(lines=("STOP loading: new fracture",)))
        news = "STOP loading"
    else:
        restricted(cast, by=None, source="procedure", source_words="Injection, 24 Nov")
        news = "Lift at most 15 lb"
    story.write("work", Work(job="Manager"), by=cast.ruiz, base=base)
    mine = story.ack(cast.ruiz)
    assert mine.acknowledged_at is None
    assert story.items("plan_changed").filter(owner=cast.ruiz).get().subject_id == mine.pk
    page = as_user(cast.ruiz).get(reverse("rehab:changed", args=[mine.pk])).content.decode()
    assert "Since version 1, which you read last" in page and news in page
    acknowledge(ack=mine, by=cast.ruiz, now=NOW)
    story.write("work", Work(job="Warehouse manager"), by=cast.ruiz)  # now she knows what stood
    assert story.ack(cast.ruiz).acknowledged_at == NOW
    assert not story.items("plan_changed").filter(owner=cast.ruiz).exists()
