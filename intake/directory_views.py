"""Doors of the directory. One service call each."""

import uuid
from dataclasses import asdict
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from core.accounts.access import requires
from core.accounts.permissions import Perm
from core.lib.clock import now
from core.lib.errors import Refused
from core.lib.forms import version_of
from core.people.access import as_uuid
from core.people.http import StaffRequest, working_clinic
from intake import record_selectors as rows
from intake.models import OutsideProvider
from intake.services import directory
from intake.services.directory import Entry, entry_from, entry_of


@requires(Perm.RECORDS_REQUEST)
@require_GET
def listing(request: StaffRequest) -> HttpResponse:
    """Who is in the directory; names of practices, so the search stands in the address."""
    said = request.GET
    text, kind, off = said.get("q", "")[:80], said.get("kind", ""), said.get("off") == "1"
    after = as_uuid(said.get("after", ""))
    found = rows.directory(request.user, now=now(), text=text, kind=kind, off=off, after=after)
    context = {
        "rows": found,
        "text": text,
        "kind": kind,
        "off": off,
        "after": after,
        "kinds": OutsideProvider.Kind.choices,
        "older": str(found[-1].pk) if len(found) == rows.PAGE else "",
        "may_keep": request.user.may(Perm.DIRECTORY_EDIT),
    }
    return render(request, "intake/directory.html", context)


@requires(Perm.RECORDS_REQUEST)
@require_POST
def find(request: StaffRequest) -> HttpResponse:
    """While somebody types: entries to choose from."""
    found = rows.find_sources(working_clinic(request), request.POST.get("q", "")[:80])
    context = {"sources": found, "source": request.POST.get("source", "")}
    return render(request, "intake/_sources.html", context)


def form_page(
    request: StaffRequest,
    entry: Entry,
    *,
    row: OutsideProvider | None = None,
    problem: str = "",
    was: Entry | None = None,
) -> HttpResponse:
    context: dict[str, Any] = {
        "entry": asdict(entry),
        "was": asdict(was or entry),
        "row": row,
        "version": request.POST.get("version") or (row.version if row else ""),
        "problem": problem,
        "kinds": OutsideProvider.Kind.choices,
        "channels": OutsideProvider.Channel.choices,
        "may_keep": request.user.may(Perm.DIRECTORY_EDIT),
    }
    return render(request, "intake/source.html", context, status=422 if problem else 200)


@requires(Perm.DIRECTORY_EDIT)
@require_GET
def blank(request: StaffRequest) -> HttpResponse:
    return form_page(request, Entry())


@requires(Perm.DIRECTORY_EDIT)
@require_POST
def add(request: StaffRequest) -> HttpResponse:
    """A new entry; one with the same name or fax is shown first."""
    wanted = entry_from({k: str(v) for k, v in request.POST.items()})
    try:
        row = directory.add_entry(
            clinic=working_clinic(request),
            wanted=wanted,
            by=request.user,
            now=now(),
            different=bool(request.POST.get("different")),
        )
    except Refused as refusal:
        return form_page(request, wanted, problem=str(refusal))
    messages.success(request, "Added to the directory.")
    return redirect("intake:source", row.pk)


@requires(Perm.RECORDS_REQUEST)
@require_GET
def entry(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    row = rows.source_for(request.user, pk, now=now())
    return form_page(request, entry_of(row), row=row)


@requires(Perm.DIRECTORY_EDIT)
@require_POST
def change_source(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """Only what was changed on the form is saved."""
    at = now()
    row = rows.source_for(request.user, pk, now=at)
    wanted, was = (
        entry_from({k: str(v) for k, v in request.POST.items()}),
        entry_from(request.POST.dict(), prefix="was_"),
    )
    try:
        directory.change_entry(
            source=row,
            wanted=wanted,
            shown=was,
            version=version_of(request),
            checked=bool(request.POST.get("checked")),
            by=request.user,
            now=at,
        )
    except Refused as refusal:
        return form_page(request, wanted, row=row, problem=str(refusal), was=was)
    messages.success(request, "Saved.")
    return redirect("intake:source", pk)
