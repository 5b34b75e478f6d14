"""What happened in the programme, once per subject and moment however often it is told."""

import datetime as dt
import uuid

from django.db import transaction

from core.accounts.models import User
from core.people.models import Clinic, Patient
from outcomes.models import Occurrence
from outcomes.services.context import context_of


@transaction.atomic
def record_occurrence(  # noqa: PLR0913 - one row, its columns
    *,
    kind: str,
    subject_id: uuid.UUID,
    clinic: Clinic,
    patient: Patient | None,
    at: dt.datetime,
    now: dt.datetime,
    started_at: dt.datetime | None = None,
    due_at: dt.datetime | None = None,
    clinician: User | None = None,
    outcome: str = "",
    count: int | None = None,
) -> Occurrence:
    """The same kind, subject and moment is one row, returned as it is.

    A start after the end (a clock that was set back) counts as no time. Nobody reads a patient's
    row by this, so nothing is added to the audit trail.
    """
    context = context_of(patient, at=at) if patient else None
    begun = min(started_at, at) if started_at else None
    row, _ = Occurrence.objects.get_or_create(
        kind=kind,
        subject_id=subject_id,
        at=at,
        defaults={
            "clinic": clinic,
            "patient": patient,
            "episode": context.episode if context else None,
            "payer_id": context.payer_id if context else None,
            "clinician": clinician,
            "started_at": begun,
            "seconds": int((at - begun).total_seconds()) if begun else None,
            "due_at": due_at,
            "outcome": outcome,
            "count": count,
            "recorded_at": now,
        },
    )
    return row


@transaction.atomic
def occurrence_undone(
    *,
    kind: str,
    subject_id: uuid.UUID,
    except_at: dt.datetime | None,
    reason: str,
    now: dt.datetime,
) -> int:
    """It did not happen after all, but at `except_at`. Marked wrong, never deleted. How many."""
    rows = Occurrence.objects.select_for_update().filter(
        kind=kind, subject_id=subject_id, wrong_at__isnull=True
    )
    if except_at:
        rows = rows.exclude(at=except_at)
    marked = 0
    for row in rows:
        row.wrong_at, row.wrong_reason = now, reason
        row.save(update_fields=["wrong_at", "wrong_reason"])
        marked += 1
    return marked


@transaction.atomic
def now_about(*, subject_ids: list[uuid.UUID], patient: Patient) -> int:
    """A caller's chart was found after the call was counted: what was without a patient is theirs.

    How many rows; what counts for a patient already stays.
    """
    rows = Occurrence.objects.select_for_update().filter(
        subject_id__in=subject_ids, patient__isnull=True
    )
    joined = 0
    for row in rows:
        context = context_of(patient, at=row.at)
        row.patient, row.episode, row.payer_id = patient, context.episode, context.payer_id
        row.save(update_fields=["patient", "episode", "payer"])
        joined += 1
    return joined
