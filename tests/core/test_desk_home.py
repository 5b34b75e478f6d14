"""The front desk's home: call-backs, the oldest promise first; who comes today, and what misses."""

import datetime as dt
import uuid

import pytest
import time_machine
from django.urls import reverse

from core.people.models import Consent
from core.people.services.sheets import note
from intake.services.callbacks import log_missed_call
from tests.cast import NOW
from tests.factories.schedule import Schedule

pytestmark = pytest.mark.django_db
EIGHT = dt.datetime(2026, 11, 25, 14, 0, tzinfo=dt.UTC)  # Wednesday, 08:00 in Chicago


@pytest.fixture
def schedule(cast):
    with time_machine.travel(NOW, tick=False):
        return Schedule(cast)


def today(browser, at=EIGHT):
    with time_machine.travel(at, tick=False):
        return browser.get(reverse("home:today")).content.decode()


def missed(cast, phone, hours):
    return log_missed_call(
        clinic=cast.riverside, phone=phone, words="", received_at=NOW - dt.timedelta(hours=hours),
        by=cast.ana, now=NOW, form_key=uuid.uuid4(),
    )  # fmt: skip


def test_a_quiet_morning_says_when_the_next_one_comes(cast, as_user, schedule):
    schedule.book(cast.okafor, "initial", cast.amin, schedule.at(10, 20))
    page = today(as_user(cast.ana))
    assert "No call-backs. Next arrival 10:20." in page
    assert "New call" in page
    assert "Nobody else is expected today." in today(as_user(cast.ana), schedule.at(12))


def test_call_backs_stand_apart_oldest_promise_first(cast, as_user):
    missed(cast, "312 555 0177", 5)
    missed(cast, "312 555 0178", 50)
    page = today(as_user(cast.ana))
    first, second = page.index("(312) 555-0178"), page.index("(312) 555-0177")
    assert page.index("Call-backs due") < first < second < page.index("Your work")
    assert page.count("Missed call from (312) 555-0178") == 1, "not below once more"


def test_an_arrival_shows_what_is_missing_and_is_let_in_with_one_click(cast, as_user, schedule):
    visit = schedule.book(cast.okafor, "initial", cast.amin, schedule.at(10, 20))
    ana = as_user(cast.ana)
    page = today(ana)
    assert "10:20 Okafor, Daniel" in page and "to ask: emergency contact, coverage" in page
    signed = {"kind": Consent.Kind.TREATMENT, "signed_by": "D. Okafor", "method": "paper",
              "signed_on": NOW.date()}  # fmt: skip
    note(patient=cast.okafor, kind=Consent, values=signed, by=cast.ana, now=NOW)
    assert "problem, consent, privacy notice" in page
    assert "problem, privacy notice" in today(ana)
    with time_machine.travel(schedule.at(10, 15), tick=False):
        answer = ana.post(
            reverse("intake:arrive", args=[visit.pk]),
            {"form_key": str(uuid.uuid4()), "version": visit.version, "back": "today"},
        )
    assert answer.status_code == 302 and answer["Location"] == reverse("home:today")
    page = today(ana, schedule.at(10, 16))
    assert "arrived" in page and "to ask:" not in page


def test_it_is_the_desks_and_of_its_own_clinic(cast, as_user, schedule):
    schedule.book(cast.okafor, "initial", cast.amin, schedule.at(10, 20))
    assert "Today’s arrivals" in today(as_user(cast.ben))
    assert "Today’s arrivals" not in today(as_user(cast.amin))
    assert "Okafor" not in today(as_user(cast.zoe))
