"""What a call says by itself when nobody touches it any more: the browser died."""

import datetime as dt
import logging
import uuid

from django.db import transaction
from django.db.models import Q

from intake.models import Call
from intake.services.raising import refresh, settle_flag
from intake.services.standing import standing_of

log = logging.getLogger(__name__)
MOVED_ON = dt.timedelta(minutes=1)  # a yes whose branch nobody chose counts as it stands
LEFT_OPEN = dt.timedelta(
    minutes=30
)  # a hold on therapy gets its owner although nobody ended the call


def settle_waiting(*, now: dt.datetime) -> int:
    """Page for a bare yes that was left behind; give a hold its owner. Returns calls settled.

    Every call gets its turn although one fails; then the failure is told, so that it is seen.
    """
    rows = Call.objects.filter(state=Call.State.OPEN).filter(
        (~Q(asking="") & Q(saved_at__lte=now - MOVED_ON))
        | Q(hold_pt=True, flag__isnull=True, saved_at__lte=now - LEFT_OPEN)
    )
    done, failure = 0, None
    for pk in rows.order_by("saved_at", "pk").values_list("pk", flat=True):
        try:
            done += _settle(pk, now)
        except Exception as error:  # noqa: BLE001 - told below
            log.warning("call failed", extra={"call_id": str(pk)})
            failure = failure or error
    if failure:
        raise failure
    return done


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
