"""A visit whose day is over and that nobody answered for is asked about, until somebody does."""

import datetime as dt

import pytest
import time_machine
from django.urls import reverse

from core.lib.errors import Refused
from intake.services import appointments
from intake.services.after_visits import ask_after_visits
from intake.services.booking import move
from messaging.models import WorkItem
from messaging.services.work import close_by_hand
from tests.cast import NOW
from tests.factories.schedule import WED, Schedule

pytestmark = pytest.mark.django_db


@pytest.fixture
def schedule(cast):
    return Schedule(cast)


@pytest.fixture
def evening(schedule):
    return schedule.at(18)  # closing time


def asked():
    rows = WorkItem.objects.filter(kind="visit_outcome", closed_at=None)
    return list(rows.values_list("subject_id", flat=True))


def test_the_desk_is_asked_when_the_day_is_over_and_once(cast, schedule, evening):
    row = schedule.book(cast.okafor, "initial", cast.amin, schedule.at(9))
    seen = schedule.book(cast.hale, "initial", cast.novak, schedule.at(9))
    appointments.arrive(appointment=seen, by=cast.ana, now=schedule.at(9))
    minute = dt.timedelta(minutes=1)
    assert ask_after_visits(now=evening - minute) == 0  # the desk is still at it
    assert ask_after_visits(now=evening) == 1 and asked() == [row.pk]
    assert ask_after_visits(now=evening + minute) == 0
    item = WorkItem.objects.get(kind="visit_outcome")
    assert item.owner_role == "front_desk"
    assert item.due_at == schedule.at(18, day=dt.date(2026, 11, 27))  # over Thanksgiving
    with pytest.raises(Refused, match="closes by itself"):
        close_by_hand(item=item, by=cast.ana, now=evening, reason="whatever")


ANSWERS = {
    "arrived": lambda row, by, at: appointments.arrive(appointment=row, by=by, now=at),
    "missed": lambda row, by, at: appointments.miss(appointment=row, by=by, now=at),
    "cancelled": lambda row, by, at: appointments.cancel(
        appointment=row, whose="patient", reason="rang", by=by, now=at
    ),
}


@pytest.mark.parametrize("event", ANSWERS)
def test_each_answer_closes_it(cast, schedule, evening, event):
    row = schedule.book(cast.okafor, "initial", cast.amin, schedule.at(9))
    ask_after_visits(now=evening)
    tomorrow = evening + dt.timedelta(hours=14)
    ANSWERS[event](row, cast.ana, tomorrow)
    assert asked() == []
    assert WorkItem.objects.get(kind="visit_outcome").close_event == event
    assert ask_after_visits(now=tomorrow) == 0
    row.refresh_from_db()
    assert row.arrived_at is None  # noted the day after: nobody knows when
    if event == "arrived":
        appointments.undo_arrival(appointment=row, by=cast.ana, now=tomorrow)
        assert ask_after_visits(now=tomorrow) == 1  # asked again


def test_moving_it_answers_too(cast, schedule, evening):
    row = schedule.book(cast.okafor, "initial", cast.amin, schedule.at(9))
    ask_after_visits(now=evening)
    later = schedule.wanted("initial", cast.amin, schedule.at(9, day=WED + dt.timedelta(days=2)))
    move(appointment=row, wanted=later, by=cast.ana, now=evening)
    assert asked() == []


def test_the_page_asks_and_offers_the_answers(cast, schedule, evening, as_user):
    row = schedule.book(cast.okafor, "initial", cast.amin, schedule.at(9))
    page = reverse("intake:appointment", args=[row.pk])
    with time_machine.travel(NOW, tick=False):
        assert "Did they come?" not in as_user(cast.ana).get(page).content.decode()
    with time_machine.travel(evening + dt.timedelta(hours=14), tick=False):
        shown = as_user(cast.ana).get(page).content.decode()
        assert "Did they come?" in shown and "They came" in shown and "Did not come" in shown
