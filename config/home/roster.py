"""Who is on call: the week, its gaps, and the manager's changes."""

import datetime as dt
import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from core.accounts.access import requires
from core.accounts.permissions import Perm
from core.accounts.roles import Role
from core.lib.clock import now
from core.lib.errors import Conflict, Forbidden, NotFound, Refused
from core.lib.instants import near_day, read_local
from core.people.access import own_clinics_of
from core.people.http import StaffRequest, working_clinic
from core.people.models import Clinic, OnCallShift
from core.people.selectors import gaps, roster_at, staff_with
from core.people.services import put_on_call, take_off_call


@requires(Perm.ROSTER_VIEW)
@require_GET
def roster(request: StaffRequest) -> HttpResponse:
    """One week, Monday first; `?week=2026-11-23` any day of it."""
    at, clinic = now(), working_clinic(request)
    today = timezone.localdate(at)
    day, far = near_day(request.GET.get("week", ""), today=today)
    monday = day - dt.timedelta(days=day.weekday())
    starts = midnight(monday)
    ends = midnight(monday + dt.timedelta(days=7))
    shifts = list(
        OnCallShift.objects.filter(clinic=clinic, starts_at__lt=ends, ends_at__gt=starts)
        .select_related("user")
        .order_by("starts_at", "position")
    )
    days = []
    for step in range(7):
        begin, end = (
            midnight(monday + dt.timedelta(days=step)),
            midnight(monday + dt.timedelta(days=step + 1)),
        )
        on = [s for s in shifts if s.starts_at < end and s.ends_at > begin]
        days.append((monday + dt.timedelta(days=step), on))
    return render(
        request,
        "home/roster.html",
        {
            "days": days,
            "far": far,
            "gaps": gaps(clinic, starts_at=max(starts, at), ends_at=ends) if ends > at else [],
            "now_on": roster_at(clinic, now=at),
            "today": today,
            "earlier": monday - dt.timedelta(days=7),
            "later": monday + dt.timedelta(days=7),
            "may_edit": request.user.may(Perm.ROSTER_EDIT)
            and own_clinics_of(request.user, now=at).filter(pk=clinic.pk).exists(),
            "physicians": staff_with(clinic, Role.PHYSICIAN, now=at),
            "positions": OnCallShift.Position.choices,
        },
    )


def midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))


@requires(Perm.ROSTER_VIEW)
@require_GET
def gap(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """The page of the “nobody on call” item: the roster itself."""
    return redirect("home:roster")


def own_clinic(request: StaffRequest) -> Clinic:
    """A partner practice's people see who is on call; the clinic's own decide it."""
    clinic = working_clinic(request)
    if not own_clinics_of(request.user, now=now()).filter(pk=clinic.pk).exists():
        raise Forbidden("Only a manager of the clinic itself can change who is on call.")
    return clinic


@requires(Perm.ROSTER_EDIT)
@require_POST
def add_shift(request: StaffRequest) -> HttpResponse:
    at = now()
    starts_at, ends_at = (
        read_local(request.POST.get(name, ""), now=at) for name in ("starts_at", "ends_at")
    )
    clinic = own_clinic(request)
    chosen = uuid_or_none(request.POST.get("user", ""))
    physicians = staff_with(clinic, Role.PHYSICIAN, now=at)
    user = physicians.filter(pk=chosen).first() if chosen else None
    if user is None:
        raise Refused("Choose a physician of this clinic.")
    if request.POST.get("position") not in OnCallShift.Position.values:
        raise Refused("Choose first or backup.")
    put_on_call(
        clinic=clinic,
        position=request.POST["position"],
        user=user,
        starts_at=starts_at,
        ends_at=ends_at,
        by=request.user,
        now=at,
    )
    messages.success(request, f"{user.full_name} is on the roster.")
    return redirect("home:roster")


def uuid_or_none(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


@requires(Perm.ROSTER_EDIT)
@require_POST
def remove_shift(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    shift = OnCallShift.objects.filter(clinic=own_clinic(request), pk=pk).first()
    if shift is None:
        raise NotFound("There is no such shift any more.")
    if request.POST.get("user", str(shift.user_id)) != str(shift.user_id):
        raise Conflict("Somebody changed this shift since you opened the roster. Look at it again.")
    take_off_call(shift=shift, by=request.user, now=now())
    messages.success(
        request, "The shift is removed. Until it is filled, red flags go to every physician."
    )
    return redirect("home:roster")
