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
from core.lib.forms import version_of
from core.people.fields import Part, shows
from core.people.http import StaffRequest
from core.people.selectors import roster_at
from core.work.selectors import draft_text
from intake import selectors
from intake.models import Disposition, RedFlag
from intake.services import flags
from intake.sight import reads_flag
from messaging.selectors.inbox import messages_of, receipts_of, threads_visible_to


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
    thread = messages_of(row.thread)
    return render(
        request,
        "intake/flag.html",
        {
            "flag": row,
            "unseen": selectors.unseen(request.user, row, receipts_of(request.user, thread)),
            "reads_words": reads_flag(request.user, row),
            "in_thread": shows(request.user, Part.MESSAGES)
            or threads_visible_to(request.user, now=at).filter(pk=row.thread_id).exists(),
            "label": Disposition(row.disposition).label,
            "answers": selectors.answers_of(row.call),
            "actions": row.call.actions.select_related("by").order_by("at"),
            "witnesses": selectors.witnesses(row),
            "thread_messages": thread,
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


@requires(Perm.FLAG_VIEW)
@require_POST
def seen(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """Posted by the page once a person has it open: a GET or a prefetch marks nothing."""
    at = now()
    row = selectors.flag_for(request.user, pk, now=at)
    flags.note_seen(flag=row, by=request.user, now=at)
    if not request.htmx:
        return redirect("intake:flag", row.pk)
    return render(request, "_marked.html", {"words": "Noted: you opened it at", "at": at})


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
