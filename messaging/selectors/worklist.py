"""The worklist: a person's open items, what is due first on top."""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from core.accounts.models import User
from core.accounts.permissions import Perm
from core.accounts.roles import Role
from core.audit.services import record
from core.lib.errors import NotFound
from core.lib.routes import url
from core.people.access import known_to, reach_of
from core.people.fields import Part, shows
from core.people.models import Patient
from messaging.models import Rung, WorkItem
from messaging.selectors.stead import covered_items, ownerless_items, stead_of
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
    version: int  # the form that changes it says what it was shown
    href: str
    stead: str = ""  # "covering" for the owner, or the owner is "gone"


COLUMNS = ("id", "kind", "reason", "patient_id", "patient__family_name", "patient__given_name",
           "due_at", "next_action", "next_action_at", "waiting_on", "owner_id", "owner__full_name",
           "taken_at", "version", "subject_id")  # fmt: skip
# What of other tables stands in a row, for `core.lib.beside`.
BESIDE = {name: name for name in COLUMNS if "__" in name}


def items_visible_to(viewer: User, *, now: dt.datetime) -> QuerySet[WorkItem]:
    """Items about a patient the viewer may know of, for pages of one item or one patient.

    Those without a patient (a missed call's number and words) are for the clinic's own people, not
    for a partner practice's. Lists ask for the viewer's clinics as well: a chart opened in an
    emergency puts nothing of another clinic on anybody's list.
    """
    reach = reach_of(viewer, now=now)
    here = Q(clinic_id__in=reach.clinics)
    theirs = Q(owner=viewer) | covered_items(viewer, now=now)
    return WorkItem.objects.filter(
        known_to(viewer, now=now, patient="patient")
        | (Q(patient__isnull=True) & (Q(clinic_id__in=reach.own) | (here & theirs)))
    )


def listed(viewer: User, *, now: dt.datetime) -> QuerySet[WorkItem]:
    """Open items for a list: of the viewer's clinics alone."""
    # Values, not a subquery: with one clinic the index gives the rows in order of due time.
    here = reach_of(viewer, now=now).clinics
    return items_visible_to(viewer, now=now).filter(clinic_id__in=here, closed_at__isnull=True)


def item_for(viewer: User, pk: uuid.UUID, *, now: dt.datetime) -> WorkItem:
    """One item the viewer may know of. Raises NotFound."""
    item = (
        items_visible_to(viewer, now=now)
        .select_related("clinic", "patient", "owner")
        .filter(pk=pk)
        .first()
    )
    if item is None:
        record(by=viewer, action="read", object_kind="work_item", object_id=pk, now=now,
               outcome="refused")  # fmt: skip
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
    """Open items of the viewer, of their roles, and of who they stand in for, by due time.

    Two queries. `after` = the last key.
    """
    theirs = Q(owner_role__in=viewer.roles)
    if also := [kind for kind, spec in WORKLIST.items() if spec.seen_by in viewer.roles]:
        theirs |= Q(kind__in=also)
    mine = Q(owner=viewer) | (theirs & (Q(owner__isnull=True) | Q(taken_at__isnull=False)))
    if viewer.has_role(Role.MANAGER):  # what the ladder has brought to the managers
        told = Rung.objects.filter(item=OuterRef("pk"), audience="managers", at__lte=now)
        mine |= Q(Exists(told))
    mine |= covered_items(viewer, now=now) | ownerless_items(viewer, now=now)
    rows = listed(viewer, now=now).filter(mine).annotate(stead=stead_of(viewer, now=now))
    # An open call stands under "Unfinished calls" until it is late.
    rows = rows.exclude(kind__in=URGENT).exclude(kind="open_call", due_at__gt=now)
    if after:
        rows = rows.filter(Q(due_at__gt=after[0]) | Q(due_at=after[0], id__gt=after[1]))
    shown = rows.order_by("due_at", "id").values(*COLUMNS, "stead")[:limit]
    return [_row(values, viewer) for values in shown]


def open_items(
    viewer: User, kinds: Sequence[str], *, now: dt.datetime, limit: int = PAGE
) -> list[WorkRow]:
    """Open items of these kinds in the viewer's clinics, whoever owns them, by due time."""
    rows = listed(viewer, now=now).filter(kind__in=kinds)
    shown = rows.order_by("due_at", "id").values(*COLUMNS)[:limit]
    return [_row(values, viewer) for values in shown]


def open_rows(viewer: User, patient: Any) -> QuerySet[WorkItem]:
    """What is open for one patient, as far as the viewer sees it; `patient` may be an OuterRef."""
    rows = WorkItem.objects.filter(patient=patient, closed_at__isnull=True).order_by("due_at", "id")
    if not viewer.may(Perm.BREAK_GLASS_REVIEW):  # between the reviewers and whoever opened it
        rows = rows.exclude(kind="break_glass_review")
    return rows[:PAGE]


def items_of_patient(viewer: User, patient: Patient) -> list[WorkRow]:
    """The same by itself; the caller fetched the patient through `patient_for`."""
    return [_row(values, viewer) for values in open_rows(viewer, patient).values(*COLUMNS)]


def in_words(viewer: User, rows: Iterable[WorkItem]) -> list[WorkRow]:
    """Rows read with `BESIDE` as their page shows them."""
    return [_row({name: getattr(row, name) for name in COLUMNS}, viewer) for row in rows]


def reason_for(viewer: User, *, kind: str, reason: str, owner_id: uuid.UUID | None) -> str:
    """The item's reason as far as this person reads it: a message's is the thread's subject."""
    if kind == "message" and owner_id != viewer.pk and not shows(viewer, Part.MESSAGES):
        return WORKLIST[kind].words
    return reason


def _row(v: dict[str, Any], viewer: User) -> WorkRow:
    spec = WORKLIST[str(v["kind"])]
    family, given = v["patient__family_name"], v["patient__given_name"]
    return WorkRow(
        id=v["id"],
        kind=str(v["kind"]),
        words=spec.words,
        reason=reason_for(
            viewer,
            kind=str(v["kind"]),
            reason=str(v["reason"]),
            owner_id=viewer.pk if v.get("stead") == "covering" else v["owner_id"],
        ),
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
        version=v["version"],
        href=url(spec.route, v["subject_id"]),
        stead=str(v.get("stead", "")),
    )
