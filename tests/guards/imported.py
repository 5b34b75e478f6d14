"""The matrix's world, the part of imports and long work: a checked file, a job, a record's file."""

import uuid
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from core.importing.models import ImportBatch, ImportRow
from core.importing.services.batches import UNDO
from core.work.kept import keep_file
from core.work.models import Job
from tests.cast import NOW

STATES = {"importing:undo": "committed"}
TABLE = b"Last name,First name,DOB\nNeumann,Una,02/02/1962\n"


def rows(world: Any) -> None:
    cast = world.cast
    park, here = cast.park, cast.riverside
    world.imports = {state: batch(here, park, state, cast.okafor) for state in
                     ("checked", "committed")}  # fmt: skip
    world.job = Job.objects.create(kind="patient_export", clinic=here, owner=park, created_at=NOW,
                                   subject_id=uuid.uuid4(), words="Waiting")  # fmt: skip
    file = keep_file(clinic=here, owner=park, name="patient-record.zip", content=b"PK", now=NOW)
    world.record_file = Job.objects.create(
        kind="patient_export", clinic=here, owner=park, created_at=NOW, finished_at=NOW, file=file,
        subject_id=cast.okafor.pk, state="done", words="The record is ready.",
    )  # fmt: skip


def batch(clinic: Any, owner: Any, state: str, patient: Any) -> ImportBatch:
    done = {"committed_at": NOW, "committed_by": owner} if state == "committed" else {}
    row = ImportBatch.objects.create(
        clinic=clinic, owner=owner, form="csv", file_name="patients.csv", encoding="utf-8",
        delimiter=",", headers=["Last name", "First name", "DOB"], state=state, created_at=NOW,
        columns={"family_name": 0, "given_name": 1, "birth_date": 2}, checked_at=NOW,
        kept_until=NOW + UNDO, **done,
    )  # fmt: skip
    ImportRow.objects.create(
        batch=row, number=2, status="conflict", candidates=[str(patient.pk)],
        data={"family_name": "Okafor", "given_name": "Daniel", "birth_date": "1974-03-14"},
    )  # fmt: skip
    return row


def marked(clinic: Any, owner: Any, patient: Any, word: Any) -> Any:
    """(kind, row) of an import and a job of a clinic, every word of them marked."""
    row = batch(clinic, owner, "checked", patient)
    ImportBatch.objects.filter(pk=row.pk).update(file_name=word(), headers=[word(), word()])
    row.rows.update(data={"family_name": word(), "given_name": word()}, problems=[word()])
    yield "import", row
    more = {"subject_id": uuid.uuid4(), "created_at": NOW, "words": word()}
    yield "job", Job.objects.create(kind="import_check", clinic=clinic, owner=owner, **more)


def crowd(cast: Any, first: int, last: int) -> None:
    """More rows of one import, more imports and more long work."""
    batch_ = ImportBatch.objects.earliest("created_at")
    here, park = cast.riverside, cast.park
    chart = str(cast.okafor.pk)
    ImportRow.objects.bulk_create(
        ImportRow(batch=batch_, number=n + 10, status="conflict", candidates=[chart], data={})
        for n in range(first, last)
    )
    ImportBatch.objects.bulk_create(
        ImportBatch(clinic=here, owner=park, form="csv", file_name="x", encoding="utf-8",
                    created_at=NOW + UNDO, kept_until=NOW)
        for _ in range(first, last)
    )  # fmt: skip
    Job.objects.bulk_create(
        Job(kind="import_check", clinic=here, owner=park, subject_id=uuid.uuid4(), created_at=NOW)
        for _ in range(first, last)
    )


def pk(world: Any, route: str) -> Any:
    """The object of a route of ours; None for another's."""
    if route.startswith("importing:"):
        return world.imports[STATES.get(route, "checked")].pk
    if route == "work:job_file":
        return world.record_file.pk
    return world.job.pk if route in {"work:job", "work:job_now", "work:cancel_job"} else None


def bodies(world: Any) -> dict[str, dict[str, Any]]:
    version = {"version": "1"}
    return {
        "importing:imports": {"file": SimpleUploadedFile("new.csv", TABLE)},
        "importing:columns": version | {"column-0": "family_name", "column-1": "given_name",
                                        "column-2": "birth_date"},
        "importing:choose": version | {"number": "2", "choice": f"use:{world.cast.okafor.pk}"},
        **{f"importing:{step}": version for step in ("check", "commit", "undo", "discard")},
        "home:list_file": {"reason": "Asked for by the auditor", "q": "okafr danyel"},
        "home:export_record": {"reason": "Asked for by the patient"},
    }  # fmt: skip
