"""Who looked at what: of a chart, of a person, and what is worth a look. Managers, own clinics.

Looking here is itself on the trail. A file needs a reason and the password again.
"""

import datetime as dt
import uuid
from dataclasses import asdict
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from config.home import audit_trail as trail
from config.home import audit_words
from config.home.audit_trail import LATELY, Filters, Rows, filters_of
from config.home.list_file import MOST
from config.home.list_views import csv_answer, in_bounds, reason_of
from core.accounts.access import check, requires
from core.accounts.models import User
from core.accounts.permissions import Perm
from core.audit.selectors import looks, narrowed, people_of
from core.audit.services import record, record_list
from core.audit.verifying import unsealed
from core.lib.clock import now
from core.people.access import as_uuid, patient_for, visible_to
from core.people.http import StaffRequest
from core.people.models import Patient
from core.people.staff import people_of_manager, person_for
from core.work.limits import limited


def after_of(request: StaffRequest) -> int | None:
    text = request.GET.get("after", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


# --- pages --------------------------------------------------------------------------------------
@requires(Perm.AUDIT_VIEW)
@require_GET
def audit(request: StaffRequest) -> HttpResponse:
    """The start: whom or what to look up, and what is worth a look."""
    at = now()
    if chosen := as_uuid(request.GET.get("somebody", "")):
        return redirect("home:audit_person", chosen)
    shown, asked = filters_of(request)
    rows = narrowed(trail.worth_a_look(request.user, at), asked)
    context = page_of(request, rows, shown, at)
    people = people_of_manager(request.user, now=at).order_by("full_name", "pk")
    choices = [(str(p.pk), p.name_line) for p in people]
    context |= {"people": choices, "unsealed": unsealed()}
    return render(request, "home/audit.html", context)


@requires(Perm.AUDIT_VIEW)
@require_GET
def chart_looks(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """Who looked at this chart."""
    at = now()
    patient = patient_for(request.user, pk, now=at, action="read_audit")
    shown, asked = filters_of(request)
    everything = trail.of_patient(patient)
    context = page_of(request, narrowed(everything, asked), shown, at)
    context |= {
        "patient": patient,
        "sentence": trail.chart_sentence(everything.filter(at__gt=at - LATELY)),
        "people": [(str(i), name) for i, name in people_of(everything)],
    }
    return render(request, "home/audit_chart.html", context)


@requires(Perm.AUDIT_VIEW)
@require_GET
def person_looks(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """What one person did."""
    at = now()
    person = person_for(request.user, pk, now=at)
    shown, asked = filters_of(request)
    everything = trail.of_person(request.user, person, at)
    context = page_of(request, narrowed(everything, asked), shown, at)
    context |= {
        "person": person,
        "sentence": trail.person_sentence(everything.filter(at__gt=at - LATELY), person),
    }
    record(by=request.user, action="read_audit", object_kind="user", object_id=person.pk, now=at)
    return render(request, "home/audit_person.html", context)


def page_of(request: StaffRequest, rows: Rows, shown: Filters, at: dt.datetime) -> dict[str, Any]:
    """What every list of the trail shows. Patients who are named get a row of their own."""
    page, older = looks(rows, order=shown.order, after=after_of(request))
    ids = {row.patient_id for row in page if row.patient_id}
    named = visible_to(request.user, now=at).filter(pk__in=ids).in_bulk()
    record_list(
        by=request.user, action="list", object_kind="audit_trail", patient_ids=sorted(named), now=at
    )
    clinical = request.user.may(Perm.CHART_VIEW)
    return {
        "rows": [
            {
                "look": row,
                "action": audit_words.action_words(row.action),
                "object": audit_words.object_words(row),
                "reason": audit_words.reason_for(clinical, row.object_kind, row.reason),
                "patient": named.get(row.patient_id) if row.patient_id else None,
            }
            for row in page
        ],
        "shown": shown,
        "actions": sorted(audit_words.ACTIONS.items(), key=lambda one: one[1]),
        "older": shown.address(after=older) if older else "",
        "newer": shown.address() if "after" in request.GET else "",
        "may_export": request.user.may(Perm.LIST_EXPORT),
        "may_review": request.user.may(Perm.BREAK_GLASS_REVIEW),
        "most": MOST,
    }


# --- files --------------------------------------------------------------------------------------
@requires(Perm.AUDIT_VIEW, reauth=True)
@require_POST
@limited("export", 10, per=600)
def export_chart(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    at = now()
    patient = patient_for(request.user, pk, now=at, action="read_audit")
    return file_of(request, trail.of_patient(patient), "chart", at, patient=patient)


@requires(Perm.AUDIT_VIEW, reauth=True)
@require_POST
@limited("export", 10, per=600)
def export_person(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    at = now()
    person = person_for(request.user, pk, now=at)
    return file_of(request, trail.of_person(request.user, person, at), "person", at, person=person)


def file_of(
    request: StaffRequest,
    everything: Rows,
    about: str,
    at: dt.datetime,
    *,
    patient: Patient | None = None,
    person: User | None = None,
) -> HttpResponse:
    """The rows as filtered. Who took how many and why is on the trail before the first leaves."""
    check(request.user, Perm.LIST_EXPORT, route="home:audit")
    reason = reason_of(request)
    shown, asked = filters_of(request)
    rows = narrowed(everything, asked)
    count = in_bounds(rows[: MOST + 1].count())
    chosen = [f"{k}={v}"[:60] for k, v in asdict(shown).items() if v and k != "order"]
    record(
        by=request.user,
        action="export",
        object_kind="audit_trail",
        object_id=patient.pk if patient else person.pk if person else "",
        patient_id=patient.pk if patient else None,
        fields=[f"rows={count}", *chosen],
        reason=reason,
        now=at,
    )
    if person:
        others = rows.filter(patient_id__isnull=False).values_list("patient_id", flat=True)
        record_list(
            by=request.user,
            action="export",
            object_kind="audit_trail",
            patient_ids=sorted({pk for pk in others.distinct() if pk}),
            now=at,
        )
    body = trail.file_rows(rows, request.user.may(Perm.CHART_VIEW))
    return csv_answer(f"audit-{about}", trail.HEADER, body, at)
