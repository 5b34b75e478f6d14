"""What messaging does when something below it happened. Idempotent by event id."""

import datetime as dt

from django.urls import reverse

from core.accounts.models import User
from core.events.models import DomainEvent
from core.people.access import clinics_of
from core.people.models import Clinic, Patient
from messaging.services.deliveries import nudge
from messaging.services.work import recompute_due
from messaging.tick import hand_overs, roster_gaps


def closure_added(event: DomainEvent, now: dt.datetime) -> None:
    """Due times that counted on that day move."""
    recompute_due(clinic=Clinic.objects.get(pk=event.subject_id), now=now)


def roster_changed(event: DomainEvent, now: dt.datetime) -> None:
    """Gaps open or close, and open flags follow the roster."""
    roster_gaps(now=now)
    hand_overs(now=now)


def reset_asked(event: DomainEvent, now: dt.datetime) -> None:
    """A link to choose a new password; the row keeps no token."""
    _personal_mail(event, "password_reset", now)


def invited(event: DomainEvent, now: dt.datetime) -> None:
    """A link to choose the first password."""
    _personal_mail(event, "invitation", now)


def _personal_mail(event: DomainEvent, template: str, now: dt.datetime) -> None:
    user = User.objects.get(pk=event.subject_id)
    patient = Patient.objects.filter(user=user).select_related("clinic").first()
    clinic = patient.clinic if patient else clinics_of(user, now=now).order_by("name").first()
    if clinic is None:  # a post that begins later, or ended: its clinic answers for the mail
        clinic = Clinic.objects.filter(staff__user=user).order_by("-staff__from_on").first()
    if clinic is None:  # told as an event that fails; done without a mail, nobody would know
        raise LookupError("No clinic answers for this account's mail.")
    nudge(user=user, clinic=clinic, template=template, path=reverse("account_reset_password"),
          item=None, key=f"{template}:{event.pk}", now=now)  # fmt: skip
