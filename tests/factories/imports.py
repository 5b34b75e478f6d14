"""Files to import, in the shapes senders have, and the steps of an import in one call each."""

import csv
import io
import json
import random
from typing import Any

from core.importing.models import ImportBatch
from core.importing.selectors import job_of
from core.importing.services import batches
from core.work.jobs import run_here
from core.work.models import Job
from tests.cast import NOW

HEADERS = ["Last", "First", "DOB", "Chart", "Phone", "Email", "Insurance", "Member ID", "City"]


def table(*rows: Any, headers: Any = HEADERS, delimiter: str = ",") -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows([headers, *rows])
    return out.getvalue().encode()


def many(count: int, *, bad: int = 3) -> bytes:
    """`bad` of every hundred have no readable date of birth."""
    chance = random.Random(4)
    return table(*(
        [f"Fam{n}", f"Giv{n}",
         "1980-13-45" if n % 100 < bad
         else f"{chance.randint(1, 12):02}/{chance.randint(1, 28):02}/{chance.randint(1930, 2005)}",
         "", f"312556{n % 10000:04}", f"a{n}@x.example", f"Payer {n % 7}", f"M{n}", "Chicago"]
        for n in range(count)
    ))  # fmt: skip


def person(**more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Patient", "id": "p1",
        "identifier": [
            {"system": "https://other.example", "value": "e22c42"},
            {"type": {"coding": [{"code": "MR"}]}, "system": "http://h.example", "value": "710589"},
            {"type": {"coding": [{"code": "SS"}]}, "system": "http://hl7.org/fhir/sid/us-ssn",
             "value": "999-40-1443"},
        ],
        "name": [{"use": "maiden", "family": "Nicolas", "given": ["Aleta"]},
                 {"use": "official", "family": "Sauer", "given": ["Aleta"]}],
        "gender": "female", "birthDate": "1977-01-20",
        "telecom": [{"system": "phone", "value": "312-555-2990"},
                    {"system": "email", "value": "aleta@mail.example"}],
        "address": [{"use": "home", "line": ["2225 Gate"], "city": "Boston", "state": "MA",
                     "postalCode": "02101"}],
        "communication": [{"language": {"coding": [{"code": "es-US"}]}}],
        "contact": [{"relationship": [{"text": "husband"}], "name": {"text": "Otto Sauer"},
                     "telecom": [{"system": "phone", "value": "312 555 0190"}]}],
    } | more  # fmt: skip


def coverage(payer: str = "Cigna Health", **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Coverage", "status": "active",
        "beneficiary": {"reference": "urn:uuid:p1"}, "subscriberId": "W77",
        "payor": [{"display": payer}], "period": {"start": "2021-01-07T23:30:07+00:00"},
        "class": [{"type": {"coding": [{"code": "plan"}]}, "value": "8", "name": "Silver"}],
    } | more  # fmt: skip


def bundle(*resources: Any, kind: str = "transaction") -> bytes:
    entries = [
        {"fullUrl": f"urn:uuid:{one.get('id', f'r{n}')}", "resource": one}
        for n, one in enumerate(resources)
    ]
    return json.dumps({"resourceType": "Bundle", "type": kind, "entry": entries}).encode()


def checked(cast: Any, content: bytes, *, by: Any = None, clinic: Any = None) -> ImportBatch:
    """Uploaded and compared, with the columns as guessed."""
    by, clinic = by or cast.park, clinic or cast.riverside
    batch = batches.upload(clinic=clinic, content=content, file_name="f", by=by, now=NOW)
    job = job_of(batch) or batches.name_columns(
        batch=batch, columns=batch.columns, version=batch.version, by=by, now=NOW
    )
    ended(job)
    batch.refresh_from_db()
    return batch


def ended(job: Job, now: Any = NOW) -> Job:
    job = run_here(job, now=now)
    assert job.state == "done", job.words
    return job


def taken_over(batch: ImportBatch, now: Any = NOW) -> Job:
    batch.refresh_from_db()
    job = batches.take_over(batch=batch, version=batch.version, by=batch.owner, now=now)
    return ended(job, now)


def undone(batch: ImportBatch, now: Any = NOW) -> Job:
    batch.refresh_from_db()
    job = batches.take_back(batch=batch, version=batch.version, by=batch.owner, now=now)
    return ended(job, now)


def states(batch: ImportBatch) -> dict[int, str]:
    return dict(batch.rows.values_list("number", "status"))
