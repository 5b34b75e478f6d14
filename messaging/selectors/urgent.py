"""Who must see an urgent item now, computed from its opening and the roster at read time."""

import datetime as dt
import uuid
from dataclasses import dataclass

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import CharField, Exists, OuterRef, Value
from django.db.models.functions import Cast, Concat

from core.accounts.models import User
from core.accounts.permissions import Perm
from core.people.access import reach_of
from core.people.models import Clinic
from core.people.selectors import Roster, roster_at
from messaging.models import Recipient, Rung, WorkItem
from messaging.rules import people_of
from messaging.worklist import WORKLIST

URGENT = tuple(kind for kind, spec in WORKLIST.items() if spec.urgent)


def fired(item: WorkItem, *, now: dt.datetime) -> list[str]:
    """Audiences of the rungs whose time has come, in order; from rows, tick or no tick."""
    return [r.audience for r in sorted(item.rungs.all(), key=lambda r: r.at) if r.at <= now]


def _open_items(viewer: User, *, now: dt.datetime) -> list[WorkItem]:
    """One query: `fired` as above, and whether the flag's message went to this viewer (`told`)."""
    rungs = Rung.objects.filter(item=OuterRef("pk"), at__lte=now).order_by("at")
    key = Concat(Value("red_flag:"), Cast(OuterRef("subject_id"), CharField()))
    told = Recipient.objects.filter(user=viewer, message__dedupe_key=key)
    return list(
        WorkItem.objects.filter(
            clinic_id__in=reach_of(viewer, now=now).clinics,
            kind__in=URGENT,
            closed_at__isnull=True,
        )
        .select_related("patient", "clinic")
        .annotate(fired=ArraySubquery(rungs.values("audience")), told=Exists(told))
        .order_by("due_at", "id")
    )


@dataclass(frozen=True)
class UrgentRow:
    item_id: uuid.UUID
    subject_id: uuid.UUID
    patient_id: uuid.UUID | None
    kind: str
    words: str
    reason: str
    patient_name: str
    opened_at: dt.datetime
    due_at: dt.datetime
    late: bool
    next_action: str
    mine: bool  # this viewer must act, as against: colleagues hold it


def urgent_items(viewer: User, *, now: dt.datetime) -> list[UrgentRow]:
    """Open urgent items of the viewer's clinics: one query, and one a clinic's roster.

    First those the viewer must see now, then (for those who decide) the ones colleagues hold.
    """
    reach = reach_of(viewer, now=now)
    items = _open_items(viewer, now=now)
    rosters = _rosters({i.clinic for i in items}, now)
    waiting = {i.subject_id for i in items if i.kind == "red_flag"}
    rows = []
    for item in items:
        audiences: list[str] = item.fired  # type: ignore[attr-defined]  # annotated
        people = {u.pk for a in audiences for u in people_of(a, rosters[item.clinic_id])}
        called = viewer.pk in people or item.told  # type: ignore[attr-defined]
        mine = called or item.owner_id == viewer.pk
        unacknowledged = item.subject_id in waiting and item.kind == "red_flag_decision"
        if unacknowledged and not audiences:
            continue  # one row per flag until the decision itself is late
        answers = viewer.may(Perm.FLAG_ACKNOWLEDGE) or viewer.may(Perm.ROSTER_EDIT)
        if mine or (answers and item.clinic_id in reach.own):
            rows.append(_row(item, mine, now))
    return sorted(rows, key=lambda row: (not row.mine, WORKLIST[row.kind].rank, row.due_at))


def _rosters(clinics: set[Clinic], now: dt.datetime) -> dict[uuid.UUID, Roster]:
    return {clinic.pk: roster_at(clinic, now=now) for clinic in clinics}


def _row(item: WorkItem, mine: bool, now: dt.datetime) -> UrgentRow:  # noqa: FBT001 - row builder
    spec = WORKLIST[item.kind]
    return UrgentRow(
        item_id=item.pk,
        subject_id=item.subject_id,
        patient_id=item.patient_id,
        kind=item.kind,
        words=spec.words,
        reason=item.reason,
        patient_name=item.patient.list_name if item.patient else item.reason.partition(": ")[2],
        opened_at=item.opened_at,
        due_at=item.due_at,
        late=item.due_at < now,
        next_action=item.next_action,
        mine=mine,
    )
