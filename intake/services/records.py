"""A request for records until its letter is handed over: prepared, sent by a channel.

The letter is filed as a document before it leaves, so what was sent is kept. What became of it:
`record_letters.py`.
"""

import datetime as dt
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from core.accounts.models import User
from core.accounts.permissions import Perm
from core.audit.services import record
from core.documents.services import make_document
from core.lib.errors import Conflict, Forbidden, Refused
from core.lib.states import StateError, next_state
from core.people.dates import today_at
from core.people.models import Consent, Episode, Patient
from intake.models import Call, OutsideProvider, RecordsRequest
from intake.record_letter import letter_pdf, scans_to_send, with_scans
from intake.record_rules import REQUEST, Way, number_of, pick, ways, why_not
from intake.services.directory import Entry, add_entry
from messaging.channels import PRINT, configured
from messaging.models import Delivery, WorkItem
from messaging.rules import DELIVERY, IN_HANDS
from messaging.services.deliveries import To, queue
from messaging.services.settling import settle
from messaging.services.work import close_item, open_item

TEMPLATE = "records_request"


@dataclass(frozen=True)
class Wish:
    """What is asked for: kinds of records, of which part of the body, since when, in words."""

    kinds: Sequence[str]
    region: str = ""
    since: dt.date | None = None
    words: str = ""


@transaction.atomic
def prepare(  # noqa: PLR0913 - one row, its columns
    *,
    patient: Patient,
    source: OutsideProvider,
    wish: Wish,
    by: User,
    now: dt.datetime,
    call: Call | None = None,
    episode: Episode | None = None,
) -> RecordsRequest:
    """Write it down and promise it for today. Raises Refused for what cannot be asked for."""
    _check_wish(patient, source, wish, now=now)
    release = release_for(patient, source, now=now)
    row = RecordsRequest(
        clinic=patient.clinic,
        patient=patient,
        episode=episode,
        call=call,
        source=source,
        number=number_of(secrets.choice),
        kinds=sorted(set(wish.kinds)),
        region=wish.region,
        since=wish.since,
        words=" ".join(wish.words.split())[:200],
        release=release,
        prepared_at=now,
        prepared_by=by,
    )
    save(row, by, now)
    audit("create", row, by, now)
    promise(row, "records_request", f"Ask {source.name} for records today", by, now)
    if release is None:
        promise(row, "records_release", f"Signed release for {source.name}", by, now)
    return row


def _check_wish(patient: Patient, source: OutsideProvider, wish: Wish, *, now: dt.datetime) -> None:
    if source.clinic_id != patient.clinic_id:
        raise Refused("That entry is in another clinic’s directory. Add it here first.")
    if not source.active:
        raise Refused(f"{source.name} is switched off in the directory. Choose another entry.")
    _check_chart(patient)
    if not wish.kinds or set(wish.kinds) - set(RecordsRequest.Kind.values):
        raise Refused("Choose what to ask for: imaging reports, notes, labs …")
    if wish.region and wish.region not in Episode.Region.values:
        raise Refused("Choose the part of the body from the list, or leave it empty.")
    if wish.since and not (
        patient.birth_date <= wish.since <= today_at(patient.clinic.zone, now=now)
    ):
        raise Refused("“Since” must lie between the patient’s birth and today.")
    same = RecordsRequest.objects.filter(
        patient=patient,
        source=source,
        closed_at=None,
        kinds__contains=list(wish.kinds),
        region=wish.region,
    ).first()
    if same:
        raise Conflict(
            f"{source.name} is asked for this already: request {same.number}. Open it to send "
            "or to ask again.",
            versions=[("Request", "a second one", f"{same.number}, {same.get_state_display()}")],
        )


def _check_chart(patient: Patient) -> None:
    """As deliveries.py says of a letter that is on its way."""
    if patient.merged_into_id:
        raise Refused("This chart was merged into another. Ask from that one.")
    if patient.status == Patient.Status.DECEASED:
        raise Refused("The patient has died: nobody is asked for records any more.")


