"""The Library: versions, what differs between two, writing one, and sign-off."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.accounts.access import requires
from core.accounts.permissions import Perm
from core.lib.clock import now
from core.lib.errors import NotFound, Refused
from core.lib.forms import version_of
from core.people.access import as_uuid
from core.people.http import StaffRequest, working_clinic
from core.protocols import editing
from core.protocols.differences import differences
from core.protocols.models import ProtocolVersion
from core.protocols.selectors import (
    counting_ids,
    current_version,
    protocol_of,
    siblings,
    version_for,
    waiting_count,
    written_so_far,
)
from core.protocols.selectors import library as versions
from core.protocols.services import sign_off as sign
from core.protocols.text import text_of


@requires(Perm.LIBRARY_VIEW)
@require_GET
def library(request: StaffRequest) -> HttpResponse:
    return render(
        request,
        "protocols/library.html",
        {
            "versions": versions(request.user),
            "in_force": counting_ids(now=now(), clinic=request.clinic),
            "waiting": waiting_count(),
        },
    )


@requires(Perm.LIBRARY_VIEW)
@require_GET
def version(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    row = version_for(request.user, pk)
    held = current_version(row.kind, now=now(), clinic=request.clinic)
    return render(
        request,
        "protocols/version.html",
        {
            "version": row,
            "protocol": protocol_of(row),
            "held": held,
            "others": list(siblings(row, request.user)),
            "changes": differences(held.body, row.body) if row.state == "proposed" else [],
            "may_sign": request.user.may(Perm.PROTOCOL_SIGN_OFF),
            "may_edit": request.user.may(Perm.PROTOCOL_EDIT),
            "own": row.author_id == request.user.pk,
        },
    )


@requires(Perm.LIBRARY_VIEW)
@require_GET
def compare(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """Two versions of one protocol, the older at the left: only what differs."""
    row = version_for(request.user, pk)
    others = list(siblings(row, request.user))
    asked = as_uuid(request.GET.get("with", ""))
    other = next((each for each in others if each.pk == asked), others[0] if others else None)
    if other is None:
        raise NotFound("There is no other version of this protocol yet.")
    old, new = sorted((row, other), key=lambda each: (each.effective_on, each.loaded_at))
    context = {
        "version": row,
        "other": other,
        "others": others,
        "old": old,
        "new": new,
        "changes": differences(old.body, new.body),
    }
    return render(request, "protocols/compare.html", context)


@requires(Perm.PROTOCOL_EDIT)
@require_http_methods(["GET", "POST"])
def edit(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """A new version from this one: type, look at what changes, save; nothing is saved before."""
    parent = version_for(request.user, pk)
    if request.method == "GET":
        typed = editing.Wanted(text_of(protocol_of(parent)), "", "", "")
        return edit_page(request, parent, typed, seen=written_so_far(parent.kind))
    said = {name: request.POST.get(name, "") for name in ("text", "number", "effective_on")}
    typed = editing.Wanted(reason=request.POST.get("reason", ""), **said)
    seen, clinic, at = version_of(request), working_clinic(request), now()
    try:
        if "save" in request.POST:
            row = editing.propose(
                parent=parent, wanted=typed, clinic=clinic, seen=seen, by=request.user, now=at
            )
            messages.success(
                request, f"{row.label} is saved. It decides nothing until a physician signs it off."
            )
            return redirect("protocols:version", row.pk)
        checked = editing.check(parent=parent, wanted=typed, clinic=clinic, now=at)
    except Refused as refusal:
        return edit_page(request, parent, typed, seen=seen, problem=str(refusal))
    return edit_page(request, parent, typed, seen=seen, changes=checked.changes)


def edit_page(
    request: StaffRequest, parent: ProtocolVersion, typed: editing.Wanted, **more: Any
) -> HttpResponse:
    """The form; 422 while what was sent is not saved, so that its draft stays."""
    context = {"version": parent, "typed": typed, "problem": "", "changes": [], **more}
    return render(
        request,
        "protocols/edit.html",
        context,
        status=422 if request.method == "POST" else 200,
    )


@requires(Perm.PROTOCOL_EDIT)
@require_POST
def withdraw(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    row = editing.withdraw(
        version=version_for(request.user, pk),
        reason=request.POST.get("reason", ""),
        by=request.user,
        now=now(),
    )
    messages.success(request, f"{row.label} is withdrawn. It stays readable.")
    return redirect("protocols:version", row.pk)


@requires(Perm.PROTOCOL_SIGN_OFF, reauth=True)
@require_POST
def sign_off(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    row = sign(version=version_for(request.user, pk), by=request.user, now=now())
    messages.success(request, f"{row.label} is signed off in your name.")
    return redirect("protocols:version", row.pk)
