"""Doors on which a manager sets what can be booked: types, rooms, hours, exceptions."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from core.accounts.access import requires
from core.accounts.models import User
from core.accounts.permissions import Perm
from core.accounts.roles import STAFF
from core.lib.clock import now
from core.lib.errors import Refused
from core.lib.forms import version_of
from core.lib.instants import read_day
from core.people.dates import today_at
from core.people.http import StaffRequest, working_clinic
from intake import agenda, set_up
from intake.models import AvailabilityException, RoomKind, VisitKind
from intake.services import schedule

WEEKDAYS = [(str(n), day) for n, day in enumerate(
    ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"))]  # fmt: skip


@requires(Perm.SCHEDULE_SETUP)
@require_GET
def page(request: StaffRequest) -> HttpResponse:
    """Everything on one page. Staff only: no patient is on it."""
    at = now()
    clinic = set_up.set_up_by(request.user, working_clinic(request), now=at)
    hours, exceptions = set_up.hours_and_exceptions(clinic, now=at)
    return render(
        request,
        "intake/set_up.html",
        {
            "types": agenda.types_of(clinic, all_of_them=True),
            "rooms": agenda.rooms_of(clinic),
            "hours_rows": hours,
            "exceptions": exceptions,
            "editing": request.GET.get("edit", ""),
            "people": [(u.pk, u.name_line) for u in set_up.staff_choices(clinic, now=at)],
            "kinds": VisitKind.choices, "room_kinds": RoomKind.choices,
            "roles": [(str(r), r.replace("_", " ").capitalize()) for r in STAFF],
            "weekdays": WEEKDAYS, "today": today_at(clinic.zone, now=at),
            "changes": AvailabilityException.Kind.choices,
        },
    )  # fmt: skip


def person_in(request: StaffRequest) -> User:
    """Somebody who works here. Raises Refused for nobody."""
    at = now()
    chosen = request.POST.get("user", "")
    people = set_up.staff_choices(working_clinic(request), now=at)
    found = next((u for u in people if str(u.pk) == chosen), None)
    if found is None:
        raise Refused("Choose somebody who works at this clinic.")
    return found


@requires(Perm.SCHEDULE_SETUP)
@require_POST
def add_type(request: StaffRequest) -> HttpResponse:
    schedule.save_visit_type(
        clinic=working_clinic(request), form=schedule.read_type(request.POST.dict()),
        by=request.user, now=now(),
    )  # fmt: skip
    messages.success(request, "The visit type can be booked now.")
    return redirect("intake:set_up")


@requires(Perm.SCHEDULE_SETUP)
@require_POST
def change_type(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    at = now()
    row = set_up.type_for(request.user, pk, now=at)
    schedule.save_visit_type(
        clinic=row.clinic, form=schedule.read_type(request.POST.dict()), row=row,
        version=version_of(request), by=request.user, now=at,
    )  # fmt: skip
    messages.success(request, "Saved. Visits already booked keep their length.")
    return redirect("intake:set_up")


@requires(Perm.SCHEDULE_SETUP)
@require_POST
def add_room(request: StaffRequest) -> HttpResponse:
    schedule.save_room(
        clinic=working_clinic(request), name=request.POST.get("name", ""),
        kind=request.POST.get("kind", ""), active=True, by=request.user, now=now(),
    )  # fmt: skip
    messages.success(request, "The room can be booked now.")
    return redirect("intake:set_up")


@requires(Perm.SCHEDULE_SETUP)
@require_POST
def change_room(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    at = now()
    row = set_up.room_of(request.user, pk, now=at)
    schedule.save_room(
        clinic=row.clinic, name=request.POST.get("name", ""), kind=request.POST.get("kind", ""),
        active=request.POST.get("active", "1") == "1", row=row, version=version_of(request),
        by=request.user, now=at,
    )  # fmt: skip
    messages.success(request, "Saved. Visits already booked in it stay.")
    return redirect("intake:set_up")


@requires(Perm.SCHEDULE_SETUP)
@require_POST
def add_hours(request: StaffRequest) -> HttpResponse:
    """Weekly hours of somebody on the chosen weekdays."""
    at, clinic, post = now(), working_clinic(request), request.POST
    starts, ends = (schedule.read_time(post.get(name, "")) for name in ("starts", "ends"))
    if starts is None or ends is None:
        raise Refused("Write from when to when, for example 08:30 to 16:00.")
    schedule.add_hours(
        clinic=clinic, user=person_in(request),
        weekdays=[int(d) for d in post.getlist("weekdays") if d in set("0123456")],
        starts=starts, ends=ends, valid_from=read_day(post.get("valid_from", "")),
        valid_to=read_day(post["valid_to"]) if post.get("valid_to") else None,
        kinds=post.getlist("kinds"), telehealth=bool(post.get("telehealth")),
        by=request.user, now=at,
    )  # fmt: skip
    messages.success(request, "The hours are set.")
    return redirect("intake:set_up")


@requires(Perm.SCHEDULE_SETUP)
@require_POST
def end_hours(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """The last day of these hours, or out with them; visits after it are listed as work."""
    at = now()
    row = set_up.hours_for(request.user, pk, now=at)
    mistake = request.POST.get("mistake") == "1"
    moved = schedule.end_hours(
        row=row, last=None if mistake else read_day(request.POST.get("last", "")),
        version=version_of(request), by=request.user, now=at,
    )  # fmt: skip
    said = "The hours are removed." if mistake else "The hours end then."
    messages.success(request, f"{said} {rebook_words(moved)}")
    return redirect("intake:set_up")


def rebook_words(count: int) -> str:
    if not count:
        return "No booked visit has to move."
    one = count == 1
    return f"{'One booked visit has' if one else f'{count} booked visits have'} to move: on Today."


@requires(Perm.SCHEDULE_SETUP)
@require_POST
def add_exception(request: StaffRequest) -> HttpResponse:
    """Away or extra hours; booked visits it hits are listed as work."""
    at, clinic, post = now(), working_clinic(request), request.POST
    from_on = read_day(post.get("from_on", ""))
    _, moved = schedule.add_exception(
        clinic=clinic, user=person_in(request), kind=post.get("kind", ""), from_on=from_on,
        to_on=read_day(post["to_on"]) if post.get("to_on") else from_on,
        starts=schedule.read_time(post.get("starts", "")),
        ends=schedule.read_time(post.get("ends", "")),
        reason=post.get("reason", ""), by=request.user, now=at,
    )  # fmt: skip
    messages.success(request, f"Saved. {rebook_words(moved)}")
    return redirect("intake:set_up")


@requires(Perm.SCHEDULE_SETUP)
@require_POST
def end_exception(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    at = now()
    row = set_up.exception_for(request.user, pk, now=at)
    schedule.end_exception(row=row, by=request.user, now=at)
    messages.success(request, "Taken back.")
    return redirect("intake:set_up")
