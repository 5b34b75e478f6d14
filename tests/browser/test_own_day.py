"""A clinician's day with somebody in it, on any day this runs (the demo has none on a Sunday)."""

import datetime as dt
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from core.accounts.models import User
from core.people.models import Patient
from intake.models import Appointment, VisitType
from tests.browser.conftest import Browse
from tests.browser.pages import Stop
from tests.browser.test_axe import faults
from tests.browser.world import EMAILS, PHYSICIAN, THERAPIST, World


@pytest.fixture
def visits(world: World) -> Iterator[None]:
    """Okafor's first therapy visit and a follow-up late this evening, taken away afterwards."""
    patient = Patient.objects.select_related("clinic").get(mrn="1042")
    desk = User.objects.get(email="ana.flores@hallway.example")
    here = timezone.now().astimezone(ZoneInfo(patient.clinic.zone))
    rows = []
    for role, kind in ((THERAPIST, "pt_eval"), (PHYSICIAN, "follow_up")):
        at = here.replace(hour=23, minute=30 + 10 * len(rows), second=0, microsecond=0)
        rows.append(Appointment.objects.create(
            clinic=patient.clinic, patient=patient, starts_at=at, booked_at=at, booked_by=desk,
            provider=User.objects.get(email=EMAILS[role]), ends_at=at + dt.timedelta(minutes=9),
            visit_type=VisitType.objects.get(clinic=patient.clinic, kind=kind),
        ))  # fmt: skip
    yield
    Appointment.objects.filter(pk__in=[row.pk for row in rows]).delete()


@pytest.mark.parametrize("role", [PHYSICIAN, THERAPIST])
def test_the_day_reads_on_every_screen(role: str, browse: Browse, visits: None) -> None:
    page = browse(role)
    page.goto("/today/")
    row = page.locator("[aria-label='My patients today'] [data-row]").first
    said = row.inner_text()
    assert "Okafor, Daniel" in said and "Goal:" in said and "Limits:" in said
    assert ("afe to start" in said or "Do not start yet" in said) is (role == THERAPIST)
    box = row.bounding_box()
    assert box and (role == PHYSICIAN or box["y"] + box["height"] <= 768)
    assert not faults(page, Stop("own day", role, "/today/"))
