"""The worklist: a person's open items, what is due first on top."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from core.accounts.models import User
from core.accounts.roles import Role
from core.audit.services import record
from core.lib.errors import NotFound
from core.people.access import clinics_of, posts_of, visible_to
from core.people.models import Patient
from messaging.models import Rung, WorkItem
from messaging.selectors.urgent import URGENT
from messaging.worklist import WORKLIST

PAGE = 50


@dataclass(frozen=True)
class WorkRow:
    id: uuid.UUID
    kind: str
    words: str
    reason: str
    patient_id: uuid.UUID | None
    patient_name: str
    due_at: dt.datetime
    next_action: str
    next_action_at: dt.datetime
    waiting_on: str
    owner_id: uuid.UUID | None
    owner_name: str
    taken: bool
    by_hand: bool
    href: str


COLUMNS = ("id", "kind", "reason", "patient_id", "patient__family_name", "patient__given_name",
           "due_at", "next_action", "next_action_at", "waiting_on", "owner_id", "owner__full_name",
           "taken_at", "subject_id")  # fmt: skip


def items_visible_to(viewer: User, *, now: dt.datetime) -> QuerySet[WorkItem]:
    """Items of the viewer's clinics whose patient the viewer may know of.

    Those without a patient (a missed call's number and words) are for the clinic's own people, not
    for a partner practice's.
    """
    own = posts_of(viewer, now=now).filter(partner_practice="").values("clinic_id")
    return WorkItem.objects.filter(clinic__in=clinics_of(viewer, now=now)).filter(
        Q(patient__in=visible_to(viewer, now=now))
        | (Q(patient__isnull=True) & (Q(clinic__in=own) | Q(owner=viewer)))
    )


def item_for(viewer: User, pk: uuid.UUID, *, now: dt.datetime) -> WorkItem:
    """One item the viewer may know of. Raises NotFound."""
    item = (
        items_visible_to(viewer, now=now)
        .select_related("clinic", "patient", "owner")
        .filter(pk=pk)
        .first()
    )
    if item is None:
        raise NotFound("There is no such work item, or it belongs to another clinic.")
    record(
        by=viewer,
        action="read",
        object_kind="work_item",
        object_id=item.pk,
        patient_id=item.patient_id,
        now=now,
    )
    return item


def worklist(
    viewer: User,
    *,
    now: dt.datetime,
    after: tuple[dt.datetime, uuid.UUID] | None = None,
    limit: int = PAGE,
) -> list[WorkRow]:
    """Open items of the viewer or their roles, by due time; one query. `after` = the last key."""
    mine = Q(owner=viewer) | (
        Q(owner_role__in=viewer.roles) & (Q(owner__isnull=True) | Q(taken_at__isnull=False))
    )
    if viewer.has_role(Role.MANAGER):  # what the ladder has brought to the managers
        told = Rung.objects.filter(item=OuterRef("pk"), audience="managers", at__lte=now)
        mine |= Q(Exists(told))
    rows = items_visible_to(viewer, now=now).filter(mine, closed_at__isnull=True)
    # An open call stands under "Unfinished calls" until it is late.
    rows = rows.exclude(kind__in=URGENT).exclude(kind="open_call", due_at__gt=now)
    if after:
        rows = rows.filter(Q(due_at__gt=after[0]) | Q(due_at=after[0], id__gt=after[1]))
    return [_row(values) for values in rows.order_by("due_at", "id").values(*COLUMNS)[:limit]]


def open_items(viewer: User, kinds: Sequence[str], *, now: dt.datetime) -> list[WorkRow]:
    """Open items of these kinds in the viewer's clinics, whoever owns them, by due time."""
    rows = items_visible_to(viewer, now=now).filter(kind__in=kinds, closed_at__isnull=True)
    return [_row(values) for values in rows.order_by("due_at", "id").values(*COLUMNS)[:PAGE]]


def items_of_patient(viewer: User, patient: Patient, *, now: dt.datetime) -> list[WorkRow]:
    """What is open for one patient; the caller fetched the patient through `patient_for`."""
    rows = WorkItem.objects.filter(patient=patient, closed_at__isnull=True).order_by("due_at", "id")
    return [_row(values) for values in rows.values(*COLUMNS)[:PAGE]]


def _row(v: dict[str, Any]) -> WorkRow:
    spec = WORKLIST[str(v["kind"])]
    family, given = v["patient__family_name"], v["patient__given_name"]
    return WorkRow(
        id=v["id"],
        kind=str(v["kind"]),
        words=spec.words,
        reason=str(v["reason"]),
        patient_id=v["patient_id"],
        patient_name=f"{family}, {given}" if family else "",
        due_at=v["due_at"],
        next_action=str(v["next_action"]),
        next_action_at=v["next_action_at"],
        waiting_on=str(v["waiting_on"]),
        owner_id=v["owner_id"],
        owner_name=str(v["owner__full_name"] or ""),
        taken=v["taken_at"] is not None,
        by_hand=spec.by_hand,
        href=reverse(spec.route, args=[v["subject_id"]]),
    )
