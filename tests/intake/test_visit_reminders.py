"""A patient who agreed is reminded, without a word about health; never of what was called off."""

import datetime as dt

import pytest

from core.people.models import Patient
from intake.services.appointments import cancel
from intake.services.booking import move
from intake.services.reminders import remind
from messaging.envelopes import envelope
from messaging.models import Delivery
from messaging.services.wanted import still_wanted
from tests.cast import NOW
from tests.factories.schedule import Schedule

pytestmark = pytest.mark.django_db
FRIDAY = dt.date(2026, 12, 4)


@pytest.fixture
def schedule(cast):
    return Schedule(cast)


@pytest.fixture
def visit(cast, schedule):
    Patient.objects.filter(pk=cast.okafor.pk).update(email="d@mail.example", may_email=True)
    return schedule.book(cast.okafor, "initial", cast.amin, schedule.at(9, day=FRIDAY))


def two_days_before(schedule):
    return schedule.at(8, day=dt.date(2026, 12, 2))


def test_two_business_days_and_one_day_before(cast, schedule, visit):
    at = two_days_before(schedule)
    assert remind(now=at - dt.timedelta(minutes=1)) == 0
    assert (remind(now=at), remind(now=at), remind(now=at + dt.timedelta(hours=3))) == (1, 0, 0)
    assert remind(now=at + dt.timedelta(days=1)) == 1
    assert remind(now=visit.starts_at) == 0
    assert {d.patient for d in Delivery.objects.all()} == {cast.okafor}


def test_after_a_standstill_one_reminder_is_enough(schedule, visit):
    assert remind(now=two_days_before(schedule) + dt.timedelta(days=1, hours=2)) == 1


def test_it_says_when_and_whom_to_call_and_nothing_else(cast, schedule, visit):
    remind(now=two_days_before(schedule))
    found = envelope(Delivery.objects.get())
    assert found.to == "d@mail.example" and found.subject == "Your appointment"
    assert "Fri 4 Dec 2026 at 09:00" in found.text and "(312) 555-0100" in found.text
    said = (found.subject + found.text).lower()
    for word in ("pain", "riverside", "amin", "okafor", "daniel", "initial", "visit", "exam"):
        assert word not in said, word


def test_nobody_is_reminded_by_a_way_they_did_not_agree_to(cast, schedule, visit, settings):
    settings.SMS_GATEWAY_URL = ""
    for told in ({"may_email": False}, {"may_email": False, "may_text": True}, {"email": ""},
                 {"status": "deceased"}):  # fmt: skip
        Patient.objects.filter(pk=cast.okafor.pk).update(
            **{"may_email": True, "may_text": False, "email": "d@mail.example"} | told
        )
        assert remind(now=two_days_before(schedule)) == 0, told


def test_a_moved_visit_is_reminded_of_anew_and_a_cancelled_one_not_at_all(cast, schedule, visit):
    at = two_days_before(schedule)
    remind(now=at)
    first = Delivery.objects.get()
    assert still_wanted(first, now=at) == ""
    wanted = schedule.wanted("initial", cast.amin, schedule.at(11, day=FRIDAY))
    new = move(appointment=visit, wanted=wanted, by=cast.ana, now=NOW)
    assert "called off or moved" in still_wanted(first, now=at)
    assert remind(now=at) == 1
    second = Delivery.objects.exclude(pk=first.pk).get()
    cancel(appointment=new, whose="patient", reason="x", by=cast.ana, now=NOW)
    assert "called off or moved" in still_wanted(second, now=at)
    assert remind(now=at + dt.timedelta(days=1)) == 0
