"""What a letter of intake contains, and how it is printed."""

import datetime as dt
import uuid
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string
from django.utils import timezone

from core.accounts.models import User
from core.audit.services import record
from core.lib.errors import Forbidden, Refused
from core.lib.pdf import render
from core.people.selectors import calendar_of
from core.protocols.selectors import protocol_of
from intake.models import Call, CallAction, CallAnswer, CallAttempt, Disposition, DispositionChange
from intake.protocol_schema import RedFlagProtocol
from intake.selectors import call_for, details_of, reasons_of, say
from intake.services.standing import Standing, standing_of
from intake.sight import reads_call

TITLE = "Call summary"  # of the PDF: file lists and printers show it, so no name


@dataclass(frozen=True)
class Asked:
    """One question in the words that were read, and what was answered."""

    question: str
    wording: str
    answer: CallAnswer | None
    details: str


@dataclass(frozen=True)
class CallLetter:
    """Everything the letter of a call says."""

    call: Call
    name: str  # of the patient as the chart has it, else as typed
    birth_date: dt.date | None
    mrn: str
    asked: list[Asked]
    standing: Standing
    disposition: str
    reasons: list[str]
    told: str  # the words given to be read to the caller
    actions: list[CallAction]
    attempts: list[CallAttempt]
    changes: list[DispositionChange]
    printed_by: User
    printed_at: dt.datetime


def letter_of(call: Call, *, by: User, now: dt.datetime) -> CallLetter:
    """The letter of a call somebody spoke in; a running one as it stands. Raises Refused."""
    if call.spoke_at is None:
        raise Refused("Nobody has spoken with the caller yet, so there is nothing to summarise.")
    ended = call.closed_at or now
    standing = standing_of(call, now=ended)
    protocol: RedFlagProtocol = protocol_of(call.protocol)
    closed_then = not calendar_of(call.clinic).is_open(ended)
    patient = call.patient
    reached = call.disposition if call.state == Call.State.CLOSED else standing.disposition
    return CallLetter(
        call=call,
        name=patient.list_name if patient else call.caller_line,
        birth_date=patient.birth_date if patient else call.birth_date,
        mrn=patient.mrn if patient else "",
        asked=asked_in(call, standing, protocol),
        standing=standing,
        disposition=Disposition(reached).label,
        reasons=reasons_of(standing),
        told=say(protocol, standing, closed_now=closed_then),
        actions=list(call.actions.select_related("by").order_by("at", "pk")),
        attempts=list(call.attempts.select_related("by").order_by("at", "pk")),
        changes=list(call.changes.select_related("by").order_by("at", "pk")),
        printed_by=by,
        printed_at=now,
    )


def asked_in(call: Call, standing: Standing, protocol: RedFlagProtocol) -> list[Asked]:
    """Every question of the protocol in its order; one not asked says so by its empty answer."""
    rows = []
    for question in protocol.questions:
        answer = standing.answers.get(question.id)
        words = answer.wording if answer else question.text
        details = details_of(question, answer.flags) if answer else ""
        rows.append(Asked(question.id, words, answer, details))
    return rows


def print_letter(viewer: User, pk: uuid.UUID, *, now: dt.datetime) -> bytes:
    """The letter of a call the viewer may see, as PDF; printed is printed: it is on the trail."""
    call = call_for(viewer, pk, now=now)
    if not reads_call(viewer, call):
        raise Forbidden(
            "What was said in this call is for clinicians and for whoever took it. "
            "Ask one of them, or the coordinator, to print its letter."
        )
    return letter_pdf(call, by=viewer, now=now)


def letter_pdf(call: Call, *, by: User, now: dt.datetime) -> bytes:
    """The letter of a call whose words somebody may read, or may export as a whole."""
    with timezone.override(ZoneInfo(call.clinic.zone)):
        letter = letter_of(call, by=by, now=now)
        html = render_to_string("intake/pdf/call_letter.html", {"letter": letter})
    pdf = render(html, title=TITLE, stylesheet="css/pdf/letter.css")
    record(
        by=by,
        action="print",
        object_kind="call",
        object_id=call.pk,
        patient_id=call.patient_id,
        now=now,
    )
    return pdf
