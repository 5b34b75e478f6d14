"""Doors of limits: a patient's, set and lifted; those that stand in a document."""

import datetime as dt
import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from core.accounts.access import requires
from core.accounts.permissions import Perm
from core.documents.models import Document
from core.documents.selectors import document_for
from core.lib.clock import now
from core.lib.day_words import day_words
from core.lib.errors import Refused
from core.lib.forms import version_of
from core.lib.instants import read_key
from core.people.access import patient_for
from core.people.dates import today_at
from core.people.http import StaffRequest
from core.people.models import Patient
from outcomes.selectors import episodes_of
from rehab.limit_posted import MOST, Typed, blank, episode_in, limits_in, typed_in
from rehab.models import Restriction
from rehab.selectors import limits as selectors
from rehab.selectors.fetching import row_for
from rehab.services.limit_doubts import confirm
from rehab.services.limits import lift, set_restrictions
from rehab.services.surgeon_documents import ask_for_limits, copy_limits, no_limits


def choices(patient: Patient) -> dict[str, Any]:
    return {
        "activities": [("", "Choose"), *Restriction.Activity.choices],
        "units": Restriction.Unit.choices,
        "sources": [("", "Choose"), *Restriction.Source.choices],
        "problems_cared_for": episodes_of(patient),
        "most": MOST,
    }


