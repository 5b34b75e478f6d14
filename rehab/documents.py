"""What the patient's sheet contains, and how it is printed."""

import datetime as dt
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string
from django.utils import timezone

from core.accounts.models import User
from core.audit.services import record
from core.lib.pdf import render
from core.people.dates import today_at
from core.people.selectors import team_of
from rehab.models import CarePlan
from rehab.selectors.limits import in_force, line_of
from rehab.selectors.plans import own_therapy, plan_page

TITLE = "Your plan"  # of the PDF: file lists and printers show it, so no name


def print_sheet(viewer: User, plan: CarePlan, *, now: dt.datetime) -> bytes:
    """One sheet: plan, if-then pathway, calendar; printed is printed: it is on the trail."""
    patient = plan.patient
    with timezone.override(ZoneInfo(plan.clinic.zone)):
        page = plan_page(viewer, plan, now=now)
        today = today_at(plan.clinic.zone, now=now)
        sheet = {
            "plan": plan,
            "page": page,
            "own": own_therapy(page, now=now),
            "patient": patient,
            "clinic": plan.clinic,
            "limits": [line_of(row, today=today) for row in in_force(patient, today=today)],
            "team": team_of(patient, now=now),
            "printed_at": now,
            "printed_by": viewer,
        }
        html = render_to_string("rehab/pdf/sheet.html", {"sheet": sheet})
    pdf = render(html, title=TITLE, stylesheet="css/pdf/letter.css")
    record(
        by=viewer,
        action="print",
        object_kind="care_plan",
        object_id=plan.pk,
        patient_id=plan.patient_id,
        now=now,
    )
    return pdf
