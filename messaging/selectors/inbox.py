"""Threads and inboxes, scoped to who may know of the patient."""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from core.accounts.models import User
from core.audit.services import record
from core.lib.errors import NotFound, Refused
from core.people.access import known_to, reach_of
from core.people.dates import running
from core.people.fields import Part, shows
from core.people.models import Patient, StaffMember
from messaging.models import Message, Recipient, Thread, WorkItem
from messaging.selectors.stead import covered_rows, may_act_for_owner

PAGE = 50


def threads_visible_to(viewer: User, *, now: dt.datetime) -> QuerySet[Thread]:
    """Threads about patients the viewer may know of, those the viewer is in, and red flags of
    callers nobody has registered yet at the viewer's own clinic.

    Who is no clinician reads of a patient's threads those they are in (core/people/fields.py).
    """
    return Thread.objects.filter(_readable(viewer, now=now))


def _readable(viewer: User, *, now: dt.datetime) -> Q:
    """That rule."""
    reach = reach_of(viewer, now=now)
    whose = Q(user=viewer)
    for clinic, people in reach.away.items():  # who covers is in the threads of who is away
        whose |= Q(user__in=people, message__thread__clinic=clinic)
    mine = Recipient.objects.filter(whose, message__thread=OuterRef("pk"))
    about = known_to(viewer, now=now, patient="patient")
    if not shows(viewer, Part.MESSAGES):
        about &= Q(Exists(mine)) | Q(opened_by=viewer)
    nobody = Q(patient__isnull=True)
    unknown_flag = Q(kind=Thread.Kind.RED_FLAG, clinic_id__in=reach.own)
    here = Q(clinic_id__in=reach.clinics)
    return about | (nobody & (Q(opened_by=viewer) | unknown_flag | here & Q(Exists(mine))))


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
    """The viewer's inbox: what is unread, then the rest, newest first; with the messages of who
    they cover for."""
    rows = (
        mine(viewer, now=now)
        .select_related("message__thread__patient", "message__author", "user")
        .order_by(F("read_at").desc(nulls_first=True), "-delivered_at", "id")[:limit]
    )
    return sorted(rows, key=lambda r: (r.read_at is not None, -r.delivered_at.timestamp()))


def mine(viewer: User, *, now: dt.datetime) -> QuerySet[Recipient]:
    """One's inbox rows and those one covers, without patients one no longer looks after."""
    # As values: an OR with a subquery would read everybody's inbox. Hardly ever is there a cover.
    covered = list(covered_rows(viewer, now=now).values_list("pk", flat=True))
    whose = Q(user=viewer) | Q(pk__in=covered) if covered else Q(user=viewer)
    # The rule of `threads_visible_to`, less what these rows are themselves: being in the thread.
    here = Q(message__thread__clinic_id__in=reach_of(viewer, now=now).clinics)
    about = known_to(viewer, now=now, patient="message__thread__patient")
    nobody = Q(message__thread__patient__isnull=True)
    return Recipient.objects.filter(
        whose, about | (nobody & (Q(message__thread__opened_by=viewer) | here))
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


def receipts_of(viewer: User, messages: Sequence[Message]) -> list[Recipient]:
    """The viewer's own rows of these messages (no query after `messages_of`)."""
    return [row for m in messages for row in m.recipients.all() if row.user_id == viewer.pk]


def recipient_for(viewer: User, pk: uuid.UUID, *, now: dt.datetime) -> Recipient:
    """One's own inbox row, or one of somebody whose part one takes. Raises NotFound."""
    row = Recipient.objects.select_related("message__thread").filter(pk=pk).first()
    if row is None or not (row.user_id == viewer.pk or _in_stead(viewer, row, now)):
        record(by=viewer, action="read", object_kind="inbox", object_id=pk, now=now,
               outcome="refused")  # fmt: skip
        raise NotFound("There is no such message in your inbox.")
    return row


def _in_stead(viewer: User, row: Recipient, now: dt.datetime) -> bool:
    """The row of somebody one covers for, or one that asked to act and whose item is one's now."""
    away = reach_of(viewer, now=now).away
    if row.user_id in away.get(row.message.thread.clinic_id, ()):
        return True
    item = WorkItem.objects.filter(kind="message", subject_id=row.pk).order_by("-opened_at").first()
    return item is not None and may_act_for_owner(viewer, item, now=now)


def colleagues(viewer: User, patient: Patient | None, *, now: dt.datetime) -> list[User]:
    """Whom the viewer can write to: people of the same clinics who may know of the patient.

    Who works elsewhere and only has this one chart open is offered its care team, whose names the
    chart shows, and nobody else of a clinic that is not theirs.
    """
    clinics = reach_of(viewer, now=now).clinics
    posts = StaffMember.objects.filter(
        running("clinic__zone", now=now),
        Q(clinic=patient.clinic_id) if patient else Q(clinic__in=clinics),
        user__is_active=True,
    )
    if patient:
        on_team = patient.care_team.filter(running("patient__clinic__zone", now=now))
        on_chart = Q(user__in=on_team.values("user_id"))
        posts = posts.filter(
            on_chart | Q(clinic__in=clinics, partner_practice="")
        )  # the first alone for who works elsewhere
    people = {p.user_id: p.user for p in posts.select_related("user")}
    return sorted((u for u in people.values() if u.pk != viewer.pk), key=lambda u: u.full_name)


def chosen(
    viewer: User, patient: Patient | None, ids: Iterable[str], *, now: dt.datetime
) -> list[User]:
    """Those of `colleagues` somebody chose. Raises Refused when one of them is none (any more)."""
    wanted = set(ids)
    people = [u for u in colleagues(viewer, patient, now=now) if str(u.pk) in wanted]
    if len(people) != len(wanted):
        raise Refused(
            "Not sent: somebody you chose cannot get it any more. Look whom it would reach now, "
            "choose again and send it."
        )
    return people
