"""The page of a patient: one plan, two, none, an ended one; for clinicians and for the desk."""

import datetime as dt
import re

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from config.home.chart import TABS, chart_rows
from config.home.since import PAGE
from config.home.skim import skim
from core.audit.models import AuditEvent
from core.people.models import Patient
from core.people.services import join_care_team, merge
from intake.models import Appointment
from rehab.limit_rules import Limit
from rehab.plan_body import Hypothesis
from rehab.services.limits import lift
from rehab.services.plans import end_plan, start_plan
from tests.cast import NOW
from tests.factories.plans import TODAY, WEEK, Planned, restricted
from tests.factories.schedule import Schedule
from tests.guards.test_queries import flag_of

pytestmark = pytest.mark.django_db
GOAL, DECISION = "Stand and work 45 minutes, by Tue 12 Jan 2027", "decision due Tue 5 Jan 2027"
CLINICAL = ("Stand and work", "decision due", "Left leg pain", "L5-S1", "Lift at most 15 lb",
            "Extension preference", "gabapentin")  # fmt: skip
READERS = ("amin", "ruiz", "lang", "park")


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def story(cast):
    story = Planned(cast)
    story.write_all()
    return story


@pytest.fixture
def body(cast, as_user):
    def of(who, patient=None, route="home:patient"):
        answer = as_user(who).get(reverse(route, args=[(patient or cast.okafor).pk]))
        assert answer.status_code == 200, route
        return re.sub(r"\s+", " ", answer.content.decode())

    return of


def second(cast, story, **more):
    """A plan of another problem; begun a week before the first unless said."""
    from core.people.services import open_episode

    knee = open_episode(patient=cast.okafor, problem="Knee pain, right", region="knee", by=cast.ana,
                        now=NOW)  # fmt: skip
    words = Hypothesis(words="Right knee", lane="knee_oa", side="right")
    at = more.get("now", NOW - dt.timedelta(days=7))
    return start_plan(episode=knee, hypothesis=words, by=cast.amin, now=at)


# --- on every page --------------------------------------------------------------------------------


@pytest.mark.parametrize("who", READERS)
def test_the_goal_and_the_next_decision_are_on_every_page(cast, story, body, who):
    reader = getattr(cast, who)
    mine = [(route, perm) for _, _, route, perm in TABS if reader.may(perm)]
    assert len(mine) >= 8
    for route, _ in mine:
        page = body(reader, route=route)
        assert GOAL in page and DECISION in page, route
        assert reverse("rehab:plan", args=[story.pk]) in page


@pytest.mark.parametrize("who", ["ana", "cole"])
def test_who_reads_no_plan_reads_no_word_of_one_on_any_page(cast, story, body, who):
    restricted(cast)
    assert all(word in body(cast.amin) for word in CLINICAL[:2]), "the words are there to be read"
    reader = getattr(cast, who)
    for _, _, route, perm in TABS:
        if reader.may(perm):
            page = body(reader, route=route)
            assert not [word for word in CLINICAL if word in page], route


def test_an_outsider_and_a_partner_off_the_team_find_nothing(cast, story, as_user, body):
    for who in (cast.zoe, cast.quist, cast.mora, cast.berg):
        for _, _, route, perm in TABS:
            if who.may(perm):
                answer = as_user(who).get(reverse(route, args=[cast.okafor.pk]))
                assert answer.status_code == 404, route
    join_care_team(patient=cast.okafor, user=cast.berg, role="therapist", by=cast.ana, now=NOW)
    assert GOAL in body(cast.berg)


# --- which plan -----------------------------------------------------------------------------------


def test_a_step_leads_to_its_own_page_and_the_plan_to_its_updates(cast, story, body, as_user):
    step = reverse("rehab:step", args=[story.plan.steps.first().pk])
    assert f'href="{step}"' in body(cast.ruiz)
    plan = as_user(cast.park).get(reverse("rehab:plan", args=[story.pk])).content.decode()
    updates = reverse("rehab:updates", args=[story.pk])
    assert f'href="{updates}"' in plan
    assert [as_user(cast.park).get(page).status_code for page in (step, updates)] == [200, 200]


def test_without_a_plan_the_page_says_so_and_who_may_begins_one(cast, body):
    page = body(cast.amin)
    assert "No plan runs." in page and "Begin one" in page and "decision due" not in page
    assert "Post update" not in page and "Nothing was measured yet." in page
    assert "Begin one" not in body(cast.park)  # a coordinator writes no plan
    assert "Print plan" not in page


def test_of_two_plans_the_newest_leads_and_the_other_is_one_click_away(cast, story, body):
    older = second(cast, story)
    page = body(cast.amin)
    assert GOAL in page
    link = reverse("rehab:plan", args=[older.pk])
    assert f'Also running</b> <a href="{link}">Knee pain, right</a>' in page


def test_a_plan_begun_later_leads_and_the_nearest_decision_of_all_stays(cast, story, body):
    newer = second(cast, story, now=NOW + dt.timedelta(hours=30))
    with time_machine.travel(NOW + dt.timedelta(days=2), tick=False):
        page = body(cast.amin)
    assert reverse("rehab:write_update", args=[newer.pk]) in page
    assert 'Also running</b> <a href="' + reverse("rehab:plan", args=[story.pk]) in page
    assert "No goal yet." in page and DECISION in page


