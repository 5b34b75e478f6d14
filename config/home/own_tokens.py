"""API tokens of one's own. A token acts as its person, so nobody issues one for somebody else."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from core.accounts.access import requires
from core.accounts.permissions import Perm
from core.accounts.services import TOKEN_DAYS, give_token, revoke_token
from core.lib.clock import now
from core.lib.errors import NotFound
from core.people.http import StaffRequest


def page(request: StaffRequest, *, token: str = "") -> HttpResponse:
    rows = request.user.tokens.order_by("-created_at")[:20]
    context = {"tokens": rows, "token_days": TOKEN_DAYS, "token": token}
    return render(request, "home/tokens.html", context)


@requires(Perm.HOME_VIEW)
@require_GET
def tokens(request: StaffRequest) -> HttpResponse:
    """Which programs act for me."""
    return page(request)


@requires(Perm.HOME_VIEW, reauth=True)
@require_POST
def issue_token(request: StaffRequest) -> HttpResponse:
    """The page that follows is the only one that ever shows the token, so it is no redirect."""
    days = request.POST.get("days", "")
    token = give_token(
        user=request.user,
        label=request.POST.get("label", ""),
        days=int(days) if days.isascii() and days.isdecimal() and len(days) < 5 else 0,
        by=request.user,
        now=now(),
    )
    return page(request, token=token)


@requires(Perm.HOME_VIEW)
@require_POST
def revoke_own_token(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """At once: closing a door needs no password."""
    token = request.user.tokens.filter(pk=pk).first()
    if token is None:
        raise NotFound("You have no such token.")
    revoke_token(token=token, by=request.user, now=now())
    messages.success(request, f"The token “{token.label}” opens nothing any more.")
    return redirect("home:tokens")
