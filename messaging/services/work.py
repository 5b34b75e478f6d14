"""Work items: open once, take, snooze, close with a reason, undo."""

import datetime as dt
import uuid
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction

from core.accounts.models import User
from core.audit.models import AuditEvent
from core.audit.services import record
from core.events.services import emit
from core.lib.errors import Conflict, Forbidden, Refused
from core.lib.instants import within_reason
from core.people.models import Clinic, Patient
from core.people.selectors import calendar_of
from core.protocols.selectors import current_version, day_at, in_force, protocol_of
from messaging.models import Delivery, Rung, WorkItem
from messaging.protocol_schema import Clock
from messaging.rules import due_at, rungs
from messaging.selectors.stead import covers_for, may_act_for_owner
from messaging.worklist import WORKLIST

UNDO = dt.timedelta(seconds=60)  # the toast shows 10 s; slow networks get the rest


def clock_of(kind: str, *, now: dt.datetime, clinic: Clinic | None = None) -> Clock:
    """The due rule and ladder of a kind, from the protocol in force.

    A version written here may be older than a kind that came with an update; its clock is then the
    newest file's. A promise is never refused because nobody wrote down when it is late.
    """
    clocks: dict[str, Clock] = protocol_of(
        current_version("escalation", now=now, clinic=clinic)
    ).clocks
    if kind not in clocks:
        for version in in_force("escalation", day=day_at(clinic, now=now)):
            clocks = protocol_of(version).clocks
            if kind in clocks:
                break
    return clocks[kind]


@transaction.atomic
def open_item(  # noqa: PLR0913 - one promise, its columns
    *,
    kind: str,
    subject_id: uuid.UUID,
    clinic: Clinic,
    patient: Patient | None,
    reason: str,
    by: User | None,
    now: dt.datetime,
    owner: User | None = None,
    due: dt.datetime | None = None,
    opened_at: dt.datetime | None = None,
) -> WorkItem:
    """Open a promise; the same kind and subject open twice is one item, returned as it is."""
    spec = WORKLIST[kind]
    existing = WorkItem.objects.filter(
        kind=kind, subject_id=subject_id, closed_at__isnull=True
    ).first()
    if existing:
        return existing
    clock = clock_of(kind, now=now, clinic=clinic)
    start = opened_at or now  # a missed call's clock runs from when they called
    due = due or due_at(clock, opened_at=start, calendar=calendar_of(clinic))
    item = WorkItem(
        kind=kind,
        subject_id=subject_id,
        clinic=clinic,
        patient=patient,
        reason=reason[:300],
        owner_role=spec.owner_role,
        owner=owner,
        next_action=spec.next_action,
        next_action_at=due,
        opened_at=start,
        opened_by=by,
        due_at=due,
    )
    try:
        with transaction.atomic():
            item.save(force_insert=True)
    except IntegrityError:  # another request opened it in this very moment
        return WorkItem.objects.get(kind=kind, subject_id=subject_id, closed_at__isnull=True)
    Rung.objects.bulk_create(
        [
            Rung(item=item, name=n, at=at, audience=a)
            for n, at, a in rungs(clock, opened_at=start, due=due)
        ]
    )
    _audit("open", item, by, now)
    return item


def _audit(
    action: str, item: WorkItem, by: User | None, now: dt.datetime, reason: str = ""
) -> None:
    record(
        by=by,
        action=action,
        object_kind=f"work_item:{item.kind}",
        object_id=item.pk,
        patient_id=item.patient_id,
        now=now,
        reason=reason,
    )


def _locked(item: WorkItem) -> WorkItem:
    # No join: after a wait PostgreSQL reads the row anew, but not what an empty link now leads to.
    return WorkItem.objects.select_for_update().get(pk=item.pk)


@transaction.atomic
def close_item(
    *, item: WorkItem, by: User | None, now: dt.datetime, event: str, reason: str = ""
) -> WorkItem:
    """Close by the event that keeps the promise. Closing a closed item changes nothing."""
    row = _locked(item)
    if row.closed_at:
        return row
    row.closed_at, row.closed_by, row.close_event, row.close_reason = now, by, event, reason
    row.version += 1
    row.save(update_fields=["closed_at", "closed_by", "close_event", "close_reason", "version"])
    _audit("close", row, by, now, reason)
    emit(name="work.closed", subject_id=row.pk, now=now)
    return row


