"""The registration of one patient: what the desk asks once, and what is still missing."""

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.accounts.access import requires
from core.accounts.permissions import Perm
from core.accounts.roles import STAFF, Role
from core.documents.selectors import scans_of
from core.lib.clock import now
from core.lib.errors import NotFound, Refused
from core.lib.forms import version_of
from core.people.access import patient_for
from core.people.dates import today_at
from core.people.forms import Identity, Sheet, StatusSheet
from core.people.http import StaffRequest
from core.people.models import Consent, Coverage, Episode, Patient
from core.people.registration import (
    Kind,
    coverage_details,
    kind_for,
    registration_of,
    row_for,
)
from core.people.selectors import at_work_here
from core.people.services import join_care_team, leave_care_team
from core.people.services.patients import open_episode
from core.people.services.sheets import (
    amend,
    close_episode,
    end,
    next_priority,
    no_known_allergies,
    note,
)

EDIT = requires(Perm.PATIENT_EDIT)
BACKGROUND = requires(Perm.BACKGROUND)
FORM = require_http_methods(["GET", "POST"])


@requires(Perm.PATIENT_ADMIN_VIEW)
@require_GET
def registration(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """Everything on one page, with what is still to ask on top."""
    at = now()
    patient = patient_for(request.user, pk, now=at)
    on = registration_of(request.user, patient, now=at)
    context = {
        "patient": patient,
        "tab": "registration",
        "details_of": coverage_details,
        "on": on,
        "scans": scans_of(on.consents),
        "may_file": request.user.may(Perm.DOCUMENT_FILE),
        "may_edit": request.user.may(Perm.PATIENT_EDIT),
        "may_note": request.user.may(Perm.BACKGROUND),
        "may_team": request.user.may(Perm.CARE_TEAM_EDIT),
        "may_merge": request.user.may(Perm.PATIENT_MERGE),
        "clinical": request.user.may(Perm.CHART_VIEW),
        "merges": patient.merges.filter(undone_at=None).select_related("gone", "merged_by"),
        "staff": at_work_here(patient.clinic, now=at)
        if request.user.may(Perm.CARE_TEAM_EDIT)
        else [],
    }
    return render(request, "home/registration.html", context)


# --- one form for every kind of row -------------------------------------------------------------
def sheet_page(
    request: StaffRequest,
    patient: Patient,
    sheet: Sheet,
    title: str,
    *,
    was: Mapping[str, str] | None = None,
    problem: str = "",
) -> HttpResponse:
    """A form of the registration, empty or as it was typed."""
    failed = bool(problem or sheet.errors)
    context = {
        "patient": patient,
        "tab": "registration",
        "sheet": sheet,
        "title": title,
        "was": was,
        "version": getattr(sheet.instance, "version", 1),
        "problem": problem,
        "failed": failed,
    }
    return render(request, "home/registration_form.html", context, status=422 if failed else 200)


def shown_in(request: StaffRequest, names: Mapping[str, Any]) -> dict[str, str]:
    """What stood in each field when the form was shown."""
    return {name: request.POST.get(f"was_{name}", "") for name in names}


def about(request: StaffRequest, patient: Patient, at: dt.datetime) -> dict[str, Any]:
    """What every sheet is told."""
    today = today_at(patient.clinic.zone, now=at)
    return {"patient": patient, "viewer": request.user, "today": today}


def change(
    request: StaffRequest,
    patient: Patient,
    form: type[Sheet],
    row: Any,
    title: str,
    at: dt.datetime,
) -> HttpResponse:
    """Show a row's form, or save what was changed in it."""
    asked = about(request, patient, at)
    blank = form(instance=row, **asked)
    if request.method != "POST":
        standing = {name: text_of(blank[name].value()) for name in blank.fields}
        return sheet_page(request, patient, blank, title, was=standing)
    was = shown_in(request, blank.fields)
    fresh = type(row)._default_manager
    typed = form(request.POST, instance=fresh.get(pk=row.pk), **asked)
    before = form(was, instance=fresh.get(pk=row.pk), **asked)
    if not typed.is_valid():
        return sheet_page(request, patient, typed, title, was=was)
    try:
        amend(
            row=row,
            values=typed.cleaned_data,
            shown=values_shown(before, typed, form(instance=fresh.get(pk=row.pk), **asked)),
            labels=typed.labels,
            words=typed.words,
            version=version_of(request),
            by=request.user,
            now=at,
        )
    except Refused as refusal:
        return sheet_page(request, patient, typed, title, was=was, problem=str(refusal))
    messages.success(request, "Saved.")
    return redirect("home:registration", patient.pk)


def values_shown(before: Sheet, typed: Sheet, saved: Sheet) -> dict[str, Any]:
    """What stood in the form, as values. What breaks a rule of the form is none as typed: it is
    known where it is what was typed, or what is saved, and else left out."""
    before.is_valid()
    values = dict(before.cleaned_data)
    for name in set(typed.cleaned_data) - set(values):
        stood = text_of(before[name].value())
        if stood == text_of(typed[name].value()):
            values[name] = typed.cleaned_data[name]
        elif stood == text_of(saved[name].value()):
            values[name] = getattr(saved.instance, name)
    return values


def text_of(value: Any) -> str:
    return "" if value is None else str(value)


@EDIT
@FORM
def identity(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """Name, address, how to reach them and what they agreed to."""
    at = now()
    patient = patient_for(request.user, pk, now=at)
    return change(request, patient, Identity, patient, "Who it is and how to reach them", at)


@EDIT
@FORM
def status(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """Active, inactive, transferred, deceased."""
    at = now()
    patient = patient_for(request.user, pk, now=at)
    return change(request, patient, StatusSheet, patient, "Active, transferred, deceased", at)


def add_row(request: StaffRequest, pk: uuid.UUID, key: str) -> HttpResponse:
    at = now()
    patient = patient_for(request.user, pk, now=at)
    kind = kind_for(request.user, key)
    asked = about(request, patient, at)
    title = f"Add a {kind.one}" if kind.one[0] not in "aeiou" else f"Add an {kind.one}"
    if request.method != "POST":
        return sheet_page(request, patient, kind.form(initial=first(kind, patient), **asked), title)
    sheet = kind.form(request.POST, **asked)
    if not sheet.is_valid():
        return sheet_page(request, patient, sheet, title)
    try:
        add(kind, patient, sheet.cleaned_data, request, at)
    except Refused as refusal:
        return sheet_page(request, patient, sheet, title, problem=str(refusal))
    messages.success(request, "Saved.")
    return redirect("home:registration", patient.pk)


def first(kind: Kind, patient: Patient) -> dict[str, Any]:
    """What a new form already says."""
    if kind.model is Coverage:
        return {"priority": next_priority(patient.pk)}
    if kind.model is Consent:
        return {"signed_by": patient.full_name}
    return {}


def add(
    kind: Kind, patient: Patient, values: dict[str, Any], request: StaffRequest, at: dt.datetime
) -> None:
    if kind.model is Episode:
        open_episode(patient=patient, by=request.user, now=at, **values)
    else:
        note(patient=patient, kind=kind.model, values=values, by=request.user, now=at)


def change_row(request: StaffRequest, pk: uuid.UUID, key: str, row_pk: uuid.UUID) -> HttpResponse:
    at = now()
    patient = patient_for(request.user, pk, now=at)
    kind = kind_for(request.user, key)
    row = row_for(patient, kind, row_pk)
    return change(request, patient, kind.form, row, f"Change this {kind.one}", at)


def end_row(request: StaffRequest, pk: uuid.UUID, key: str, row_pk: uuid.UUID) -> HttpResponse:
    at = now()
    patient = patient_for(request.user, pk, now=at)
    kind = kind_for(request.user, key)
    row = row_for(patient, kind, row_pk)
    reason = request.POST.get("reason", "")
    if isinstance(row, Episode):
        close_episode(episode=row, reason=reason, by=request.user, now=at)
    else:
        end(row=row, reason=reason, by=request.user, now=at)
    messages.success(request, "Ended. It stays readable under “What has ended”.")
    return redirect("home:registration", patient.pk)


add_entry, add_background = EDIT(FORM(add_row)), BACKGROUND(FORM(add_row))
change_entry, change_background = EDIT(FORM(change_row)), BACKGROUND(FORM(change_row))
end_entry, end_background = EDIT(require_POST(end_row)), BACKGROUND(require_POST(end_row))


@BACKGROUND
@require_POST
def no_allergies(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """Asked, and there are none."""
    at = now()
    patient = patient_for(request.user, pk, now=at)
    no_known_allergies(patient=patient, by=request.user, now=at)
    messages.success(request, "Noted: asked, no known allergies.")
    return redirect("home:registration", patient.pk)


# --- the care team ------------------------------------------------------------------------------
@requires(Perm.CARE_TEAM_EDIT)
@require_POST
def join_team(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    at = now()
    patient = patient_for(request.user, pk, now=at)
    chosen, _, role = request.POST.get("member", "").partition(":")
    people = at_work_here(patient.clinic, now=at)
    user = next((u for u in people if str(u.pk) == chosen), None)
    if user is None or role not in user.roles or Role(role) not in STAFF:
        raise Refused("Choose somebody who works here.")
    join_care_team(patient=patient, user=user, role=Role(role), by=request.user, now=at)
    messages.success(request, f"{user.full_name} is on the care team from today.")
    return redirect("home:registration", patient.pk)


@requires(Perm.CARE_TEAM_EDIT)
@require_POST
def leave_team(request: StaffRequest, pk: uuid.UUID, member_pk: uuid.UUID) -> HttpResponse:
    at = now()
    patient = patient_for(request.user, pk, now=at)
    member = patient.care_team.filter(pk=member_pk).select_related("patient__clinic").first()
    if member is None:
        raise NotFound("There is no such place on this care team.")
    leave_care_team(member=member, by=request.user, now=at)
    messages.success(request, "Taken off the care team.")
    return redirect("home:registration", patient.pk)
