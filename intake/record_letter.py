"""The letter that asks for records: who, what, since when, on what release, until when.

No more than the other side needs: no diagnosis, no MRN of ours, nothing of the call.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string
from django.utils import timezone

from core.accounts.models import User
from core.documents import checking, files
from core.documents.models import Document
from core.documents.selectors import scans_of
from core.lib.errors import Refused
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
    scanned: bool  # the signed release follows on the next pages


def letter_of(
    request: RecordsRequest, release: Consent, *, by: User, now: dt.datetime, scanned: bool = False
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
        scanned=scanned,
    )


def letter_pdf(
    request: RecordsRequest, release: Consent, *, by: User, now: dt.datetime, scanned: bool = False
) -> bytes:
    """Raises Refused when no PDF can be made here."""
    with timezone.override(ZoneInfo(request.clinic.zone)):
        letter = letter_of(request, release, by=by, now=now, scanned=scanned)
        html = render_to_string("intake/pdf/records_request.html", {"letter": letter})
    return render(html, title=TITLE, stylesheet="css/pdf/letter.css")


def scans_to_send(release: Consent) -> list[bytes]:
    """The signed paper as it was scanned; nothing when nobody did. Raises Refused while it cannot
    go along: a person then waits, or sends the letter without it."""
    found = scans_of([release]).get(release.pk, [])
    if any(scan.state != Document.State.CLEAN for scan in found):
        raise Refused(
            "The scan of this release is still being checked. Send the letter in a minute, or "
            "choose to send it without the scan."
        )
    read = [files.read(scan) for scan in found]
    whole = [data for data in read if data is not None]
    if len(whole) != len(read):
        raise Refused(
            "The scan of this release cannot be read from the disk just now. Tell your technical "
            "contact, or choose to send the letter without the scan."
        )
    return whole


def with_scans(pdf: bytes, scans: Sequence[bytes]) -> tuple[bytes, int | None]:
    """(the letter with the signed release behind it, its pages if they were counted)."""
    return checking.joined([pdf, *scans]) if scans else (pdf, None)