def who_changed(item: WorkItem) -> str:
    """Who touched it last, for the page that shows both versions."""
    rows = AuditEvent.objects.filter(
        patient_id=item.patient_id, object_kind=f"work_item:{item.kind}", object_id=str(item.pk)
    )
    last = rows.select_related("actor").order_by("-at", "-pk").first()
    return last.actor.full_name if last and last.actor else ""


def _check_read(
    row: WorkItem, version: int | None, versions: Sequence[tuple[str, str, str]]
) -> None:
    """Raise Conflict when it changed since the page was opened; nothing of either is lost."""
    if version is not None and version != row.version:
        raise Conflict(
            "This was changed since you opened it.",
            versions=versions,
            who=who_changed(row),
            version=row.version,
        )


@transaction.atomic
def close_by_hand(
    *, item: WorkItem, by: User, now: dt.datetime, reason: str, version: int | None = None
) -> WorkItem:
    """Done, in the words of who did it. Raises Refused, Forbidden, or Conflict (too late)."""
    row = _locked(item)
    spec = WORKLIST[row.kind]
    if not spec.by_hand:
        raise Refused(
            f"“{spec.words}” closes by itself when it is done: {spec.next_action.lower()}."
        )
    check_owner(row, by, now=now)
    if not reason.strip():
        raise Refused("Write what was done, for example “visit booked Tue 10:20”.")
    if row.closed_at:
        who = row.closed_by.full_name if row.closed_by else "Hallway"
        raise Conflict(
            f"{who} closed this already.",
            versions=[("What was done", reason, row.close_reason)],
            who=who,
        )
    _check_read(
        row, version, [("What was done", reason, ""), ("Next step", "", row.next_action),
                       ("When", "", _clinic_time(row.next_action_at, row.clinic)),
                       ("Whose move", "", row.get_waiting_on_display())],
    )  # fmt: skip
    return close_item(item=row, by=by, now=now, event="done_by_hand", reason=reason.strip())


def _clinic_time(at: dt.datetime, clinic: Clinic) -> str:
    return f"{at.astimezone(ZoneInfo(clinic.zone)):%a %d %b %Y %H:%M}"


def check_owner(item: WorkItem, by: User, *, now: dt.datetime) -> None:
    """Its owner, who covers for them, somebody of the owner's role, or who the kind also lets."""
    if item.owner_id == by.pk:
        return
    personal = item.owner_id is not None and item.taken_at is None
    also = WORKLIST[item.kind].also
    if not personal and (item.owner_role in by.roles or (also is not None and by.may(also))):
        return
    if item.owner_id and may_act_for_owner(by, item, now=now):
        return
    raise Forbidden(
        f"This belongs to the {item.owner_role.replace('_', ' ')}. "
        "Write a message if something should change."
    )


@transaction.atomic
def undo_close(*, item: WorkItem, by: User, now: dt.datetime) -> WorkItem:
    """Open again what the same person closed by hand within the last minute."""
    row = _locked(item)
    if not row.closed_at or row.close_event != "done_by_hand" or row.closed_by_id != by.pk:
        raise Refused("Only the person who closed this by hand can undo it.")
    if now - row.closed_at > UNDO:
        raise Refused("It is too late to undo. Open it again from the patient's page.")
    if WorkItem.objects.filter(
        kind=row.kind, subject_id=row.subject_id, closed_at__isnull=True
    ).exists():
        raise Refused("It was opened again already.")
    row.closed_at, row.closed_by, row.close_event, row.close_reason = None, None, "", ""
    row.version += 1
    row.save(update_fields=["closed_at", "closed_by", "close_event", "close_reason", "version"])
    tell_again(row)
    _audit("undo_close", row, by, now)
    emit(name="work.reopened", subject_id=row.pk, now=now)
    return row


def tell_again(item: WorkItem) -> None:
    """The last rung is spoken once more, to who must know now, unless all its mails left.

    What waits or was cancelled while the item was closed, or another's, would reach nobody. The
    caller holds the item's lock.
    """
    spoken = item.rungs.filter(sent_at__isnull=False)
    last = spoken.order_by("-sent_at").values_list("sent_at", flat=True).first()
    if last is None:
        return
    stopped = Delivery.objects.filter(item=item, created_at__gte=last, acted_by__isnull=True)
    if stopped.exclude(state=Delivery.State.SENT).exists():
        spoken.filter(sent_at=last).update(sent_at=None)


