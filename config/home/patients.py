"""Finding, registering and opening a patient."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from config.home.chart import chart_rows
from config.home.since import PAGE
from config.home.skim import items_in, open_work, skim
from config.home.timeline import SHOWN, timeline
from core.accounts.access import requires
from core.accounts.permissions import Perm
from core.audit.services import record_list
from core.lib.clock import now
from core.lib.errors import Refused
from core.people.access import patient_for
from core.people.fields import Part, shows
from core.people.http import StaffRequest, working_clinic
from core.people.models import Patient
from core.people.names import birth_date_of
from core.people.selectors import find_patients, likely_duplicates
from core.people.services import register_patient
from core.work.limits import limited
from messaging.views import key_from


@requires(Perm.PATIENT_FIND)
@require_http_methods(["GET", "POST"])
@limited("search", 150, per=60, methods="POST")
def patients(request: StaffRequest) -> HttpResponse:
    """Search by name, date of birth, MRN or phone. Posted: no word of it is in an address."""
    at = now()
    text = request.POST.get("q", "").strip()[:120]
    rows = find_patients(request.user, text, now=at) if text else []
    record_list(
        by=request.user,
        action="search",
        object_kind="patient",
        patient_ids=[r.id for r in rows],
        now=at,
    )
    template = "home/_search_results.html" if request.htmx else "home/patients.html"
    context = {
        "text": text,
        "rows": rows,
        "may_register": request.user.may(Perm.PATIENT_REGISTER),
        "may_break_glass": request.user.may(Perm.BREAK_GLASS),
        "may_import": request.user.may(Perm.PATIENT_IMPORT),
    }
    return render(request, template, context)


@requires(Perm.PATIENT_REGISTER)
@require_http_methods(["GET", "POST"])
def register(request: StaffRequest) -> HttpResponse:
    """A new chart, after the ones that may be the same person were offered."""
    at = now()
    typed = {
        n: request.POST.get(n, "").strip()
        for n in ("given_name", "family_name", "birth_date", "phone", "sex")
    }
    born = birth_date_of(typed["birth_date"], today=at.date())
    problem, alike = "", []
    if request.method == "POST":
        try:
            if not typed["given_name"] or not typed["family_name"]:
                raise Refused("Write the first and the last name.")
            if not born:
                raise Refused("Type the date of birth as 03/14/1974 or 03141974.")
            alike = likely_duplicates(
                request.user,
                given_name=typed["given_name"],
                family_name=typed["family_name"],
                birth_date=born,
                phone=typed["phone"],
                clinic=working_clinic(request),
                now=at,
            )
            if not alike or "different" in request.POST:
                patient = register_patient(
                    clinic=working_clinic(request),
                    given_name=typed["given_name"],
                    family_name=typed["family_name"],
                    birth_date=born,
                    phone=typed["phone"],
                    sex=typed["sex"] or Patient.Sex.UNKNOWN,
                    by=request.user,
                    now=at,
                )
                # Kept in a cookie until it is shown: no MRN, which the page says anyway.
                messages.success(request, "Registered. This is the new chart.")
                return redirect("home:registration", patient.pk)
        except Refused as refusal:
            problem = str(refusal)
    record_list(
        by=request.user,
        action="search",
        object_kind="patient",
        patient_ids=[r.id for r in alike],
        now=at,
    )
    context = {"typed": typed, "alike": alike, "problem": problem, "sexes": Patient.Sex.choices}
    return render(request, "home/register.html", context, status=422 if problem else 200)


@requires(Perm.PATIENT_ADMIN_VIEW)
@require_GET
def patient(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """The patient's page: what each role reads of it: people/fields.py.

    Who treats the patient sees the plan in thirty seconds; who phones and books, what is open.
    """
    at, user = now(), request.user
    clinical = shows(user, Part.PLANS)
    row = patient_for(user, pk, now=at, kind=PAGE if clinical else "patient")
    page = skim(user, row, now=at) if clinical else None
    before = request.GET.get("before", "")
    stand = page.rows if page else chart_rows(row, at=at, more=open_work(user))
    context = {
        "patient": row,
        "tab": "overview",
        "page": page,
        "holds": [flag for flag in stand.flags if flag.is_holding_pt],
        "items": items_in(user, stand),
        "timeline": timeline(
            user, row, now=at, show=request.GET.get("show", ""), before=key_from(before)
        ),
        "shown": SHOWN,
        "clinical": clinical,
        "may_call": user.may(Perm.CALL_TAKE),
        "may_update": user.may(Perm.UPDATE_SEND) and stand.plan is not None,
        "may_audit": user.may(Perm.AUDIT_VIEW),
        "may_hold": user.may(Perm.LEGAL_HOLD),
        "may_export": user.may(Perm.PATIENT_EXPORT),
    }
    return render(request, "home/patient.html", context)
