"""Doors of records requests: the lists, a chart's requests, one request, asking and sending."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from core.accounts.access import requires
from core.accounts.permissions import Perm
from core.documents.models import Document
from core.documents.rules import MOST_FILES
from core.documents.services import Arrival
from core.lib.clock import now
from core.lib.errors import Refused
from core.lib.forms import version_of
from core.lib.ui import words
from core.people.access import as_uuid, patient_for
from core.people.fields import shown
from core.people.http import StaffRequest
from core.people.models import Episode, Patient
from core.people.names import birth_date_of
from intake import record_selectors as rows
from intake.models import Call, OutsideProvider, RecordsRequest
from intake.selectors import calls_visible_to
from intake.services import record_letters, records
from intake.services.directory import entry_from


@requires(Perm.PATIENT_ADMIN_VIEW)
@require_GET
def listing(request: StaffRequest) -> HttpResponse:
    """Coming visits with how much is in; or every open request."""
    said, at = request.GET, now()
    view = "open" if said.get("view") == "open" or said.get("number") else "visits"
    after = as_uuid(said.get("after", ""))
    days = int(said["days"]) if said.get("days") in {str(n) for n in rows.AHEAD} else 14
    everything = said.get("show") == "all"
    context: dict[str, Any] = {
        "view": view,
        "days": days,
        "everything": everything,
        "state": said.get("state", ""),
        "number": said.get("number", ""),
    }
    found: list[Any]
    if view == "visits":
        found = rows.coming_visits(
            request.user, now=at, days=days, everything=everything, after=after
        )
    else:
        found = rows.open_requests(
            request.user, now=at, state=context["state"], number=context["number"], after=after
        )
    context |= {
        "rows": found,
        "ahead": rows.AHEAD,
        "states": RecordsRequest.State.choices,
        "may_keep": request.user.may(Perm.DIRECTORY_EDIT),
        "older": str(found[-1].pk) if len(found) == rows.PAGE else "",
        "after": after,
    }
    return render(request, "intake/records_list.html", context)


@requires(Perm.PATIENT_ADMIN_VIEW)
@require_GET
def chart_records(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """A patient's requests, and the form for the next."""
    patient = patient_for(request.user, pk, now=now())
    return tab(request, patient)


