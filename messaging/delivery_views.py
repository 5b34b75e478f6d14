"""Doors of the deliveries. One service call each."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from core.accounts.access import requires
from core.accounts.permissions import Perm
from core.events.selectors import LOOPS, late_loops
from core.lib.clock import now
from core.people.http import StaffRequest
from messaging.models import Delivery
from messaging.rules import by_hand
from messaging.selectors import deliveries as delivery_rows
from messaging.services import settling
from messaging.views import key_from

DONE = {
    "retry": "It is sent again, within a minute.",
    "release": "It leaves within a minute.",
    "mark_delivered": "Marked as delivered.",
    "cancel": "Cancelled. It does not leave.",
}


@requires(Perm.DELIVERIES_VIEW)
@require_GET
def deliveries(request: StaffRequest) -> HttpResponse:
    """What left the house and what did not; first what waits for a decision."""
    at = now()
    state = request.GET.get("state", "")
    before = key_from(request.GET.get("before", ""))
    rows = delivery_rows.deliveries(request.user, now=at, state=state, before=before)
    last = rows[-1] if len(rows) == delivery_rows.PAGE else None
    first_page = not state and not before
    return render(
        request,
        "messaging/deliveries.html",
        {
            "rows": rows,
            "trouble": delivery_rows.in_trouble(request.user, now=at) if first_page else [],
            "counts": delivery_rows.counts(request.user, now=at),
            "states": Delivery.State.values,
            "state": state,
            "older": f"{last.created_at.isoformat()}_{last.pk}" if last else "",
            "late": {LOOPS[loop]: age for loop, age in late_loops(now=at).items()},
            "may_settle": request.user.may(Perm.DELIVERIES_SETTLE),
        },
    )


@requires(Perm.DELIVERIES_VIEW)
@require_GET
def delivery(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    row = delivery_rows.delivery_for(request.user, pk, now=now())
    may_settle = request.user.may(Perm.DELIVERIES_SETTLE)
    return render(
        request,
        "messaging/delivery.html",
        {"row": row, "actions": by_hand(row.state) if may_settle else []},
    )


@requires(Perm.DELIVERIES_SETTLE)
@require_POST
def settle_delivery(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """Retry, mark delivered, release or cancel one, with a reason."""
    at = now()
    action = request.POST.get("action", "")
    settling.settle(
        delivery=delivery_rows.delivery_for(request.user, pk, now=at),
        action=action,
        version=number(request.POST.get("version", "")),
        reason=request.POST.get("reason", ""),
        by=request.user,
        now=at,
    )
    messages.success(request, DONE[action])
    return redirect("messaging:delivery", pk)


@requires(Perm.DELIVERIES_SETTLE)
@require_POST
def settle_held(request: StaffRequest) -> HttpResponse:
    """Release or cancel all that a restore held back."""
    action = request.POST.get("action", "")
    count = settling.settle_held(
        action=action,
        reason=request.POST.get("reason", ""),
        seen=number(request.POST.get("seen", "")),
        by=request.user,
        now=now(),
    )
    done = "released" if action == "release" else "cancelled"
    messages.success(request, f"{count} {done}.")
    return redirect("messaging:deliveries")


def number(text: str) -> int:
    """A count or version from a form; 0, which nothing has, for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
