"""What the ledger does when a promise was kept, or was not kept after all. Idempotent."""

import datetime as dt

from core.events.models import DomainEvent
from messaging.models import WorkItem
from outcomes.services.occurrences import occurrence_undone, record_occurrence


def work_closed(event: DomainEvent, now: dt.datetime) -> None:
    """A closed work item is an occurrence with its duration.

    Taken back before this ran, it is none: the item says so itself.
    """
    item = (
        WorkItem.objects.select_related("clinic", "patient__clinic", "owner", "closed_by")
        .filter(pk=event.subject_id)
        .first()
    )
    if item is None or item.closed_at is None or item.closed_at != event.happened_at:
        return
    record_occurrence(
        kind=f"work:{item.kind}",
        subject_id=item.pk,
        clinic=item.clinic,
        patient=item.patient,
        started_at=item.opened_at,
        at=item.closed_at,
        due_at=item.due_at,
        clinician=item.owner or item.closed_by,
        outcome=item.close_event,
        now=now,
    )


def work_reopened(event: DomainEvent, now: dt.datetime) -> None:
    """Somebody took the closing back within the minute: the clock had not stopped."""
    item = WorkItem.objects.filter(pk=event.subject_id).first()
    if item is not None:
        occurrence_undone(
            kind=f"work:{item.kind}",
            subject_id=item.pk,
            except_at=item.closed_at,
            reason="The closing was undone.",
            now=now,
        )
