"""Okafor's back and his knee have a plan each: a visit serves one of them."""

import pytest
import time_machine
from django.urls import reverse

from core.events.services import dispatch
from core.people.services import open_episode
from intake.models import Appointment
from intake.services.appointments import assign
from messaging.models import WorkItem
from rehab.plan_body import Hypothesis
from rehab.selectors.calendar import calendar_and_unsaid, follow_ups_of
from rehab.selectors.plans import plan_page
from rehab.selectors.updates import done_sessions
from rehab.services.looking import look
from rehab.services.plans import end_plan, revise, start_plan
from rehab.services.versions import body_of
from tests.cast import NOW
from tests.factories.plans import GOAL, THERAPY, TODAY, Planned
from tests.factories.schedule import Schedule
from tests.factories.updates import DAY, HOUR, Course
from tests.rehab.manager import Manager

pytestmark = pytest.mark.django_db
WEEKLY = THERAPY.model_copy(update={"per_week": 1, "starts_on": TODAY, "standing": False})
KNEE = Hypothesis(lane="knee_oa", words="Knee OA")


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def schedule(cast):
    return Schedule(cast)


def knee_of(cast, *, now=NOW):
    episode = open_episode(patient=cast.okafor, problem="Knee arthrosis", region="knee",
                           by=cast.ana, now=now)  # fmt: skip
    return start_plan(episode=episode, hypothesis=KNEE, by=cast.amin, now=now)


def both(cast):
    """(the back's plan, the knee's), each with one PT session a week from today."""
    plans = [Planned(cast).plan, knee_of(cast)]
    for n, plan in enumerate(plans):
        row = revise(plan=plan, part="goal", value=GOAL, base=plan.head, by=cast.amin, now=NOW)
        plans[n] = revise(plan=row, part="therapy", value=WEEKLY, base=row.head, by=cast.amin,
                          now=NOW)  # fmt: skip
    return plans


def sessions(plan):
    """How many sessions of the first week stand."""
    rows = follow_ups_of(plan, body_of(plan), now=NOW)
    return len(next(row for row in rows if row.wanted.kind == "pt_session").booked)


def test_a_visit_that_names_no_problem_serves_neither_until_the_desk_says_which(
    cast, schedule, as_user
):
    back, knee = both(cast)
    visit = schedule.book(cast.okafor, "pt", cast.ruiz, schedule.at(9))
    assert visit.episode is None
    assert [sessions(plan) for plan in (back, knee)] == [0, 0]
    for plan in (back, knee):
        page = as_user(cast.amin).get(reverse("rehab:plan", args=[plan.pk])).content.decode()
        assert "A visit on Wed 25 Nov 2026 is not assigned to a problem" in page
        assert reverse("intake:appointment", args=[visit.pk]) in page
    here = reverse("intake:appointment", args=[visit.pk])
    desk = as_user(cast.ana)
    # Nobody books a second one: the item of the desk leads to the visit that is there.
    there = desk.get(reverse("rehab:book_visit", args=[knee.episode_id]))["Location"]
    assert there == f"{here}#problem"
    offered = desk.get(here).content.decode()
    assert "Knee, since Tue 24 Nov 2026" in offered and "arthrosis" not in offered
    sent = {"problem": str(knee.episode_id), "version": str(visit.version)}
    assert desk.post(reverse("intake:assign", args=[visit.pk]), sent).status_code == 302
    assert [sessions(plan) for plan in (back, knee)] == [0, 1]
    page = as_user(cast.amin).get(reverse("rehab:plan", args=[back.pk])).content.decode()
    assert "not assigned to a problem" not in page
    assert "Knee arthrosis" in as_user(cast.amin).get(here).content.decode()


def test_which_problem_is_said_by_who_books_there_and_of_an_open_problem_of_that_chart(
    cast, schedule, as_user
):
    _, knee = both(cast)
    visit = schedule.book(cast.okafor, "pt", cast.ruiz, schedule.at(9))
    hers = open_episode(patient=cast.hale, problem="Neck", region="neck", by=cast.ana, now=NOW)
    door = reverse("intake:assign", args=[visit.pk])
    for asked in (str(hers.pk), ""):
        got = as_user(cast.ana).post(door, {"problem": asked, "version": str(visit.version)})
        assert got.status_code == 422
    right = {"problem": str(knee.episode_id), "version": str(visit.version)}
    assert as_user(cast.zoe).post(door, right).status_code == 404
    there = reverse("rehab:book_visit", args=[knee.episode_id])
    assert as_user(cast.zoe).get(there).status_code == 404
    visit.refresh_from_db()
    assert visit.episode_id is None
    assert as_user(cast.ana).post(door, right).status_code == 302
    visit.refresh_from_db()
    assert visit.episode_id == knee.episode_id


