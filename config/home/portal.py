"""The patient's own pages: the same plan as the care team reads, in plain words.

The patient comes from the session, never from the request.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from csp.decorators import csp_update
from django.db.models import Min
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from core.accounts.access import requires
from core.accounts.permissions import Perm
from core.audit.services import record
from core.lib.clock import now
from core.lib.errors import NotFound
from core.people.dates import today_at
from core.people.http import StaffRequest
from core.people.models import Patient
from core.people.selectors import team_of
from core.work.limits import limited
from intake.appointment_rules import STANDING
from intake.letter_views import VIEWER
from intake.models import Appointment
from rehab.documents import print_sheet
from rehab.lane_rules import OwnTherapy
from rehab.models import CarePlan
from rehab.selectors.fetching import visible
from rehab.selectors.limits import in_force, line_of
from rehab.selectors.plans import PlanPage, own_therapy, plan_page

VISITS = 5


def chart_of(request: StaffRequest, at: dt.datetime, kind: str) -> Patient | None:
    """The chart this sign-in belongs to; the look is on the trail."""
    chart: Patient | None = getattr(request.user, "chart", None)
    record(
        by=request.user,
        action="read",
        object_kind=kind,
        patient_id=chart.pk if chart else None,
        now=at,
    )
    return chart


def frame(request: StaffRequest, current: str) -> dict[str, Any]:
    """What every page of the portal has around it."""
    clinic = request.clinic
    pages = (
        ("Home", "home:portal"),
        ("My plan", "home:portal_plan"),
        ("Your sign-in", "mfa_index"),
    )
    return {
        "clinic_name": clinic.name if clinic else "Hallway",
        "clinic_phone": clinic.phone if clinic else "",
        "nav": [
            {"label": label, "url": reverse(name), "current": name == current}
            for label, name in pages
        ],
        "signout_url": reverse("account_logout"),
    }


@dataclass(frozen=True)
class OwnPlan:
    """A plan as its patient reads it."""

    plan: CarePlan
    page: PlanPage
    own: OwnTherapy


def own_rows(request: StaffRequest, chart: Patient | None, at: dt.datetime) -> list[CarePlan]:
    """Every plan that runs, the newest first; where none does, the one that ended last."""
    if chart is None:
        return []
    rows = visible(CarePlan, request.user, now=at).filter(patient=chart)
    rows = rows.select_related("patient__clinic", "clinic", "episode", "lanes")
    begun = rows.filter(ended_at=None).annotate(begun=Min("versions__made_at"))
    return list(begun.order_by("-begun", "pk")) or list(
        rows.exclude(ended_at=None).order_by("-ended_at", "pk")[:1]
    )


def own_plans(request: StaffRequest, chart: Patient | None, at: dt.datetime) -> list[OwnPlan]:
    """The same with what they say."""
    pages = [(row, plan_page(request.user, row, now=at)) for row in own_rows(request, chart, at)]
    return [OwnPlan(row, page, own_therapy(page, now=at)) for row, page in pages]


def next_visits(chart: Patient | None, at: dt.datetime) -> list[Appointment]:
    if chart is None:
        return []
    rows = Appointment.objects.filter(patient=chart, state__in=STANDING, ends_at__gte=at)
    return list(rows.select_related("visit_type", "provider").order_by("starts_at")[:VISITS])


@requires(Perm.PORTAL_VIEW)
@require_GET
def home(request: StaffRequest) -> HttpResponse:
    """The next visit, the goals and how far they are."""
    at = now()
    chart = chart_of(request, at, "portal")
    context = {
        "portal": frame(request, "home:portal"),
        "patient": chart,
        "team": team_of(chart, now=at) if chart else [],
        "plans": own_plans(request, chart, at),
        "visits": next_visits(chart, at),
    }
    return render(request, "home/portal.html", context)


@requires(Perm.PORTAL_VIEW)
@require_GET
def plan(request: StaffRequest) -> HttpResponse:
    """The whole plan, each where there are two: what I do and leave out, what comes next."""
    at = now()
    chart = chart_of(request, at, "portal_plan")
    plans = own_plans(request, chart, at)
    context: dict[str, Any] = {
        "portal": frame(request, "home:portal_plan"),
        "patient": chart,
        "plans": plans,
        "visits": next_visits(chart, at),
    }
    if plans:
        patient, zone = plans[0].plan.patient, plans[0].plan.clinic.zone
        today = today_at(zone, now=at)
        context["limits"] = [line_of(r, today=today) for r in in_force(patient, today=today)]
    return render(request, "home/portal_plan.html", context)


@requires(Perm.PORTAL_VIEW)
@require_GET
@limited("letter", 20, per=60)  # type: ignore[arg-type]  # csp's types know no arguments
@csp_update(VIEWER)  # type: ignore[arg-type]  # likewise
def sheet(request: StaffRequest) -> HttpResponse:
    """The same sheet that they left the clinic with, as the plan is now: a sheet a plan, the newest
    plan’s unless `?plan=` names another one of theirs."""
    at = now()
    rows = own_rows(request, chart_of(request, at, "portal_plan"), at)
    wanted = request.GET.get("plan", "")
    row = next((row for row in rows if wanted in {"", str(row.pk)}), None)
    if row is None:
        raise NotFound("There is no plan to print yet. It is written at your first visit.")
    response = HttpResponse(print_sheet(request.user, row, now=at), content_type="application/pdf")
    response["Content-Disposition"] = 'inline; filename="plan.pdf"'
    return response
