"""The only door to the audit trail. A failed insert raises: what is not recorded is not shown."""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from core.audit.context import current
from core.audit.models import AuditEvent


def record(  # noqa: PLR0913 - one row, its columns
    *,
    by: Any,
    action: str,
    object_kind: str,
    object_id: object = "",
    patient_id: uuid.UUID | None = None,
    now: dt.datetime,
    fields: Sequence[str] = (),
    reason: str = "",
    outcome: str = AuditEvent.Outcome.DONE,
) -> AuditEvent:
    """One row. `by` is a user or None (the system or a stranger)."""
    event = _event(by, action, object_kind, object_id, patient_id, now, fields, reason, outcome)
    event.save(force_insert=True)
    return event


def record_list(
    *, by: Any, action: str, object_kind: str, patient_ids: Iterable[uuid.UUID], now: dt.datetime
) -> None:
    """A list was shown: one row per patient on it, in one insert."""
    rows = [
        _event(by, action, object_kind, "", pk, now, (), "", AuditEvent.Outcome.DONE)
        for pk in patient_ids
    ]
    if rows:
        AuditEvent.objects.bulk_create(rows)


def record_each(  # noqa: PLR0913 - one row each, its columns
    *,
    by: Any,
    action: str,
    object_kind: str,
    about: Iterable[tuple[object, uuid.UUID | None]],
    now: dt.datetime,
    fields: Sequence[str] = (),
    reason: str = "",
) -> None:
    """The same was done to many objects: a row per (object, patient), in one insert."""
    rows = [
        _event(by, action, object_kind, pk, patient, now, fields, reason, AuditEvent.Outcome.DONE)
        for pk, patient in about
    ]
    AuditEvent.objects.bulk_create(rows)


def _event(  # noqa: PLR0913 - one row, its columns
    by: Any,
    action: str,
    object_kind: str,
    object_id: object,
    patient_id: uuid.UUID | None,
    now: dt.datetime,
    fields: Sequence[str],
    reason: str,
    outcome: str,
) -> AuditEvent:
    context = current()
    known = by is not None and getattr(by, "is_authenticated", False)
    return AuditEvent(
        at=now,
        actor=by if known else None,
        actor_roles=list(by.roles) if known else [],
        patient_id=patient_id,
        object_kind=object_kind,
        object_id=str(object_id),
        action=action,
        outcome=outcome,
        fields=list(fields),
        reason=reason,
        grant_id=context.grants.get(patient_id) if patient_id else None,
        request_id=context.request_id,
        session_hash=context.session_hash,
        source_ip=context.source_ip,
    )
