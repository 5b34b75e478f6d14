"""Patients who agreed are reminded of a visit, two business days and one day before it.

Derived from the rows at each tick, one outbox row per visit and rung. A moved visit is a new row
and is reminded of anew; what was called off is asked again as the message leaves.
"""

import datetime as dt

from core.people.models import Patient
from core.people.selectors import calendar_of
from intake.appointment_rules import reminder_times
from intake.models import Appointment
from messaging.channels import configured
from messaging.models import Delivery
from messaging.services.deliveries import To, queue

TEMPLATE = "visit_reminder"
AHEAD = dt.timedelta(days=12)  # two business days over the longest row of holidays


def channel_for(patient: Patient) -> str:
    """The way the patient prefers among those they agreed to and that are set up; "" for none."""
    ways = {
        "sms": bool(patient.may_text and patient.phone and configured("sms")),
        "email": bool(patient.may_email and patient.email),
    }
    wished = "sms" if patient.contact_by == Patient.ContactBy.TEXT else "email"
    return next((way for way in (wished, "email", "sms") if ways[way]), "")


def remind(*, now: dt.datetime) -> int:
    """Queue the newest reminder that is due for each booked visit. Returns how many are new."""
    visits = list(
        Appointment.objects.filter(
            state=Appointment.State.BOOKED,
            starts_at__gt=now,
            starts_at__lte=now + AHEAD,
            patient__status=Patient.Status.ACTIVE,
            patient__merged_into__isnull=True,
        )
        .select_related("patient", "clinic")
        .order_by("starts_at", "pk")
    )
    clinics = {visit.clinic_id: visit.clinic for visit in visits}
    calendars = {pk: calendar_of(clinic) for pk, clinic in clinics.items()}
    due: dict[str, Appointment] = {}
    for visit in visits:
        rungs = reminder_times(calendars[visit.clinic_id], visit.starts_at, visit.booked_at)
        passed = [name for name, at in rungs if at <= now]
        if passed:
            due[f"visit:{visit.pk}:{passed[-1]}"] = visit
    known = Delivery.objects.filter(dedupe_key__in=due).values_list("dedupe_key", flat=True)
    made = 0
    for key in due.keys() - set(known):
        visit = due[key]
        channel = channel_for(visit.patient)
        if channel:
            queue(to=To(patient=visit.patient), clinic=visit.clinic, channel=channel,
                  template=TEMPLATE, key=key, now=now, subject_id=visit.pk)  # fmt: skip
            made += 1
    return made
