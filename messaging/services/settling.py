"""What a person does about a delivery in trouble: retry, mark delivered, release, cancel.

Always with a reason, by the DELIVERY table, against the version the page showed. A retry is the
same row again, so the mail has the same Message-ID and a receiver can drop a second copy.
"""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from core.accounts.models import User
from core.audit.services import record, record_each
from core.lib.errors import Conflict, Refused
from core.lib.states import StateError, next_state
from core.people.access import own_clinics_of
from messaging.models import Delivery, WorkItem
from messaging.rules import BY_HAND, DELIVERY, IN_HANDS
from messaging.services.deliveries import patient_of, ring, tell_subject
from messaging.services.wanted import still_wanted
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
        _check_leaves(row, action, now)
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
        .select_related("item")
        .order_by("created_at", "id")
    )
    if len(rows) != seen:
        raise Conflict(
            "The held e-mails changed since you opened the page. Look again before you decide.",
            versions=[("E-mails held", str(seen), str(len(rows))), ("Reason", why, "")],
        )
    Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(
        **_changes(Delivery.State.HELD, action, why, by, now)
    )
    record_each(
        by=by,
        action=f"delivery_{action}",
        object_kind="delivery",
        about=[(row.pk, row.item.patient_id if row.item else None) for row in rows],
        now=now,
        fields=["state"],
        reason=why,
    )
    _close_known(rows, action, why, by, now)
    if action == "cancel":
        for row in rows:
            tell_subject(row, now=now)
    if action == "release":
        transaction.on_commit(ring)
    return len(rows)


def _reason(text: str) -> str:
    why = text.strip()
    if len(why) < SHORTEST_REASON:
        raise Refused("Write a reason of at least 5 characters, for example “asked her, no mail”.")
    return why[:300]


def _act(row: Delivery, action: str, why: str, by: User, now: dt.datetime) -> None:
    """Check, change, record, announce; the caller holds the row's lock."""
    changes = _changes(row.state, action, why, by, now)
    Delivery.objects.filter(pk=row.pk).update(**changes)
    row.refresh_from_db()
    record(
        by=by,
        action=f"delivery_{action}",
        object_kind="delivery",
        object_id=row.pk,
        patient_id=patient.pk if (patient := patient_of(row)) else None,
        now=now,
        fields=["state"],
        reason=why,
    )
    _close_known([row], action, why, by, now)
    if row.settled_at:
        tell_subject(row, now=now)
    if row.state == Delivery.State.PENDING:
        transaction.on_commit(ring)


def _changes(state: str, action: str, why: str, by: User, now: dt.datetime) -> dict[str, object]:
    after = next_state(DELIVERY, state, action)
    changes: dict[str, object] = {
        "state": after,
        "settled_at": now,
        "acted_by": by,
        "acted_at": now,
        "act_reason": why,
        "version": F("version") + 1,
    }
    if after == Delivery.State.PENDING:  # claimed by the database's clock
        changes |= {"settled_at": None, "attempts": 0, "next_attempt_at": Now()}
    return changes


def _check_leaves(row: Delivery, action: str, now: dt.datetime) -> None:
    """Raises Refused when a worker would cancel it: “sent again” would not be true."""
    if DELIVERY.get((row.state, action)) != Delivery.State.PENDING:
        return
    unwanted = still_wanted(row, now=now)
    if unwanted:
        raise Refused(f"It would not leave. {unwanted} Mark it delivered or cancel it.")


def _close_known(
    rows: Sequence[Delivery], action: str, why: str, by: User, now: dt.datetime
) -> None:
    """The managers' work about them is done."""
    known = WorkItem.objects.filter(
        kind="delivery_dead", subject_id__in=[row.pk for row in rows], closed_at__isnull=True
    )
    for item in known:
        close_item(item=item, by=by, now=now, event=f"delivery_{action}", reason=why)


def _moved_on(row: Delivery, action: str, why: str) -> Conflict:
    """What this person wanted beside what is."""
    who = row.acted_by.full_name if row.acted_by else "Hallway"
    wanted = next((after for (_, a), after in DELIVERY.items() if a == action), action)
    return Conflict(
        f"{who} was faster: this delivery is “{row.state}” now. Nothing was changed by you.",
        versions=[("State", wanted, row.state), ("Reason", why, row.act_reason or row.last_error)],
        who=who,
    )
