"""The demo can be started at any hour of the clinic's day."""

import datetime as dt

import pytest
from django.core.management import call_command

from core.people.models import Patient
from core.protocols.services import load
from intake.models import Appointment
from messaging.models import WorkItem

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("hour", [0, 5, 13, 23])
def test_it_seeds_its_stories(time_machine, tmp_path, hour):
    time_machine.move_to(dt.datetime(2026, 11, 25, hour, 20, tzinfo=dt.UTC))
    for kind in ("red_flags", "escalation", "metrics", "lanes", "first_visit"):
        load(kind=kind, now=dt.datetime(2026, 11, 25, tzinfo=dt.UTC))
    call_command("seed_demo", "--users-file", tmp_path / "users.json", verbosity=0)
    assert Patient.objects.count() == 26
    assert Appointment.objects.filter(state="booked").count() >= 4
    kinds = set(WorkItem.objects.filter(closed_at=None).values_list("kind", flat=True))
    assert {"call_back", "same_day_call_back", "message", "initial_visit", "pt_start"} <= kinds
