"""The Library: versions, their content as it decides, and sign-off."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from core.accounts.access import requires
from core.accounts.permissions import Perm
from core.lib.clock import now
from core.lib.errors import NotFound
from core.people.http import StaffRequest
from core.protocols.models import ProtocolVersion
from core.protocols.selectors import library as versions
from core.protocols.selectors import protocol_of
from core.protocols.services import sign_off as sign


@requires(Perm.LIBRARY_VIEW)
@require_GET
def library(request: StaffRequest) -> HttpResponse:
    return render(request, "protocols/library.html", {"versions": versions(request.user)})


def version_for(request: StaffRequest, pk: uuid.UUID) -> ProtocolVersion:
    row = versions(request.user).filter(pk=pk).first()
    if row is None:
        raise NotFound("There is no such protocol version.")
    return row


@requires(Perm.LIBRARY_VIEW)
@require_GET
def version(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    row = version_for(request, pk)
    return render(
        request,
        "protocols/version.html",
        {
            "version": row,
            "protocol": protocol_of(row),
            "may_sign": request.user.may(Perm.PROTOCOL_SIGN_OFF),
        },
    )


@requires(Perm.PROTOCOL_SIGN_OFF, reauth=True)
@require_POST
def sign_off(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    row = sign(version=version_for(request, pk), by=request.user, now=now())
    messages.success(request, f"{row.label} is signed off in your name.")
    return redirect("protocols:version", row.pk)
