"""Doors to a chart's documents. One service call each."""

import datetime as dt
import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from core.accounts.access import requires
from core.accounts.permissions import Perm
from core.audit.services import record_list
from core.documents import checking, files, rules, services
from core.documents.models import Document
from core.documents.selectors import document_for, page_of, wanted_of
from core.documents.services import Arrival, Label, label_of, receive_all
from core.lib.clock import now
from core.lib.errors import Refused
from core.lib.forms import version_of
from core.lib.ui import words
from core.people.access import as_uuid, patient_for
from core.people.http import StaffRequest
from core.people.models import Episode, Patient
from core.people.names import birth_date_of
from core.work.limits import limited

LABEL = ("kind", "title", "source", "documented_on", "region", "side")
NOTHING_TYPED = dict.fromkeys(LABEL, "") | {"kind": Document.Kind.OTHER.value}
# A stranger's bytes never run as a page of ours, even opened by themselves.
INERT = "default-src 'none'; sandbox"
GONE = (
    "The file cannot be read from the disk just now. Tell your technical contact, who can bring it "
    "back from the backup."
)


@requires(Perm.DOCUMENT_VIEW)
@require_GET
def chart_documents(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """A chart's documents, narrowed by what the address says."""
    patient = patient_for(request.user, pk, now=now())
    return list_page(request, patient)


def list_page(
    request: StaffRequest,
    patient: Patient,
    *,
    typed: dict[str, str] | None = None,
    problem: str = "",
    arrivals: list[Arrival] | None = None,
) -> HttpResponse:
    wanted = wanted_of(request.GET)
    after = as_uuid(request.GET.get("after", ""))
    rows, edge = page_of(patient, wanted, after=after)
    record_list(
        by=request.user,
        action="list",
        object_kind="document",
        patient_ids=[patient.pk],
        now=now(),
    )
    context = choices() | {
        "patient": patient,
        "tab": "documents",
        "rows": rows,
        "wanted": wanted,
        "older": wanted.address(after=str(edge)) if edge else None,
        "newer": wanted.address() if after else None,
        "typed": typed or NOTHING_TYPED,
        "problem": problem,
        "arrivals": arrivals or [],
        "may_file": request.user.may(Perm.DOCUMENT_FILE),
        "most": rules.MOST_FILES,
    }
    status = 422 if problem or arrivals else 200
    return render(request, "documents/chart.html", context, status=status)


def choices() -> dict[str, Any]:
    return {
        "kinds": Document.Kind.choices,
        "states": Document.State.choices,
        "regions": [(value, words(value)) for value in Episode.Region.values],
        "sides": Episode.Side.choices,
    }


@requires(Perm.DOCUMENT_FILE)
@require_POST
@limited("upload", 60, per=600)
def upload(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """File what was chosen. What was refused is said file by file; what was typed stays."""
    at = now()
    patient = patient_for(request.user, pk, now=at)
    try:
        arrivals = receive_all(
            patient=patient,
            uploads=request.FILES.getlist("files"),
            label=label_in(request.POST),
            by=request.user,
            now=at,
        )
    except Refused as refusal:
        return list_page(request, patient, typed=typed_in(request.POST), problem=str(refusal))
    if any(arrival.refused for arrival in arrivals):
        return list_page(request, patient, typed=typed_in(request.POST), arrivals=arrivals)
    waits = any(a.document and a.document.state == "quarantined" for a in arrivals)
    done = "Filed." if len(arrivals) == 1 else f"{len(arrivals)} documents filed."
    messages.success(request, f"{done} Still being checked." if waits else done)
    return redirect("documents:chart", patient.pk)


def typed_in(said: QueryDict, prefix: str = "") -> dict[str, str]:
    return {name: said.get(prefix + name, "") for name in LABEL}


def label_in(said: QueryDict, prefix: str = "") -> Label:
    """What a form says the document is. Raises Refused for a date nobody can read."""
    typed = typed_in(said, prefix)
    day = typed.pop("documented_on").strip()
    on = birth_date_of(day, today=dt.date.max) if day else None
    if day and on is None:
        raise Refused("The date on the document cannot be read. Type it like 11/03/2026.")
    return Label(documented_on=on, **typed)


@requires(Perm.DOCUMENT_VIEW)
@require_GET
def document_page(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    document = document_for(request.user, pk, now=now())
    return one_page(request, document)


def one_page(
    request: StaffRequest,
    document: Document,
    *,
    typed: dict[str, str] | None = None,
    said: str = "",
    problem: str = "",
) -> HttpResponse:
    """The document's page; with `problem`, a refused form as it was typed."""
    label = label_of(document)
    is_now = {name: str(value or "") for name, value in label.columns().items()}
    number = request.GET.get("page", "1")
    pages = document.pages or 1
    context = choices() | {
        "patient": document.patient,
        "tab": "documents",
        "document": document,
        "is_now": is_now,
        "typed": typed or is_now,
        "said": said,
        "problem": problem,
        "number": min(max(int(number), 1), pages) if number.isdecimal() and len(number) < 5 else 1,
        "pages": pages,
        "moved_here": document.refilings.order_by("-at").first(),
        "may_file": request.user.may(Perm.DOCUMENT_FILE),
        "may_review": request.user.may(Perm.DOCUMENT_REVIEW),
        "may_limit": request.user.may(Perm.RESTRICTION_SET),
    }
    return render(request, "documents/document.html", context, status=422 if problem else 200)


@requires(Perm.DOCUMENT_VIEW)
@require_GET
@limited("document_page", 300, per=600)
def page(request: StaffRequest, pk: uuid.UUID, number: int) -> HttpResponse:
    """One page as a picture drawn here: the only form in which a document is shown in a page."""
    document = document_for(request.user, pk, now=now())
    data = bytes_of(document)
    if document.is_image:
        return inert(HttpResponse(data, content_type=document.content_type))
    if not 1 <= number <= (document.pages or 1):
        raise Refused("This document has no such page.")
    return inert(HttpResponse(checking.page_image(data, number), content_type=rules.PNG))


@requires(Perm.DOCUMENT_VIEW)
@require_GET
def file(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """A copy to keep: always as a download, under a name that names nobody."""
    document = document_for(request.user, pk, now=now(), action="download")
    response = HttpResponse(bytes_of(document), content_type=document.content_type)
    name = rules.download_name(
        document.get_kind_display(), document.documented_on, document.content_type
    )
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return inert(response)


def bytes_of(document: Document) -> bytes:
    """Raises Refused for what is not clean, and for what the disk does not give back as it was."""
    if document.state != Document.State.CLEAN:
        raise Refused(document.reason or "This document is not open to anybody yet.")
    data = files.read(document)
    if data is None:
        raise Refused(GONE)
    return data


def inert(response: HttpResponse) -> HttpResponse:
    response["Content-Security-Policy"] = INERT
    return response


@requires(Perm.DOCUMENT_FILE)
@require_POST
def classify(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """Say what it is. Only what was changed since the form was shown is saved."""
    at = now()
    document = document_for(request.user, pk, now=at)
    version = version_of(request)
    try:
        services.classify(
            document=document,
            wanted=label_in(request.POST),
            shown=label_in(request.POST, "was_"),
            version=version,
            by=request.user,
            now=at,
        )
    except Refused as refusal:
        return one_page(request, document, typed=typed_in(request.POST), problem=str(refusal))
    messages.success(request, "Saved.")
    return redirect("documents:document", pk)


@requires(Perm.DOCUMENT_REVIEW)
@require_POST
def review(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    at = now()
    document = document_for(request.user, pk, now=at)
    said = request.POST.get("words", "")
    try:
        services.review(
            document=document,
            words=said,
            version=version_of(request),
            by=request.user,
            now=at,
        )
    except Refused as refusal:
        return one_page(request, document, said=said, problem=str(refusal))
    messages.success(request, "Reviewed.")
    return redirect("documents:document", pk)
