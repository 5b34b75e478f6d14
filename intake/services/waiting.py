"""What a call says by itself when nobody touches it any more: the browser died."""

import datetime as dt
import uuid

from django.db import transaction
from django.db.models import Q

from intake.models import Call
from intake.services.raising import refresh, settle_flag
from intake.services.standing import standing_of

MOVED_ON = dt.timedelta(minutes=1)  # a yes whose branch nobody chose counts as it stands
LEFT_OPEN = dt.timedelta(
    minutes=30
)  # a hold on therapy gets its owner although nobody ended the call


def settle_waiting(*, now: dt.datetime) -> int:
    """Page for a bare yes that was left behind; give a hold its owner. Returns calls settled."""
    rows = Call.objects.filter(state=Call.State.OPEN).filter(
        (~Q(asking="") & Q(saved_at__lte=now - MOVED_ON))
        | Q(hold_pt=True, flag__isnull=True, saved_at__lte=now - LEFT_OPEN)
    )
    return sum(_settle(pk, now) for pk in rows.values_list("pk", flat=True))


@transaction.atomic
def _settle(pk: uuid.UUID, now: dt.datetime) -> int:
    call = (
        Call.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("clinic", "protocol")
        .filter(pk=pk, state=Call.State.OPEN)
        .first()
    )
    if call is None:
        return 0
    by = call.held_by or call.opened_by
    if by is None:
        return 0
    refresh(call, by=by, now=now)
    if call.saved_at <= now - LEFT_OPEN:
        settle_flag(call, standing_of(call, now=now), by=by, now=now, ending=True)
    return 1