def tab(
    request: StaffRequest,
    patient: Patient,
    *,
    typed: QueryDict | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    context = asking(request, patient, typed=typed) | {
        "patient": patient,
        "tab": "records",
        "rows": rows.requests_of(patient),
        "problem": problem,
        "reads": shown(RecordsRequest, request.user),
    }
    return render(request, "intake/records.html", context, status=status)


def asking(
    request: StaffRequest,
    patient: Patient,
    *,
    typed: QueryDict | None = None,
    call: Call | None = None,
) -> dict[str, Any]:
    """What the form “Records to ask for” needs, on the chart and on a call."""
    said = typed or QueryDict()
    if not request.user.may(Perm.RECORDS_REQUEST):
        return {"ask": None}
    chosen = said.get("source", "")
    return {
        "ask": {
            "patient": patient,
            "call": str(call.pk) if call else said.get("call", ""),
            "sources": rows.find_sources(patient.clinic, said.get("q", "")),
            "source": chosen,
            "kinds": RecordsRequest.Kind.choices,
            "chosen": said.getlist("kinds"),
            "regions": [("", "Any")] + [(r, words(r)) for r in Episode.Region.values],
            "region": said.get("region", call.region if call else ""),
            "since": said.get("since", ""),
            "words": said.get("words", ""),
            "entry": entry_from(typed_texts(said), prefix="new_"),
            "source_kinds": OutsideProvider.Kind.choices,
            "may_add": request.user.may(Perm.DIRECTORY_EDIT),
            "posted": typed is not None,
        }
    }


@requires(Perm.RECORDS_REQUEST)
@require_POST
def ask(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """One action per source: prepared, and sent when it can be."""
    at, said = now(), request.POST
    patient = patient_for(request.user, pk, now=at)
    call = call_in(request, patient, at)
    about: dict[str, Any] = {"patient": patient, "call": call, "by": request.user, "now": at}
    try:
        wish = wish_in(said)
        if said.get("source") and said.get("new_name", "").strip():
            raise Refused(
                "One is chosen from the directory and another is written below. Say which: take "
                "the choice away, or empty the name."
            )
        if said.get("source"):
            source = rows.source_at(patient.clinic, str(said["source"]))
            made = records.ask(source=source, wish=wish, **about)
        else:
            made = records.ask_new(
                entry=entry_from(typed_texts(said), prefix="new_"), wish=wish, **about
            )
    except Refused as refusal:
        return tab(request, patient, typed=said, problem=str(refusal), status=422)
    messages.success(request, said_of(made))
    return redirect("intake:call", call.pk) if call else redirect("intake:records", patient.pk)


def typed_texts(said: QueryDict) -> dict[str, str]:
    return {name: str(said.get(name, "")) for name in said}


def said_of(made: RecordsRequest) -> str:
    """What became of it, without a name."""
    if made.state == RecordsRequest.State.PREPARED:
        why = "It needs a signed release." if made.release is None else "Choose how it goes."
        return f"Request {made.number} is prepared. {why}"
    if made.channel == OutsideProvider.Channel.PRINT:
        return f"Request {made.number} waits to be printed. Confirm it when it has gone."
    return f"Request {made.number} is on its way."


def call_in(request: StaffRequest, patient: Patient, at: dt.datetime) -> Call | None:
    """The call it was asked from, if it is one of this patient's."""
    known = as_uuid(request.POST.get("call", ""))
    if known is None:
        return None
    return calls_visible_to(request.user, now=at).filter(pk=known, patient=patient).first()


def wish_in(said: QueryDict) -> records.Wish:
    text = said.get("since", "").strip()
    since = birth_date_of(text, today=dt.date.max) if text else None
    if text and since is None:
        raise Refused("“Since” cannot be read. Type a date like 01/15/2025, or leave it empty.")
    return records.Wish(
        kinds=said.getlist("kinds"),
        region=said.get("region", ""),
        since=since,
        words=said.get("words", ""),
    )


@requires(Perm.PATIENT_ADMIN_VIEW)
@require_GET
def request_page(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """One request: what was asked, what became of it, what can be done now."""
    return one_request(request, rows.request_for(request.user, pk, now=now()))


ALLOWED = {
    "send": Perm.RECORDS_REQUEST, "send_again": Perm.RECORDS_REQUEST,
    "confirm": Perm.RECORDS_REQUEST, "chase": Perm.RECORDS_REQUEST,
    "none_exist": Perm.RECORDS_REQUEST, "cancel": Perm.RECORDS_REQUEST,
    "receive": Perm.DOCUMENT_FILE, "file_part": Perm.DOCUMENT_FILE,
    "review": Perm.DOCUMENT_REVIEW,
}  # fmt: skip


def one_request(
    request: StaffRequest,
    row: RecordsRequest,
    *,
    problem: str = "",
    arrivals: Sequence[Arrival] = (),
) -> HttpResponse:
    """Its page; with `problem` or `arrivals`, files that were refused, as the form was typed."""
    may, page = request.user.may, rows.request_page(row, now=now())
    context = {
        "page": page,
        "row": row,
        "patient": row.patient,
        "tab": "records",
        "actions": [action for action in page.actions if may(ALLOWED[action])],
        "reads": shown(row, request.user),
        "opens": may(Perm.DOCUMENT_VIEW),
        "document_kinds": Document.Kind.choices,
        "most": MOST_FILES,
        "problem": problem,
        "arrivals": arrivals,
        "typed": request.POST,
    }
    status = 422 if problem or arrivals else 200
    return render(request, "intake/records_request.html", context, status=status)


@requires(Perm.RECORDS_REQUEST)
@require_POST
def send_records(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """By the chosen channel, on the chosen release; again for one that was sent."""
    at = now()
    made = records.send(
        request=rows.request_for(request.user, pk, now=at),
        channel=request.POST.get("channel", ""),
        release_id=as_uuid(request.POST.get("release", "")),
        without_scan=bool(request.POST.get("without_scan")),
        by=request.user,
        now=at,
        version=version_of(request),
    )
    messages.success(request, said_of(made))
    return redirect("intake:records_request", pk)


@requires(Perm.RECORDS_REQUEST)
@require_POST
def confirm_records(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """It was printed; what became of the paper."""
    at = now()
    record_letters.confirm_sent(
        request=rows.request_for(request.user, pk, now=at),
        proof=request.POST.get("proof", ""),
        by=request.user,
        now=at,
        version=version_of(request),
    )
    messages.success(request, "Noted. We ask again on the third business day.")
    return redirect("intake:records_request", pk)
