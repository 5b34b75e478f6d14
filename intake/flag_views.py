"""Doors of the red flag: read, acknowledge, decide, release the PT hold."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from core.accounts.access import requires
from core.accounts.permissions import Perm
from core.lib.clock import now
from core.lib.errors import Refused
from core.people.http import StaffRequest
from core.people.selectors import roster_at
from core.work.selectors import draft_text
from core.work.services import drop_draft
from intake import selectors
from intake.models import Disposition, RedFlag
from intake.services import flags
from messaging.selectors.inbox import messages_of


@requires(Perm.FLAG_VIEW)
@require_GET
def flag(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """A red flag with its reasons, who saw it when, and what a physician decided."""
    return page(request, pk)


def page(
    request: StaffRequest, pk: uuid.UUID, *, problem: str = "", status: int = 200
) -> HttpResponse:
    at = now()
    row = selectors.flag_for(request.user, pk, now=at)
    flags.note_seen(flag=row, by=request.user, now=at)
    return render(
        request,
        "intake/flag.html",
        {
            "flag": row,
            "label": Disposition(row.disposition).label,
            "answers": selectors.answers_of(row.call),
            "actions": row.call.actions.select_related("by").order_by("at"),
            "witnesses": selectors.witnesses(row),
            "thread_messages": messages_of(row.thread),
            "roster": roster_at(row.clinic, now=at),
            "decisions": RedFlag.Decision.choices,
            "dispositions": [(d.value, d.label) for d in Disposition if d.value != row.disposition],
            "may_acknowledge": request.user.may(Perm.FLAG_ACKNOWLEDGE),
            "may_decide": request.user.may(Perm.FLAG_DECIDE),
            "may_open_chart": request.user.may(Perm.PATIENT_ADMIN_VIEW)
            and row.patient_id is not None,
            "problem": problem,
            "typed": {
                "reason": request.POST.get("reason", "")
                or draft_text(request.user, f"flag:{row.pk}"),
                "decision": request.POST.get("decision", ""),
                "to": request.POST.get("to", ""),
                "release_hold": "release_hold" in request.POST,
            },
        },
        status=status,
    )


def version_of(request: StaffRequest) -> int | None:
    """The flag as the page showed it."""
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else None


@requires(Perm.FLAG_ACKNOWLEDGE)
@require_POST
def acknowledge(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    at = now()
    row = selectors.flag_for(request.user, pk, now=at)
    flags.acknowledge_flag(flag=row, by=request.user, now=at)
    messages.success(request, "You have it. The decision is due 60 minutes from the opening.")
    return redirect("intake:flag", row.pk)


@requires(Perm.FLAG_DECIDE)
@require_POST
def decide(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """Confirm or change; what was typed stays when something is missing."""
    at = now()
    row = selectors.flag_for(request.user, pk, now=at)
    try:
        flags.decide_flag(
            flag=row,
            decision=request.POST.get("decision", ""),
            to=request.POST.get("to", ""),
            reason=request.POST.get("reason", ""),
            release_hold="release_hold" in request.POST,
            by=request.user,
            now=at,
            version=version_of(request),
        )
    except Refused as refusal:
        return page(request, pk, problem=str(refusal), status=422)
    drop_draft(user=request.user, place=f"flag:{row.pk}")
    messages.success(request, "Decided. The front desk and everyone who was told can read it.")
    return redirect("intake:flag", row.pk)


@requires(Perm.FLAG_DECIDE)
@require_POST
def release(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    at = now()
    row = selectors.flag_for(request.user, pk, now=at)
    try:
        flags.release_pt_hold(
            flag=row,
            reason=request.POST.get("reason", ""),
            by=request.user,
            now=at,
            version=version_of(request),
        )
    except Refused as refusal:
        return page(request, pk, problem=str(refusal), status=422)
    messages.success(request, "The PT hold is released.")
    return redirect("intake:flag", row.pk)
