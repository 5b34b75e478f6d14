"""Doors of the pathway: one step and its decision, and the new deficit that ends the wait."""

import datetime as dt
import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.accounts.access import requires
from core.accounts.permissions import Perm
from core.lib.clock import now
from core.lib.errors import Refused
from core.lib.forms import version_of
from core.people.dates import today_at
from core.people.http import StaffRequest
from core.work.selectors import draft_text
from rehab.models import CarePlan, PathwayStep
from rehab.plan_body import THEN
from rehab.selectors.fetching import row_for
from rehab.selectors.pathway import step_page
from rehab.services import deciding


@requires(Perm.CHART_VIEW)
@require_GET
def step(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """Where a step stands and why, the values since it began, the decision or its form."""
    at = now()
    return shown(request, row_for(PathwayStep, request.user, pk, now=at), at)


def shown(
    request: StaffRequest, row: PathwayStep, at: dt.datetime, problem: str = ""
) -> HttpResponse:
    user, posted = request.user, request.POST
    found = step_page(user, row, now=at)
    running = found is not None and row.decided_at is None and row.plan.ended_at is None
    context = {
        "patient": row.plan.patient,
        "tab": "plan",
        "plan": row.plan,
        "row": row,
        "found": found,
        "may_decide": running and user.may(Perm.PLAN_COSIGN),
        "waits": running,
        "decisions": list(THEN.items()),
        "problem": problem,
        "version": posted.get("version", row.version),
        "typed": {
            "decision": posted.get("decision", ""),
            "words": posted.get("words", "") or draft_text(user, f"step:{row.pk}"),
            "more_weeks": posted.get("more_weeks", ""),
            "next_weeks": posted.get("next_weeks", ""),
        },
    }
    return render(request, "rehab/step.html", context, status=422 if problem else 200)


@requires(Perm.PLAN_COSIGN)
@require_POST
def decide(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """A physician says what happens next; what was typed stays when something is missing."""
    at = now()
    row = row_for(PathwayStep, request.user, pk, now=at)
    try:
        deciding.decide(
            step=row,
            decision=request.POST.get("decision", ""),
            words=request.POST.get("words", ""),
            more_weeks=weeks_in(request.POST.get("more_weeks", "")),
            next_weeks=weeks_in(request.POST.get("next_weeks", "")),
            by=request.user,
            now=at,
            version=version_of(request),
        )
    except Refused as refusal:
        return shown(request, row, at, problem=str(refusal))
    messages.success(request, "Decided. The care team is told what changes in the plan.")
    return redirect("rehab:step", row.pk)


def weeks_in(text: str) -> int | None:
    """How many weeks; none for an empty field. Raises Refused for what is no number."""
    text = text.strip()
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 4):
        raise Refused("Write how many weeks as a number, 1 to 52.")
    return int(text)


@requires(Perm.PLAN_WRITE)
@require_http_methods(["GET", "POST"])
def deficit(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """Something new that cannot wait: the surgeon is asked in the same moment."""
    at = now()
    plan = row_for(CarePlan, request.user, pk, now=at)
    problem = ""
    if request.method == "POST":
        try:
            deciding.note_deficit(
                plan=plan,
                words=request.POST.get("words", ""),
                on=day_in(request.POST.get("on", "")),
                by=request.user,
                now=at,
                version=version_of(request),
            )
        except Refused as refusal:
            problem = str(refusal)
        else:
            messages.success(request, "Noted. The wait is over: a surgeon is to be asked.")
            return redirect("rehab:plan", plan.pk)
    return _deficit_page(request, plan, at, problem=problem)


@requires(Perm.PLAN_COSIGN)
@require_POST
def withdraw_deficit(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """A physician found that it is none; the words stay when something is missing."""
    at = now()
    plan = row_for(CarePlan, request.user, pk, now=at)
    try:
        deciding.withdraw_deficit(
            plan=plan,
            reason=request.POST.get("reason", ""),
            by=request.user,
            now=at,
            version=version_of(request),
        )
    except Refused as refusal:
        return _deficit_page(request, plan, at, kept=str(refusal))
    messages.success(request, "Withdrawn. The weeks of conservative care count again.")
    return redirect("rehab:plan", plan.pk)


def _deficit_page(
    request: StaffRequest, plan: CarePlan, at: dt.datetime, *, problem: str = "", kept: str = ""
) -> HttpResponse:
    """`problem`: of what was noted; `kept`: of what was withdrawn."""
    pk = plan.pk
    user = request.user
    noted = plan.deficit_on is not None and plan.ended_at is None
    may_withdraw = noted and user.may(Perm.PLAN_COSIGN)
    begun = draft_text(user, f"deficit:{pk}:withdraw") if may_withdraw else ""
    context = {
        "patient": plan.patient,
        "tab": "plan",
        "plan": plan,
        "problem": problem,
        "kept": kept,
        "reason": request.POST.get("reason", "") or begun,
        "may_withdraw": may_withdraw,
        "version": request.POST.get("version", plan.version),
        "typed": {
            "words": request.POST.get("words", "") or draft_text(request.user, f"deficit:{pk}"),
            "on": request.POST.get("on", "") or today_at(plan.clinic.zone, now=at).isoformat(),
        },
    }
    status = 422 if problem or kept else 200
    return render(request, "rehab/deficit.html", context, status=status)


def day_in(text: str) -> dt.date:
    """The day of a date field. Raises Refused for what is none."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise Refused("Write the day on which it was found.") from error
