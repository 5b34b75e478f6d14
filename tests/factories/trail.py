"""Audit rows by the hundred, as requests leave them."""

import datetime as dt
import uuid
from typing import Any

from django.db import connection

from core.audit.models import AuditEvent
from tests.cast import NOW, Cast

SECOND = dt.timedelta(seconds=1)
ACTIONS = ("read", "list", "search", "create", "change", "export", "refused")


def after(minutes: float) -> dt.datetime:
    return NOW + dt.timedelta(minutes=minutes)


def run(sql: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values or None)


def fill(
    cast: Cast, count: int, *, first: dt.datetime | None = None, step: dt.timedelta = SECOND
) -> None:
    """`count` rows one step apart, the last before NOW unless `first` says when they begin."""
    first = first or NOW - count * step
    people = [cast.ana, cast.amin, cast.cole, None]
    patients = [cast.okafor.pk, cast.hale.pk, None]
    AuditEvent.objects.bulk_create(
        AuditEvent(
            at=first + n * step,
            actor=people[n % 4],
            actor_roles=list(people[n % 4].roles) if people[n % 4] else [],
            patient_id=patients[n % 3],
            object_kind="patient",
            object_id=str(patients[n % 3] or ""),
            action=ACTIONS[n % len(ACTIONS)],
            outcome="refused" if n % 7 == 6 else "done",
            fields=["name", "phone"][: n % 3],
            reason=f"Grund {n}: “ja”" if n % 5 == 0 else "",
            grant_id=uuid.UUID(int=n) if n % 11 == 0 else None,
            request_id=str(uuid.UUID(int=n)),
            session_hash=f"{n:064x}" if n % 2 else "",
            source_ip="2001:db8::1" if n % 13 == 0 else f"192.0.2.{n % 250}" if n % 3 else None,
        )
        for n in range(count)
    )
