"""What intake says about the deliveries it asked for (settings.DELIVERY_SUBJECTS)."""

import datetime as dt
import uuid
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from core.people.dates import today_at
from core.people.models import Patient
from core.people.names import phone_words
from intake.models import Appointment, RecordsRequest
from intake.record_rules import why_not
from messaging.models import Delivery

ASKING = ("prepared", "sending", "requested", "chased")


class RecordsLetter:
    """A request for records to a source: the PDF carries it, the mail around it says nothing."""

    title = "Request from {clinic}"

    def unwanted(self, row: Delivery, *, now: dt.datetime) -> str:
        found = RecordsRequest.objects.select_related("release", "source", "clinic", "patient")
        request = found.filter(pk=row.subject_id or row.pk).first()
        if request is None or request.state not in ASKING:
            return "The request ended before it left."
        if request.delivery_id != row.pk:
            return "A later letter of the same request replaces it."
        if request.patient.status == Patient.Status.DECEASED:
            return "The patient has died."
        if request.patient.merged_into_id:
            return "The chart was merged into another."
        if request.release is None:
            return "There is no release."
        if row.channel == "email" and not request.source.email_secure:
            return "Their address is not marked as secure e-mail any more."
        return why_not(request.release, today=today_at(request.clinic.zone, now=now))

    def words(self, row: Delivery) -> Mapping[str, str]:
        return {}

    def about(self, row: Delivery) -> uuid.UUID | None:
        found = RecordsRequest.objects.filter(pk=row.subject_id or row.pk).first()
        return found.patient_id if found else None


class VisitReminder:
    """A reminder says that there is an appointment, when, and the phone number: no more. Not even
    the clinic's name, which may say what somebody is treated for."""

    title = "Your appointment"

    def unwanted(self, row: Delivery, *, now: dt.datetime) -> str:
        visit = Appointment.objects.filter(pk=row.subject_id or row.pk).first()
        if visit is None or visit.state != Appointment.State.BOOKED:
            return "The visit was called off or moved."
        return "The visit has begun." if visit.starts_at <= now else ""

    def words(self, row: Delivery) -> Mapping[str, str]:
        visit = Appointment.objects.select_related("clinic").get(pk=row.subject_id or row.pk)
        local = visit.starts_at.astimezone(ZoneInfo(visit.clinic.zone))
        return {
            "when": f"{local:%a} {local.day} {local:%b %Y} at {local:%H:%M}",
            "how": " by video" if visit.telehealth else "",
            "phone": phone_words(row.clinic.phone),
        }

    def about(self, row: Delivery) -> uuid.UUID | None:
        visits = Appointment.objects.filter(pk=row.subject_id or row.pk)
        return visits.values_list("patient_id", flat=True).first()
