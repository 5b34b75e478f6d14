"""A clinician's own patients of today: within which limits, what changed, may therapy start."""

import datetime as dt
import uuid

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from config.home.own_day import own_day
from core.people.models import Delegation
from core.people.services import join_care_team, open_episode
from intake.models import Appointment, Call
from intake.services.limits import keep_hold
from rehab.plan_body import Hypothesis, Medication, Work
from rehab.services.plans import acknowledge, end_plan, revise, start_plan
from rehab.services.updates import send
from tests.cast import NOW
from tests.factories.plans import GOAL, THERAPY, Planned, restricted
from tests.factories.schedule import Schedule
from tests.factories.updates import DAY, ELEMENTS, HOUR
from tests.guards.test_queries import flag_of

pytestmark = pytest.mark.django_db
MINUTE = HOUR / 60


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def schedule(cast):
    return Schedule(cast)


@pytest.fixture
def visit(cast, schedule):
    def of(who, at, kind="pt", patient=None, **more):
        return Appointment.objects.create(
            clinic=cast.riverside, patient=patient or cast.okafor, provider=who,
            visit_type=schedule.types[kind], starts_at=at, ends_at=at + MINUTE, booked_at=NOW - DAY,
            booked_by=cast.ana, **more,
        )  # fmt: skip

    return of


@pytest.fixture
def story(cast):
    return Planned(cast)


def day(cast, who, now=NOW):
    return own_day(who, cast.riverside, now=now)


def test_ones_own_visits_of_the_clinics_day_in_order(cast, schedule, visit):
    today = NOW.date()
    last = visit(cast.ruiz, schedule.at(23, 30, today))  # tomorrow in UTC, today in Chicago
    first = visit(cast.ruiz, schedule.at(0, 0, today), state="done")
    visit(cast.ruiz, schedule.at(23, 59, today - DAY))
    visit(cast.ruiz, schedule.at(0, 0, today + DAY))
    visit(cast.amin, schedule.at(9, 0, today))
    visit(cast.ruiz, schedule.at(10, 0, today), state="no_show")
    visit(cast.ruiz, schedule.at(11, 0, today), state="moved")
    assert [one.row.pk for one in day(cast, cast.ruiz)] == [first.pk, last.pk]
    assert [one.row.provider for one in day(cast, cast.amin)] == [cast.amin]
    assert day(cast, cast.novak) == []


@pytest.mark.parametrize("change", [dt.date(2026, 3, 8), dt.date(2026, 11, 1)])
def test_the_day_on_which_the_clocks_change_has_its_23_or_25_hours(cast, schedule, visit, change):
    """Chicago goes to summer time on 8 March 2026 and back on 1 November."""
    hours = (0, 3, 23)
    mine = [visit(cast.ruiz, schedule.at(hour, 59 * (hour == 23), change)) for hour in hours]
    visit(cast.ruiz, schedule.at(0, 0, change + DAY))
    visit(cast.ruiz, schedule.at(23, 59, change - DAY))
    for hour in hours:
        found = day(cast, cast.ruiz, now=schedule.at(hour, 5, change))
        assert [one.row.pk for one in found] == [row.pk for row in mine]


def test_limits_goal_and_what_changed_until_it_was_read(cast, story, visit):
    story.write_all()
    restricted(cast)
    visit(cast.ruiz, NOW + HOUR)
    acknowledge(ack=story.ack(cast.ruiz), by=cast.ruiz, now=NOW)
    story.write("medication", Medication(lines=("pregabalin 75 mg",)))
    (one,) = day(cast, cast.ruiz)
    assert one.goal == "Stand and work 45 minutes"
    assert [line.row.sentence for line in one.limits] == ["Lift at most 15 lb"]
    assert one.change.unread and "pregabalin 75 mg" in one.change.words
    assert one.change.link == reverse("rehab:changed", args=[story.ack(cast.ruiz).pk])
    send(**ELEMENTS, plan=story.plan, to=[cast.ruiz], by=cast.amin, now=NOW, key=uuid.uuid4(),
         head=story.plan.head)  # fmt: skip
    acknowledge(ack=story.ack(cast.ruiz), by=cast.ruiz, now=NOW)
    (one,) = day(cast, cast.ruiz)
    assert not one.change.unread and one.change.words == ELEMENTS["changed"]


