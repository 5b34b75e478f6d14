"""The door of a patient's whole record as a file: why, who it is, then a job."""

import uuid

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from config.home.patient_export import ask_for_record
from core.accounts.access import requires
from core.accounts.permissions import Perm
from core.lib.clock import now
from core.lib.errors import Conflict, Refused
from core.people.access import patient_for
from core.people.http import StaffRequest
from core.work.limits import limited


@requires(Perm.PATIENT_EXPORT, reauth=True)
@require_http_methods(["GET", "POST"])
@limited("export", 10, per=600, methods="POST")
def export(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """Say why; the file is then made in the background and kept for a day."""
    at = now()
    patient = patient_for(request.user, pk, now=at)
    reason, problem = request.POST.get("reason", ""), ""
    if request.method == "POST":
        try:
            job = ask_for_record(patient=patient, reason=reason, by=request.user, now=at)
            return redirect("work:job", job.pk)
        except (Refused, Conflict) as refusal:
            problem = str(refusal)
    context = {"patient": patient, "reason": reason, "problem": problem}
    return render(request, "home/export_record.html", context, status=422 if problem else 200)
