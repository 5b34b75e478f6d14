"""Doors of emergency access: ask for it, end it, review it."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.accounts.access import requires
from core.accounts.permissions import Perm
from core.lib.clock import now
from core.lib.errors import Refused
from core.people.access import as_uuid
from core.people.http import StaffRequest
from core.people.names import birth_date_of
from messaging.selectors import break_glass as emergencies
from messaging.services import break_glass as service


@requires(Perm.BREAK_GLASS, reauth=True)
@require_http_methods(["GET", "POST"])
def ask(request: StaffRequest) -> HttpResponse:
    """One chart that is not theirs, for an hour; what was typed stays when something is missing."""
    at = now()
    typed = {
        name: request.POST.get(name, "").strip()
        for name in ("clinic", "known_by", "birth_date", "reason")
    }
    clinics = list(emergencies.clinics())
    problem, patient = "", None
    if request.method == "POST":
        chosen = as_uuid(typed["clinic"])
        try:
            clinic = next((c for c in clinics if c.pk == chosen), None)
            if clinic is None:
                raise Refused("Choose the patient’s clinic.")
            grant = service.break_glass(
                clinic=clinic,
                known_by=typed["known_by"],
                birth_date=birth_date_of(typed["birth_date"], today=timezone.localdate(at)),
                reason=typed["reason"],
                by=request.user,
                now=at,
            )
        except service.AlreadyOpen as refusal:
            problem, patient = str(refusal), refusal.patient
        except Refused as refusal:
            problem = str(refusal)
        else:
            messages.success(request, "The chart is open to you. Every look is recorded.")
            return redirect("home:patient", grant.patient_id)
    context = {"typed": typed, "clinics": clinics, "problem": problem, "patient": patient,
               "minutes": service.MINUTES}  # fmt: skip
    return render(request, "home/break_glass.html", context, status=422 if problem else 200)


@requires(Perm.HOME_VIEW)
@require_POST
def end(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """Who opened the chart is done with it, or a reviewer closes it."""
    at = now()
    grant = emergencies.emergency_to_end(request.user, pk, now=at)
    service.end_access(grant=grant, by=request.user, now=at)
    messages.success(request, "The emergency access has ended. The chart is closed again.")
    if grant.user_id == request.user.pk:
        return redirect("home:today")
    return redirect("home:break_glass_review", grant.pk)


@requires(Perm.BREAK_GLASS_REVIEW)
@require_GET
def reviews(request: StaffRequest) -> HttpResponse:
    """What waits for a review, then what was reviewed."""
    waiting, done = emergencies.reviews(request.user, now=now())
    return render(request, "home/break_glass_reviews.html", {"waiting": waiting, "done": done})


@requires(Perm.BREAK_GLASS_REVIEW)
@require_http_methods(["GET", "POST"])
def review(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """One emergency access: who, when, why, what was looked at, and the verdict."""
    at = now()
    grant = emergencies.emergency_for(request.user, pk, now=at)
    problem = ""
    if request.method == "POST":
        try:
            service.review(
                grant=grant,
                verdict=request.POST.get("verdict", ""),
                words=request.POST.get("words", ""),
                by=request.user,
                now=at,
            )
        except Refused as refusal:
            problem = str(refusal)
        else:
            messages.success(request, "Reviewed. The person reads your words in their inbox.")
            return redirect("home:break_glass_reviews")
    context = {
        "grant": grant,
        "looks": emergencies.looks(grant),
        "running": grant.ends_at > at,
        "may_review": emergencies.may_review_it(request.user, grant),
        "verdicts": list(service.VERDICTS.items()),
        "typed": {name: request.POST.get(name, "") for name in ("verdict", "words")},
        "problem": problem,
    }
    return render(request, "home/break_glass_review.html", context, status=422 if problem else 200)
