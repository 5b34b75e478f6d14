"""What a person asks of an import: upload, name the columns, decide, take over, undo, discard."""

import datetime as dt
import uuid
from collections.abc import Mapping

from django.db import transaction

from core.accounts.models import User
from core.audit.models import AuditEvent
from core.audit.services import record
from core.importing.batch_rules import IMPORT, MOST_BYTES, UNDO
from core.importing.models import ColumnMap, ImportBatch, ImportRow
from core.importing.reading import sniff, table
from core.lib.errors import Conflict, Forbidden, Refused
from core.lib.states import next_state
from core.people.access import own_clinics_of
from core.people.models import Clinic, Patient
from core.work.jobs import start_job
from core.work.kept import keep_file
from core.work.models import Job

CHECK, COMMIT, REVERT = "import_check", "import_commit", "import_undo"
State = ImportBatch.State


@transaction.atomic
def upload(
    *,
    clinic: Clinic,
    content: bytes,
    file_name: str,
    by: User,
    now: dt.datetime,
    ask: bool = False,
) -> ImportBatch:
    """A file, kept encrypted for a day. A bundle, or a table whose columns are known, is checked
    at once; else, and with `ask`, its columns are confirmed first. Raises Refused: what to upload
    instead."""
    if not own_clinics_of(by, now=now).filter(pk=clinic.pk).exists():
        raise Forbidden("Only the clinic's own people import patients.")
    if len(content) > MOST_BYTES:
        raise Refused(f"The file is larger than {MOST_BYTES // 2**20} MB. Split it and try again.")
    found = sniff.sniff(content)
    known = ColumnMap.objects.filter(clinic=clinic, signature=found.signature).first()
    batch = ImportBatch.objects.create(
        clinic=clinic,
        owner=by,
        form=found.form,
        file=keep_file(clinic=clinic, owner=by, name=f"import.{found.form}", content=content,
                       now=now),
        file_name=file_name.replace("\x00", "")[-200:] or "file",
        encoding=found.encoding,
        delimiter=found.delimiter,
        headers=[h[:120].replace("\x00", "") for h in found.headers],
        signature=found.signature,
        columns=known.columns if known else table.guessed(found.headers),
        created_at=now,
        kept_until=now + UNDO,
    )  # fmt: skip
    record(by=by, action="create", object_kind="import", object_id=batch.pk, now=now)
    if found.form == ImportBatch.Form.FHIR or (known and not ask):
        start_job(kind=CHECK, clinic=clinic, subject_id=batch.pk, by=by, now=now)
    return batch


def locked(batch: ImportBatch, version: int, *, yours: str) -> ImportBatch:
    """The row under its lock, as the page showed it. Raises Conflict otherwise, and while a worker
    is at it: it holds the row to its end, and nobody waits that long before a page."""
    at_rest(batch)
    row = ImportBatch.objects.select_for_update(of=("self",)).select_related("clinic", "file").get(
        pk=batch.pk
    )  # fmt: skip
    if row.version != version:
        saved = ImportBatch.State(row.state).label
        raise Conflict(
            "This import changed since you opened it. Open it again.",
            versions=[("What you asked for", yours, saved)],
        )
    return row


def at_rest(batch: ImportBatch) -> None:
    """Raises Conflict while a worker is at it."""
    running = Job.objects.filter(
        subject_id=batch.pk, kind__in=[CHECK, COMMIT, REVERT], state__in=["waiting", "running"]
    )
    if running.exists():
        raise Conflict("Work on this import is still running. Wait for it, or cancel it.")


@transaction.atomic
def name_columns(
    *, batch: ImportBatch, columns: Mapping[str, int], version: int, by: User, now: dt.datetime
) -> Job:
    """Which column means what, remembered for the next file with these headers; then the check."""
    row = locked(batch, version, yours="These columns")
    next_state(IMPORT, row.state, "check")
    width = len(row.headers)
    said = {k: n for k, n in columns.items() if k in table.COLUMNS and 0 <= n < width}
    if problems := table.missing(said):
        raise Refused(" ".join(problems))
    row.columns = said
    row.version += 1
    row.save(update_fields=["columns", "version"])
    ColumnMap.objects.update_or_create(
        clinic=row.clinic,
        signature=row.signature,
        defaults={"columns": said, "saved_at": now, "saved_by": by},
    )
    record(by=by, action="change", object_kind="import", object_id=row.pk, now=now,
           fields=sorted(said))  # fmt: skip
    return start_job(kind=CHECK, clinic=row.clinic, subject_id=row.pk, by=by, now=now)


@transaction.atomic
def check_again(*, batch: ImportBatch, version: int, by: User, now: dt.datetime) -> Job:
    """Compare with the charts as they are now; decisions made so far are asked again."""
    row = locked(batch, version, yours="Check again")
    next_state(IMPORT, row.state, "check")
    return start_job(kind=CHECK, clinic=row.clinic, subject_id=row.pk, by=by, now=now)


