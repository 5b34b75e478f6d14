"""What intake does when something below it happened. Idempotent by event id."""

import datetime as dt

from core.events.models import DomainEvent
from intake.services import records
from messaging.models import Delivery


def delivery_settled(event: DomainEvent, now: dt.datetime) -> None:
    """A letter asking for records left, or did not."""
    delivery = Delivery.objects.filter(pk=event.subject_id, template=records.TEMPLATE).first()
    if delivery:
        records.delivery_ended(delivery=delivery, now=now)
