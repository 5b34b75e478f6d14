"""Three weeks after a flare without physical therapy: somebody is told (domain F42)."""

import datetime as dt

from django.db.models import Exists, OuterRef

from core.people.dates import today_at
from core.people.models import Episode
from intake.appointment_rules import FLARE_DAYS, PT_KINDS, STANDING, flare_deadline
from intake.models import Appointment, BookingLimit
from messaging.models import WorkItem
from messaging.services.work import open_item


def flare_alerts(*, now: dt.datetime) -> int:
    """Open the alert of each open problem that flared more than 21 days ago and has had no PT
    since, and none booked. Not while therapy is on hold, nor again after a person closed it."""
    edge = now.date() - dt.timedelta(days=FLARE_DAYS - 1)  # the clinic's own day is asked below
    therapy = Appointment.objects.filter(
        patient=OuterRef("patient"),
        state__in=STANDING,
        visit_type__kind__in=PT_KINDS,
        starts_at__date__gte=OuterRef("flared_on"),
    )
    held = BookingLimit.objects.filter(
        patient=OuterRef("patient"),
        source=BookingLimit.Source.RED_FLAG,
        ended_at__isnull=True,
    )
    told = WorkItem.objects.filter(kind="pt_after_flare", subject_id=OuterRef("pk"))
    answered = told.filter(close_event="done_by_hand", opened_at__date__gt=OuterRef("flared_on"))
    rows = Episode.objects.filter(
        ~Exists(therapy), ~Exists(held), ~Exists(told.filter(closed_at__isnull=True)),
        ~Exists(answered), flared_on__lte=edge, closed_on__isnull=True,
        patient__merged_into__isnull=True, patient__status="active",
    ).select_related("patient__clinic")  # fmt: skip
    opened = 0
    for episode in rows.order_by("flared_on", "pk")[:200]:
        clinic = episode.patient.clinic
        if episode.flared_on is None or today_at(clinic.zone, now=now) <= flare_deadline(
            episode.flared_on
        ):
            continue
        open_item(
            kind="pt_after_flare",
            subject_id=episode.pk,
            clinic=clinic,
            patient=episode.patient,
            reason=f"Flare since {episode.flared_on:%d %b}; no physical therapy since",
            by=None,
            now=now,
        )
        opened += 1
    return opened
