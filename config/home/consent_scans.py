"""The scans of a signature: what was signed, on paper, beside what was noted of it."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from core.accounts.access import requires
from core.accounts.permissions import Perm
from core.documents.rules import MOST_FILES
from core.documents.selectors import scans_of
from core.documents.services import Arrival, attach_scan
from core.lib.clock import now
from core.lib.errors import Refused
from core.people.access import patient_for
from core.people.http import StaffRequest
from core.people.registration import KINDS, row_for
from core.work.limits import limited


@requires(Perm.DOCUMENT_FILE)
@require_http_methods(["GET", "POST"])
@limited("upload", 60, per=600, methods="POST")
def consent_scans(request: StaffRequest, pk: uuid.UUID, row_pk: uuid.UUID) -> HttpResponse:
    """Show them, or file what was chosen; what was refused is said file by file."""
    at = now()
    patient = patient_for(request.user, pk, now=at)
    consent = row_for(patient, KINDS["consent"], row_pk)
    problem, arrivals = "", list[Arrival]()
    if request.method == "POST":
        chosen = request.FILES.getlist("files")
        try:
            arrivals = attach_scan(consent=consent, uploads=chosen, by=request.user, now=at)
        except Refused as refusal:
            problem = str(refusal)
        if not problem and not any(arrival.refused for arrival in arrivals):
            messages.success(request, "The scan is filed with the signature.")
            return redirect("home:consent_scans", pk, row_pk)
    context = {
        "patient": patient,
        "tab": "registration",
        "consent": consent,
        "scans": scans_of([consent]).get(consent.pk, []),
        "most": MOST_FILES,
        "problem": problem,
        "arrivals": arrivals,
        "opens": request.user.may(Perm.DOCUMENT_VIEW),
    }
    status = 422 if problem or arrivals else 200
    return render(request, "home/consent_scans.html", context, status=status)
