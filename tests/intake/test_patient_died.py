"""Somebody has died: no visit stands, and nobody is asked to phone them about one."""

import datetime as dt

import pytest

from core.events.services import dispatch
from core.people.models import Patient
from core.people.services.sheets import amend
from intake.models import Appointment, RecordsRequest
from intake.services import records
from messaging.models import WorkItem
from messaging.services.work import open_item
from tests.cast import NOW
from tests.factories.records import asked, lakeshore, release
from tests.factories.schedule import Schedule

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def places(settings, monkeypatch, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr("intake.services.records.letter_pdf", lambda *a, **k: b"%PDF-1.7 letter")


def set_status(cast, status):
    values = {"status": status, "status_on": NOW.date(), "status_note": ""}
    amend(row=Patient.objects.get(pk=cast.okafor.pk), values=values, shown=values, labels={},
          words={}, version=cast.okafor.version, by=cast.ana, now=NOW)  # fmt: skip
    dispatch(now=NOW + dt.timedelta(seconds=1))


@pytest.fixture
def visit(cast):
    schedule = Schedule(cast)
    open_item(kind="pt_start", subject_id=cast.okafor.pk, clinic=cast.riverside,
              patient=cast.okafor, reason="first PT", by=cast.ana, now=NOW)  # fmt: skip
    open_item(kind="message", subject_id=cast.okafor.pk, clinic=cast.riverside,
              patient=cast.okafor, reason="to answer", by=cast.ana, now=NOW)  # fmt: skip
    return schedule.book(cast.okafor, "initial", cast.amin, schedule.at(10))


def test_visits_are_called_off_and_nobody_phones(cast, visit):
    set_status(cast, "deceased")
    visit.refresh_from_db()
    assert (visit.state, visit.cancelled_by) == ("cancelled", cast.ana)
    open_kinds = WorkItem.objects.filter(patient=cast.okafor, closed_at=None)
    assert [item.kind for item in open_kinds] == ["message"], "what colleagues owe stays"


def test_requests_for_records_end_and_say_why(cast):
    """What came in is still read: it may matter for what is written now."""
    release(cast)
    source = lakeshore(cast)
    printed = records.send(request=asked(cast, source=source), channel="print", by=cast.ana,
                           now=NOW)  # fmt: skip
    came = asked(cast, source=source, wish=records.Wish(("labs",)))
    RecordsRequest.objects.filter(pk=came.pk).update(state="received", received_at=NOW)
    set_status(cast, "deceased")
    printed.refresh_from_db()
    assert (printed.state, printed.said) == ("cancelled", "The patient has died")
    assert printed.closed_at and printed.delivery.state == "cancelled"
    assert printed.history.latest().history_user == cast.ana
    kinds = WorkItem.objects.filter(subject_id=printed.pk, closed_at=None)
    assert not kinds.exists()
    came.refresh_from_db()
    assert came.state == "received"


def test_who_is_inactive_keeps_what_is_booked(cast, visit):
    set_status(cast, "inactive")
    assert Appointment.objects.get(pk=visit.pk).state == "booked"
    assert WorkItem.objects.filter(kind="pt_start", closed_at=None).count() == 1
