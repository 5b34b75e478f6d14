"""What intake does when something below it happened. Idempotent by event id."""

import datetime as dt

from core.events.models import DomainEvent
from core.people.models import Clinic
from intake.services import records
from intake.services.refit import refit
from messaging.models import Delivery


def closure_added(event: DomainEvent, now: dt.datetime) -> None:
    """Visits booked on the day that is closed now are the desk's to move."""
    refit(clinic=Clinic.objects.get(pk=event.subject_id), by=None, now=now)


def delivery_settled(event: DomainEvent, now: dt.datetime) -> None:
    """A letter asking for records left, or did not."""
    delivery = Delivery.objects.filter(pk=event.subject_id, template=records.TEMPLATE).first()
    if delivery:
        records.delivery_ended(delivery=delivery, now=now)
