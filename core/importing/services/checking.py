"""The check: read the file, compare every row with the charts, write what would happen. No chart
is touched."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator

from core.audit.services import record
from core.importing.batch_rules import IMPORT, MOST_ROWS
from core.importing.models import ImportBatch, ImportRow
from core.importing.person import Reading, to_json
from core.importing.reading import fhir, sniff, table
from core.importing.rules import Charts, verdict
from core.importing.services.additions import additions_for
from core.importing.services.charts import charts_for, fingerprint
from core.lib.errors import Refused
from core.lib.states import next_state
from core.people.dates import today_at
from core.work.jobs import Outcome
from core.work.kept import content_of
from core.work.models import Job
from core.work.progress import Tell

STEP = 200  # rows between two words about how far it is
Status = ImportRow.Status


def check(*, job: Job, tell: Tell, now: dt.datetime) -> Outcome:
    """The job: rows as they would be taken over. Raises Refused when nothing can be read."""
    batch = ImportBatch.objects.select_for_update(of=("self",)).select_related(
        "clinic", "file"
    ).get(pk=job.subject_id)  # fmt: skip
    after = next_state(IMPORT, batch.state, "check")
    tell(0, 0, "Reading the file")
    readings = list(read(batch, now=now, tell=tell))
    if not readings:
        raise Refused("There is no patient in this file.")
    rows = compared(batch, readings, tell)
    batch.rows.all().delete()
    ImportRow.objects.bulk_create(rows, batch_size=500)
    counts = Counter(row.status for row in rows)
    batch.counts = {str(status): counts.get(status, 0) for status in Status.values}
    batch.state, batch.checked_at = after, now
    batch.version += 1
    batch.save(update_fields=["counts", "state", "checked_at", "version"])
    record(by=job.owner, action="check_file", object_kind="import", object_id=batch.pk, now=now,
           fields=[f"{k}={v}" for k, v in batch.counts.items()])  # fmt: skip
    words = f"{len(rows):,} rows read. Nothing is taken over yet."
    tell(len(rows), len(rows), words)
    return Outcome(words, batch.counts)


def read(batch: ImportBatch, *, now: dt.datetime, tell: Tell) -> Iterator[Reading]:
    """The file's people, bad ones too."""
    text, _ = sniff.decoded(content_of(batch.file, now=now))
    today = today_at(batch.clinic.zone, now=now)
    if batch.form == ImportBatch.Form.FHIR:
        rows = fhir.people(sniff.json_of(text), today=today)
        total = 0
    else:
        columns = {k: int(n) for k, n in batch.columns.items()}
        rows = table.people(text, delimiter=batch.delimiter, columns=columns, today=today)
        total = text.count("\n")
    for count, row in enumerate(rows, start=1):
        if count > MOST_ROWS:
            raise Refused(f"More than {MOST_ROWS:,} patients. Split the file and try again.")
        if count % STEP == 0:
            tell(count, max(total, count), f"Row {count:,} of {max(total, count):,}")
        yield row


def compared(batch: ImportBatch, readings: list[Reading], tell: Tell) -> list[ImportRow]:
    """Each reading with what the charts say about it."""
    people = [r.person for r in readings if r.person]
    tell(0, len(readings), "Comparing with the charts")
    charts = charts_for(batch.clinic, people)
    rows, seen, total = [], Twice(), len(readings)
    for count, reading in enumerate(readings, start=1):
        if count % STEP == 0:
            tell(count, total, f"Row {count:,} of {total:,} compared")
        row = row_of(batch, reading, charts)
        seen.look(row, reading)
        rows.append(row)
    settle_matches(batch, rows, readings)
    return rows


def row_of(batch: ImportBatch, reading: Reading, charts: Charts) -> ImportRow:
    row = ImportRow(batch=batch, number=reading.number, problems=list(reading.problems))
    if reading.person is None:
        row.status, row.data = Status.BAD, {"called": reading.called}
        return row
    row.data = to_json(reading.person)
    found = verdict(reading.person, charts, decided=fingerprint(reading.person))
    row.status, row.patient_id = found.status, found.chart
    row.candidates = [str(pk) for pk in found.candidates]
    row.problems = [*found.why, *reading.notes]
    return row


class Twice:
    """The same person on two rows of one file: the first counts, the second says so."""

    def __init__(self) -> None:
        self.seen: dict[object, int] = {}

    def look(self, row: ImportRow, reading: Reading) -> None:
        person = reading.person
        if person is None or row.status == Status.BAD:
            return
        keys: list[object] = [
            ("who", fingerprint(person)),
            *(("id", i) for i in person.identifiers),
        ]
        keys += [("mrn", person.mrn.lower())] if person.mrn else []
        keys += [("chart", row.patient_id)] if row.patient_id else []
        if row.status == Status.NEW:
            keys.append(("name", person.given_name.lower(), person.family_name.lower(),
                         person.birth_date))  # fmt: skip
        earlier = min((self.seen[k] for k in keys if k in self.seen), default=None)
        if earlier is None:
            self.seen |= dict.fromkeys(keys, row.number)
            return
        row.status, row.patient_id, row.candidates = Status.BAD, None, []
        row.problems = [f"Row {earlier} of this file is the same person or has the same number; "
                        "only that row is used."]  # fmt: skip


def settle_matches(batch: ImportBatch, rows: list[ImportRow], readings: list[Reading]) -> None:
    """A match with nothing to add is the same: taking it over changes nothing."""
    people = {r.number: r.person for r in readings if r.person}
    matched = [(row, people[row.number]) for row in rows if row.status == Status.MATCH]
    for (row, _), found in zip(matched, additions_for(batch.clinic, matched), strict=True):
        row.problems = [*row.problems, *found.notes]
        if not found.anything:
            row.status = Status.SAME
