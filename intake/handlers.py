"""What intake does when something below it happened. Idempotent by event id."""

import datetime as dt

from core.events.models import DomainEvent
from core.people.models import Clinic
from intake.services.refit import refit


def closure_added(event: DomainEvent, now: dt.datetime) -> None:
    """Visits booked on the day that is closed now are the desk's to move."""
    refit(clinic=Clinic.objects.get(pk=event.subject_id), by=None, now=now)
