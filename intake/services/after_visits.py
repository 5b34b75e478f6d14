"""The day is over and a visit still stands as booked: somebody is asked whether they came."""

import datetime as dt

from django.db.models import Exists, OuterRef

from core.people.selectors import calendar_of
from intake.models import Appointment
from messaging.models import WorkItem
from messaging.services.work import open_item

ASKED = "visit_outcome"
BACK = dt.timedelta(days=31)  # a tick that stood still for longer asks no more


def ask_after_visits(*, now: dt.datetime) -> int:
    """Ask at the end of the visit's day, once; arrived, missed, moved or called off answers.

    Returns how many are asked.
    """
    asked = WorkItem.objects.filter(kind=ASKED, subject_id=OuterRef("pk"), closed_at__isnull=True)
    rows = Appointment.objects.filter(
        ~Exists(asked), state=Appointment.State.BOOKED, ends_at__lte=now,
        starts_at__gte=now - BACK,
    ).select_related("clinic", "patient", "visit_type", "provider")  # fmt: skip
    visits = list(rows.order_by("starts_at", "pk")[:500])
    clinics = {visit.clinic_id: visit.clinic for visit in visits}
    calendars = {pk: calendar_of(clinic) for pk, clinic in clinics.items()}
    count = 0
    for visit in visits:
        if now < calendars[visit.clinic_id].end_of_day(visit.ends_at):
            continue
        open_item(
            kind=ASKED,
            subject_id=visit.pk,
            clinic=visit.clinic,
            patient=visit.patient,
            reason=f"{visit.visit_type.words} with {visit.provider.full_name}: still booked",
            by=None,
            now=now,
        )
        count += 1
    return count