@requires(Perm.CHART_VIEW)
@require_GET
def limits(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """What a patient may not do: now, from later on, and what is over."""
    return limits_page(request, patient_for(request.user, pk, now=now()))


def limits_page(
    request: StaffRequest, patient: Patient, typed: Typed | None = None, *, status: int = 200
) -> HttpResponse:
    at, user = now(), request.user
    lines = selectors.limits_now(user, patient, now=at)
    over, edge = selectors.limits_over(
        user, patient, now=at, after=read_key(request.GET.get("after", ""))
    )
    context = choices(patient) | {
        "patient": patient,
        "tab": "limits",
        "now_on": [line for line in lines if line.when == "now"],
        "coming": [line for line in lines if line.when == "coming"],
        "over": over,
        "older": f"?after={edge[0].isoformat()}_{edge[1]}" if edge else None,
        "newer": "?" if request.GET.get("after") else None,
        "typed": typed if typed and typed.rows else blank(today_at(patient.clinic.zone, now=at)),
        "refused": typed or Typed(),
        "may_set": user.may(Perm.RESTRICTION_SET),
        "physician": user.may(Perm.PLAN_COSIGN),
    }
    return render(request, "rehab/limits.html", context, status=status)


@requires(Perm.RESTRICTION_SET)
@require_POST
def set_limits(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """What one source says, all at once; or one row more to write it in."""
    at = now()
    patient = patient_for(request.user, pk, now=at)
    today = today_at(patient.clinic.zone, now=at)
    typed = typed_in(request.POST, today=today)
    if "more" in request.POST:
        return limits_page(request, patient, typed)
    try:
        rows = set_restrictions(
            patient=patient,
            source=typed.head["source"],
            source_words=typed.head["source_words"],
            limits=limits_in(typed, today=today),
            episode=episode_in(typed, patient),
            by=request.user,
            now=at,
        )
    except Refused as refusal:
        typed = typed_in(request.POST, today=today, problem=str(refusal))
        return limits_page(request, patient, typed, status=422)
    messages.success(request, saved(rows))
    return redirect("rehab:limits", patient.pk)


def saved(rows: list[Restriction]) -> str:
    return "Saved. The plan says so." if len(rows) == 1 else f"{len(rows)} limits saved."


@requires(Perm.RESTRICTION_SET)
@require_POST
def lift_limit(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """It holds no more, with the reason."""
    at = now()
    row = row_for(Restriction, request.user, pk, now=at)
    reason = request.POST.get("reason", "")
    try:
        lift(restriction=row, reason=reason, by=request.user, now=at, version=version_of(request))
    except Refused as refusal:
        typed = Typed(problem=str(refusal), slot=f"lift-{row.pk}", reason=reason)
        return limits_page(request, row.patient, typed, status=422)
    messages.success(request, "Lifted. The plan says so.")
    return redirect("rehab:limits", row.patient_id)


@requires(Perm.PLAN_COSIGN)
@require_POST
def confirm_limit(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """A limit in doubt holds all the same."""
    at = now()
    row = row_for(Restriction, request.user, pk, now=at)
    reason = request.POST.get("reason", "")
    try:
        confirm(
            restriction=row, reason=reason, by=request.user, now=at, version=version_of(request)
        )
    except Refused as refusal:
        typed = Typed(problem=str(refusal), slot=f"confirm-{row.pk}", reason=reason)
        return limits_page(request, row.patient, typed, status=422)
    messages.success(request, "Confirmed: it holds.")
    return redirect("rehab:limits", row.patient_id)


@requires(Perm.RESTRICTION_SET)
@require_GET
def limits_from(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """A document beside the form, so that its limits are copied while it is read."""
    return copy_page(request, document_for(request.user, pk, now=now()))


def copy_page(
    request: StaffRequest, document: Document, typed: Typed | None = None, *, status: int = 200
) -> HttpResponse:
    at, patient = now(), document.patient
    number = request.POST.get("page") or request.GET.get("page", "1")
    pages = document.pages or 1
    checks = selectors.checks_of(document)
    known = number.isascii() and number.isdecimal() and len(number) < 5
    context = choices(patient) | {
        "patient": patient,
        "tab": "limits",
        "document": document,
        "number": min(max(int(number), 1), pages) if known else 1,
        "pages": pages,
        "checks": checks,
        "copied": selectors.limits_copied_from(request.user, document, now=at),
        "typed": typed if typed and typed.rows else offered(document, at),
        "refused": typed or Typed(),
    }
    return render(request, "rehab/limits_from.html", context, status=status)


def offered(document: Document, at: dt.datetime) -> Typed:
    """The form with the document's own source and day."""
    whose = document.source or document.get_kind_display()
    on = f", {day_words(document.documented_on)}" if document.documented_on else ""
    today = today_at(document.patient.clinic.zone, now=at)
    return blank(today, source=Restriction.Source.SURGEON, source_words=f"{whose[:100]}{on}")


def seen_in(request: StaffRequest) -> int:
    """How many answers the page showed. Raises Refused when the form does not say."""
    text = request.POST.get("seen", "")
    if not (text.isascii() and text.isdecimal() and len(text) < 6):
        raise Refused("This form was incomplete. Reload the page and try again.")
    return int(text)


@requires(Perm.RESTRICTION_SET)
@require_POST
def copy(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """The limits as they stand in the document; or one row more to write them in."""
    at = now()
    document = document_for(request.user, pk, now=at)
    today = today_at(document.patient.clinic.zone, now=at)
    typed = typed_in(request.POST, today=today)
    if "more" in request.POST:
        return copy_page(request, document, typed)
    try:
        rows = copy_limits(
            document=document,
            source=typed.head["source"],
            source_words=typed.head["source_words"],
            limits=limits_in(typed, today=today),
            episode=episode_in(typed, document.patient),
            seen=seen_in(request),
            by=request.user,
            now=at,
        )
    except Refused as refusal:
        typed = typed_in(request.POST, today=today, problem=str(refusal))
        return copy_page(request, document, typed, status=422)
    messages.success(request, saved(rows))
    return redirect("rehab:limits", document.patient_id)


@requires(Perm.RESTRICTION_SET)
@require_POST
def none_in_it(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """Somebody read it, and there are no limits in it."""
    at = now()
    document = document_for(request.user, pk, now=at)
    reason = request.POST.get("reason", "")
    try:
        no_limits(document=document, reason=reason, seen=seen_in(request), by=request.user, now=at)
    except Refused as refusal:
        typed = Typed(problem=str(refusal), slot="none", reason=reason)
        return copy_page(request, document, typed, status=422)
    messages.success(request, "Noted: no limits in it.")
    return redirect("documents:document", pk)


@requires(Perm.DOCUMENT_FILE)
@require_POST
def ask(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """“This has limits in it”: a clinician reads it today."""
    at = now()
    document = document_for(request.user, pk, now=at)
    ask_for_limits(document=document, by=request.user, now=at)
    messages.success(request, "Noted. A therapist or physician copies them in today.")
    return redirect("documents:document", pk)
