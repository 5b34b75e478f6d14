"""What messaging does when something below it happened. Idempotent by event id."""

import datetime as dt

from django.urls import reverse

from core.accounts.models import User
from core.events.models import DomainEvent
from core.people.access import clinics_of
from core.people.models import Clinic, Patient
from core.protocols.models import ProtocolVersion
from messaging.models import WorkItem
from messaging.services.deliveries import nudge
from messaging.services.work import close_item, open_item, recompute_due
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


SIGN_OFF = "protocol_sign_off"


def version_proposed(event: DomainEvent, now: dt.datetime) -> None:
    """A version written here waits for a physician of the author's clinic, until it is settled."""
    version = ProtocolVersion.objects.select_related("author").get(pk=event.subject_id)
    author = version.author
    if author is None or version.state != "proposed":
        return
    clinic = clinics_of(author, now=event.happened_at).order_by("name").first()
    if clinic is None:
        raise LookupError("No clinic answers for this version.")
    open_item(kind=SIGN_OFF, subject_id=version.pk, clinic=clinic, patient=None, by=author, now=now,
              reason=f"{version.label}: {version.reason}",
              opened_at=event.happened_at)  # fmt: skip


def version_settled(event: DomainEvent, now: dt.datetime) -> None:
    """Signed off or withdrawn: nobody has to do anything any more."""
    waiting = WorkItem.objects.filter(
        kind=SIGN_OFF, subject_id=event.subject_id, closed_at__isnull=True
    )
    version = ProtocolVersion.objects.get(pk=event.subject_id)
    by = version.signed_off_by or version.withdrawn_by
    for item in waiting:
        close_item(item=item, by=by, now=now, event=version.state)


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
