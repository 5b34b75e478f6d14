"""What became of the letter of a request: it left, it did not, or a person says so.

The channel's word comes back as an event of the outbox (`delivery_settled`).
"""

import datetime as dt

from django.db import transaction

from core.accounts.models import User
from core.events.services import emit
from core.lib.errors import Conflict
from core.lib.states import next_state
from intake.models import RecordsRequest
from intake.record_rules import REQUEST, TELLABLE
from intake.services.records import audit, keep, locked, promise, save
from messaging.models import Delivery, WorkItem
from messaging.services.settling import settle


@transaction.atomic
def confirm_sent(
    *, request: RecordsRequest, proof: str, by: User, now: dt.datetime, version: int
) -> RecordsRequest:
    """A person says what became of the letter: printed and gone (a fax confirmation, a tracking
    number), or one of which nobody knew, and they phoned."""
    row = locked(request, version)
    delivery = row.delivery
    if delivery is None or delivery.state not in TELLABLE:
        raise Conflict("There is nothing to confirm: no letter of this request waits for it.")
    row.delivery = settle(delivery=delivery, action="mark_delivered", version=delivery.version,
                          reason=proof, by=by, now=now)  # fmt: skip
    return has_left(row, by=by, now=now)


def has_left(row: RecordsRequest, *, by: User | None, now: dt.datetime) -> RecordsRequest:
    """It is on its way: today's promise is kept, the next one begins. The caller has the lock.

    Each further letter starts the clock anew, from when it left.
    """
    if (row.state, "confirm") not in REQUEST:
        return row  # answered before the channel said so
    first = row.requested_at is None
    left = row.delivery.settled_at if row.delivery and row.delivery.settled_at else now
    since = WorkItem.objects.filter(
        kind="records_chase", subject_id=row.pk, closed_at=None, opened_at__gte=left
    )
    if not first and since.exists():
        return row  # this letter was counted already, or somebody asked again since
    row.state = next_state(REQUEST, row.state, "confirm")
    row.requested_at = row.requested_at or left
    keep(row, "records_request", "records_requested", by, now)
    keep(row, "records_chase", "records_requested", by, now)
    row.due_at = promise(
        row, "records_chase", f"{row.source.name}: did the records come?", by, now, since=left
    ).due_at
    save(row, by, now)
    audit("confirm_sent", row, by, now)
    if first:
        emit(name="records.requested", subject_id=row.pk, now=now)
    return row


@transaction.atomic
def delivery_ended(*, delivery: Delivery, now: dt.datetime) -> None:
    """What the channel did: it left, or it did not and waits to be sent another way.

    An uncertain one changes nothing here: the request's page asks somebody to phone.
    """
    row = (
        RecordsRequest.objects.select_for_update(of=("self",))
        .select_related("source", "clinic", "patient", "delivery")
        .filter(delivery=delivery)
        .first()
    )
    if row is None:
        return
    if delivery.state == Delivery.State.SENT:
        has_left(row, by=None, now=now)
    elif delivery.state in {"dead", "cancelled"} and row.state == RecordsRequest.State.SENDING:
        row.state = next_state(REQUEST, row.state, "fail")
        save(row, None, now)
        audit("send_failed", row, None, now)
