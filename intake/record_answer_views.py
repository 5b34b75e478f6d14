"""Doors for what comes back on a request for records. One service call each."""

import datetime as dt
import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from core.accounts.access import requires
from core.accounts.permissions import Perm
from core.lib.clock import now
from core.lib.errors import Refused
from core.lib.forms import version_of
from core.people.http import StaffRequest
from core.people.names import birth_date_of
from core.work.limits import limited
from intake import record_selectors as rows
from intake.record_views import one_request
from intake.services import record_answers as answers


@requires(Perm.RECORDS_REQUEST)
@require_POST
def chase_records(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """Asked again; the clock starts anew."""
    at = now()
    answers.chase(
        request=rows.request_for(request.user, pk, now=at),
        words=request.POST.get("words", ""),
        by=request.user,
        now=at,
        version=version_of(request),
    )
    messages.success(request, "Noted. We ask again on the third business day.")
    return redirect("intake:records_request", pk)


@requires(Perm.DOCUMENT_FILE)
@require_POST
@limited("upload", 60, per=600)
def receive_records(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """Records came: files, what they are, and whether that is all. What was refused is said file
    by file; what was typed stays."""
    at = now()
    row = rows.request_for(request.user, pk, now=at)
    try:
        arrivals = answers.take_in(
            request=row, arrived=arrived_in(request), by=request.user, now=at,
            version=version_of(request),
        )  # fmt: skip
    except Refused as refusal:
        return one_request(request, row, problem=str(refusal))
    if any(arrival.refused for arrival in arrivals):
        return one_request(request, rows.request_for(request.user, pk, now=at), arrivals=arrivals)
    waits = any(a.document and a.document.state == "quarantined" for a in arrivals)
    messages.success(request, f"{len(arrivals)} filed.{' Still being checked.' if waits else ''}")
    return redirect("intake:records_request", pk)


def arrived_in(request: StaffRequest) -> answers.Arrived:
    """What the form says came in. Raises Refused for a date nobody can read."""
    said = request.POST
    text = said.get("documented_on", "").strip()
    on = birth_date_of(text, today=dt.date.max) if text else None
    if text and on is None:
        raise Refused("The date on the document cannot be read. Type it like 11/03/2026.")
    return answers.Arrived(
        files=request.FILES.getlist("files"),
        kind=said.get("kind", ""),
        title=said.get("title", ""),
        documented_on=on,
        more_to_come=bool(said.get("more")),
    )


@requires(Perm.RECORDS_REQUEST)
@require_POST
def no_records(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """There are no such records."""
    at = now()
    answers.say_none(
        request=rows.request_for(request.user, pk, now=at),
        said_by=request.POST.get("said_by", ""),
        by=request.user,
        now=at,
        version=version_of(request),
    )
    messages.success(request, "Noted: none exist.")
    return redirect("intake:records_request", pk)


@requires(Perm.RECORDS_REQUEST)
@require_POST
def cancel_records(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """Not needed any more."""
    at = now()
    answers.cancel(
        request=rows.request_for(request.user, pk, now=at),
        reason=request.POST.get("reason", ""),
        by=request.user,
        now=at,
        version=version_of(request),
    )
    messages.success(request, "Cancelled.")
    return redirect("intake:records_request", pk)


@requires(Perm.DOCUMENT_REVIEW)
@require_POST
def review_records(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """A clinician has read what came."""
    at = now()
    answers.review(
        request=rows.request_for(request.user, pk, now=at),
        words=request.POST.get("words", ""),
        by=request.user,
        now=at,
        version=version_of(request),
    )
    messages.success(request, "Reviewed.")
    return redirect("intake:records_request", pk)
