"""Threads and inboxes, scoped to who may know of the patient."""

import datetime as dt
import uuid

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from core.accounts.models import User
from core.audit.services import record
from core.lib.errors import NotFound
from core.people.access import clinics_of, posts_of, visible_to
from core.people.dates import running
from core.people.models import Patient, StaffMember
from messaging.models import Message, Recipient, Thread

PAGE = 50


def threads_visible_to(viewer: User, *, now: dt.datetime) -> QuerySet[Thread]:
    """Threads about patients the viewer may know of, those the viewer is in, and red flags of
    callers nobody has registered yet at the viewer's own clinic."""
    mine = Recipient.objects.filter(message__thread=OuterRef("pk"), user=viewer)
    own = posts_of(viewer, now=now).filter(partner_practice="").values("clinic_id")
    return Thread.objects.filter(
        Q(patient__in=visible_to(viewer, now=now))
        | Q(opened_by=viewer, patient__isnull=True)
        | Q(kind=Thread.Kind.RED_FLAG, patient__isnull=True, clinic_id__in=own)
        | (Q(clinic__in=clinics_of(viewer, now=now)) & Q(patient__isnull=True) & Q(Exists(mine)))
    )


def thread_for(viewer: User, pk: uuid.UUID, *, now: dt.datetime) -> Thread:
    """One thread; the look is on the audit trail. Raises NotFound."""
    thread = (
        threads_visible_to(viewer, now=now)
        .select_related("clinic", "patient")
        .filter(pk=pk)
        .first()
    )
    if thread is None:
        record(
            by=viewer, action="read", object_kind="thread", object_id=pk, now=now, outcome="refused"
        )
        raise NotFound("There is no such message, or it is about a patient you do not look after.")
    record(
        by=viewer,
        action="read",
        object_kind="thread",
        object_id=thread.pk,
        patient_id=thread.patient_id,
        now=now,
    )
    return thread


def inbox(viewer: User, *, now: dt.datetime, limit: int = PAGE) -> list[Recipient]:
    """The viewer's inbox: what is unread, then the rest, newest first."""
    rows = (
        mine(viewer, now=now)
        .select_related("message__thread__patient", "message__author")
        .order_by(F("read_at").desc(nulls_first=True), "-delivered_at", "id")[:limit]
    )
    return sorted(rows, key=lambda r: (r.read_at is not None, -r.delivered_at.timestamp()))


def mine(viewer: User, *, now: dt.datetime) -> QuerySet[Recipient]:
    """One's inbox rows, without those about a patient one no longer looks after."""
    return Recipient.objects.filter(
        user=viewer, message__thread__in=threads_visible_to(viewer, now=now)
    )


def unread(viewer: User, *, now: dt.datetime) -> int:
    return mine(viewer, now=now).filter(read_at__isnull=True).count()


def messages_of(thread: Thread) -> list[Message]:
    """The thread's messages in order, with who got, read and acknowledged each (two queries)."""
    return list(
        Message.objects.filter(thread=thread)
        .select_related("author")
        .prefetch_related("recipients__user")
        .order_by("sent_at", "id")
    )


def recipient_for(viewer: User, pk: uuid.UUID) -> Recipient:
    """One's own inbox row. Raises NotFound."""
    row = Recipient.objects.select_related("message__thread").filter(pk=pk, user=viewer).first()
    if row is None:
        raise NotFound("There is no such message in your inbox.")
    return row


def colleagues(viewer: User, patient: Patient | None, *, now: dt.datetime) -> list[User]:
    """Whom the viewer can write to: people of the same clinics who may know of the patient."""
    clinics = posts_of(viewer, now=now).values("clinic_id")
    posts = StaffMember.objects.filter(
        running("clinic__zone", now=now),
        Q(clinic=patient.clinic_id) if patient else Q(clinic__in=clinics),
        user__is_active=True,
    )
    if patient:
        on_team = patient.care_team.filter(running("patient__clinic__zone", now=now))
        posts = posts.filter(Q(partner_practice="") | Q(user__in=on_team.values("user_id")))
    people = {p.user_id: p.user for p in posts.select_related("user")}
    return sorted((u for u in people.values() if u.pk != viewer.pk), key=lambda u: u.full_name)
