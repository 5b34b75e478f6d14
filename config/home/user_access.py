"""How somebody gets in: their invitation again, a lockout, a lost second factor, API tokens."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from config.home.users import ADMIN_WRITES
from core.accounts.services import revoke_token
from core.lib.clock import now
from core.lib.errors import NotFound
from core.people.http import StaffRequest
from core.people.services import staff
from core.people.staff import person_for


@ADMIN_WRITES
@require_POST
def invite_again(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    person = person_for(request.user, pk, now=now())
    staff.invite_again(user=person, by=request.user, now=now())
    messages.success(request, "The invitation is sent again.")
    return redirect("home:user", pk)


@ADMIN_WRITES
@require_POST
def unlock_user(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    person = person_for(request.user, pk, now=now())
    staff.let_back_in(user=person, by=request.user, now=now())
    messages.success(request, f"{person.full_name} can try again at once.")
    return redirect("home:user", pk)


@ADMIN_WRITES
@require_POST
def reset_factor(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    person = person_for(request.user, pk, now=now())
    staff.reset_second_factor(user=person, by=request.user, now=now())
    messages.success(
        request, f"{person.full_name} sets up a new second factor at the next sign-in."
    )
    return redirect("home:user", pk)


@ADMIN_WRITES
@require_POST
def take_token(request: StaffRequest, pk: uuid.UUID, token_pk: uuid.UUID) -> HttpResponse:
    person = person_for(request.user, pk, now=now())
    if person.pk != request.user.pk:
        staff.check_other(person, request.user, "revoke your own token here", now=now())
    token = person.tokens.filter(pk=token_pk).first()
    if token is None:
        raise NotFound("There is no such token.")
    revoke_token(token=token, by=request.user, now=now())
    messages.success(request, f"The token “{token.label}” opens nothing any more.")
    return redirect("home:user", pk)
