"""Doors of the first visit: begun, read through, signed, added to, taken into the plan."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from core.accounts.access import requires
from core.accounts.permissions import Perm
from core.lib.clock import now
from core.lib.errors import NotFound, Refused
from core.lib.forms import version_of
from core.people.access import patient_for
from core.people.http import StaffRequest
from rehab.models import FirstVisit
from rehab.selectors import visits as selectors
from rehab.selectors.fetching import row_for
from rehab.selectors.visit_plans import beside_plan
from rehab.selectors.visits import visit_page
from rehab.services import visits as services
from rehab.services.visit_plans import plan_from_visit
from rehab.services.visit_refusals import refused_cards
from rehab.visit_section_views import form_page, frame

OPEN = FirstVisit.State.OPEN
BESIDE = "?beside=plan"


@requires(Perm.CHART_VIEW)
@require_GET
def visit_of(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """A patient's first visits and the problems without one; the only one as it is."""
    at = now()
    patient = patient_for(request.user, pk, now=at)
    rows = selectors.visits_of(request.user, patient, now=at)
    missing = selectors.episodes_without_visit(patient)
    if len(rows) == 1 and not missing:
        return shown(request, rows[0])
    context = {
        "patient": patient,
        "tab": "first_visit",
        "rows": rows,
        "missing": missing,
        "may_write": request.user.may(Perm.VISIT_WRITE),
    }
    return render(request, "rehab/visits.html", context)


@requires(Perm.VISIT_WRITE)
@require_POST
def open_visit(request: StaffRequest, pk: uuid.UUID, episode_pk: uuid.UUID) -> HttpResponse:
    """Begin the first visit of one problem."""
    at = now()
    patient = patient_for(request.user, pk, now=at)
    episode = patient.episodes.filter(pk=episode_pk).select_related("patient__clinic").first()
    if episode is None:
        raise NotFound("This patient has no such problem.")
    row = services.open_visit(episode=episode, by=request.user, now=at)
    return redirect("rehab:first_visit", row.pk)


@requires(Perm.CHART_VIEW)
@require_GET
def first_visit(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """One first visit: written by physicians while it is open, read by everybody else."""
    return shown(request, row_for(FirstVisit, request.user, pk, now=now()))


def shown(
    request: StaffRequest, visit: FirstVisit, *, problem: str = "", status: int = 200
) -> HttpResponse:
    """The cards to write in, or, read through before it is signed, as everybody reads it."""
    user = request.user
    page = visit_page(visit, now=now())
    writes = visit.state == OPEN and user.may(Perm.VISIT_WRITE)
    if writes and "read" not in request.GET and not problem:
        return form_page(request, page)
    plan = selectors.plan_of(visit)
    signed = visit.state == FirstVisit.State.SIGNED
    beside = beside_plan(visit, plan, now=now()) if plan and signed and asks_beside(request) else []
    context = frame(request, page) | {
        "writes": writes,
        "refused": refused_cards(user, visit) if writes else [],
        "adds": signed and user.may(Perm.VISIT_WRITE),
        "plans": user.may(Perm.PLAN_WRITE),
        "addenda": selectors.addenda_of(visit),
        "plan": plan,
        "beside": beside,
        "asks_beside": asks_beside(request),
        "problem": problem,
        "words": request.POST.get("words", ""),
    }
    return render(request, "rehab/visit_read.html", context, status=status)


def asks_beside(request: StaffRequest) -> bool:
    """Is the visit to be read beside its plan?"""
    return "beside" in request.GET


@requires(Perm.VISIT_WRITE, reauth=True)
@require_POST
def sign_visit(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """What was read through is signed."""
    at = now()
    visit = row_for(FirstVisit, request.user, pk, now=at)
    try:
        services.sign(visit=visit, by=request.user, now=at, version=version_of(request))
    except Refused as refusal:
        if visit.state != OPEN:
            raise
        return shown(request, visit, problem=str(refusal), status=422)
    messages.success(request, "Signed. The limits stand among the measures.")
    return redirect("rehab:first_visit", pk)


@requires(Perm.VISIT_WRITE)
@require_POST
def discard_visit(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """Begun by mistake: it stays readable with the reason."""
    at = now()
    visit = row_for(FirstVisit, request.user, pk, now=at)
    try:
        services.discard(
            visit=visit,
            reason=request.POST.get("reason", ""),
            by=request.user,
            now=at,
            version=version_of(request),
        )
    except Refused as refusal:
        if visit.state != OPEN:
            raise
        page = visit_page(visit, now=at)
        return form_page(request, page, undiscarded=str(refusal), status=422)
    messages.success(request, "Discarded. It stays readable here.")
    return redirect("rehab:visit_of", visit.patient_id)


@requires(Perm.VISIT_WRITE)
@require_POST
def addend(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """Words below a signed visit."""
    at = now()
    visit = row_for(FirstVisit, request.user, pk, now=at)
    try:
        words = request.POST.get("words", "")
        services.addend(visit=visit, words=words, by=request.user, now=at)
    except Refused as refusal:
        return shown(request, visit, problem=str(refusal), status=422)
    messages.success(request, "Added below the visit.")
    return redirect("rehab:first_visit", pk)


@requires(Perm.PLAN_WRITE)
@require_POST
def visit_plan(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """What the signed visit says begins the plan; the goal is written next."""
    at = now()
    visit = row_for(FirstVisit, request.user, pk, now=at)
    plan = plan_from_visit(visit=visit, by=request.user, now=at)
    if beside_plan(visit, plan, now=at):
        messages.success(request, "Taken over. Read below where the plan says something else.")
        return redirect(reverse("rehab:first_visit", args=[pk]) + BESIDE)
    if plan.goal_words:
        return redirect("rehab:plan", plan.pk)
    messages.success(request, "The plan is begun. Write the goal in the patient’s own words.")
    return redirect("rehab:part", plan.pk, "goal")