def test_another_readers_unread_change_is_not_ones_own(cast, story, visit):
    visit(cast.amin, NOW + HOUR)
    story.write("medication", Medication(lines=("pregabalin 75 mg",)))
    (one,) = day(cast, cast.amin)  # who wrote it has read it
    assert one.change.words == "" and not one.change.unread


def test_the_line_says_everything_since_one_read_the_plan(cast, story, visit):
    """Amin changes the order, then the work, and a limit comes: three versions, one line."""
    story.write_all()
    visit(cast.ruiz, NOW + HOUR)
    (one,) = day(cast, cast.ruiz)  # never read: all of it is new, lanes called by their names
    assert one.change.words.startswith("Lane: Lumbar radicular pain. Diagnosis in one line: L5-S1")
    acknowledge(ack=story.ack(cast.ruiz), by=cast.ruiz, now=NOW)
    story.write("therapy", THERAPY.model_copy(update={"stop": ("Foot drops",)}))
    story.write("work", Work(job="Warehouse manager", status="off"))
    restricted(cast)
    (one,) = day(cast, cast.ruiz)
    for words in ("Foot drops", "Off work", "New limit: Lift at most 15 lb"):
        assert words in one.change.words, words
    assert "hip hinge" not in one.change.words  # read already


def test_of_two_plans_the_line_is_about_the_visits_own_problem(cast, story, visit):
    knee = open_episode(patient=cast.okafor, problem="Knee", region="knee", by=cast.ana, now=NOW)
    row = visit(cast.ruiz, NOW + HOUR, episode=knee)
    start_plan(episode=knee, hypothesis=Hypothesis(words="Knee cap"), by=cast.amin, now=NOW)
    story.write("medication", Medication(lines=("pregabalin 75 mg",)), now=NOW + MINUTE)
    (one,) = day(cast, cast.ruiz)
    assert "Knee cap" in one.change.words
    Appointment.objects.filter(pk=row.pk).update(episode=story.episode)
    (one,) = day(cast, cast.ruiz)
    assert "L5-S1" in one.change.words


# --- may therapy start ----------------------------------------------------------------------------


def asked(cast, new_call, **answers):
    """The safety questions of Okafor's were asked at a call that has ended."""
    call = new_call(others="no", **answers)
    Call.objects.filter(pk=call.pk).update(
        patient=cast.okafor, state="closed", spoke_at=NOW - DAY, closed_at=NOW - DAY,
        closed_by=cast.ana)  # fmt: skip


def start(cast):
    (one,) = day(cast, cast.ruiz)
    return one.start


def test_no_order_then_never_asked_then_safe(cast, story, visit, new_call):
    visit(cast.ruiz, NOW + HOUR, "pt_eval")
    assert not start(cast)[0] and "No therapy order" in start(cast)[1]
    story.write("goal", GOAL)
    story.write("therapy", THERAPY)
    assert not start(cast)[0] and "never asked" in start(cast)[1]
    asked(cast, new_call)
    safe, why = start(cast)
    assert safe and "Mon 23 Nov 2026" in why


def test_a_hold_stops_what_was_safe(cast, story, visit, new_call):
    story.write_all()
    visit(cast.ruiz, NOW + HOUR, "pt_eval")
    asked(cast, new_call)
    assert start(cast)[0]
    keep_hold(flag_of(cast, new_call), by=cast.ana, now=NOW)
    safe, why = start(cast)
    assert not safe and "on hold" in why


def test_a_call_on_the_line_that_holds_therapy_stops_it_too(cast, story, visit, new_call):
    """Before its flag is raised: the booking refuses it already."""
    story.write_all()
    visit(cast.ruiz, NOW + HOUR, "pt_eval")
    asked(cast, new_call)
    line = new_call(others="no")
    Call.objects.filter(pk=line.pk).update(patient=cast.okafor)
    assert start(cast)[0]
    Call.objects.filter(pk=line.pk).update(hold_pt=True)
    safe, why = start(cast)
    assert not safe and "call that is still open" in why


