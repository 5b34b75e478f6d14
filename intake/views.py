"""Doors of the call screen. One service call each."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from core.accounts.access import requires
from core.accounts.permissions import Perm
from core.audit.services import record_list
from core.lib.clock import now
from core.lib.errors import Refused
from core.lib.forms import key_of
from core.people.access import patient_for
from core.people.http import StaffRequest, working_clinic
from core.people.names import birth_date_of
from intake import selectors
from intake.fields import TYPED, Clash
from intake.fields import shown as field_shown
from intake.models import Call
from intake.record_selectors import requests_of
from intake.record_views import asking
from intake.services import answers, callbacks, calls
from intake.sight import reads_call
from messaging.selectors.worklist import open_items


@requires(Perm.CALL_TAKE)
@require_GET
def queue(request: StaffRequest) -> HttpResponse:
    """Calls on the line, call-backs due, and what ended lately."""
    at = now()
    open_calls = selectors.unfinished_calls(request.user, now=at)
    call_backs = open_items(request.user, callbacks.CALL_BACKS, now=at)
    recent = selectors.recent_calls(request.user, now=at)
    shown = {row.patient_id for row in (*open_calls, *recent)}
    shown |= {row.patient_id for row in call_backs}
    record_list(
        by=request.user,
        action="list",
        object_kind="call",
        patient_ids=sorted(pk for pk in shown if pk),
        now=at,
    )
    return render(
        request,
        "intake/queue.html",
        {
            "open_calls": open_calls,
            "call_backs": call_backs,
            "recent": recent,
        },
    )


@requires(Perm.CALL_TAKE)
@require_POST
def start(request: StaffRequest) -> HttpResponse:
    """New call; with `patient` a re-triage of that patient."""
    at = now()
    patient = None
    if request.POST.get("patient"):
        patient = patient_for(request.user, request.POST["patient"], now=at, action="retriage")
    call = calls.start_call(
        clinic=patient.clinic if patient else working_clinic(request),
        by=request.user,
        now=at,
        form_key=key_of(request),
        origin=Call.Origin.RETRIAGE if patient else Call.Origin.INCOMING,
        patient=patient,
        phone=request.POST.get("phone", ""),
    )
    return redirect("intake:call", call.pk)


@requires(Perm.CALL_TAKE)
@require_GET
def call_page(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """The call screen; a waiting call shows its call-back, an ended one its summary."""
    at = now()
    call = selectors.call_for(request.user, pk, now=at)
    if call.state == Call.State.WAITING:
        return redirect("intake:callback", call.pk)
    template = "intake/call.html" if call.state == Call.State.OPEN else "intake/call_ended.html"
    context = screen_context(request, call)
    if call.patient:
        context |= asking(request, call.patient, call=call)
        context["asked_for"] = requests_of(call.patient)
    return render(request, template, {"ask": None, "asked_for": []} | context)


def screen_context(request: StaffRequest, call: Call) -> dict[str, object]:
    return {
        "screen": selectors.call_screen(request.user, call, now=now()),
        "call": call,
        "reads_words": reads_call(request.user, call),
        "may_print": request.user.may(Perm.CALL_LETTER),
        "may_book": request.user.may(Perm.SCHEDULE_BOOK),
        "problems": {},
        "keep_words": True,
        "was": {name: field_shown(call, name) for name in TYPED},
    }


def answer_with(
    request: StaffRequest,
    call: Call,
    *,
    problems: dict[str, str] | None = None,
    keep_words: bool = True,
    stands: dict[str, str] | None = None,
) -> HttpResponse:
    """The panel with what else changed, or back to the page without htmx.

    `keep_words`: what stands typed beside an action stays, but for the action just recorded.
    `stands`: fields whose text on the screen was seen by the server.
    """
    if not request.htmx:
        if problems:
            raise Refused(" ".join(problems.values()))
        return redirect("intake:call", call.pk)
    fresh = selectors.call_for(request.user, call.pk, now=now())
    context = screen_context(request, fresh) | {
        "problems": problems or {},
        "keep_words": keep_words,
        "stands": stands or {},
    }
    return render(request, "intake/_live.html", context, status=422 if problems else 200)


@requires(Perm.CALL_TAKE)
@require_POST
def fields(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """Typed fields, saved on change."""
    at = now()
    call = selectors.call_for(request.user, pk, now=at)
    typed, shown = said(request, ""), said(request, "was_")
    try:
        call, problems = calls.save_fields(
            call=call, typed=typed, by=request.user, now=at, shown=shown
        )
    except Clash as clash:
        if not request.htmx:
            raise
        return both_texts(request, call.pk, clash, typed)
    stands = {name: text for name, text in typed.items() if name not in problems}
    return answer_with(request, call, problems=problems, stands=stands)


def said(request: StaffRequest, prefix: str) -> dict[str, str]:
    """The typed fields of the form; with “was_” what stood in them before."""
    return {n: request.POST[prefix + n] for n in TYPED if prefix + n in request.POST}


def both_texts(
    request: StaffRequest, pk: uuid.UUID, clash: Clash, typed: dict[str, str]
) -> HttpResponse:
    """Somebody else wrote in the same field: both texts, and which of them shall stand."""
    fresh = selectors.call_for(request.user, pk, now=now())
    fields = [(name, typed[name], field_shown(fresh, name)) for name in clash.names]
    context = {"call": fresh, "clash": clash, "fields": fields}
    response = render(request, "intake/_clash.html", context, status=409)
    response["HX-Retarget"], response["HX-Reswap"] = "#problems", "innerHTML"
    return response


@requires(Perm.CALL_TAKE)
@require_POST
def answer(request: StaffRequest, pk: uuid.UUID, question: str) -> HttpResponse:
    """One answer, saved as given."""
    at = now()
    call = selectors.call_for(request.user, pk, now=at)
    given = request.POST.get(question, "")
    chosen = request.POST.getlist(f"{question}_branch") if given == "yes" else []
    call, _ = answers.save_answer(
        call=call, question=question, answer=given, flags=chosen, by=request.user, now=at
    )
    return answer_with(request, call)


@requires(Perm.CALL_TAKE)
@require_GET
def flag_state(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """Asked by the page itself every few seconds: has the physician answered?"""
    flag = selectors.flag_state(request.user, pk, now=now())
    reads_words = flag is not None and reads_call(request.user, flag.call)
    context = {"call": {"pk": pk}, "flag": flag, "reads_words": reads_words}
    return render(request, "intake/_flag_state.html", context)


@requires(Perm.CALL_TAKE)
@require_POST
def match(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """“Use this match”, with the date of birth asked now."""
    at = now()
    call = selectors.call_for(request.user, pk, now=at)
    patient = patient_for(request.user, request.POST.get("patient", ""), now=at, action="match")
    born = birth_date_of(request.POST.get("confirm_birth_date", ""), today=at.date())
    calls.use_match(call=call, patient=patient, birth_date=born, by=request.user, now=at)
    return go(request, "intake:call", call.pk)


@requires(Perm.PATIENT_REGISTER)
@require_POST
def register(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """A new chart from what was typed."""
    at = now()
    call = selectors.call_for(request.user, pk, now=at)
    calls.register_caller(call=call, by=request.user, now=at)
    return go(request, "intake:call", call.pk)


@requires(Perm.CALL_TAKE)
@require_POST
def action(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """What was done: who was told, by what means."""
    at = now()
    call = selectors.call_for(request.user, pk, now=at)
    calls.record_action(
        call=call,
        kind=request.POST.get("kind", ""),
        words=request.POST.get("words", ""),
        by=request.user,
        now=at,
    )
    return answer_with(request, call, keep_words=False)


@requires(Perm.DISPOSITION_RAISE)
@require_POST
def raise_it(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """Anyone may raise."""
    at = now()
    call = selectors.call_for(request.user, pk, now=at)
    to, reason = request.POST.get("to", ""), request.POST.get("reason", "")
    answers.raise_disposition(call=call, to=to, reason=reason, by=request.user, now=at)
    return answer_with(request, call)


@requires(Perm.DISPOSITION_LOWER)
@require_POST
def lower_it(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """Only a physician lowers."""
    at = now()
    call = selectors.call_for(request.user, pk, now=at)
    to, reason = request.POST.get("to", ""), request.POST.get("reason", "")
    answers.lower_disposition(call=call, to=to, reason=reason, by=request.user, now=at)
    return answer_with(request, call)


@requires(Perm.CALL_TAKE)
@require_POST
def close(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """End of the call."""
    at = now()
    call = selectors.call_for(request.user, pk, now=at)
    calls.close_call(call=call, by=request.user, now=at)
    messages.success(request, "Call ended and saved.")
    return go(request, "intake:call", call.pk)


@requires(Perm.CALL_TAKE)
@require_POST
def hang_up(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """The caller hung up: same-day call-back."""
    at = now()
    call = selectors.call_for(request.user, pk, now=at)
    calls.hang_up(call=call, by=request.user, now=at)
    messages.success(request, "Saved. A call-back for today is in the queue.")
    return go(request, "intake:callback", call.pk)


def go(request: StaffRequest, route: str, *args: object) -> HttpResponse:
    """Move the whole page on, from a form or from htmx."""
    response = redirect(route, *args)
    if request.htmx:
        moved = HttpResponse(status=204)
        moved["HX-Redirect"] = response.url
        return moved
    return response
