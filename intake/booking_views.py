"""Doors of the booking: free times, the pair for a call, another time for a visit."""

import datetime as dt
import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.accounts.access import requires
from core.accounts.permissions import Perm
from core.lib.clock import now
from core.lib.errors import Conflict, Refused
from core.lib.forms import version_of
from core.people.access import patient_for
from core.people.dates import today_at
from core.people.http import StaffRequest
from core.people.models import Episode, Patient
from core.people.names import birth_date_of
from intake import agenda, problems, selectors
from intake.appointment_rules import PT_KINDS
from intake.models import Appointment, Call, VisitKind, VisitType
from intake.services import booking, call_charts, limits
from intake.slots import AHEAD, FARTHEST, ground, offers


def as_day(text: str, *, today: dt.date) -> dt.date:
    """A day of an address, not before today nor farther than one may book; today for none."""
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return today
    return min(max(day, today), today + dt.timedelta(days=FARTHEST - AHEAD))


def uuid_or_none(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def call_of(request: StaffRequest, patient: Patient, at: dt.datetime) -> Call | None:
    """The call this booking is for, when the address or form names one of this patient."""
    pk = uuid_or_none(request.POST.get("call", "") or request.GET.get("call", ""))
    call = selectors.call_for(request.user, pk, now=at) if pk else None
    return call if call and call.patient_id == patient.pk else None


def free_times(
    request: StaffRequest,
    patient: Patient,
    chosen: VisitType | None,
    at: dt.datetime,
    *,
    moved: Appointment | None = None,
) -> dict[str, Any]:
    """What both pages of free times show."""
    today = today_at(patient.clinic.zone, now=at)
    first = as_day(request.GET.get("from", "") or request.POST.get("from", ""), today=today)
    last = first + dt.timedelta(days=AHEAD - 1)
    asked = request.GET.get("video") or request.POST.get("video") or (moved and moved.telehealth)
    video = bool(chosen and chosen.telehealth and asked)
    video = video or bool(chosen and chosen.kind == VisitKind.TELEHEALTH_CHECK)
    days: list[agenda.Day] = []
    if chosen:
        found = ground(
            chosen, first=first, last=last, now=at, video=video, patient=patient, without=moved
        )
        who = uuid_or_none(request.GET.get("provider", ""))
        days = agenda.by_day(
            offers(found, first=first, last=last, provider=who), patient.clinic.zone
        )
    after = days[-1][0] if days else last
    stands = limits.limits_of(patient)
    return {
        "chosen": chosen,
        "days": days,
        "first": first,
        "last": after,
        "today": today,
        "later": after + dt.timedelta(days=1),
        "video": video,
        "limits": [row for row in stands if chosen is None or chosen.kind in row.kinds],
        "may_override": request.user.may(Perm.LIMIT_OVERRIDE),
        "is_pt": bool(chosen and chosen.kind in PT_KINDS),
        "typed": {name: request.POST.get(name, "") for name in ("notes", "reason")},
    }


def wanted_in(request: StaffRequest, kind: VisitType | None) -> booking.Wanted:
    """The time whose button was pressed. Raises Refused for what is none."""
    if kind is None:
        raise Refused("Choose what kind of visit it is.")
    who, starts_at = agenda.read_slot(request.POST.get("slot", ""))
    return booking.Wanted(kind, who, starts_at, video=bool(request.POST.get("video")))


def status_of(error: Exception) -> int:
    return 409 if isinstance(error, Conflict) else 422


@requires(Perm.SCHEDULE_BOOK)
@require_http_methods(["GET", "POST"])
def book(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """Type, then real free times; a time is one button."""
    at = now()
    patient = patient_for(request.user, pk, now=at)
    call = call_of(request, patient, at)
    types = agenda.types_of(patient.clinic)
    kind = agenda.type_in(types, request.POST.get("type", "") or request.GET.get("type", ""))
    known = problems.open_problems(patient)
    asked = request.POST.get("problem", "") or request.GET.get("problem", "")
    problem: Exception | None = None
    if request.method == "POST":
        try:
            booking.book(
                patient=patient, wanted=wanted_in(request, kind), by=request.user, now=at,
                call=call, episode=problems.chosen_in(known, asked),
                notes=request.POST.get("notes", ""), reason=request.POST.get("reason", ""),
            )  # fmt: skip
        except (Refused, Conflict) as error:
            problem = error
        else:
            messages.success(request, "The visit is booked.")
            return on_to(patient, call)
    context = free_times(request, patient, kind, at) | {
        "patient": patient, "tab": "visits", "types": types, "call": call,
        "problem": str(problem or ""),
        "problems": problems.options_of(request.user, known),
        "asked": asked if asked in {str(row.pk) for row in known} else "",
    }  # fmt: skip
    return render(
        request, "intake/book.html", context, status=status_of(problem) if problem else 200
    )


def on_to(patient: Patient, call: Call | None) -> HttpResponse:
    """Back to the caller on the line, else to the patient's visits."""
    if call and call.state == Call.State.OPEN:
        return redirect("intake:call", call.pk)
    return redirect("intake:visits", patient.pk)


@requires(Perm.SCHEDULE_BOOK)
@require_http_methods(["GET", "POST"])
def book_call(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """The first visit and the first PT visit within seven days of a call: one button a pair."""
    at = now()
    call = selectors.call_for(request.user, pk, now=at)
    if call.patient is None:
        context = {"call": call, "matches": selectors.matches(request.user, call, now=at)}
        return render(request, "intake/book_chart.html", context)
    patient = patient_for(request.user, call.patient.pk, now=at)
    problem: Exception | None = None
    if request.method == "POST":
        try:
            booking.book_all(
                patient=patient, wanted=pair_in(request, patient), by=request.user, now=at,
                call=call, reason=request.POST.get("reason", ""),
            )  # fmt: skip
        except (Refused, Conflict) as error:
            problem = error
        else:
            messages.success(request, "Booked.")
            return on_to(patient, call)
    offer = agenda.week_offer(patient, call, now=at, since=agenda.pt_since(call))
    context = {
        "patient": patient, "tab": "visits", "call": call, "offer": offer,
        "problem": str(problem or ""),
        "limits": limits.limits_of(patient), "held": limits.held_on_the_line(patient),
        "may_override": request.user.may(Perm.LIMIT_OVERRIDE),
        "typed": {"reason": request.POST.get("reason", "")},
    }  # fmt: skip
    return render(
        request, "intake/book_call.html", context, status=status_of(problem) if problem else 200
    )


def pair_in(request: StaffRequest, patient: Patient) -> list[booking.Wanted]:
    """The pair, or the one PT time, whose button was pressed. Raises Refused for what is none."""
    types = agenda.types_of(patient.clinic)
    wished = [agenda.read_slot(text) for text in request.POST.get("slots", "").split("|")]
    both = (VisitKind.INITIAL, VisitKind.PT_EVAL) if len(wished) == 2 else (VisitKind.PT_EVAL,)
    if len(wished) > 2:
        raise Refused("Choose one of the times shown.")
    made = []
    for kind, (who, starts_at) in zip(both, wished, strict=True):
        chosen = agenda.first_of(types, (kind,))
        if chosen is None:
            raise Refused("This kind of visit is not set up. Ask the manager.")
        made.append(booking.Wanted(chosen, who, starts_at))
    return made


@requires(Perm.SCHEDULE_BOOK)
@require_POST
def chart_of_call(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """An ended call gets its chart, so that it can be booked: a match, or a new one."""
    at = now()
    call = selectors.call_for(request.user, pk, now=at)
    chosen = uuid_or_none(request.POST.get("patient", ""))
    patient = patient_for(request.user, chosen, now=at, action="match") if chosen else None
    born = birth_date_of(request.POST.get("confirm_birth_date", ""), today=at.date())
    call_charts.chart_for_call(call=call, patient=patient, birth_date=born, by=request.user, now=at)
    return redirect("intake:book_call", call.pk)


@requires(Perm.SCHEDULE_BOOK)
@require_GET
def book_episode(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """The page of “no PT after a flare”: PT times of that problem's patient."""
    at = now()
    episode = Episode.objects.filter(pk=pk).values_list("patient_id", flat=True).first()
    patient = patient_for(request.user, episode or uuid.UUID(int=0), now=at)
    kind = agenda.first_of(agenda.types_of(patient.clinic), PT_KINDS)
    query = ({"type": str(kind.pk)} if kind else {}) | {"problem": str(pk)}
    return redirect(f"{reverse('intake:book', args=[patient.pk])}?{urlencode(query)}")


@requires(Perm.SCHEDULE_BOOK)
@require_http_methods(["GET", "POST"])
def move(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """Another time for the same visit; the link to the old time stays."""
    at = now()
    row = agenda.appointment_for(request.user, pk, now=at)
    patient = row.patient
    problem: Exception | None = None
    if request.method == "POST":
        try:
            moved = booking.move(
                appointment=row, wanted=wanted_in(request, row.visit_type), by=request.user,
                now=at, version=version_of(request), reason=request.POST.get("reason", ""),
            )  # fmt: skip
        except (Refused, Conflict) as error:
            problem = error
        else:
            messages.success(request, "The visit is moved.")
            return redirect("intake:appointment", moved.pk)
    context = free_times(request, patient, row.visit_type, at, moved=row) | {
        "patient": patient, "tab": "visits", "row": row, "problem": str(problem or ""),
    }  # fmt: skip
    return render(
        request, "intake/move.html", context, status=status_of(problem) if problem else 200
    )
