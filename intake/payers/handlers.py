"""What the payer rules do when a protocol version begins to count. Idempotent by event id."""

import datetime as dt

from core.events.models import DomainEvent
from core.protocols.models import ProtocolVersion
from intake.payers.services import KIND, load_policies


def version_counts(event: DomainEvent, now: dt.datetime) -> None:
    """Its rules become rows, and the older version's end by date."""
    if ProtocolVersion.objects.filter(pk=event.subject_id, kind=KIND).exists():
        load_policies(now=now)
