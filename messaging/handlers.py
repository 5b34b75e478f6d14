"""What messaging does when something below it happened. Idempotent by event id."""

import datetime as dt

from core.events.models import DomainEvent
from core.people.models import Clinic
from messaging.services.work import recompute_due
from messaging.tick import hand_overs, roster_gaps


def closure_added(event: DomainEvent, now: dt.datetime) -> None:
    """Due times that counted on that day move."""
    recompute_due(clinic=Clinic.objects.get(pk=event.subject_id), now=now)


def roster_changed(event: DomainEvent, now: dt.datetime) -> None:
    """Gaps open or close, and open flags follow the roster."""
    roster_gaps(now=now)
    hand_overs(now=now)
