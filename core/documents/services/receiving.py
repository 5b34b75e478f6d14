"""A file arrives: into quarantine, checked, then clean or rejected."""

import datetime as dt
import hashlib
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.files.base import File
from django.db import transaction

from core.accounts.models import User
from core.audit.services import record
from core.documents import files, rules
from core.documents.models import Document
from core.documents.services.deciding import check
from core.documents.services.labels import Label
from core.lib.errors import NoRoom, Refused
from core.people.models import Consent, Patient

AT_ONCE_SECONDS = 12.0  # a form's files checked while somebody waits; the rest is the tick's


def receive(  # noqa: PLR0913 - one row, its columns
    *,
    patient: Patient,
    upload: "File[Any]",
    kind: str,
    title: str,
    source: str,
    documented_on: dt.date | None,
    region: str,
    by: User,
    now: dt.datetime,
    side: str = "",
    subject_id: uuid.UUID | None = None,
    consent: Consent | None = None,
    at_once: bool = True,
) -> Document:
    """File what somebody uploaded, and check it at once unless told not to.

    The row comes back `clean`, `rejected` (with `reason`) or still `quarantined`: then the tick
    checks it. Raises Refused (nothing was kept: empty, too large, unknown kind) and NoRoom.
    """
    label = Label(kind, title, source, documented_on, region, side).settled(patient, now=now)
    data = bytes_of(upload)
    with transaction.atomic():
        document = _stored(
            Document(
                patient=patient,
                clinic_id=patient.clinic_id,
                file_name=rules.clean_name(upload.name or ""),
                state=Document.State.QUARANTINED,
                reason=rules.WAITING["queued"],
                subject_id=subject_id,
                consent=consent,
                uploaded_by=by,
                uploaded_at=now,
                **label.columns(),
            ),
            data,
        )
        record(
            by=by,
            action="upload",
            object_kind="document",
            object_id=document.pk,
            patient_id=patient.pk,
            now=now,
        )
        if at_once:
            try:
                document = check(document=document, now=now, data=data)
            except NoRoom:  # not even quarantine then: whoever sends it keeps it
                files.remove(document.stored_as, files.QUARANTINE)
                raise
    return document


def make_document(  # noqa: PLR0913 - one row, its columns
    *,
    patient: Patient,
    data: bytes,
    kind: str,
    title: str,
    file_name: str,
    by: User | None,
    now: dt.datetime,
    content_type: str = rules.PDF,
    pages: int | None = None,
    subject_id: uuid.UUID | None = None,
    consent: Consent | None = None,
) -> Document:
    """File bytes that Hallway itself made (a letter, a request): clean from the start."""
    label = Label(kind, title, "Hallway", None, "", "").settled(patient, now=now)
    with transaction.atomic():
        document = _stored(
            Document(
                patient=patient,
                clinic_id=patient.clinic_id,
                file_name=rules.clean_name(file_name),
                content_type=content_type,
                pages=pages,
                state=Document.State.CLEAN,
                decided_at=now,
                subject_id=subject_id,
                consent=consent,
                uploaded_by=by,
                uploaded_at=now,
                **label.columns(),
            ),
            data,
        )
        record(
            by=by,
            action="create",
            object_kind="document",
            object_id=document.pk,
            patient_id=patient.pk,
            now=now,
        )
    return document


def _stored(document: Document, data: bytes) -> Document:
    """The file first, then its row; no row, no file."""
    document.stored_as, document.size = files.new_name(), len(data)
    document.sha256 = hashlib.sha256(data).hexdigest()
    files.store(data, document.stored_as, files.place_of(document))
    try:
        with transaction.atomic():
            document.save(force_insert=True)
    except Exception:
        files.remove(document.stored_as, files.QUARANTINE, files.KEPT)
        raise
    return document


def bytes_of(upload: "File[Any]") -> bytes:
    """All of it. Raises Refused for nothing and for too much; reads no more than that."""
    if (upload.size or 0) > rules.LARGEST:
        raise Refused(rules.TOO_LARGE)
    data: bytes = upload.read(rules.LARGEST + 1)
    if len(data) > rules.LARGEST:
        raise Refused(rules.TOO_LARGE)
    if not data:
        raise Refused(rules.EMPTY)
    return data


@dataclass(frozen=True)
class Arrival:
    """What became of one file of a form: its row, or the sentence why there is none."""

    file_name: str
    document: Document | None = None
    problem: str = ""

    @property
    def sentence(self) -> str:
        return self.problem or (self.document.reason if self.document else "")

    @property
    def refused(self) -> bool:
        return self.document is None or self.document.state == Document.State.REJECTED


def receive_all(  # noqa: PLR0913 - one form, and what it answers
    *,
    patient: Patient,
    uploads: "Sequence[File[Any]]",
    label: Label,
    by: User,
    now: dt.datetime,
    subject_id: uuid.UUID | None = None,
    consent: Consent | None = None,
) -> list[Arrival]:
    """Each file of one form by itself: a bad one does not keep a good one out.

    Raises Refused for the form as a whole (no file, too many, an impossible date), and NoRoom:
    then nothing of the form is kept, so that it can be sent again as it is.
    """
    if not uploads:
        raise Refused(rules.NO_FILE)
    if len(uploads) > rules.MOST_FILES:
        raise Refused(rules.TOO_MANY)
    label.settled(patient, now=now)
    begun, found = time.monotonic(), list[Arrival]()
    try:
        with transaction.atomic():
            for number, upload in enumerate(uploads, 1):
                mine = label.numbered(number, len(uploads))
                name = rules.clean_name(upload.name or "")
                try:
                    document = receive(
                        patient=patient,
                        upload=upload,
                        by=by,
                        now=now,
                        subject_id=subject_id,
                        consent=consent,
                        at_once=time.monotonic() - begun < AT_ONCE_SECONDS,
                        **mine.columns(),
                    )
                except Refused as refusal:
                    found.append(Arrival(name, problem=str(refusal)))
                else:
                    found.append(Arrival(name, document))
    except NoRoom:  # the rows are undone; their files are not
        for arrival in found:
            if arrival.document and arrival.document.stored_as:
                files.remove(arrival.document.stored_as, files.QUARANTINE, files.KEPT)
        raise
    return found


def attach_scan(
    *, consent: Consent, uploads: "Sequence[File[Any]]", by: User, now: dt.datetime
) -> list[Arrival]:
    """The signed paper, filed beside what was noted of it. Raises as `receive_all` does."""
    if consent.ended_at:
        raise Refused("This signature was ended. Note the new one first, then add its scan.")
    label = Label("consent_form", consent.get_kind_display(), "", consent.signed_on, "")
    return receive_all(
        patient=consent.patient, uploads=uploads, label=label, by=by, now=now, consent=consent
    )
