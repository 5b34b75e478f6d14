"""Messages about a patient: written once, read and acknowledged per person."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from core.accounts.models import User
from core.audit.services import record
from core.lib.errors import Refused
from core.people.access import visible_to
from core.people.models import Clinic, Patient
from messaging.models import Message, Recipient, Thread
from messaging.selectors.stead import covered_rows
from messaging.services.work import open_item


@transaction.atomic
def start_thread(  # noqa: PLR0913 - one message, its columns
    *,
    clinic: Clinic,
    patient: Patient | None,
    title: str,
    body: str,
    to: Sequence[User],
    by: User,
    now: dt.datetime,
    dedupe_key: str,
    asks: bool = False,
) -> Thread:
    """A new thread with its first message; the same dedupe key again returns the one there is."""
    sent = Message.objects.select_related("thread").filter(dedupe_key=dedupe_key).first()
    if sent:
        return sent.thread
    if not title.strip():
        raise Refused("Give the message a subject, so that readers know what it is about.")
    check_recipients(patient, to, by, now)
    thread = Thread.objects.create(
        clinic=clinic,
        patient=patient,
        kind=Thread.Kind.MESSAGE,
        title=title.strip()[:160],
        opened_by=by,
        opened_at=now,
    )
    message = post(
        thread=thread, body=body, to=to, by=by, now=now, dedupe_key=dedupe_key, asks=asks
    )
    if message.thread_id != thread.pk:  # the other half of a double click was faster
        thread.delete()
    return message.thread


def check_recipients(
    patient: Patient | None, to: Sequence[User], by: User, now: dt.datetime
) -> None:
    """A message reaches only people who may know of the patient."""
    if not to:
        raise Refused("Choose at least one person to send this to.")
    for user in to:
        if patient and not visible_to(user, now=now).filter(pk=patient.pk).exists():
            raise Refused(
                f"{user.full_name} is not on this patient's care team and cannot get this message."
            )


@transaction.atomic
def post(  # noqa: PLR0913 - one message, its columns
    *,
    thread: Thread,
    body: str,
    to: Sequence[User],
    by: User | None,
    now: dt.datetime,
    dedupe_key: str,
    asks: bool = False,
) -> Message:
    """Write a message; its inbox rows are its delivery and commit with it. Once per dedupe key."""
    if not body.strip():
        raise Refused("The message is empty. Write what they should know or do.")
    message, fresh = Message.objects.get_or_create(
        dedupe_key=dedupe_key,
        defaults={"thread": thread, "author": by, "body": body.strip(), "sent_at": now},
    )
    if not fresh:
        return message
    for user in to:
        if by is not None and user.pk == by.pk:
            continue
        row = deliver_to(message=message, user=user, why="named", now=now)
        if asks:  # a message that asks someone to act is a promise; others only stand in the inbox
            open_item(
                kind="message",
                subject_id=row.pk,
                clinic=thread.clinic,
                patient=thread.patient,
                reason=thread.title,
                by=by,
                now=now,
                owner=user,
            )
    record(
        by=by,
        action="write",
        object_kind="message",
        object_id=message.pk,
        patient_id=thread.patient_id,
        now=now,
    )
    return message


def deliver_to(*, message: Message, user: User, why: str, now: dt.datetime) -> Recipient:
    """Put a message into somebody's inbox; twice is once."""
    row, _ = Recipient.objects.get_or_create(
        message=message, user=user, defaults={"why": why, "delivered_at": now}
    )
    return row


def mark_read(*, thread: Thread, by: User, now: dt.datetime) -> None:
    """Opening a thread reads every message in it.

    What is read in somebody's stead stays unread for them; the reader gets a row that says so.
    """
    away = covered_rows(by, now=now).filter(message__thread=thread)
    for row in away.select_related("message", "user"):
        deliver_to(
            message=row.message, user=by, why=f"covering for {row.user.full_name}"[:80], now=now
        )
    Recipient.objects.filter(message__thread=thread, user=by, read_at__isnull=True).update(
        read_at=now
    )


@transaction.atomic
def acknowledge(*, message: Message, by: User, now: dt.datetime) -> Recipient:
    """“I have it.” Once; again keeps the first time."""
    row = Recipient.objects.select_for_update().filter(message=message, user=by).first()
    if row is None:
        raise Refused("This message was not sent to you, so there is nothing to acknowledge.")
    if message.thread.kind == Thread.Kind.RED_FLAG:
        raise Refused("Acknowledge the red flag on its own page; only a physician may.")
    if row.acknowledged_at is None:
        row.read_at = row.read_at or now
        row.acknowledged_at = now
        row.save(update_fields=["read_at", "acknowledged_at"])
        record(
            by=by,
            action="acknowledge",
            object_kind="message",
            object_id=message.pk,
            patient_id=message.thread.patient_id,
            now=now,
        )
    return row
