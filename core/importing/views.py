"""Doors of an import: upload, name the columns, decide, take over, undo, discard."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.accounts.access import requires
from core.accounts.permissions import Perm
from core.importing import selectors
from core.importing.batch_rules import MOST_BYTES, MOST_ROWS, UNDO
from core.importing.models import ImportBatch, ImportRow
from core.importing.reading import table
from core.importing.services import batches
from core.lib.clock import now
from core.lib.errors import Refused
from core.lib.forms import version_of
from core.lib.instants import read_key
from core.people.access import as_uuid
from core.people.http import StaffRequest, working_clinic
from core.work.limits import limited
from core.work.selectors import jobs_visible_to

MAY = requires(Perm.PATIENT_IMPORT)
SHOWN_COLUMNS = ("family_name", "given_name", "birth_date", "mrn")
State = ImportBatch.State
NOBODY = uuid.UUID(int=0)


@MAY
@require_http_methods(["GET", "POST"])
@limited("import", 30, per=600, methods="POST")
def imports(request: StaffRequest) -> HttpResponse:
    """Upload a file; the imports so far."""
    at, problem = now(), ""
    if request.method == "POST":
        try:
            file = file_in(request)
            made = batches.upload(
                clinic=working_clinic(request),
                content=content_of(file),
                file_name=str(file.name),
                by=request.user,
                now=at,
            )
            return to_work(made) if made.form == "fhir" else redirect("importing:batch", made.pk)
        except Refused as refusal:
            problem = str(refusal)
    rows = selectors.batches(request.user, now=at, before=read_key(request.GET.get("before", "")))
    last = rows[-1] if len(rows) == selectors.PAGE else None
    context = {
        "rows": rows,
        "problem": problem,
        "older": f"{last.created_at.isoformat()}_{last.pk}" if last else "",
        "most": MOST_BYTES // 2**20,
        "most_rows": MOST_ROWS,
    }
    return render(request, "importing/imports.html", context, status=422 if problem else 200)


def file_in(request: StaffRequest) -> "UploadedFile[Any]":
    """What was uploaded. Raises Refused when there is none, or one that is far too large."""
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile):
        raise Refused("Choose a file first.")
    if (file.size or 0) > MOST_BYTES:
        raise Refused(f"The file is larger than {MOST_BYTES // 2**20} MB. Split it and try again.")
    return file


def content_of(file: "UploadedFile[Any]") -> bytes:
    return bytes(file.read())


def to_work(batch: ImportBatch) -> HttpResponse:
    """The page that shows how far the work is."""
    job = selectors.job_of(batch)
    return redirect("work:job", job.pk) if job else redirect("importing:batch", batch.pk)


@MAY
@require_GET
def batch(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """One import as it stands: its columns, its rows with what would happen, what happened."""
    at = now()
    row = selectors.batch_for(request.user, pk, now=at)
    status = request.GET.get("rows", "")
    after = request.GET.get("after", "")
    start = int(after) if after.isascii() and after.isdecimal() and len(after) < 9 else 0
    page, charts = selectors.rows_of_batch(request.user, row, now=at, status=status, after=start)
    job = selectors.job_of(row)
    context = {
        "batch": row,
        "job": job if job and jobs_visible_to(request.user, now=at).filter(pk=job.pk) else None,
        "busy": job is not None and not job.over,
        "status": status,
        "counts": selectors.counts_now(row),
        "rows": [(line, charts.get(line.patient_id or NOBODY), [charts[i] for c in line.candidates
                  if (i := uuid.UUID(c)) in charts]) for line in page],
        "older": page[-1].number if len(page) == selectors.PAGE else 0,
        "undecided": selectors.undecided(row),
        "undo_until": row.committed_at + UNDO if row.committed_at else None,
        "may_undo": row.state == State.COMMITTED and row.committed_at and at <= row.committed_at
        + UNDO,
        "meanings": [(key, label) for key, (label, _) in table.COLUMNS.items()],
        "chosen": {index: key for key, index in row.columns.items()},
        "statuses": ImportRow.Status.choices,
    }  # fmt: skip
    return render(request, "importing/batch.html", context)


@MAY
@require_POST
def columns(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """Which column means what; a meaning chosen twice is refused in words."""
    at = now()
    row = selectors.batch_for(request.user, pk, now=at)
    said: dict[str, int] = {}
    for index in range(len(row.headers)):
        meaning = request.POST.get(f"column-{index}", "")
        if meaning in said:
            label = table.COLUMNS[meaning][0] if meaning in table.COLUMNS else meaning
            raise Refused(f"Two columns are said to hold “{label}”. Choose one of them.")
        if meaning:
            said[meaning] = index
    job = batches.name_columns(
        batch=row, columns=said, version=version_of(request), by=request.user, now=at
    )
    return redirect("work:job", job.pk)


@MAY
@require_POST
def check(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    at = now()
    row = selectors.batch_for(request.user, pk, now=at)
    job = batches.check_again(batch=row, version=version_of(request), by=request.user, now=at)
    return redirect("work:job", job.pk)


@MAY
@require_POST
def choose(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """A person's word about one conflict: `choice` = skip, new, or use with the chart's id."""
    at = now()
    number = request.POST.get("number", "")
    if not (number.isascii() and number.isdecimal() and len(number) < 9):
        raise Refused("This form was incomplete. Reload the page and try again.")
    choice, _, chart = request.POST.get("choice", "").partition(":")
    batches.choose(
        batch=selectors.batch_for(request.user, pk, now=at),
        number=int(number),
        choice=choice,
        chart=as_uuid(chart),
        was=request.POST.get("was", ""),
        version=version_of(request),
        by=request.user,
        now=at,
    )
    messages.success(request, f"Decided: row {number}.")
    return redirect(f"{request.path.removesuffix('choose')}?rows=conflict")


@MAY
@require_POST
def commit(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    at = now()
    row = selectors.batch_for(request.user, pk, now=at)
    job = batches.take_over(batch=row, version=version_of(request), by=request.user, now=at)
    return redirect("work:job", job.pk)


@MAY
@require_POST
def undo(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    at = now()
    row = selectors.batch_for(request.user, pk, now=at)
    job = batches.take_back(batch=row, version=version_of(request), by=request.user, now=at)
    return redirect("work:job", job.pk)


@MAY
@require_POST
def discard(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    at = now()
    row = selectors.batch_for(request.user, pk, now=at)
    batches.discard(batch=row, version=version_of(request), by=request.user, now=at)
    messages.success(request, "Discarded. No chart was touched.")
    return redirect("importing:imports")
