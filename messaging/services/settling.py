"""What a person does about a delivery in trouble: retry, mark delivered, release, cancel.

Always with a reason, by the DELIVERY table, against the version the page showed. A retry is the
same row again, so the mail has the same Message-ID and a receiver can drop a second copy.
"""

import datetime as dt
import uuid

from django.db import transaction

from core.accounts.models import User
from core.audit.services import record
from core.lib.errors import Conflict, Refused
from core.lib.states import StateError, next_state
from core.people.access import own_clinics_of
from messaging.models import Delivery, WorkItem
from messaging.rules import BY_HAND, DELIVERY, IN_HANDS
from messaging.services.deliveries import ring
from messaging.services.work import close_item

SHORTEST_REASON = 5


def settle(
    *, delivery: Delivery, action: str, version: int, reason: str, by: User, now: dt.datetime
) -> Delivery:
    """One delivery. Raises Refused (no reason), Conflict (moved meanwhile), StateError."""
    why = _reason(reason)
    if action not in BY_HAND:
        raise Refused("Choose what to do: send it again, mark it delivered, or cancel it.")
    with transaction.atomic():
        row = Delivery.objects.select_for_update().get(pk=delivery.pk)
        if row.state in IN_HANDS:
            raise StateError("It is being sent at this moment. Look again in a minute.")
        if row.version != version:
            raise _moved_on(row, action, why)
        _act(row, action, why, by, now)
    return row


@transaction.atomic
def settle_held(*, action: str, reason: str, seen: int, by: User, now: dt.datetime) -> int:
    """All that a restore held back at one's clinics, at once. How many."""
    why = _reason(reason)
    if action not in {"release", "cancel"}:
        raise Refused("Choose what to do with the held e-mails: release them or cancel them.")
    rows = list(
        Delivery.objects.select_for_update(of=("self",))
        .filter(state=Delivery.State.HELD, clinic__in=own_clinics_of(by, now=now))
        .order_by("created_at", "id")
    )
    if len(rows) != seen:
        raise Conflict(
            "The held e-mails changed since you opened the page. Look again before you decide.",
            versions=[("E-mails held", str(seen), str(len(rows))), ("Reason", why, "")],
        )
    for row in rows:
        _act(row, action, why, by, now)
    return len(rows)


def _reason(text: str) -> str:
    why = text.strip()
    if len(why) < SHORTEST_REASON:
        raise Refused("Write a reason of at least 5 characters, for example “asked her, no mail”.")
    return why[:300]


def _act(row: Delivery, action: str, why: str, by: User, now: dt.datetime) -> None:
    """Check, change, record, announce; the caller holds the row's lock."""
    row.state = next_state(DELIVERY, row.state, action)
    again = row.state == Delivery.State.PENDING
    row.settled_at = None if again else now
    if again:
        row.attempts, row.next_attempt_at = 0, now
    row.acted_by, row.acted_at, row.act_reason = by, now, why
    row.version += 1
    row.save()
    record(
        by=by,
        action=f"delivery_{action}",
        object_kind="delivery",
        object_id=row.pk,
        patient_id=_patient_of(row),
        now=now,
        fields=["state"],
        reason=why,
    )
    known = WorkItem.objects.filter(kind="delivery_dead", subject_id=row.pk, closed_at__isnull=True)
    for item in known:
        close_item(item=item, by=by, now=now, event=f"delivery_{action}", reason=why)
    if again:
        transaction.on_commit(ring)


def _patient_of(row: Delivery) -> uuid.UUID | None:
    return WorkItem.objects.get(pk=row.item_id).patient_id if row.item_id else None


def _moved_on(row: Delivery, action: str, why: str) -> Conflict:
    """What this person wanted beside what is."""
    who = row.acted_by.full_name if row.acted_by else "Hallway"
    wanted = next((after for (_, a), after in DELIVERY.items() if a == action), action)
    return Conflict(
        f"{who} was faster: this delivery is “{row.state}” now. Nothing was changed by you.",
        versions=[("State", wanted, row.state), ("Reason", why, row.act_reason or row.last_error)],
        who=who,
    )
