"""The desk books what the plan asks for: one item, two weeks ahead, closed when all stand."""

import datetime as dt

import pytest

from core.events.services import dispatch
from intake.services.appointments import cancel
from intake.services.limits import set_limit
from messaging.services.work import close_by_hand
from rehab.plan_body import Pathway
from rehab.selectors.calendar import calendar_of
from rehab.services.looking import look
from rehab.services.plans import start_standing_order
from rehab.services.versions import body_of
from tests.factories.schedule import Schedule
from tests.rehab.manager import Manager, at

pytestmark = pytest.mark.django_db


@pytest.fixture
def story(cast):
    made = Manager(cast)
    made.schedule = Schedule(cast)
    look(now=at(0))
    return made


def book(story, kind, day, *, who=None, **more):
    when = story.schedule.at(9, day=story.today + dt.timedelta(days=day))
    row = story.schedule.book(story.patient, kind, who or story.cast.amin, when, **more)
    dispatch(now=at(0))
    return row


def open_items(story):
    return story.items("follow_up").count()


def test_the_visit_of_the_decision_point_is_asked_for_two_weeks_ahead(story):
    item = story.items("follow_up").get()  # its week begins in fourteen days
    assert (item.subject_id, item.owner_role) == (story.episode.pk, "front_desk")
    assert item.reason == "Visits of the plan are to be booked"
    book(story, "follow", 15)
    assert open_items(story) == 0
    look(now=at(27))
    assert open_items(story) == 0
    look(now=at(28))  # the end of the six weeks comes near
    assert open_items(story) == 1


def test_a_visit_called_off_is_asked_for_again(story, cast):
    row = book(story, "follow", 15)
    cancel(appointment=row, whose="patient", reason="travelling", by=cast.ana, now=at(0))
    dispatch(now=at(0))
    assert open_items(story) == 1


def test_another_kind_or_another_week_is_not_it(story, cast):
    book(story, "pt", 15, who=cast.ruiz)
    book(story, "follow", 8)
    assert open_items(story) == 1


def test_what_the_desk_closed_by_hand_stays_closed(story, cast):
    close_by_hand(item=story.items("follow_up").get(), by=cast.ana, now=at(1),
                  reason="He calls when his roster is out")  # fmt: skip
    look(now=at(2))
    assert open_items(story) == 0
    look(now=at(28))
    assert open_items(story) == 1


def test_therapy_is_not_asked_for_while_it_is_on_hold(story, cast):
    story.write("pathway", Pathway())
    start_standing_order(plan=story.plan, by=cast.ruiz, now=at(0), base=story.fresh().head)
    order = body_of(story.fresh()).therapy
    weekly = order.model_copy(update={"per_week": 1, "weeks": 4})
    story.write("therapy", weekly, by=cast.ruiz)
    limit = set_limit(
        patient=story.patient, source="red_flag", source_id=story.episode.pk,
        kinds=["pt_session"], from_on=story.today, to_on=None, sentence="On hold.", by=cast.amin,
        now=at(0),
    )  # fmt: skip
    dispatch(now=at(0))
    assert open_items(story) == 0
    limit.ended_at = at(1)
    limit.save()
    look(now=at(1))
    assert open_items(story) == 1


def test_the_calendar_says_when_why_and_what_stands(story, cast):
    book(story, "follow", 15)
    plan = story.fresh()
    rows = calendar_of(cast.amin, plan, now=at(1), body=body_of(plan))
    assert [(row.state, row.wanted.from_on) for row in rows] == [
        ("booked", story.today + dt.timedelta(days=14)),
        ("to_book", story.today + dt.timedelta(days=42)),
        ("to_book", story.today + dt.timedelta(days=57)),  # the day of the goal
    ]
    assert "Therapy in the direction that helps" in rows[1].reason
