"""Doors of long work: how far it is, stop it, fetch what it made."""

import uuid
from typing import cast

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from core.accounts.access import requires
from core.accounts.permissions import Perm
from core.lib.clock import now
from core.lib.errors import NotFound
from core.lib.instants import read_key
from core.lib.routes import url
from core.people.access import patient_for
from core.people.http import StaffRequest
from core.work.jobs import ask_cancel, kinds
from core.work.kept import pieces_of
from core.work.models import Job
from core.work.selectors import PAGE, job_for, job_rows

STOP_POLLING = 286  # htmx: this was the last answer


def shown(job: Job) -> dict[str, object]:
    """What the pages say of one job."""
    kind = kinds()[job.kind]
    return {
        "job": job,
        "title": kind.words,
        "subject_url": url(kind.route, job.subject_id),
        "counts": [(name.replace("_", " ").capitalize(), n) for name, n in job.result.items()
                   if isinstance(n, int)],
    }  # fmt: skip


@requires(Perm.HOME_VIEW)
@require_GET
def jobs(request: StaffRequest) -> HttpResponse:
    """One's own long work, newest first; a manager's clinic's too."""
    rows = job_rows(request.user, now=now(), before=read_key(request.GET.get("before", "")))
    last = rows[-1] if len(rows) == PAGE else None
    context = {
        "rows": [(row, kinds()[row.kind].words) for row in rows],
        "older": f"{last.created_at.isoformat()}_{last.pk}" if last else "",
    }
    return render(request, "work/jobs.html", context)


@requires(Perm.HOME_VIEW)
@require_GET
def job(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    return render(request, "work/job.html", shown(job_for(request.user, pk, now=now())))


@requires(Perm.HOME_VIEW)
@require_GET
def job_now(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """Asked every second while it runs, in the background: it keeps nobody signed in."""
    row = job_for(request.user, pk, now=now())
    return render(request, "work/_job.html", shown(row), status=STOP_POLLING if row.over else 200)


@requires(Perm.HOME_VIEW)
@require_POST
def cancel(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    at = now()
    ask_cancel(job=job_for(request.user, pk, now=at), by=request.user, now=at)
    messages.success(request, "Asked to stop. Nothing of it stays.")
    return redirect("work:job", pk)


@requires(Perm.PATIENT_EXPORT, reauth=True)
@require_GET
def job_file(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """What it made, for who asked for it alone. On the trail with the chart it is about."""
    at = now()
    row = job_for(request.user, pk, now=at)
    if row.owner_id != request.user.pk or row.file is None:
        raise NotFound("There is no file here, or it is for somebody else. It is kept for a day.")
    patient_for(request.user, row.subject_id, now=at, action="export")
    pieces = pieces_of(row.file, now=at)
    response = StreamingHttpResponse(pieces, content_type="application/zip")
    response["Content-Length"] = row.file.size
    response["Content-Disposition"] = f'attachment; filename="{row.file.name}"'
    return cast(HttpResponse, response)  # the gates pass on what streams as well
