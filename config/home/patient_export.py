"""A patient's whole record as a file: JSON, FHIR where a resource is plain, letters and documents.

Found by walking every row that hangs on the chart, or on one merged into it, so a new app's rows
are in it without a word here. What opens a door (digests, keys) never is. What else is not in the
file stands in it, with the reason.
"""

import datetime as dt
import json
import uuid
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, Any, Protocol, cast

from django.db import models, transaction

from config.home.patient_fhir import bundle_of
from core.accounts.models import User
from core.accounts.permissions import Perm
from core.audit.services import record
from core.documents import files
from core.documents.models import Document
from core.documents.rules import MEGABYTE, download_name
from core.lib.errors import NotFound, Refused
from core.people.access import visible_to
from core.people.models import Patient
from core.people.related import charts_of, rows_of
from core.work.jobs import Outcome, start_job
from core.work.kept import Keeping
from core.work.models import Job
from core.work.progress import Tell
from intake.documents import letter_pdf
from intake.models import Call

KIND = "patient_export"
LEAST = 10  # characters of a reason
MOST_BYTES = 1900 * MEGABYTE  # of documents in one file: ZIP readers and the row's size end at 2 GB
# Rows about the record and not of it: what they are, and why they stay.
LEFT_OUT = {
    "ImportRow": "what a file of another system said: it is deleted within a day",
    "LegalHold": "legal holds: between the clinic and its counsel",
    "AccessGrant": "who was let into the chart: that is on the trail of who looked",
    "MovedRow": "how two charts were made one: what stood in either is in the record",
    "Merge": "the reason why two charts were made one",
    "Refiling": "documents moved to or from another chart: the reasons may name somebody else",
    "Delivery": "how reminders and letters left: what was asked for, and the letters, are here",
    "Rung": "whom a reminder of the clinic's own work told",
    "Recipient": "who was sent or has read a message: the messages themselves are in the record",
    "PlanAck": "who of the care team has read a plan's version: the versions are in the record",
    "WorkItem": "the clinic's own to-do list",
}  # fmt: skip
ALWAYS = (
    "earlier wordings of what was changed since: the record shows how everything stood on the day",
    "who looked at the chart: the clinic can print that list",
    "passwords, keys and codes",
)
README = """This is one patient's whole record, made on {at}.

record.json  every row of the chart, as it stood then, by kind; instants are in UTC
fhir.json    who it is, insurances, contacts, allergies and conditions as FHIR R4
letters/     the letters of calls, as PDF
documents/   every document of the chart that was found clean, and the letters that asked for
             records; record.json says which is which ("file")
MISSING.txt  what is not in here, and why

It names a patient. Keep it where nobody else reads it, and delete it when it is no longer needed.
"""


class Sink(Protocol):
    """Where the file goes as it is made; it is never whole in memory."""

    def write(self, data: bytes, /) -> int: ...
    def flush(self) -> None: ...


@dataclass
class Packing:
    """The ZIP so far: what went in, and a sentence for each piece that could not."""

    packed: zipfile.ZipFile
    by: User
    tell: Tell
    now: dt.datetime
    steps: int
    letters: int = 0
    documents: int = 0
    done: int = 0
    room: int = MOST_BYTES
    missing: list[str] = field(default_factory=list)

    def step(self, words: str) -> None:
        self.done += 1
        self.tell(self.done, self.steps, words)


def why(reason: str) -> str:
    """The reason as it stands on the trail. Raises Refused without one."""
    words = " ".join(reason.split())[:500]
    if len(words) < LEAST:
        raise Refused("Say why this record is needed, in a few words (10 characters or more).")
    return words


@transaction.atomic
def ask_for_record(*, patient: Patient, reason: str, by: User, now: dt.datetime) -> Job:
    """Begin the file; why is on the trail before anything leaves. Raises Refused without a why."""
    words = why(reason)
    record(by=by, action="export", object_kind="patient", object_id=patient.pk,
           patient_id=patient.pk, reason=words, now=now)  # fmt: skip
    return start_job(kind=KIND, clinic=patient.clinic, subject_id=patient.pk, by=by, now=now)


def export_record(*, job: Job, tell: Tell, now: dt.datetime) -> Outcome:
    """The job. Raises NotFound when who asked may not know of the patient any more."""
    patient = visible_to(job.owner, now=now).filter(pk=job.subject_id).first()
    if patient is None or not job.owner.may(Perm.PATIENT_EXPORT):
        raise NotFound("You may not export this record any more. Nothing was made.")
    into = Keeping(clinic=job.clinic, owner=job.owner, name="patient-record.zip", now=now)
    counts = archive(patient, into=into, by=job.owner, tell=tell, now=now)
    return Outcome("The record is ready, for 24 hours.", counts, into.close())


