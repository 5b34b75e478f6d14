"""Two charts of one person: compare them, make them one, take it back."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from core.accounts.access import requires
from core.accounts.permissions import Perm
from core.audit.services import record_list
from core.lib.clock import now
from core.lib.errors import Conflict, NotFound, Refused
from core.people.access import as_uuid, patient_for
from core.people.http import StaffRequest
from core.people.models import Merge
from core.people.selectors import find_patients, likely_duplicates
from core.people.services import merge as merge_charts
from core.people.services import plan_merge, undo_merge

COMPARED = ("given_name", "family_name", "birth_date", "sex", "phone", "email", "address", "city",
            "language")  # fmt: skip


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
    context = {
        "patient": kept,
        "tab": "registration",
        "gone": gone,
        "rows": rows,
        "q": text,
        "plan": plan_merge(kept=kept, gone=gone, by=request.user, now=at) if gone else None,
        "compared": [(name, getattr(kept, name), getattr(gone, name)) for name in COMPARED]
        if gone
        else [],
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
