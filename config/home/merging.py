"""Two charts of one person: compare them, make them one, take it back."""

import datetime as dt
import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from core.accounts.access import requires
from core.accounts.permissions import Perm
from core.audit.services import record_list
from core.lib import ui
from core.lib.clock import now
from core.lib.errors import Conflict, NotFound, Refused
from core.people.access import as_uuid, patient_for
from core.people.editing import in_words
from core.people.forms import Identity, StatusSheet
from core.people.http import StaffRequest
from core.people.models import Merge, Patient
from core.people.names import phone_words
from core.people.selectors import find_patients, likely_duplicates
from core.people.services import merge as merge_charts
from core.people.services import plan_merge, undo_merge
from core.people.services.merging import Plan

# What the registration asks about a person, in its words, and what no form of it has.
LABELS = {
    name: str(field.label)
    for sheet in (Identity, StatusSheet)
    for name, field in sheet.base_fields.items()
} | {"allergies_asked_at": "Asked about allergies"}
OTHERWISE = {"status": "Care at this clinic", "status_on": "… since", "status_note": "… note"}


def said(chart: Patient, name: str, value: Any) -> str:
    """A value of a chart as a person reads it."""
    if name == "phone" and value:
        return phone_words(value)
    if isinstance(value, dt.datetime):
        return ui.day(value)
    if isinstance(value, dt.date):
        return ui.short_date(value)
    column: Any = chart._meta.get_field(name)
    return in_words(value, {key: str(label) for key, label in column.flatchoices})


def compared(kept: Patient, gone: Patient) -> list[tuple[str, str, str]]:
    """(label, this chart's, the other's) of everything in which they differ."""
    rows = [
        (OTHERWISE.get(name, label), said(kept, name, getattr(kept, name)),
         said(gone, name, getattr(gone, name)))
        for name, label in LABELS.items()
    ]  # fmt: skip
    return [row for row in rows if row[1] != row[2]]


def taken(kept: Patient, plan: Plan) -> list[tuple[str, str]]:
    """(label, what the kept chart would then say) of all that it takes over."""
    facts = plan.taken_over.items()
    return [(OTHERWISE.get(name, LABELS[name]), said(kept, name, value))
            for name, value in facts if name in LABELS]  # fmt: skip


@requires(Perm.PATIENT_MERGE, reauth=True)
@require_http_methods(["GET", "POST"])
def merge(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """Choose the other chart, see what would happen, and make them one. This one is kept."""
    at = now()
    kept = patient_for(request.user, pk, now=at)
    said = request.POST
    other = as_uuid(said.get("other", ""))
    gone = patient_for(request.user, other, now=at, action="compare") if other else None
    problem = ""
    if gone and "reason" in said:
        try:
            merge_charts(kept=kept, gone=gone, reason=said["reason"], by=request.user, now=at)
            messages.success(request, "One chart now. It can be taken back on this page.")
            return redirect("home:registration", kept.pk)
        except (Refused, Conflict) as refusal:
            problem = str(refusal)
    text = said.get("q", "").strip()
    if text:
        rows = find_patients(request.user, text, now=at)
    else:
        rows = likely_duplicates(
            request.user,
            given_name=kept.given_name,
            family_name=kept.family_name,
            birth_date=kept.birth_date,
            phone=kept.phone,
            clinic=kept.clinic,
            now=at,
        )
    rows = [row for row in rows if row.id != kept.pk]
    record_list(
        by=request.user,
        action="search",
        object_kind="patient",
        patient_ids=[row.id for row in rows],
        now=at,
    )
    plan = plan_merge(kept=kept, gone=gone, by=request.user, now=at) if gone else None
    context = {
        "patient": kept,
        "tab": "registration",
        "gone": gone,
        "rows": rows,
        "q": text,
        "plan": plan,
        "compared": compared(kept, gone) if gone else [],
        "taken": taken(kept, plan) if plan else [],
        "reason": said.get("reason", ""),
        "problem": problem,
    }
    return render(request, "home/merge.html", context, status=422 if problem else 200)


@requires(Perm.PATIENT_MERGE, reauth=True)
@require_POST
def take_back(request: StaffRequest, pk: uuid.UUID, merge_pk: uuid.UUID) -> HttpResponse:
    """Undo: what was moved goes back, what was written since stays."""
    at = now()
    kept = patient_for(request.user, pk, now=at)
    row = Merge.objects.filter(kept=kept, pk=merge_pk).select_related("kept", "gone").first()
    if row is None:
        raise NotFound("There is no such merge on this chart.")
    reason = request.POST.get("reason", "")
    done = undo_merge(merge=row, reason=reason, by=request.user, now=at)
    left = f" {done.left} went elsewhere since and stayed." if done.left else ""
    messages.success(request, f"Two charts again; {done.back} entries went back.{left}")
    return redirect("home:registration", row.gone_id)
