"""Role homes, search, the patient page, one's own settings: pages made of several apps' rows."""

import datetime as dt

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from config.home import samples
from config.home.desk import desk_of
from config.home.own_day import own_day
from config.home.shell import mark_of, urgent_of
from core.accounts.access import public, requires
from core.accounts.confirm import shown_page
from core.accounts.devices import devices_of
from core.accounts.models import User
from core.accounts.permissions import Perm
from core.accounts.roles import Role
from core.accounts.services import set_preferences
from core.audit.services import record_list
from core.lib.clock import now
from core.lib.errors import Refused
from core.lib.ui import gallery_entries
from core.people.http import StaffRequest
from core.work.jobs import kinds
from core.work.selectors import own_jobs_lately
from intake import selectors as intake
from intake.models import Call
from messaging.selectors.worklist import PAGE, worklist
from messaging.views import key_from

TREAT = {Role.PHYSICIAN, Role.THERAPIST, Role.BEHAVIORAL_HEALTH}


@public("sends everyone to their own first page")
def start(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        return redirect("account_login")
    return redirect("home:today" if request.user.is_staff_member else "home:portal")


@requires(Perm.HOME_VIEW)
@require_GET
def today(request: StaffRequest) -> HttpResponse:
    """A role's home: red flags, then its open work, what is due first on top."""
    at = now()
    rows = worklist(request.user, now=at, after=key_from(request.GET.get("after", "")))
    older = f"{rows[-1].due_at.isoformat()}_{rows[-1].id}" if len(rows) == PAGE else ""
    takes_calls = request.user.may(Perm.CALL_BACK)
    open_calls = intake.unfinished_calls(request.user, now=at) if takes_calls else []
    running = on_the_line(request, at)
    clinic = request.clinic if request.user.has_role(Role.FRONT_DESK) else None
    desk = desk_of(request.user, clinic, now=at) if clinic else None
    clinician = request.user.may(Perm.CHART_VIEW) and bool(set(request.user.roles) & TREAT)
    visits = own_day(request.user, request.clinic, now=at) if clinician and request.clinic else []
    shown = {row.patient_id for row in rows} | {visit.row.patient_id for visit in visits}
    shown |= {call.patient_id for call in open_calls}
    if desk:
        shown |= {row.patient_id for row in desk.call_backs}
        shown |= {a.visit.patient_id for a in desk.arrivals}
        apart = {row.id for row in desk.call_backs}
        rows = [row for row in rows if row.id not in apart]
    record_list(
        by=request.user,
        action="list",
        object_kind="worklist",
        patient_ids=sorted(pk for pk in shown if pk),
        now=at,
    )
    audit_flags(request, at, running)
    return render(
        request,
        "home/today.html",
        {
            "urgent": urgent_of(request, at),
            "rows": rows,
            "older": older,
            "open_calls": open_calls,
            "on_the_line": running,
            "takes_calls": takes_calls,
            "desk": desk,
            "clinician": clinician,
            "visits": visits,
            "jobs": [
                (job, kinds()[job.kind].words) for job in own_jobs_lately(request.user, now=at)
            ],
        },
    )


@requires(Perm.HOME_VIEW)
@require_GET
def flags_now(request: StaffRequest) -> HttpResponse:
    """Asked by every open page: a flag raised after it was loaded shows all the same.

    Only a change sends the rows again, so only a change is a look for the audit trail.
    """
    at = now()
    rows = urgent_of(request, at)
    changed = request.GET.get("seen") != mark_of(rows)
    on_today = shown_page(request) == reverse("home:today")
    running = on_the_line(request, at) if changed and on_today else []
    if changed and on_today:
        audit_flags(request, at, running)
    context = {
        "urgent": rows,
        "on_the_line": running,
        "changed": changed,
        "on_today": on_today,
    }
    return render(request, "home/_flags_now.html", context)


def on_the_line(request: StaffRequest, at: dt.datetime) -> list[Call]:
    """For those who answer flags: calls that cannot wait, while they are being taken."""
    if not request.user.may(Perm.FLAG_ACKNOWLEDGE):
        return []
    return intake.emergencies_on_the_line(request.user, now=at)


def audit_flags(request: StaffRequest, at: dt.datetime, running: list[Call]) -> None:
    shown = {row.patient_id for row in urgent_of(request, at)} | {c.patient_id for c in running}
    patients = sorted(pk for pk in shown if pk)
    record_list(
        by=request.user, action="list", object_kind="red_flag", patient_ids=patients, now=at
    )


@requires(Perm.CALL_TAKE)
@require_GET
def new_call(request: StaffRequest) -> HttpResponse:
    """The page behind the C key: one button (a GET starts nothing)."""
    return render(request, "home/new_call.html", {})


@requires(Perm.HOME_VIEW)
@require_http_methods(["GET", "POST"])
def me(request: StaffRequest) -> HttpResponse:
    """One's own look and keys, and where one is signed in."""
    if request.method == "POST":
        theme = request.POST.get("theme", "")
        if theme not in User.Theme.values:
            raise Refused("Choose light, dark, or as the device is set.")
        set_preferences(
            user=request.user, theme=theme, single_keys="single_keys" in request.POST, now=now()
        )
        messages.success(request, "Saved.")
        return redirect("home:me")
    devices = devices_of(request.user, this=request.session.session_key)
    context = {"themes": User.Theme.choices, "devices": devices}
    return render(request, "home/me.html", context)


@requires(Perm.HOME_VIEW)
@require_GET
def help_page(request: StaffRequest) -> HttpResponse:
    return render(request, "home/help.html", {})


@requires(Perm.GALLERY_VIEW)
@require_GET
def gallery(request: StaffRequest) -> HttpResponse:
    """Every component, live."""
    context = {"entries": gallery_entries(), "charts": samples.charts(now())}
    return render(request, "home/gallery.html", context)
