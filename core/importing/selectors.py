"""Reads of imports: the clinic's own people who may import, and nobody else."""

import datetime as dt
import uuid

from django.db.models import Count, F, Q, QuerySet

from core.accounts.models import User
from core.audit.services import record, record_list
from core.importing.models import ImportBatch, ImportRow
from core.importing.services.batches import CHECK, COMMIT, REVERT
from core.lib.errors import NotFound
from core.people.access import own_clinics_of, visible_to
from core.people.models import Patient
from core.work.models import Job

PAGE = 50


def batches_visible_to(viewer: User, *, now: dt.datetime) -> QuerySet[ImportBatch]:
    """Of the clinics somebody works at for the clinic itself."""
    return ImportBatch.objects.filter(clinic__in=own_clinics_of(viewer, now=now)).select_related(
        "owner", "clinic"
    )


def batch_for(viewer: User, pk: uuid.UUID, *, now: dt.datetime) -> ImportBatch:
    """One import. Raises NotFound; the look is audited."""
    batch = batches_visible_to(viewer, now=now).filter(pk=pk).first()
    outcome = "done" if batch else "refused"
    record(by=viewer, action="read", object_kind="import", object_id=pk, now=now, outcome=outcome)
    if batch is None:
        raise NotFound("There is no such import, or it belongs to another clinic.")
    return batch


def batches(
    viewer: User,
    *,
    now: dt.datetime,
    before: tuple[dt.datetime, uuid.UUID] | None = None,
) -> list[ImportBatch]:
    """Newest first; `before` = the last row's key."""
    rows = batches_visible_to(viewer, now=now)
    if before:
        rows = rows.filter(Q(created_at__lt=before[0]) | Q(created_at=before[0], id__gt=before[1]))
    return list(rows.order_by("-created_at", "id")[:PAGE])


def job_of(batch: ImportBatch) -> Job | None:
    """The last work on it."""
    rows = Job.objects.filter(subject_id=batch.pk, kind__in=[CHECK, COMMIT, REVERT])
    return rows.order_by("-created_at", F("finished_at").desc(nulls_first=True)).first()


def rows_of_batch(
    viewer: User, batch: ImportBatch, *, now: dt.datetime, status: str = "", after: int = 0
) -> tuple[list[ImportRow], dict[uuid.UUID, Patient]]:
    """A page of rows by number, and the charts they are or may be; seeing those is on the trail.

    `status` a status of rows, or "kept" for what an undo left.
    """
    rows = batch.rows.filter(number__gt=after)
    if status == "kept":
        rows = rows.exclude(kept_because="")
    elif status in ImportRow.Status.values:
        rows = rows.filter(status=status)
    page = list(rows.order_by("number")[:PAGE])
    ids = {row.patient_id for row in page if row.patient_id}
    ids |= {uuid.UUID(pk) for row in page for pk in row.candidates}
    charts = visible_to(viewer, now=now).filter(pk__in=ids).in_bulk()
    record_list(by=viewer, action="list", object_kind="import", patient_ids=sorted(charts), now=now)
    return page, charts


def undecided(batch: ImportBatch) -> int:
    return batch.rows.filter(status=ImportRow.Status.CONFLICT, choice="").count()


def counts_now(batch: ImportBatch) -> dict[str, int]:
    """How many rows stand under each status."""
    rows = batch.rows.order_by().values_list("status").annotate(n=Count("pk"))
    return dict(rows)
