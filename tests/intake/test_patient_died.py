"""Somebody has died: no visit stands, and nobody is asked to phone them about one."""

import datetime as dt

import pytest

from core.events.services import dispatch
from core.people.models import Patient
from core.people.services.sheets import amend
from intake.models import Appointment
from messaging.models import WorkItem
from messaging.services.work import open_item
from tests.cast import NOW
from tests.factories.schedule import Schedule

pytestmark = pytest.mark.django_db


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


def test_who_is_inactive_keeps_what_is_booked(cast, visit):
    set_status(cast, "inactive")
    assert Appointment.objects.get(pk=visit.pk).state == "booked"
    assert WorkItem.objects.filter(kind="pt_start", closed_at=None).count() == 1