def releases_of(patient: Patient) -> list[Consent]:
    """Signed releases that were not withdrawn, newest first."""
    rows = patient.consents.filter(kind=Consent.Kind.RELEASE, ended_at=None)
    return list(rows.order_by("-signed_on", "id"))


def release_for(patient: Patient, source: OutsideProvider, *, now: dt.datetime) -> Consent | None:
    """The one to send with, if any fits today."""
    today = today_at(patient.clinic.zone, now=now)
    return pick(releases_of(patient), source=source.name, today=today)


def ways_to(source: OutsideProvider) -> list[Way]:
    """Each channel to this source with why it cannot be used, the preferred one first."""
    return ways(source, configured=[name for name in ("fax",) if configured(name)])


def send(  # noqa: PLR0913 - one letter, its choices
    *,
    request: RecordsRequest,
    channel: str,
    by: User,
    now: dt.datetime,
    release_id: uuid.UUID | None = None,
    version: int | None = None,
    without_scan: bool = False,
) -> RecordsRequest:
    """Make the letter, file it, hand it to the channel. Again for one that was sent before, or
    another way than the letter that got stuck: that one does not leave any more. The scan of the
    release goes along when there is one.

    Raises Refused without a usable release or channel, Conflict when it moved meanwhile,
    StateError while the earlier letter is in a worker's hands.
    """
    _check_chart(request.patient)
    release = _usable_release(request, release_id, now=now)
    way = next((w for w in ways_to(request.source) if w.channel == channel), None)
    if way is None or way.problem:
        raise Refused(way.problem if way else "Choose how it goes: fax, secure e-mail or print.")
    action = "send" if request.state == RecordsRequest.State.PREPARED else "send_again"
    next_state(REQUEST, request.state, action)  # refused before a letter is made
    scans = [] if without_scan else scans_to_send(release)
    letter = letter_pdf(request, release, by=by, now=now, scanned=bool(scans))
    pdf, pages = with_scans(letter, scans)
    with transaction.atomic():
        row = locked(request, version)
        row.state = next_state(REQUEST, row.state, action)
        _replace_letter(row, by, now)
        paper = make_document(
            patient=row.patient,
            data=pdf,
            pages=pages,
            kind="letter",
            title=f"Request for records {row.number}",
            file_name=f"{row.number}.pdf",
            by=by,
            now=now,
            consent=release,
        )
        row.release, row.channel = release, channel
        if row.requested_at is None:  # who asked first; the letters say who sent the others
            row.requested_by = by
        row.delivery = queue(
            to=To(name=row.source.name, address=way.address if channel != PRINT else ""),
            clinic=row.clinic,
            channel=channel,
            template=TEMPLATE,
            key=f"records:{row.pk}:{row.version}",
            now=now,
            subject_id=row.pk,
            document_id=paper.pk,
        )
        save(row, by, now)
        audit("send", row, by, now, fields=("channel", "release", *(["scan"] if scans else [])))
        keep(row, "records_release", "release_signed", by, now)
    return row


def _replace_letter(row: RecordsRequest, by: User, now: dt.datetime) -> None:
    """Only the latest letter of a request leaves, and only of that one something is awaited."""
    if row.delivery is None:
        return
    if row.state == RecordsRequest.State.SENDING and row.delivery.state == Delivery.State.SENT:
        raise StateError("It has just left. Open the page again in a minute.")
    if row.delivery.state in IN_HANDS:
        raise StateError("It is being sent at this moment. Look again in a minute.")
    withdraw_letter(row, "A later letter replaces it", by, now)


def withdraw_letter(row: RecordsRequest, why: str, by: User, now: dt.datetime) -> None:
    """What has not left does not leave. Raises StateError when a worker takes it meanwhile."""
    letter = row.delivery
    if letter and (letter.state, "cancel") in DELIVERY:
        settle(delivery=letter, action="cancel", version=letter.version, reason=why.ljust(5, "."),
               by=by, now=now)  # fmt: skip