@transaction.atomic
def take(*, item: WorkItem, by: User, now: dt.datetime) -> WorkItem:
    """One person takes it; the second is told who was faster. One's own again changes nothing."""
    row = _locked(item)
    check_owner(row, by, now=now)
    if row.closed_at:
        raise Conflict("This is done already. Nothing is left to do here.")
    if row.taken_at and row.owner_id != by.pk:
        name = row.owner.full_name if row.owner else "Somebody"
        raise Conflict(
            f"{name} took this and is on it. Pick the next one, or ask {name} to hand it back."
        )
    if not row.taken_at:
        row.owner, row.taken_at = by, now
        row.version += 1
        row.save(update_fields=["owner", "taken_at", "version"])
        _audit("take", row, by, now)
    return row


@transaction.atomic
def hand_back(*, item: WorkItem, by: User, now: dt.datetime) -> WorkItem:
    """Give a taken item back to its role: the taker, who covers for them, or a manager may."""
    row = _locked(item)
    if row.closed_at or not row.taken_at:
        raise Refused("Nobody has taken this, so there is nothing to hand back.")
    theirs = row.owner_id == by.pk or "manager" in by.roles or covers_for(by, row, now=now)
    if not theirs:
        raise Forbidden("Only the person who took this, or a manager, can hand it back.")
    row.owner, row.taken_at = None, None
    row.version += 1
    row.save(update_fields=["owner", "taken_at", "version"])
    _audit("hand_back", row, by, now)
    return row


@transaction.atomic
def plan_next(  # noqa: PLR0913 - one plan, its columns
    *,
    item: WorkItem,
    by: User,
    now: dt.datetime,
    next_action: str,
    next_action_at: dt.datetime,
    waiting_on: str,
    version: int | None = None,
) -> WorkItem:
    """Whose move it is, what comes next and when. A plan does not move the promise: due stays.

    `version` = the item as the person read it.
    """
    row = _locked(item)
    check_owner(row, by, now=now)
    if row.closed_at:
        raise Conflict("This is closed. Open the patient's page to see what is left.")
    within_reason(next_action_at, now=now)
    if next_action_at < now:
        raise Refused("The next step must lie in the future.")
    if waiting_on not in WorkItem.WaitingOn.values:
        raise Refused("Choose whose move it is: us, patient, payer or other clinic.")
    _check_read(
        row,
        version,
        [
            ("Next step", next_action.strip(), row.next_action),
            ("When", _clinic_time(next_action_at, row.clinic),
             _clinic_time(row.next_action_at, row.clinic)),
            ("Whose move", WorkItem.WaitingOn(waiting_on).label, row.get_waiting_on_display()),
        ],
    )  # fmt: skip
    row.next_action, row.next_action_at, row.waiting_on = (
        next_action.strip()[:200],
        next_action_at,
        waiting_on,
    )
    row.version += 1
    row.save(update_fields=["next_action", "next_action_at", "waiting_on", "version"])
    _audit("plan", row, by, now)
    return row


@transaction.atomic
def recompute_due(*, clinic: Clinic, now: dt.datetime) -> int:
    """A closure was added: due times and rungs that counted on that day move. How many changed."""
    calendar = calendar_of(clinic)
    changed = 0
    open_items = WorkItem.objects.select_for_update().filter(
        clinic=clinic, closed_at__isnull=True, due_at__gt=now
    )
    for item in open_items:
        clock = clock_of(item.kind, now=now, clinic=clinic)
        if clock.due.unit == "given":
            continue
        due = due_at(clock, opened_at=item.opened_at, calendar=calendar)
        if due == item.due_at:
            continue
        if item.next_action_at == item.due_at:
            item.next_action_at = due
        item.due_at = due
        item.version += 1
        item.save(update_fields=["due_at", "next_action_at", "version"])
        for name, at, _ in rungs(clock, opened_at=item.opened_at, due=due):
            Rung.objects.filter(item=item, name=name, sent_at__isnull=True).update(at=at)
        _audit("recompute_due", item, None, now)
        changed += 1
    return changed
