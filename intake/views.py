"""Doors of the call screen, the call-back queue and the red flag. One service call each."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from core.accounts.access import requires
from core.accounts.permissions import Perm
from core.lib.clock import now
from core.lib.errors import Refused
from core.people.access import patient_for
from core.people.names import birth_date_of
from core.people.selectors import calendar_of
from intake import selectors
from intake.models import Call, CallAttempt
from intake.services import answers, callbacks, calls
from messaging.selectors.worklist import worklist


def key_of(request: HttpRequest) -> uuid.UUID:
    """The form's own key, so that a second click is the same thing."""
    try:
        return uuid.UUID(request.POST.get("form_key", ""))
    except ValueError as error:
        raise Refused("This form was incomplete. Reload the page and try again.") from error


@requires(Perm.CALL_TAKE)
@require_GET
def queue(request: HttpRequest) -> HttpResponse:
    """Calls on the line, call-backs due, and what ended lately."""
    at = now()
    return render(
        request,
        "intake/queue.html",
        {
            "open_calls": selectors.unfinished_calls(request.user, now=at),
            "call_backs": [
                r for r in worklist(request.user, now=at) if r.kind in callbacks.CALL_BACKS
            ],
            "recent": selectors.recent_calls(request.user, now=at),
            "form_key": uuid.uuid4(),
            "missed_key": uuid.uuid4(),
        },
    )


@requires(Perm.CALL_TAKE)
@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """New call; with `patient` a re-triage of that patient."""
    at = now()
    patient = None
    if request.POST.get("patient"):
        patient = patient_for(request.user, request.POST["patient"], now=at, action="retriage")
    call = calls.start_call(
        clinic=patient.clinic if patient else request.clinic,
        by=request.user,
        now=at,
        form_key=key_of(request),
        origin=Call.Origin.RETRIAGE if patient else Call.Origin.INCOMING,
        patient=patient,
        phone=request.POST.get("phone", ""),
    )
    return redirect("intake:call", call.pk)


@requires(Perm.CALL_BACK)
@require_POST
def missed(request: HttpRequest) -> HttpResponse:
    """A call nobody could take enters the queue."""
    at = now()
    minutes = request.POST.get("minutes_ago", "0")
    call = callbacks.log_missed_call(
        clinic=request.clinic,
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
def call_page(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The call screen; a waiting call shows its call-back, an ended one its summary."""
    at = now()
    call = selectors.call_for(request.user, pk, now=at)
    if call.state == Call.State.WAITING:
        return redirect("intake:callback", call.pk)
    template = "intake/call.html" if call.state == Call.State.OPEN else "intake/call_ended.html"
    return render(request, template, screen_context(request, call))


def screen_context(request: HttpRequest, call: Call) -> dict[str, object]:
    return {
        "screen": selectors.call_screen(request.user, call, now=now()),
        "call": call,
        "problems": {},
    }


def answer_with(
    request: HttpRequest, call: Call, *, problems: dict[str, str] | None = None
) -> HttpResponse:
    """The panel with what else changed, or back to the page without htmx."""
    if not request.htmx:
        if problems:
            raise Refused(" ".join(problems.values()))
        return redirect("intake:call", call.pk)
    fresh = selectors.call_for(request.user, call.pk, now=now())
    context = screen_context(request, fresh) | {"problems": problems or {}}
    return render(request, "intake/_live.html", context, status=422 if problems else 200)


@requires(Perm.CALL_TAKE)
@require_POST
def fields(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Typed fields, saved on change."""
    at = now()
    call = selectors.call_for(request.user, pk, now=at)
    typed = {name: request.POST[name] for name in calls.TYPED if name in request.POST}
    call, problems = calls.save_fields(call=call, typed=typed, by=request.user, now=at)
    return answer_with(request, call, problems=problems)


@requires(Perm.CALL_TAKE)
@require_POST
def answer(request: HttpRequest, pk: uuid.UUID, question: str) -> HttpResponse:
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
@require_POST
def match(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """“Use this match”, with the date of birth asked now."""
    at = now()
    call = selectors.call_for(request.user, pk, now=at)
    patient = patient_for(request.user, request.POST.get("patient", ""), now=at, action="match")
    born = birth_date_of(request.POST.get("confirm_birth_date", ""), today=at.date())
    calls.use_match(call=call, patient=patient, birth_date=born, by=request.user, now=at)
    return redirect("intake:call", call.pk)


@requires(Perm.PATIENT_REGISTER)
@require_POST
def register(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """A new chart from what was typed."""
    at = now()
    call = selectors.call_for(request.user, pk, now=at)
    calls.register_caller(call=call, by=request.user, now=at)
    return redirect("intake:call", call.pk)


@requires(Perm.CALL_TAKE)
@require_POST
def action(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
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
    return answer_with(request, call)


@requires(Perm.DISPOSITION_RAISE)
@require_POST
def raise_it(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Anyone may raise."""
    at = now()
    call = selectors.call_for(request.user, pk, now=at)
    to, reason = request.POST.get("to", ""), request.POST.get("reason", "")
    answers.raise_disposition(call=call, to=to, reason=reason, by=request.user, now=at)
    return answer_with(request, call)


@requires(Perm.DISPOSITION_LOWER)
@require_POST
def lower_it(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Only a physician lowers."""
    at = now()
    call = selectors.call_for(request.user, pk, now=at)
    to, reason = request.POST.get("to", ""), request.POST.get("reason", "")
    answers.lower_disposition(call=call, to=to, reason=reason, by=request.user, now=at)
    return answer_with(request, call)


@requires(Perm.CALL_TAKE)
@require_POST
def close(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """End of the call."""
    at = now()
    call = selectors.call_for(request.user, pk, now=at)
    calls.close_call(call=call, by=request.user, now=at)
    messages.success(request, "Call ended and saved.")
    return go(request, "intake:call", call.pk)


@requires(Perm.CALL_TAKE)
@require_POST
def hang_up(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The caller hung up: same-day call-back."""
    at = now()
    call = selectors.call_for(request.user, pk, now=at)
    calls.hang_up(call=call, by=request.user, now=at)
    messages.success(request, "Saved. A call-back for today is in the queue.")
    return go(request, "intake:callback", call.pk)


def go(request: HttpRequest, route: str, *args: object) -> HttpResponse:
    """Move the whole page on, from a form or from htmx."""
    response = redirect(route, *args)
    if request.htmx:
        moved = HttpResponse(status=204)
        moved["HX-Redirect"] = response.url
        return moved
    return response


@requires(Perm.CALL_TAKE)
@require_GET
def callback(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
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
def take(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    at = now()
    call = selectors.call_for(request.user, pk, now=at)
    callbacks.take_call_back(call=call, by=request.user, now=at)
    return redirect("intake:callback", call.pk)


@requires(Perm.CALL_BACK)
@require_POST
def attempt(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
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
def reach(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    at = now()
    call = selectors.call_for(request.user, pk, now=at)
    callbacks.reach(call=call, by=request.user, now=at)
    return redirect("intake:call", call.pk)
