"""Doors of the schedule: day and week, one patient's visits, one visit and what became of it."""

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from core.accounts.access import requires
from core.accounts.models import User
from core.accounts.permissions import Perm
from core.audit.services import record_list
from core.lib.clock import now
from core.lib.errors import Refused
from core.lib.forms import version_of
from core.lib.instants import near_day, read_key
from core.people.access import may_review, patient_for
from core.people.dates import today_at
from core.people.http import StaffRequest, working_clinic
from intake import agenda, problems
from intake.models import Appointment, LimitOverride
from intake.services import appointments, limits


def asked_of(request: StaffRequest, today: dt.date) -> tuple[agenda.Asked, str, str]:
    """What the address asks for, “day” or “week”, and what to say; nonsense is today."""
    day, far = near_day(request.GET.get("on", ""), today=today)
    view = "week" if request.GET.get("view") == "week" else "day"
    picked = {n: valid(request.GET.get(n, "")) for n in ("provider", "room", "type")}
    if view == "week":
        return agenda.Asked(day - dt.timedelta(days=day.weekday()), 7, **picked), view, far
    return agenda.Asked(day, 1, **picked), view, far


def valid(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return ""


def columns_of(
    rows: list[Appointment], asked: agenda.Asked, zone: str, there: list[User]
) -> list[tuple[Any, list[Appointment]]]:
    """(day or person, visits in order of time): a week per day, a day per person."""
    if asked.days > 1:
        days = [asked.first + dt.timedelta(days=step) for step in range(asked.days)]
        return [(d, [r for r in rows if today_at(zone, now=r.starts_at) == d]) for d in days]
    people = {user.pk: user for user in there} | {r.provider_id: r.provider for r in rows}
    shown = [u for u in people.values() if asked.provider in ("", str(u.pk))]
    return [(u, [r for r in rows if r.provider_id == u.pk])
            for u in sorted(shown, key=lambda u: u.full_name)]  # fmt: skip


@requires(Perm.SCHEDULE_VIEW)
@require_GET
def schedule(request: StaffRequest) -> HttpResponse:
    """A day per person or a week per day; `?on=2026-11-25&view=week&provider=…&room=…&type=…`.

    Very many visits come in parts: `&after=` the last one shown.
    """
    at, clinic = now(), working_clinic(request)
    today = today_at(clinic.zone, now=at)
    asked, view, far = asked_of(request, today)
    after = read_key(request.GET.get("after", ""))
    found = agenda.between(request.user, clinic, asked, now=at, limit=agenda.MOST + 1, after=after)
    rows = found[: agenda.MOST]
    last = rows[-1] if len(found) > len(rows) else None
    record_list(
        by=request.user, action="list", object_kind="appointment",
        patient_ids=sorted({row.patient_id for row in rows}), now=at,
    )  # fmt: skip
    there = agenda.there_on(clinic, asked.first) if view == "day" else []
    columns = columns_of(rows, asked, clinic.zone, there)
    if last or after:  # of a part nobody can say that nothing is booked
        columns = [(head, visits) for head, visits in columns if visits]
    kept = QueryDict(mutable=True)
    kept.update({n: v for n in ("provider", "room", "type") if (v := getattr(asked, n))})
    return render(
        request,
        "intake/schedule.html",
        {
            "view": view, "asked": asked, "rows": rows, "today": today, "clinic": clinic,
            "columns": columns, "far": far, "part": bool(after),
            "next": f"{last.starts_at.isoformat()}_{last.pk}" if last else "",
            "before": asked.first - dt.timedelta(days=asked.days),
            "after": asked.first + dt.timedelta(days=asked.days),
            "last": asked.first + dt.timedelta(days=asked.days - 1),
            "kept": kept.urlencode(),
            "providers": agenda.providers_of(clinic), "rooms": agenda.rooms_of(clinic),
            "types": agenda.types_of(clinic, all_of_them=True),
            "may_set_up": request.user.may(Perm.SCHEDULE_SETUP),
        },
    )  # fmt: skip


@requires(Perm.SCHEDULE_VIEW)
@require_GET
def visits(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """One patient's visits: to come, past, called off; and what limits a booking."""
    at = now()
    patient = patient_for(request.user, pk, now=at)
    before = read_key(request.GET.get("before", ""))
    coming, found = agenda.visits_of(patient, now=at, before=before)
    gone = found[: agenda.PAGE]
    last = gone[-1] if len(found) > len(gone) else None
    return render(
        request,
        "intake/visits.html",
        {
            "patient": patient, "tab": "visits", "coming": coming, "gone": gone,
            "part": bool(before),
            "older": f"{last.starts_at.isoformat()}_{last.pk}" if last else "",
            "limits": limits.limits_of(patient),
            "may_book": request.user.may(Perm.SCHEDULE_BOOK),
        },
    )  # fmt: skip


@requires(Perm.SCHEDULE_VIEW)
@require_GET
def appointment(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """One visit: when, with whom, where, and what may happen to it."""
    at = now()
    row = agenda.appointment_for(request.user, pk, now=at)
    zone, may_book = row.clinic.zone, request.user.may(Perm.SCHEDULE_BOOK)
    known = problems.open_problems(row.patient) if may_book else []
    return render(
        request,
        "intake/appointment.html",
        {
            "row": row, "patient": row.patient, "tab": "visits", "may_book": may_book,
            "problem": problems.words_of(request.user, row.episode) if row.episode else "",
            "problems": problems.options_of(request.user, known),
            "begun": row.starts_at <= at,
            "over": today_at(zone, now=row.starts_at) < today_at(zone, now=at),
            "near": row.starts_at - at <= appointments.EARLY,
            "overrides": row.overrides.select_related("by", "limit").order_by("at"),
            "reads_overrides": request.user.may(Perm.OVERRIDE_REVIEW),
            "sides": Appointment.CancelledFor.choices,
        },
    )  # fmt: skip


def _acted(
    request: StaffRequest, pk: uuid.UUID, act: Callable[..., Appointment], words: str
) -> HttpResponse:
    """One button about one visit, then its page again."""
    at = now()
    row = agenda.appointment_for(request.user, pk, now=at, action="change")
    act(appointment=row, by=request.user, now=at, version=version_of(request))
    messages.success(request, words)
    if request.POST.get("back") == "today":  # the desk's own page, where the next one waits
        return redirect("home:today")
    return redirect("intake:appointment", pk)


@requires(Perm.SCHEDULE_BOOK)
@require_POST
def arrive(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    return _acted(request, pk, appointments.arrive, "Noted: the patient is here.")


@requires(Perm.SCHEDULE_BOOK)
@require_POST
def undo_arrival(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    return _acted(request, pk, appointments.undo_arrival, "Taken back: booked, not here yet.")


@requires(Perm.SCHEDULE_BOOK)
@require_POST
def finish(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    return _acted(request, pk, appointments.finish, "Noted: the visit is done.")


@requires(Perm.SCHEDULE_BOOK)
@require_POST
def miss(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    words = "Noted. Somebody calls them by the end of the next business day."
    return _acted(request, pk, appointments.miss, words)


@requires(Perm.SCHEDULE_BOOK)
@require_POST
def assign(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """Which problem the visit is for."""
    at = now()
    row = agenda.appointment_for(request.user, pk, now=at, action="change")
    known = problems.open_problems(row.patient)
    episode = problems.chosen_in(known, request.POST.get("problem", ""))
    if episode is None:
        raise Refused("Choose which problem the visit is for.")
    appointments.assign(
        appointment=row, episode=episode, by=request.user, now=at, version=version_of(request)
    )
    messages.success(request, "Noted: the plan of that problem counts the visit.")
    return redirect("intake:appointment", pk)


@requires(Perm.SCHEDULE_BOOK)
@require_POST
def cancel(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """Called off, with a reason."""
    at = now()
    row = agenda.appointment_for(request.user, pk, now=at, action="change")
    appointments.cancel(
        appointment=row,
        whose=request.POST.get("whose", ""),
        reason=request.POST.get("reason", ""),
        by=request.user,
        now=at,
        version=version_of(request),
    )
    messages.success(request, "The visit is cancelled.")
    return redirect("intake:appointment", pk)


@requires(Perm.SCHEDULE_VIEW)
@require_GET
def pt_start(request: StaffRequest) -> HttpResponse:
    """Calls without a PT visit in their week: late first, from day 5 marked."""
    at, clinic = now(), working_clinic(request)
    after = read_key(request.GET.get("after", ""))
    found = agenda.pt_starts(request.user, clinic, now=at, limit=agenda.MOST + 1, after=after)
    rows = found[: agenda.MOST]
    last = rows[-1].item if len(found) > len(rows) else None
    record_list(
        by=request.user, action="list", object_kind="pt_start",
        patient_ids=sorted({r.item.patient_id for r in rows if r.item.patient_id}), now=at,
    )  # fmt: skip
    context = {
        "rows": rows, "may_book": request.user.may(Perm.SCHEDULE_BOOK), "clinic": clinic,
        "part": bool(after), "next": f"{last.due_at.isoformat()}_{last.pk}" if last else "",
    }  # fmt: skip
    return render(request, "intake/pt_start.html", context)


@requires(Perm.OVERRIDE_REVIEW)
@require_GET
def override(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """One booking against a limit, for somebody else to look at."""
    row = agenda.override_for(request.user, pk, now=now())
    return render(
        request,
        "intake/override.html",
        {
            "row": row, "patient": row.appointment.patient, "tab": "visits",
            "verdicts": LimitOverride.Verdict.choices,
            "own": not may_review(request.user, row.by_id),
        },
    )  # fmt: skip


@requires(Perm.OVERRIDE_REVIEW)
@require_POST
def review(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    at = now()
    row = agenda.override_for(request.user, pk, now=at)
    limits.review_override(
        override=row,
        verdict=request.POST.get("verdict", ""),
        words=request.POST.get("words", ""),
        by=request.user,
        now=at,
    )
    messages.success(request, "Reviewed.")
    return redirect("intake:override", pk)
