"""The letter that asks for records: who, what, since when, on what release, until when.

No more than the other side needs: no diagnosis, no MRN of ours, nothing of the call.
"""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string
from django.utils import timezone

from core.accounts.models import User
from core.lib.pdf import render
from core.people.dates import today_at
from core.people.models import Clinic, Consent, Patient
from core.people.selectors import calendar_of
from intake.models import OutsideProvider, RecordsRequest

TITLE = "Request for records"  # of the PDF: file lists and printers show it, so no name
REPLY_DAYS = 3  # business days, as the clock `records_chase` asks again


@dataclass(frozen=True)
class RecordsLetter:
    """Everything the letter says."""

    request: RecordsRequest
    clinic: Clinic
    patient: Patient
    source: OutsideProvider
    release: Consent
    asked: list[str]
    reply_by: dt.date
    by: User
    on: dt.date
    again: bool


def letter_of(
    request: RecordsRequest, release: Consent, *, by: User, now: dt.datetime
) -> RecordsLetter:
    today = today_at(request.clinic.zone, now=now)
    return RecordsLetter(
        request=request,
        clinic=request.clinic,
        patient=request.patient,
        source=request.source,
        release=release,
        asked=request.kind_words,
        reply_by=calendar_of(request.clinic).add_business_days(today, REPLY_DAYS),
        by=by,
        on=today,
        again=request.requested_at is not None,
    )


def letter_pdf(request: RecordsRequest, release: Consent, *, by: User, now: dt.datetime) -> bytes:
    """Raises Refused when no PDF can be made here."""
    with timezone.override(ZoneInfo(request.clinic.zone)):
        letter = letter_of(request, release, by=by, now=now)
        html = render_to_string("intake/pdf/records_request.html", {"letter": letter})
    return render(html, title=TITLE, stylesheet="css/pdf/letter.css")
