"""What intake says about the deliveries it asked for (settings.DELIVERY_SUBJECTS)."""

import datetime as dt
import uuid
from collections.abc import Mapping

from core.people.dates import today_at
from intake.models import RecordsRequest
from intake.record_rules import why_not
from messaging.models import Delivery

ASKING = ("prepared", "sending", "requested", "chased")


class RecordsLetter:
    """A request for records to a source: the PDF carries it, the mail around it says nothing."""

    title = "Request from {clinic}"

    def unwanted(self, row: Delivery, *, now: dt.datetime) -> str:
        found = RecordsRequest.objects.select_related("release", "source", "clinic")
        request = found.filter(pk=row.subject_id or row.pk).first()
        if request is None or request.state not in ASKING:
            return "The request ended before it left."
        if request.delivery_id != row.pk:
            return "A later letter of the same request replaces it."
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
