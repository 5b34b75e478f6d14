"""Missed calls: a person calls back. Only having spoken to somebody stops the clock."""

import datetime as dt
import uuid

from django.db import IntegrityError, transaction

from core.accounts.models import User
from core.events.services import emit
from core.lib.errors import Conflict, Refused
from core.lib.states import next_state
from core.people.models import Clinic
from core.people.names import phone_e164, phone_words, why_no_phone
from core.protocols.selectors import current_version
from intake.call_rules import CALL
from intake.models import Call, CallAttempt
from intake.services.calls import audit, keep_owner, locked, same_form
from messaging.models import WorkItem
from messaging.services.work import close_item, hand_back, open_item, plan_next, take

CALL_BACKS = ("call_back", "same_day_call_back")
TRY_AGAIN = dt.timedelta(hours=3)


@transaction.atomic
def log_missed_call(  # noqa: PLR0913 - one row, its columns
    *,
    clinic: Clinic,
    phone: str,
    words: str,
    received_at: dt.datetime,
    by: User,
    now: dt.datetime,
    form_key: uuid.UUID,
) -> Call:
    """Somebody called and reached nobody; the 72 hours run from when they called."""
    existing = same_form(form_key, by)
    if existing:
        return existing
    number = phone_e164(phone)
    if not number:
        instead = "Type the number alone, and the extension into what they said."
        raise Refused(why_no_phone(phone, extension=instead))
    if received_at > now:
        raise Refused("The call cannot lie in the future. Check the time.")
    if now - received_at > dt.timedelta(days=30):
        raise Refused("That is more than 30 days ago. Check the date.")
    call = Call(
        clinic=clinic,
        origin=Call.Origin.MISSED,
        state=Call.State.WAITING,
        form_key=form_key,
        phone=number,
        notes=words.strip(),
        protocol=current_version("red_flags", now=now, clinic=clinic),
        received_at=received_at,
        opened_by=by,
        saved_at=now,
    )
    try:
        with transaction.atomic():
            call.save(force_insert=True)
    except IntegrityError:  # the second click of a double click
        return same_form(form_key, by) or call
    audit("create", call, by, now)
    open_item(
        kind="call_back",
        subject_id=call.pk,
        clinic=clinic,
        patient=None,
        reason=f"Missed call from {phone_words(number)}",
        by=by,
        now=now,
        opened_at=received_at,
    )
    return call


def item_of(call: Call) -> WorkItem | None:
    return WorkItem.objects.filter(
        kind__in=CALL_BACKS, subject_id=call.pk, closed_at__isnull=True
    ).first()


@transaction.atomic
def take_call_back(*, call: Call, by: User, now: dt.datetime) -> Call:
    """One person dials; the second is told who is on it."""
    row = locked(call)
    item = item_of(row)
    if item is None or row.state != Call.State.WAITING:
        raise Conflict(
            "Somebody has spoken with this caller already. Nothing is left to call back."
        )
    take(item=item, by=by, now=now)
    row.held_by = by
    row.save(update_fields=["held_by"])
    return row


@transaction.atomic
def record_attempt(
    *, call: Call, outcome: str, words: str, by: User, now: dt.datetime
) -> CallAttempt:
    """Nobody answered: the clock runs on, the next try gets a time, and anyone may take it."""
    row = take_call_back(call=call, by=by, now=now)
    if outcome not in CallAttempt.Outcome.values:
        raise Refused("Choose what happened: no answer, voicemail, busy or wrong number.")
    attempt = CallAttempt.objects.create(
        call=row, outcome=outcome, words=words.strip()[:300], by=by, at=now
    )
    audit("attempt", row, by, now)
    item = item_of(row)
    if item:
        plan_next(
            item=item,
            by=by,
            now=now,
            next_action="Call back again",
            next_action_at=min(now + TRY_AGAIN, item.due_at)
            if item.due_at > now
            else now + TRY_AGAIN,
            waiting_on=WorkItem.WaitingOn.US,
        )
        hand_back(item=item, by=by, now=now)
    row.held_by = None
    row.save(update_fields=["held_by"])
    return attempt


@transaction.atomic
def reach(*, call: Call, by: User, now: dt.datetime) -> Call:
    """“I am speaking with them”: the clock stops and the questions begin."""
    row = take_call_back(call=call, by=by, now=now)
    item = item_of(row)
    row.state = next_state(CALL, row.state, "reach")
    first = row.spoke_at is None
    row.spoke_at = row.spoke_at or now
    row.held_by = by
    row.saved_at = now
    row.version += 1
    row.save()
    audit("reach", row, by, now)
    keep_owner(row, by=by, now=now)
    if item:
        close_item(item=item, by=by, now=now, event="spoke_to_a_person")
    if first:
        emit(name="intake.call_answered", subject_id=row.pk, now=now)
    emit(name="intake.call_back_reached", subject_id=row.pk, now=now)
    return row


def minutes_before(now: dt.datetime, text: str) -> dt.datetime:
    """“How long ago was it?” as an instant. Raises Refused for anything but whole minutes."""
    if not (text.strip().isascii() and text.strip().isdecimal()) or len(text.strip()) > 6:
        raise Refused("Type how many minutes ago the call came, as a whole number: 0 for just now.")
    return now - dt.timedelta(minutes=int(text))
