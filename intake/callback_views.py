"""Doors of the call-back queue: log a missed call, take it, dial, say what happened."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from core.accounts.access import requires
from core.accounts.permissions import Perm
from core.lib.clock import now
from core.lib.forms import key_of
from core.people.http import StaffRequest, working_clinic
from core.people.selectors import calendar_of
from intake import selectors
from intake.models import Call, CallAttempt
from intake.services import callbacks


@requires(Perm.CALL_BACK)
@require_POST
def missed(request: StaffRequest) -> HttpResponse:
    """A call nobody could take enters the queue."""
    at = now()
    minutes = request.POST.get("minutes_ago", "0")
    call = callbacks.log_missed_call(
        clinic=working_clinic(request),
        phone=request.POST.get("phone", ""),
        words=request.POST.get("words", ""),
        received_at=callbacks.minutes_before(at, minutes),
        by=request.user,
        now=at,
        form_key=key_of(request),
    )
    messages.success(request, "The missed call is in the queue.")
    return redirect("intake:callback", call.pk)


@requires(Perm.CALL_TAKE)
@require_GET
def callback(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """A waiting call: take it, dial, and say what happened."""
    at = now()
    call = selectors.call_for(request.user, pk, now=at)
    if call.state != Call.State.WAITING:
        return redirect("intake:call", call.pk)
    return render(
        request,
        "intake/callback.html",
        {
            "call": call,
            "item": callbacks.item_of(call),
            "attempts": call.attempts.select_related("by").order_by("-at"),
            "outcomes": CallAttempt.Outcome.choices,
            "open_now": calendar_of(call.clinic).is_open(at),
            "may_call_back": request.user.may(Perm.CALL_BACK),
        },
    )


@requires(Perm.CALL_BACK)
@require_POST
def take(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    at = now()
    call = selectors.call_for(request.user, pk, now=at)
    callbacks.take_call_back(call=call, by=request.user, now=at)
    return redirect("intake:callback", call.pk)


@requires(Perm.CALL_BACK)
@require_POST
def attempt(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    at = now()
    call = selectors.call_for(request.user, pk, now=at)
    callbacks.record_attempt(
        call=call,
        outcome=request.POST.get("outcome", ""),
        words=request.POST.get("words", ""),
        by=request.user,
        now=at,
    )
    messages.success(request, "Noted. The clock runs on until somebody spoke with them.")
    return redirect("intake:callback", call.pk)


@requires(Perm.CALL_BACK)
@require_POST
def reach(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    at = now()
    call = selectors.call_for(request.user, pk, now=at)
    callbacks.reach(call=call, by=request.user, now=at)
    return redirect("intake:call", call.pk)
