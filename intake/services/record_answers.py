"""What comes back on a request for records: nothing yet, the records, or that there are none."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.files.base import File
from django.db import transaction

from core.accounts.models import User
from core.documents.models import Document
from core.documents.services import Arrival, Label, receive_all
from core.documents.services import review as review_document
from core.events.services import emit
from core.lib.errors import Refused
from core.lib.states import next_state
from intake.models import RecordsRequest
from intake.record_rules import REQUEST, STUCK
from intake.services.records import audit, keep, locked, promise, save, withdraw_letter

WAITED = ("records_request", "records_release", "records_chase")


@dataclass(frozen=True)
class Arrived:
    """What came in: files with what they are, and whether more is still to come."""

    files: "Sequence[File[Any]]"
    kind: str
    title: str = ""
    documented_on: dt.date | None = None
    more_to_come: bool = False


@transaction.atomic
def chase(
    *, request: RecordsRequest, words: str, by: User, now: dt.datetime, version: int
) -> RecordsRequest:
    """Somebody asked again; the next time is the third business day from now."""
    row = locked(request, version)
    row.state = next_state(REQUEST, row.state, "chase")
    words_said = _needed(words, "Write who you spoke to and what they said.")
    keep(row, "records_chase", "records_chased", by, now)
    row.due_at = promise(
        row, "records_chase", f"{row.source.name}: did the records come?", by, now
    ).due_at
    row.chased, row.chased_at, row.said = row.chased + 1, now, words_said
    save(row, by, now)
    audit("chase", row, by, now)
    return row


@transaction.atomic
def take_in(
    *, request: RecordsRequest, arrived: Arrived, by: User, now: dt.datetime, version: int
) -> list[Arrival]:
    """File what came and have it reviewed, all of it or, when the disk refuses, nothing.

    A file that is refused keeps no good one out, and is told by name; while every one was refused,
    the request waits as before. Raises Refused for the form as a whole: no file, too many.
    """
    row = locked(request, version)
    action = "file_part" if arrived.more_to_come else "receive"
    after = next_state(REQUEST, row.state, action)
    label = Label(arrived.kind, arrived.title, row.source.name, arrived.documented_on, row.region)
    arrivals = receive_all(patient=row.patient, uploads=arrived.files, label=label, by=by, now=now,
                           subject_id=row.pk)  # fmt: skip
    if all(arrival.refused for arrival in arrivals):
        return arrivals
    row.state, row.received_at = after, now
    row.reviewed_at, row.reviewed_by, row.review_words = None, None, ""
    if action == "receive":
        row.closed_at, row.none_said_by = None, ""
        for kind in WAITED:
            keep(row, kind, "records_received", by, now)
        _no_letter(row, "The records came in", by, now)
        promise(row, "records_review", f"Records of {row.source.name} came in", by, now)
    save(row, by, now)
    audit("receive", row, by, now)
    emit(name="records.received", subject_id=row.pk, now=now)
    return arrivals


@transaction.atomic
def say_none(
    *, request: RecordsRequest, said_by: str, by: User, now: dt.datetime, version: int
) -> RecordsRequest:
    """There are no such records, and who said so."""
    row = locked(request, version)
    row.state = next_state(REQUEST, row.state, "none_exist")
    row.none_said_by = _needed(said_by, "Write who said that there are none.")[:120]
    row.closed_at = now
    for kind in WAITED:
        keep(row, kind, "records_none_exist", by, now)
    _no_letter(row, "There are no such records", by, now)
    save(row, by, now)
    audit("none_exist", row, by, now)
    return row


@transaction.atomic
def cancel(
    *, request: RecordsRequest, reason: str, by: User, now: dt.datetime, version: int
) -> RecordsRequest:
    """It is not needed any more; a letter that has not left does not leave."""
    row = locked(request, version)
    row.state = next_state(REQUEST, row.state, "cancel")
    row.said = _needed(reason, "Write why it is not needed any more.")
    row.closed_at = now
    for kind in WAITED:
        keep(row, kind, "records_cancelled", by, now)
    _no_letter(row, row.said, by, now)
    save(row, by, now)
    audit("cancel", row, by, now)
    return row


@transaction.atomic
def review(
    *, request: RecordsRequest, words: str, by: User, now: dt.datetime, version: int
) -> RecordsRequest:
    """A clinician has read what came. Raises Refused while a file is still being checked."""
    row = locked(request, version)
    row.state = next_state(REQUEST, row.state, "review")
    files = Document.objects.filter(subject_id=row.pk, patient=row.patient).order_by("uploaded_at")
    if any(file.state == Document.State.QUARANTINED for file in files):
        raise Refused("A file is still being checked. Review it when it is ready.")
    readable = [file for file in files if file.state == Document.State.CLEAN]
    if not readable:
        raise Refused(
            "No file that can be read came in. File it again, or say that there are none."
        )
    for file in readable:
        if file.reviewed_at is None:  # the words stay with the request: clinicians read those
            review_document(document=file, by=by, now=now, words="")
    row.reviewed_at, row.reviewed_by, row.closed_at = now, by, now
    row.review_words = words.strip()
    keep(row, "records_review", "records_reviewed", by, now)
    save(row, by, now)
    audit("review", row, by, now)
    emit(name="records.reviewed", subject_id=row.pk, now=now)
    return row


@transaction.atomic
def answer_gone(*, request: RecordsRequest, now: dt.datetime) -> bool:
    """A file that had answered it belonged to somebody else, or was refused. While no other file
    stands, the request waits again and somebody chases it. Returns whether it was opened anew."""
    row = locked(request)
    files = Document.objects.filter(subject_id=row.pk, patient=row.patient)
    if row.state not in {"received", "reviewed"} or files.exclude(state="rejected").exists():
        return False
    sent = row.requested_at is not None and row.release_id is not None
    row.state = next_state(REQUEST, row.state, "reopen" if sent else "reopen_unsent")
    row.reviewed_at = row.reviewed_by = row.closed_at = None
    row.review_words = ""
    keep(row, "records_review", "answer_gone", None, now)
    kind = "records_chase" if sent else "records_request"
    why = f"{row.source.name}: what came could not be used, ask again"
    due = promise(row, kind, why, None, now).due_at
    row.due_at = due if sent else row.due_at
    save(row, None, now)
    audit("reopen", row, None, now)
    return True


def _needed(text: str, sentence: str) -> str:
    words = " ".join(text.split())
    if len(words) < 3:
        raise Refused(sentence)
    return words[:200]


def _no_letter(row: RecordsRequest, why: str, by: User, now: dt.datetime) -> None:
    """Nobody prints what is no longer asked for, and nobody decides what to do about one that got
    stuck; what waits for a worker asks again as it leaves."""
    if row.delivery and row.delivery.state in STUCK and row.delivery.state != "cancelled":
        withdraw_letter(row, why, by, now)