@transaction.atomic
def choose(  # noqa: PLR0913 - a decision: of what, what, by whom, when
    *,
    batch: ImportBatch,
    number: int,
    choice: str,
    chart: uuid.UUID | None,
    was: str,
    version: int,
    by: User,
    now: dt.datetime,
) -> ImportRow:
    """A person's word about a conflict: leave out, use one of the charts it may be, or a new one.

    `was` = the decision as the page showed it ("" = none yet, see `decision`). Raises Refused for a
    row that is none and for a chart another row has, Conflict when somebody decided otherwise
    meanwhile.
    """
    whole = locked(batch, version, yours="This decision")
    if whole.state != State.CHECKED:
        raise Refused("This import is not waiting for decisions.")
    row = ImportRow.objects.select_for_update().filter(batch=whole, number=number).first()
    if row is None or row.status != ImportRow.Status.CONFLICT:
        raise Refused("This row needs no decision.")
    if choice not in ImportRow.Choice.values:
        raise Refused("Choose: leave out, use this chart, or a new chart.")
    if choice == ImportRow.Choice.USE and str(chart) not in row.candidates:
        raise Refused("Choose one of the charts this row may be.")
    wanted = f"use:{chart}" if choice == ImportRow.Choice.USE else choice
    if decision(row) not in {was, wanted}:
        raise _decided_meanwhile(whole, row, wanted)
    if choice == ImportRow.Choice.USE and chart:
        _one_row_a_chart(whole, row, chart)
    row.choice = choice
    row.patient_id = chart if choice == ImportRow.Choice.USE else None
    row.save(update_fields=["choice", "patient"])
    record(by=by, action="decide", object_kind="import", object_id=whole.pk,
           patient_id=row.patient_id, fields=[f"row={number}", choice], now=now)  # fmt: skip
    return row


def decision(row: ImportRow) -> str:
    """What was decided about a row, as a form sends it: "", "skip", "new" or "use:" and the id."""
    return f"use:{row.patient_id}" if row.choice == ImportRow.Choice.USE else row.choice


def _decided_meanwhile(batch: ImportBatch, row: ImportRow, wanted: str) -> Conflict:
    """Both decisions beside each other, and whose the saved one is."""
    words = {"": "No decision"} | {str(key): str(label) for key, label in ImportRow.Choice.choices}
    charts = Patient.objects.filter(pk__in=row.candidates).values_list("pk", "mrn")
    words |= {f"use:{pk}": f"Use MRN {mrn}" for pk, mrn in charts}
    said = AuditEvent.objects.filter(
        object_kind="import", object_id=str(batch.pk), action="decide",
        fields__contains=[f"row={row.number}"],
    )  # fmt: skip
    last = said.select_related("actor").order_by("-id").first()
    return Conflict(
        "Somebody decided about this row since you opened the page.",
        versions=[(f"Row {row.number}", words.get(wanted, ""), words.get(decision(row), ""))],
        who=last.actor.full_name if last and last.actor else "",
    )


def _one_row_a_chart(batch: ImportBatch, row: ImportRow, chart: uuid.UUID) -> None:
    """Two rows that add to one chart would each count what the other wrote as not there."""
    other = batch.rows.filter(patient_id=chart).exclude(pk=row.pk).order_by("number").first()
    if other:
        raise Refused(
            f"Row {other.number} of this file is added to that chart already. Leave one of the two "
            "out, or choose another chart."
        )


@transaction.atomic
def take_over(*, batch: ImportBatch, version: int, by: User, now: dt.datetime) -> Job:
    """Everything that is new, matches or was decided, in one transaction. The rest is left out."""
    row = locked(batch, version, yours="Take over")
    next_state(IMPORT, row.state, "commit")
    open_ones = row.rows.filter(status=ImportRow.Status.CONFLICT, choice="").count()
    record(by=by, action="commit", object_kind="import", object_id=row.pk, now=now,
           fields=[f"undecided={open_ones}"])  # fmt: skip
    return start_job(kind=COMMIT, clinic=row.clinic, subject_id=row.pk, by=by, now=now)


@transaction.atomic
def take_back(*, batch: ImportBatch, version: int, by: User, now: dt.datetime) -> Job:
    """Undo within 24 hours, of what nobody touched since. Raises Refused when the day is over."""
    row = locked(batch, version, yours="Undo")
    next_state(IMPORT, row.state, "undo")
    undo_until(row, now=now)
    record(by=by, action="undo", object_kind="import", object_id=row.pk, now=now)
    return start_job(kind=REVERT, clinic=row.clinic, subject_id=row.pk, by=by, now=now)


def undo_until(batch: ImportBatch, *, now: dt.datetime) -> None:
    if batch.committed_at is None or now > batch.committed_at + UNDO:
        raise Refused("It was taken over more than 24 hours ago. Correct the charts one by one.")


@transaction.atomic
def discard(*, batch: ImportBatch, version: int, by: User, now: dt.datetime) -> ImportBatch:
    """Away with the file and what was read from it; no chart was touched."""
    row = locked(batch, version, yours="Discard")
    row.state = next_state(IMPORT, row.state, "discard")
    row.version += 1
    row.rows.all().delete()
    file, row.file = row.file, None
    row.save(update_fields=["state", "version", "file"])
    if file:
        file.delete()
    record(by=by, action="delete", object_kind="import", object_id=row.pk, now=now)
    return row