def _usable_release(
    request: RecordsRequest, release_id: uuid.UUID | None, *, now: dt.datetime
) -> Consent:
    patient = request.patient
    if release_id:
        release = patient.consents.filter(pk=release_id).first()
    else:
        release = release_for(patient, request.source, now=now)
    if release is None:
        raise Refused(
            "There is no signed release for this source. Get one signed, note it under "
            "Consents, then send."
        )
    problem = why_not(release, today=today_at(patient.clinic.zone, now=now))
    if problem:
        raise Refused(problem)
    return release


def ask(  # noqa: PLR0913 - one source, its choices
    *,
    patient: Patient,
    source: OutsideProvider,
    wish: Wish,
    by: User,
    now: dt.datetime,
    call: Call | None = None,
    episode: Episode | None = None,
) -> RecordsRequest:
    """One click: prepared, and sent the way they like best when a release and the way are there.

    What keeps it from leaving is no error: it stands prepared, due today.
    """
    row = prepare(patient=patient, source=source, wish=wish, by=by, now=now, call=call,
                  episode=episode)  # fmt: skip
    best = ways_to(source)[0]
    if row.release is None or best.problem:
        return row
    try:
        return send(request=row, channel=best.channel, by=by, now=now)
    except Refused:  # no PDF just now, or a release that ended in this moment
        return row


def ask_new(
    *,
    patient: Patient,
    entry: Entry,
    wish: Wish,
    by: User,
    now: dt.datetime,
    call: Call | None = None,
) -> RecordsRequest:
    """The same for somebody who is not in the directory yet."""
    if not by.may(Perm.DIRECTORY_EDIT):
        raise Forbidden("Only those who keep the directory add to it. Ask the front desk.")
    with transaction.atomic():
        source = add_entry(clinic=patient.clinic, wanted=entry, by=by, now=now)
        _check_wish(patient, source, wish, now=now)
    return ask(patient=patient, source=source, wish=wish, by=by, now=now, call=call)


def locked(request: RecordsRequest, version: int | None = None) -> RecordsRequest:
    """The row as it is now. Raises Conflict when it moved since the page was opened."""
    row = (
        RecordsRequest.objects.select_for_update(of=("self",))
        .select_related("clinic", "patient", "source", "delivery", "release")
        .get(pk=request.pk)
    )
    if version is not None and version != row.version:
        was = RecordsRequest.State(request.state).label
        raise Conflict(
            "This request was changed since you opened it. Look at it again.",
            versions=[("State", was, row.get_state_display())],
        )
    return row


def save(row: RecordsRequest, by: User | None, now: dt.datetime) -> None:
    if not row._state.adding:
        row.version += 1
    row._history_date = now  # type: ignore[attr-defined]
    row._history_user = by  # type: ignore[attr-defined]  # who moved it, on its history
    row.save()


def promise(
    row: RecordsRequest,
    kind: str,
    reason: str,
    by: User | None,
    now: dt.datetime,
    since: dt.datetime | None = None,
) -> WorkItem:
    """Open it; `since`: its clock runs from then."""
    return open_item(
        kind=kind,
        subject_id=row.pk,
        clinic=row.clinic,
        patient=row.patient,
        reason=reason,
        by=by,
        now=now,
        opened_at=since,
    )


def keep(row: RecordsRequest, kind: str, event: str, by: User | None, now: dt.datetime) -> None:
    """Close the open promise of this kind, if there is one."""
    for item in WorkItem.objects.filter(kind=kind, subject_id=row.pk, closed_at__isnull=True):
        close_item(item=item, by=by, now=now, event=event)


def audit(
    action: str,
    row: RecordsRequest,
    by: User | None,
    now: dt.datetime,
    fields: tuple[str, ...] = (),
) -> None:
    record(
        by=by,
        action=action,
        object_kind="records_request",
        object_id=row.pk,
        patient_id=row.patient_id,
        now=now,
        fields=fields,
    )
