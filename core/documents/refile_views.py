"""A document on the wrong chart: find the right one, say why, move it; where those went."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from core.accounts.access import requires
from core.accounts.permissions import Perm
from core.audit.services import record_list
from core.documents.models import Document
from core.documents.selectors import document_for, refilings
from core.documents.services import refile
from core.lib.clock import now
from core.lib.errors import Refused
from core.lib.forms import version_of
from core.people.access import as_uuid, patient_for
from core.people.http import StaffRequest
from core.people.models import Patient
from core.people.selectors import PatientRow, find_patients


@requires(Perm.DOCUMENT_FILE)
@require_GET
def refile_page(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """First step: whose is it?"""
    return step(request, document_for(request.user, pk, now=now()))


def step(  # noqa: PLR0913 - what the page shows
    request: StaffRequest,
    document: Document,
    *,
    text: str = "",
    rows: list[PatientRow] | None = None,
    chosen: Patient | None = None,
    reason: str = "",
    problem: str = "",
) -> HttpResponse:
    context = {
        "patient": document.patient,
        "tab": "documents",
        "document": document,
        "text": text,
        "rows": rows,
        "chosen": chosen,
        "reason": reason,
        "problem": problem,
    }
    return render(request, "documents/refile.html", context, status=422 if problem else 200)


@requires(Perm.DOCUMENT_FILE)
@require_POST
def find(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """Second step: those found. A search stands in no address."""
    at = now()
    document = document_for(request.user, pk, now=at)
    text = request.POST.get("q", "").strip()
    rows = [r for r in find_patients(request.user, text, now=at) if r.id != document.patient_id]
    record_list(
        by=request.user,
        action="search",
        object_kind="patient",
        patient_ids=[row.id for row in rows],
        now=at,
    )
    return step(request, document, text=text, rows=rows, reason=request.POST.get("reason", ""))


@requires(Perm.DOCUMENT_FILE)
@require_POST
def move(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """Third step: it moves, with the reason."""
    at = now()
    document = document_for(request.user, pk, now=at)
    reason = request.POST.get("reason", "")
    target = request.POST.get("patient", "")
    if as_uuid(target) is None:
        problem = "Search for the patient and choose one from the list."
        return step(request, document, reason=reason, problem=problem)
    to = patient_for(request.user, target, now=at)
    try:
        refile(
            document=document,
            to=to,
            reason=reason,
            version=version_of(request),
            by=request.user,
            now=at,
        )
    except Refused as refusal:
        return step(request, document, chosen=to, reason=reason, problem=str(refusal))
    messages.success(request, "The document is on the right chart now. The trail of both says so.")
    return redirect("documents:document", pk)


@requires(Perm.AUDIT_VIEW)
@require_GET
def refiled(request: StaffRequest) -> HttpResponse:
    """For managers: what stood on a wrong chart, where it went, and who had opened it there."""
    after = as_uuid(request.GET.get("after", ""))
    rows, edge = refilings(request.user, now=now(), after=after)
    context = {
        "rows": rows,
        "older": f"?after={edge}" if edge else None,
        "newer": "?" if after else None,
    }
    return render(request, "documents/refiled.html", context)