def test_each_problem_starts_on_its_own_order(cast, story, visit, new_call):
    """The back has an order and a goal; the knee, operated on last week, has neither."""
    story.write_all()
    asked(cast, new_call)
    knee = open_episode(patient=cast.okafor, problem="Knee after surgery", region="knee",
                        by=cast.ana, now=NOW)  # fmt: skip
    row = visit(cast.ruiz, NOW + HOUR, "pt_eval", episode=knee)
    assert not start(cast)[0] and "No therapy order" in start(cast)[1]
    assert day(cast, cast.ruiz)[0].goal == ""
    plan = start_plan(episode=knee, hypothesis=Hypothesis(words="Knee after surgery"),
                      by=cast.amin, now=NOW)  # fmt: skip
    plan = revise(plan=plan, part="goal", value=GOAL.model_copy(update={"words": "Climb stairs"}),
                  base=1, by=cast.amin, now=NOW)  # fmt: skip
    assert not start(cast)[0] and day(cast, cast.ruiz)[0].goal == "Climb stairs"
    Appointment.objects.filter(pk=row.pk).update(episode=story.episode)
    assert start(cast)[0] and day(cast, cast.ruiz)[0].goal == GOAL.words
    Appointment.objects.filter(pk=row.pk).update(episode=None)
    safe, why = start(cast)
    assert not safe and "not assigned to a problem" in why
    end_plan(plan=plan, reason="goes to the surgeon", by=cast.amin, now=NOW, version=plan.version)
    assert start(cast)[0]  # the one plan that runs


def test_only_a_first_therapy_visit_says_whether_to_start(cast, story, visit):
    visit(cast.ruiz, NOW + HOUR, "pt")
    assert start(cast) is None


# --- whose patients -------------------------------------------------------------------------------


def test_a_partner_therapist_sees_team_patients_alone(cast, visit):
    visit(cast.berg, NOW + HOUR)
    visit(cast.berg, NOW + 2 * HOUR, patient=cast.hale)
    assert day(cast, cast.berg) == []
    join_care_team(patient=cast.hale, user=cast.berg, role="therapist", by=cast.ana, now=NOW)
    assert [one.row.patient for one in day(cast, cast.berg)] == [cast.hale]


def test_who_covers_sees_their_own_day_and_not_the_colleagues(cast, visit):
    """Work that waits comes to who covers; whose visits they take, the schedule says."""
    visit(cast.novak, NOW + HOUR)
    today = NOW.date()
    Delegation.objects.create(clinic=cast.riverside, user=cast.novak, delegate=cast.amin,
                              from_on=today, to_on=today, set_at=NOW, set_by=cast.cole)  # fmt: skip
    assert day(cast, cast.amin) == []


def test_the_pages_show_it_and_the_desk_has_no_such_card(cast, story, visit, as_user):
    story.write_all()
    restricted(cast)
    row = visit(cast.ruiz, NOW + HOUR, "pt_eval")
    page = as_user(cast.ruiz).get("/today/").content.decode()
    assert "My patients today" in page and "Lift at most 15 lb" in page and "Do not start" in page
    assert reverse("intake:appointment", args=[row.pk]) in page
    assert "No visits today." in as_user(cast.novak).get("/today/").content.decode()
    for who in (cast.ana, cast.cole, cast.park):
        page = as_user(who).get("/today/").content.decode()
        assert "My patients today" not in page and "Lift at most" not in page


def test_an_initial_visit_leads_to_where_it_is_written(cast, visit, as_user):
    """For who writes it, and for no other visit."""
    visit(cast.amin, NOW + HOUR, "initial")
    visit(cast.amin, NOW + 2 * HOUR, "pt", cast.hale)
    first, other = day(cast, cast.amin)
    assert first.first == reverse("rehab:visit_of", args=[cast.okafor.pk]) and other.first == ""
    page = as_user(cast.amin).get("/today/").content.decode()
    assert f'href="{first.first}"' in page
    assert as_user(cast.amin).get(first.first).status_code == 200
    visit(cast.ruiz, NOW + HOUR, "initial", cast.hale)
    assert [line.first for line in day(cast, cast.ruiz)] == [""]


def test_a_fixed_number_of_queries(cast, story, visit):
    story.write_all()
    restricted(cast)

    def count():
        with CaptureQueriesContext(connection) as seen:
            found = day(cast, cast.ruiz)
        return len(seen), len(found)

    visit(cast.ruiz, NOW + HOUR)
    few, _ = count()
    for n in range(9):
        visit(cast.ruiz, NOW + (n + 5) * HOUR / 4, "pt_eval", cast.hale if n % 2 else None)
    many, shown = count()
    assert many == few <= 7 and shown == 10  # two of them: where somebody works