def archive(
    patient: Patient, *, into: Sink, by: User, tell: Tell, now: dt.datetime
) -> dict[str, int]:
    """Write the ZIP into something that takes bytes; how much is in it."""
    tell(0, 3, "Reading the chart")
    while patient.merged_into:
        patient = patient.merged_into
    charts = charts_of(patient.pk)
    rows = chart_of(patient, charts)
    spoken = Call.objects.filter(patient__in=charts, spoke_at__isnull=False)
    calls = list(spoken.select_related("clinic", "patient").order_by("received_at"))
    filed = Document.objects.filter(patient__in=charts).order_by("uploaded_at", "pk")
    # ZipFile only writes and flushes what it is given for mode "w".
    with zipfile.ZipFile(cast("IO[bytes]", into), "w", zipfile.ZIP_DEFLATED) as packed:
        at = Packing(packed, by, tell, now, steps=len(calls) + filed.count() + 1)
        packed.writestr("README.txt", README.format(at=now.isoformat(timespec="minutes")))
        fhir = bundle_of(patient, now=now)
        packed.writestr("fhir.json", json.dumps(fhir, indent=1, default=plain))
        pack_letters(at, calls)
        names = pack_documents(at, filed)
        for said in rows["rows"].get(Document._meta.label_lower, []):
            if said["id"] in names:
                said["file"] = names[said["id"]]
        packed.writestr("record.json", json.dumps(rows, indent=1, default=plain))
        packed.writestr("MISSING.txt", missing_words(at.missing))
        at.step("Packing")
    total = sum(len(found) for found in rows["rows"].values())
    return {"rows": total, "letters": at.letters, "documents": at.documents,
            "files_missing": len(at.missing)}  # fmt: skip


def pack_letters(at: Packing, calls: list[Call]) -> None:
    for number, call in enumerate(calls, start=1):
        at.step(f"Letter {number} of {len(calls)}")
        try:
            letter = letter_pdf(call, by=at.by, now=at.now)
        except Refused as refusal:
            at.missing.append(f"Letter of the call of {call.received_at:%Y-%m-%d}: {refusal}")
            continue
        at.packed.writestr(f"letters/call-{number}.pdf", letter)
        at.letters += 1


def pack_documents(at: Packing, filed: models.QuerySet[Document]) -> dict[uuid.UUID, str]:
    """Each clean file, one at a time; id → its name in the ZIP. Each is on the trail as opened."""
    names = {}
    total = at.steps - at.done - 1
    for number, document in enumerate(filed.iterator(chunk_size=100), start=1):
        at.step(f"Document {number} of {total}")
        line = f"{document.title} ({document.get_kind_display()}, {document.uploaded_at:%Y-%m-%d})"
        if problem := why_missing(document, at.room):
            at.missing.append(f"{line}: {problem}")
            continue
        data = files.read(document)
        if data is None:
            at.missing.append(f"{line}: it could not be read from the disk. Ask the clinic for it.")
            continue
        called = download_name(
            document.get_kind_display(), document.documented_on, document.content_type
        )
        names[document.pk] = f"documents/{number:03}-{called}"
        at.packed.writestr(names[document.pk], data)
        at.documents += 1
        at.room -= len(data)
        record(by=at.by, action="download", object_kind="document", object_id=document.pk,
               patient_id=document.patient_id, now=at.now)  # fmt: skip
    return names


def why_missing(document: Document, room: int) -> str:
    """A sentence for a document that cannot go into the file; "" for one that can."""
    if document.state == Document.State.QUARANTINED:
        return "it was still being checked. Make the file again when it is ready."
    if document.state == Document.State.REJECTED:
        return f"it was not kept. {document.reason}"
    if document.size > room:
        return "this file would be too large with it. Save it from the chart, on its page."
    return ""


def missing_words(missing: list[str]) -> str:
    """MISSING.txt: this record's own gaps first, then what is in no record's file."""
    own = missing or ["Nothing: every letter and every document of the chart is in here."]
    kinds = [*LEFT_OUT.values(), *ALWAYS]
    return "\n".join(
        ["Letters and documents that are not in this file:", *(f"- {line}" for line in own), "",
         "Never in such a file:", *(f"- {line}" for line in kinds), ""]
    )  # fmt: skip


def chart_of(patient: Patient, charts: list[uuid.UUID]) -> dict[str, Any]:
    """Every row of these charts by kind, and who the ids of people are."""
    people: set[uuid.UUID] = set()
    rows: dict[str, list[dict[str, Any]]] = {}
    for model, found in rows_of(Patient.objects.filter(pk__in=charts)).items():
        if model.__name__ in LEFT_OUT or not hasattr(model, "privacy"):
            continue
        said = list(lines(model, found, people))
        if said:
            rows[model._meta.label_lower] = said
    names = {str(u.pk): u.name_line for u in User.objects.filter(pk__in=people)}
    merged = [str(pk) for pk in charts if pk != patient.pk]
    return {"patient": str(patient.pk), "merged": merged, "rows": rows, "people": names}


def lines(
    model: type[models.Model], found: models.QuerySet[Any], people: set[uuid.UUID]
) -> Iterator[dict[str, Any]]:
    """Columns as they stand, without what opens a door."""
    classes = model.privacy.classes  # type: ignore[attr-defined]  # asked above
    fields = [f for f in model._meta.concrete_fields
              if classes.get(f.name) not in {None, "secret"} and f.name != "search"
              and not isinstance(f, models.BinaryField)]  # fmt: skip
    users = [f.attname for f in fields if f.related_model is User]
    for row in found.order_by("pk"):
        said = {f.attname: getattr(row, f.attname) for f in fields}
        people.update(said[name] for name in users if said[name])
        yield {name: value for name, value in said.items() if value not in (None, "")}


def plain(value: object) -> str:
    """Ids, days and instants for JSON."""
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return str(value)
