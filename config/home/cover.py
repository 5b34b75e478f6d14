"""Who does somebody's work while they are away: one's own page, and the manager's for others."""

import datetime as dt
import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from core.accounts.access import requires
from core.accounts.models import User
from core.accounts.permissions import Perm
from core.lib.clock import now
from core.lib.errors import NotFound, Refused
from core.lib.instants import read_day
from core.people.cover import carried_by, own_cover, planned_for
from core.people.dates import today_at
from core.people.http import StaffRequest, working_clinic
from core.people.models import Clinic
from core.people.services import end_cover, set_cover
from core.people.staff import person_for, possible_delegates, posts_for


@requires(Perm.HOME_VIEW)
@require_http_methods(["GET", "POST"])
def cover(request: StaffRequest) -> HttpResponse:
    """One's own: who covers, whom one covers for, and the form for the next time away."""
    at, clinic, problem = now(), working_clinic(request), ""
    if request.method == "POST":
        try:
            plan(request, request.user, clinic, at)
            return redirect("home:cover")
        except Refused as refusal:
            problem = str(refusal)
    today = today_at(clinic.zone, now=at)
    context = {
        "covers": planned_for(request.user, clinic, on=today),
        "carries": carried_by(request.user, clinic, on=today),
        "delegates": possible_delegates(request.user, clinic, now=at),
        "today": today,
        "typed": {n: request.POST.get(n, "") for n in ("delegate", "from_on", "to_on")},
        "problem": problem,
    }
    return render(request, "home/cover.html", context, status=422 if problem else 200)


def plan(request: StaffRequest, user: User, clinic: Clinic, at: dt.datetime) -> None:
    chosen = request.POST.get("delegate", "")
    people = possible_delegates(user, clinic, now=at)
    delegate = next((u for u in people if str(u.pk) == chosen), None)
    if delegate is None:
        raise Refused("Choose who covers.")
    row = set_cover(
        user=user,
        delegate=delegate,
        clinic=clinic,
        from_on=read_day(request.POST.get("from_on", "")),
        to_on=read_day(request.POST.get("to_on", "")),
        by=request.user,
        now=at,
    )
    messages.success(
        request, f"{delegate.full_name} covers from {row.from_on:%a %d %b} to {row.to_on:%a %d %b}."
    )


@requires(Perm.HOME_VIEW)
@require_POST
def finish(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """Back early: one's own cover ends at once."""
    row = own_cover(request.user, pk)
    if row is None:
        raise NotFound("There is no such cover of yours.")
    end_cover(cover=row, by=request.user, now=now())
    messages.success(request, "The cover has ended. Your work is yours alone again.")
    return redirect("home:cover")


@requires(Perm.USER_ADMIN, reauth=True)
@require_POST
def cover_user(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """A manager plans it for somebody who fell ill."""
    at = now()
    person = person_for(request.user, pk, now=at)
    posts = posts_for(request.user, person, now=at)
    asked = request.POST.get("post", "")
    post = next((p for p in posts if str(p.pk) == asked), posts[0])
    plan(request, person, post.clinic, at)
    return redirect("home:user", pk)


@requires(Perm.USER_ADMIN, reauth=True)
@require_POST
def finish_user(request: StaffRequest, pk: uuid.UUID, cover_pk: uuid.UUID) -> HttpResponse:
    person = person_for(request.user, pk, now=now())
    row = own_cover(person, cover_pk)
    if row is None:
        raise NotFound("There is no such cover.")
    end_cover(cover=row, by=request.user, now=now())
    messages.success(request, "The cover has ended.")
    return redirect("home:user", pk)
