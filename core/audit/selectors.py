"""The trail as pages and files show it. Whose rows somebody may see is decided by the caller."""

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from core.audit.models import AuditEvent

PAGE = 50
COLUMNS = ("id", "at", "actor_id", "who", "actor_roles", "patient_id", "object_kind", "object_id",
           "action", "outcome", "fields", "reason", "grant_id", "source_ip")  # fmt: skip
ORDERS = {
    "newest": ("at", True),
    "oldest": ("at", False),
    "who": ("who", False),
    "who_back": ("who", True),
    "action": ("action", False),
    "action_back": ("action", True),
}


@dataclass(frozen=True)
class Look:
    """One row of the trail; `who` empty = the system, or somebody who was not signed in."""

    id: int
    at: dt.datetime
    actor_id: uuid.UUID | None
    who: str
    actor_roles: list[str]
    patient_id: uuid.UUID | None
    object_kind: str
    object_id: str
    action: str
    outcome: str
    fields: list[str]
    reason: str
    grant_id: uuid.UUID | None
    source_ip: str | None


@dataclass(frozen=True)
class Asked:
    """What a page or file is narrowed to; None and "" = not narrowed."""

    since: dt.datetime | None = None
    before: dt.datetime | None = None
    person: uuid.UUID | None = None
    action: str = ""
    outcome: str = ""


def narrowed(rows: QuerySet[AuditEvent], asked: Asked) -> QuerySet[AuditEvent]:
    if asked.since:
        rows = rows.filter(at__gte=asked.since)
    if asked.before:
        rows = rows.filter(at__lt=asked.before)
    if asked.person:
        rows = rows.filter(actor=asked.person)
    if asked.action:
        rows = rows.filter(action=asked.action)
    if asked.outcome:
        rows = rows.filter(outcome=asked.outcome)
    return rows


def looks(
    rows: QuerySet[AuditEvent], *, order: str, after: int | None, limit: int = PAGE
) -> tuple[list[Look], int | None]:
    """(a page, the id to go on after or None). `after` is a row's id: no name is in an address."""
    column, back = ORDERS[order]
    rows = rows.annotate(who=Coalesce("actor__full_name", Value("")))
    step = "lt" if back else "gt"
    if after is not None:
        last = rows.filter(pk=after).values_list(column, "pk").first()
        if last:
            rows = rows.filter(
                Q(**{f"{column}__{step}": last[0]}) | Q(**{column: last[0], f"id__{step}": last[1]})
            )
    sign = "-" if back else ""
    found = list(rows.order_by(f"{sign}{column}", f"{sign}id").values(*COLUMNS)[: limit + 1])
    page = [Look(**values) for values in found[:limit]]
    return page, page[-1].id if len(found) > limit else None


def looks_for_file(rows: QuerySet[AuditEvent], **more: Any) -> Iterator[dict[str, Any]]:
    """All of them, oldest first, a bit at a time; `more` = further columns as expressions."""
    rows = rows.annotate(who=Coalesce("actor__full_name", Value("")), **more)
    columns = (*COLUMNS, *more, "request_id")
    yield from rows.order_by("at", "id").values(*columns).iterator(chunk_size=2000)


def last_look(
    reader_id: uuid.UUID, patients: Sequence[uuid.UUID], *, kind: str, before: dt.datetime
) -> dt.datetime | None:
    """When somebody last opened a page of this kind about one of these charts, before a moment."""
    rows = views_by(reader_id, kind=kind, before=before).filter(patient_id__in=patients)
    # One row a chart, by the index of each chart’s looks: ordered by time alone, several charts
    # would be looked for in everybody’s rows.
    newest = rows.order_by("patient_id", "-at").distinct("patient_id")
    return max(newest.values_list("at", flat=True), default=None)


def views_by(reader_id: uuid.UUID, *, kind: str, before: dt.datetime) -> QuerySet[AuditEvent]:
    """Somebody's views of pages of this kind before a moment, the last one first."""
    rows = AuditEvent.objects.filter(
        actor=reader_id, object_kind=kind, outcome="done", at__lte=before
    )
    return rows.order_by("-at")


def people_of(rows: QuerySet[AuditEvent]) -> list[tuple[uuid.UUID, str]]:
    """(id, name) of everybody on these rows, by name: the choices of a filter."""
    found = rows.filter(actor__isnull=False).values_list("actor_id", F("actor__full_name"))
    return sorted(set(found.distinct()), key=lambda one: one[1])
