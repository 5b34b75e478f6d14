"""Emergency access: what runs, what waits for review, and what was looked at under it."""

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db.models import F, Q, QuerySet

from core.accounts.models import User
from core.accounts.permissions import Perm
from core.audit.models import AuditEvent
from core.audit.services import record, record_list
from core.lib.errors import NotFound
from core.people.access import may_review, posts_of
from core.people.models import AccessGrant, Clinic

DONE, OPEN, LOOKS = 50, 200, 300  # rows a page shows

KINDS = {
    "access_grant": "the emergency access",
    "patient": "the patient’s page",
    "patient_page": "the patient’s page",
    "red_flag": "a red flag",
    "thread": "a conversation",
    "message": "a message",
    "worklist": "the worklist",
    "inbox": "the inbox",
    "call": "a call",
}
ACTIONS = {
    "read": "Opened {}",
    "list": "Saw the patient in {}",
    "search": "Found the patient by search",
    "match_offered": "Was offered the chart as a match",
    "write": "Wrote {}",
    "create": "Started {}",
    "break_glass": "Opened the chart, with the reason above",
    "break_glass_end": "Ended the access",
}


def clinics() -> QuerySet[Clinic]:
    """Every clinic of the installation: an emergency does not ask where somebody works."""
    return Clinic.objects.order_by("name")


def emergencies_visible_to(viewer: User, *, now: dt.datetime) -> QuerySet[AccessGrant]:
    """Emergency access to charts of the clinics whose own staff the viewer is."""
    own = posts_of(viewer, now=now).filter(partner_practice="").values("clinic_id")
    return AccessGrant.objects.filter(
        kind=AccessGrant.Kind.BREAK_GLASS, patient__clinic_id__in=own
    ).select_related("patient__clinic", "user", "reviewed_by")


def waiting_for_review(viewer: User, *, now: dt.datetime) -> int:
    """How many the viewer is asked to review; one's own is for somebody else."""
    rows = emergencies_visible_to(viewer, now=now).filter(reviewed_at__isnull=True)
    return rows.exclude(user=viewer).count()


def reviews(viewer: User, *, now: dt.datetime) -> tuple[list[AccessGrant], list[AccessGrant]]:
    """(waiting, oldest first; done, newest first). The looks at these patients are audited."""
    rows = emergencies_visible_to(viewer, now=now)
    waiting = list(rows.filter(reviewed_at__isnull=True).order_by("starts_at", "pk")[:OPEN])
    done = list(rows.filter(reviewed_at__isnull=False).order_by("-reviewed_at", "pk")[:DONE])
    record_list(
        by=viewer,
        action="list",
        object_kind="access_grant",
        patient_ids=sorted({row.patient_id for row in (*waiting, *done)}),
        now=now,
    )
    return waiting, done


def emergency_for(viewer: User, pk: uuid.UUID, *, now: dt.datetime) -> AccessGrant:
    """One emergency access, for who reviews at the patient's clinic. Raises NotFound."""
    row = emergencies_visible_to(viewer, now=now).filter(pk=pk).first()
    _look(viewer, pk, row, now)
    if row is None:
        raise NotFound("There is no such emergency access at your clinic.")
    return row


def emergency_to_end(viewer: User, pk: uuid.UUID, *, now: dt.datetime) -> AccessGrant:
    """One's own, or one of the viewer's clinic by a reviewer. Raises NotFound."""
    own = AccessGrant.objects.filter(pk=pk, kind=AccessGrant.Kind.BREAK_GLASS, user=viewer).first()
    if own is None and viewer.may(Perm.BREAK_GLASS_REVIEW):
        return emergency_for(viewer, pk, now=now)
    if own is None:
        _look(viewer, pk, None, now)
        raise NotFound("There is no such emergency access of yours.")
    return own


def _look(viewer: User, pk: uuid.UUID, row: AccessGrant | None, now: dt.datetime) -> None:
    record(
        by=viewer,
        action="read",
        object_kind="access_grant",
        object_id=pk,
        patient_id=row.patient_id if row else None,
        now=now,
        outcome="done" if row else "refused",
    )


def may_review_it(viewer: User, grant: AccessGrant) -> bool:
    return viewer.may(Perm.BREAK_GLASS_REVIEW) and may_review(viewer, grant.user_id)


@dataclass(frozen=True)
class Look:
    """One thing done under an emergency access, in words."""

    at: dt.datetime
    words: str
    refused: bool


def looks(grant: AccessGrant) -> list[Look]:
    """What was looked at and done, in order; by the index of the patient's trail."""
    rows = AuditEvent.objects.filter(patient_id=grant.patient_id, grant_id=grant.pk)
    shown = rows.filter(~Q(object_kind__startswith="work_item:") | ~Q(action="open"))
    return [
        Look(r.at, words_of(r.action, r.object_kind), r.outcome == "refused")
        for r in shown.order_by(F("at"), F("id"))[:LOOKS]
    ]


def words_of(action: str, object_kind: str) -> str:
    """An audit row as a sentence; what has no words of its own is told as it is written."""
    kind, _, detail = object_kind.partition(":")
    named = KINDS.get(kind) or f"{kind} {detail}".strip().replace("_", " ")
    return ACTIONS.get(action, f"{action.replace('_', ' ').capitalize()}: {{}}").format(named)