def test_the_only_plan_keeps_what_was_booked_for_it_when_a_second_one_begins(cast, schedule):
    back = Planned(cast)
    back.write("goal", GOAL)
    back.write("therapy", WEEKLY)
    visit = schedule.book(cast.okafor, "pt", cast.ruiz, schedule.at(9))
    Appointment.objects.filter(pk=visit.pk).update(episode=None)
    assert sessions(back.plan) == 1
    knee = knee_of(cast, now=NOW + DAY)
    assert sessions(back.plan) == 1
    asks = revise(plan=knee, part="goal", value=GOAL, base=1, by=cast.amin, now=NOW + DAY)
    asks = revise(plan=asks, part="therapy", value=WEEKLY, base=2, by=cast.amin, now=NOW + DAY)
    assert sessions(asks) == 0
    assert calendar_and_unsaid(cast.amin, back.plan, now=NOW, body=back.body)[1] == []


def test_once_the_other_plan_has_ended_a_later_visit_is_the_running_ones(cast, schedule):
    back, knee = both(cast)
    visit = schedule.book(cast.okafor, "pt", cast.ruiz, schedule.at(9))
    end_plan(plan=knee, reason="Goal reached", by=cast.amin, now=NOW, version=knee.version)
    assert visit.episode is None and sessions(back) == 1
    knee.refresh_from_db()
    assert sessions(knee) == 0


def test_the_books_link_of_a_plan_names_its_problem_and_the_visit_keeps_it(cast, schedule, as_user):
    _, knee = both(cast)
    with_lanes = type(knee).objects.select_related("lanes", "clinic", "patient", "episode")
    page = plan_page(cast.amin, with_lanes.get(pk=knee.pk), now=NOW)
    assert page.calendar
    item = WorkItem.objects.filter(kind="follow_up", subject_id=knee.episode_id, closed_at=None)
    dispatch(now=NOW)
    look(now=NOW)
    assert item.exists()
    desk = as_user(cast.ana)
    there = desk.get(reverse("rehab:book_visit", args=[knee.episode_id]))["Location"]
    assert str(schedule.types["pt_eval"].pk) in there or str(schedule.types["pt"].pk) in there
    assert f"problem={knee.episode_id}" in there and "from=2026-11-24" in there
    shown = desk.get(there).content.decode()
    assert "Knee, since" in shown and "arthrosis" not in shown
    slot = f"{cast.ruiz.pk}_{schedule.at(9).isoformat()}"
    sent = {"type": str(schedule.types["pt"].pk), "slot": slot, "problem": str(knee.episode_id)}
    assert desk.post(reverse("intake:book", args=[cast.okafor.pk]), sent).status_code == 302
    assert Appointment.objects.get(starts_at=schedule.at(9)).episode_id == knee.episode_id


def test_a_visit_of_the_physician_that_is_asked_for_leads_to_the_physicians_times(
    cast, schedule, as_user
):
    story = Manager(cast)  # the first thing it asks for is the visit at the decision point
    there = as_user(cast.ana).get(reverse("rehab:book_visit", args=[story.episode.pk]))["Location"]
    assert str(schedule.types["follow"].pk) in there
    flare = as_user(cast.ana).get(reverse("intake:book_episode", args=[story.episode.pk]))
    assert str(schedule.types["pt_eval"].pk) in flare["Location"]
    assert f"problem={story.episode.pk}" in flare["Location"]


def test_a_problem_that_was_closed_meanwhile_books_nothing(cast, schedule, as_user):
    knee = open_episode(patient=cast.okafor, problem="Knee", region="knee", by=cast.ana, now=NOW)
    knee.closed_on = TODAY
    knee.save()
    slot = f"{cast.ruiz.pk}_{schedule.at(9).isoformat()}"
    sent = {"type": str(schedule.types["pt"].pk), "slot": slot, "problem": str(knee.pk)}
    got = as_user(cast.ana).post(reverse("intake:book", args=[cast.okafor.pk]), sent)
    assert got.status_code == 422 and not Appointment.objects.exists()
    assert "That problem is closed" in got.content.decode()


def test_an_update_is_due_for_the_plan_whose_two_sessions_are_done(cast):
    course = Course(cast)
    dispatch(now=NOW)
    knee = knee_of(cast, now=course.begun)
    for n in (6, 3):
        row = course.session(NOW - n * DAY)
        Appointment.objects.filter(pk=row.pk).update(episode=None)
    dispatch(now=NOW)
    owed = WorkItem.objects.filter(kind="update_due", closed_at=None)
    assert not owed.exists() and not done_sessions(course.plan)
    for row in Appointment.objects.all():
        assign(appointment=row, episode=knee.episode, by=cast.ana, now=NOW)
    dispatch(now=NOW + HOUR)
    assert [item.subject_id for item in owed] == [knee.pk]
    # They were the back's after all: the knee's is taken back.
    for row in Appointment.objects.all():
        assign(appointment=row, episode=course.episode, by=cast.ana, now=NOW + HOUR)
    dispatch(now=NOW + 2 * HOUR)
    assert [item.subject_id for item in owed.all()] == [course.row.pk]
