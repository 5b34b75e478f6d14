"""A patient's whole record as a file: JSON, FHIR where a resource is plain, letters as PDF.

Found by walking every row that hangs on the chart, so a new app's rows are in it without a word
here. What opens a door (digests, keys) never is.
"""

import datetime as dt
import io
import json
import uuid
import zipfile
from collections.abc import Iterator
from typing import Any

from django.db import models, transaction

from config.home.patient_fhir import bundle_of
from core.accounts.models import User
from core.accounts.permissions import Perm
from core.audit.services import record
from core.lib.errors import NotFound, Refused
from core.people.access import visible_to
from core.people.models import Patient
from core.people.related import charts_of, rows_of
from core.work.jobs import Outcome, start_job
from core.work.kept import keep_file
from core.work.models import Job
from core.work.progress import Tell
from intake.documents import letter_pdf
from intake.models import Call

KIND = "patient_export"
LEAST = 10  # characters of a reason
# Rows about the record and not of it.
LEFT_OUT = {
    "ImportRow": "what a file said, deleted within a day",
    "LegalHold": "between the clinic and its counsel",
    "AccessGrant": "who was let in: on the trail",
    "MovedRow": "how two charts were merged", "Merge": "likewise",
    "Delivery": "reminders without health data", "Rung": "when whom a work item told",
    "Recipient": "who was sent a message", "WorkItem": "the clinic's own to-do",
}  # fmt: skip
README = """This is one patient's whole record, made on {at}.

record.json  every row of the chart, as it stood then, by kind; instants are in UTC
fhir.json    who it is, insurances, contacts, allergies and conditions as FHIR R4
letters/     the letters of calls, as PDF

It names a patient. Keep it where nobody else reads it, and delete it when it is no longer needed.
"""


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
    content, counts = archive(patient, by=job.owner, tell=tell, now=now)
    file = keep_file(
        clinic=job.clinic, owner=job.owner, name="patient-record.zip", content=content, now=now
    )
    return Outcome("The record is ready, for 24 hours.", counts, file)


def archive(
    patient: Patient, *, by: User, tell: Tell, now: dt.datetime
) -> tuple[bytes, dict[str, int]]:
    """The ZIP and how much is in it."""
    tell(0, 3, "Reading the chart")
    rows = chart_of(patient)
    held = io.BytesIO()
    spoken = Call.objects.filter(patient=patient, spoke_at__isnull=False)
    calls = list(spoken.select_related("clinic", "patient").order_by("received_at"))
    missing = []
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("README.txt", README.format(at=now.isoformat(timespec="minutes")))
        packed.writestr("record.json", json.dumps(rows, indent=1, default=plain))
        fhir = bundle_of(patient, now=now)
        packed.writestr("fhir.json", json.dumps(fhir, indent=1, default=plain))
        for number, call in enumerate(calls, start=1):
            tell(number, len(calls) + 1, f"Letter {number} of {len(calls)}")
            try:
                letter = letter_pdf(call, by=by, now=now)
            except Refused as refusal:
                missing.append(f"Letter of the call of {call.received_at:%Y-%m-%d}: {refusal}")
                continue
            packed.writestr(f"letters/call-{number}.pdf", letter)
        if missing:
            packed.writestr("MISSING.txt", "\n".join(missing))
    total = sum(len(found) for found in rows["rows"].values())
    tell(len(calls) + 1, len(calls) + 1, "Packing")
    letters = len(calls) - len(missing)
    return held.getvalue(), {"rows": total, "letters": letters, "letters_missing": len(missing)}


def chart_of(patient: Patient) -> dict[str, Any]:
    """Every row by kind, those of charts merged into it too, and who the ids of people are."""
    people: set[uuid.UUID] = set()
    rows: dict[str, list[dict[str, Any]]] = {}
    charts = Patient.objects.filter(pk__in=charts_of(patient.pk))
    for model, found in rows_of(charts).items():
        if model.__name__ in LEFT_OUT or not hasattr(model, "privacy"):
            continue
        said = list(lines(model, found, people))
        if said:
            rows[model._meta.label_lower] = said
    names = {str(u.pk): u.name_line for u in User.objects.filter(pk__in=people)}
    return {"patient": str(patient.pk), "rows": rows, "people": names}


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
