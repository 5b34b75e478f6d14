"""The patient's own pages: the same plan as the care team reads, in plain words.

The patient comes from the session, never from the request.
"""

import datetime as dt
from typing import Any

from csp.decorators import csp_update
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
from rehab.models import CarePlan
from rehab.selectors.fetching import visible
from rehab.selectors.limits import in_force, line_of
from rehab.selectors.plans import own_therapy, plan_page

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


def own_plan(request: StaffRequest, chart: Patient | None, at: dt.datetime) -> CarePlan | None:
    """The plan that runs; the newest where there are two."""
    if chart is None:
        return None
    rows = visible(CarePlan, request.user, now=at).filter(patient=chart, ended_at=None)
    rows = rows.select_related("patient__clinic", "clinic", "episode", "lanes")
    return rows.order_by("-started_on", "pk").first()


def next_visits(chart: Patient | None, at: dt.datetime) -> list[Appointment]:
    if chart is None:
        return []
    rows = Appointment.objects.filter(patient=chart, state__in=STANDING, ends_at__gte=at)
    return list(rows.select_related("visit_type", "provider").order_by("starts_at")[:VISITS])


@requires(Perm.PORTAL_VIEW)
@require_GET
def home(request: StaffRequest) -> HttpResponse:
    """The next visit, the goal and how far it is."""
    at = now()
    chart = chart_of(request, at, "portal")
    row = own_plan(request, chart, at)
    context = {
        "portal": frame(request, "home:portal"),
        "patient": chart,
        "team": team_of(chart, now=at) if chart else [],
        "page": plan_page(request.user, row, now=at) if row else None,
        "visits": next_visits(chart, at),
    }
    return render(request, "home/portal.html", context)


@requires(Perm.PORTAL_VIEW)
@require_GET
def plan(request: StaffRequest) -> HttpResponse:
    """The whole plan: what I do, what I leave out, what comes next, when."""
    at = now()
    chart = chart_of(request, at, "portal_plan")
    row = own_plan(request, chart, at)
    page = plan_page(request.user, row, now=at) if row else None
    context: dict[str, Any] = {
        "portal": frame(request, "home:portal_plan"),
        "patient": chart,
        "page": page,
        "own": own_therapy(page, now=at) if page else None,
        "visits": next_visits(chart, at),
    }
    if row:
        today = today_at(row.clinic.zone, now=at)
        context["limits"] = [line_of(r, today=today) for r in in_force(row.patient, today=today)]
    return render(request, "home/portal_plan.html", context)


@requires(Perm.PORTAL_VIEW)
@require_GET
@limited("letter", 20, per=60)  # type: ignore[arg-type]  # csp's types know no arguments
@csp_update(VIEWER)  # type: ignore[arg-type]  # likewise
def sheet(request: StaffRequest) -> HttpResponse:
    """The same sheet that they left the clinic with, as the plan is now."""
    at = now()
    row = own_plan(request, chart_of(request, at, "portal_plan"), at)
    if row is None:
        raise NotFound("There is no plan to print yet. It is written at your first visit.")
    response = HttpResponse(print_sheet(request.user, row, now=at), content_type="application/pdf")
    response["Content-Disposition"] = 'inline; filename="plan.pdf"'
    return response