def test_a_plan_that_ended_leads_no_page_and_stays_readable(cast, story, body):
    end_plan(plan=story.plan, reason="Goal reached, home programme", by=cast.amin, now=NOW,
             version=story.plan.version)  # fmt: skip
    page = body(cast.amin)
    assert "No plan runs." in page and reverse("rehab:plans", args=[cast.okafor.pk]) in page
    assert GOAL not in page and "decision due" not in page and "Post update" not in page


def test_a_merged_chart_leads_to_the_one_that_is_kept(cast, story, as_user):
    merge(kept=Patient.objects.get(pk=cast.okafor.pk), gone=cast.hale, by=cast.park, now=NOW,
          reason="Both birth dates and the address agree")  # fmt: skip
    browser = as_user(cast.amin)
    answer = browser.get(reverse("home:patient", args=[cast.hale.pk]))
    assert GOAL in answer.content.decode()
    trail = AuditEvent.objects.get(object_kind=PAGE)  # one look, one row
    assert (trail.patient_id, trail.action, trail.actor) == (cast.okafor.pk, "read", cast.amin)
    with CaptureQueriesContext(connection) as asked:
        browser.get(reverse("home:patient", args=[cast.okafor.pk]))
    assert len(asked) <= 15


def test_of_somebody_who_died_the_page_says_it_first(cast, story, body):
    Patient.objects.filter(pk=cast.okafor.pk).update(status="deceased", status_on=TODAY)
    for who in (cast.amin, cast.ana):
        page = body(who)
        assert page.index("Deceased") < page.index("What happened")
        assert "Since Tue 24 Nov 2026" in page


# --- limits and visits ----------------------------------------------------------------------------


def test_limits_that_hold_come_first_then_those_to_come_and_no_others(cast, story):
    day = dt.timedelta(days=1)

    def limit(words, first, last, activity):
        return Limit(activity=activity, sentence=words, from_on=first, to_on=last)

    restricted(cast, limits=[
        limit("Later", TODAY + 3 * day, TODAY + 9 * day, "bend"),
        limit("Today the last day", TODAY - day, TODAY, "lift"),
        limit("From tomorrow", TODAY + day, TODAY + 2 * day, "sit"),
        limit("Over yesterday", TODAY - 9 * day, TODAY - day, "twist"),
    ])  # fmt: skip
    off = restricted(cast, limits=[limit("Lifted", TODAY, TODAY + day, "reach")])
    lift(restriction=off, reason="cleared today", by=cast.amin, now=NOW, version=off.version)
    page = skim(cast.ruiz, Patient.objects.select_related("clinic").get(pk=cast.okafor.pk), now=NOW)
    said = [(line.row.sentence, line.begins_later) for line in page.limits]
    assert said == [("Today the last day", False), ("From tomorrow", True), ("Later", True)]


def test_what_is_next_is_booked_and_not_over(cast, story):
    plan = Schedule(cast)
    hour = dt.timedelta(hours=1)
    for n, (at, state) in enumerate([
        (NOW - hour / 2, "arrived"), (NOW - 9 * hour, "done"), (NOW + 24 * hour, "booked"),
        (NOW + 48 * hour, "booked"), (NOW + 60 * hour, "booked"),
    ]):  # fmt: skip
        Appointment.objects.create(
            clinic=cast.riverside, patient=cast.okafor, visit_type=plan.types["pt"],
            provider=(cast.ruiz, cast.amin)[n % 2], starts_at=at, ends_at=at + hour, state=state,
            booked_at=NOW - WEEK, booked_by=cast.ana, arrived_at=NOW if n < 2 else None,
        )  # fmt: skip
    chart = Patient.objects.select_related("clinic").get(pk=cast.okafor.pk)
    found = skim(cast.amin, chart, now=NOW).next_visits
    assert [row.starts_at for row in found] == [NOW - hour / 2, NOW + 24 * hour, NOW + 48 * hour]
    assert (found[0].words, found[0].who) == ("PT session", "Lena Ruiz")


@pytest.mark.parametrize("who", [*READERS, "ana"])
def test_the_page_asks_at_most_fifteen_times_with_a_red_flag_open(
    cast, story, as_user, new_call, who
):
    restricted(cast)
    flag_of(cast, new_call)
    browser, here = as_user(getattr(cast, who)), reverse("home:patient", args=[cast.okafor.pk])
    browser.get(here)
    with CaptureQueriesContext(connection) as asked:
        assert browser.get(here).status_code == 200
    assert len(asked) <= 15
    kinds = AuditEvent.objects.filter(patient_id=cast.okafor.pk, action="read").values_list(
        "object_kind", flat=True)  # fmt: skip
    assert list(kinds) == [PAGE if who != "ana" else "patient"] * 2  # each look, once


def test_the_rows_of_a_page_are_those_of_its_patient(cast, story):
    assert chart_rows(cast.hale, at=NOW).plan is None
    assert chart_rows(cast.okafor, at=NOW).plan.pk == story.pk
