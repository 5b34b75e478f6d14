"""Asked again just before something leaves: is it still wanted, by this recipient, by this way?"""

import datetime as dt

from core.accounts.models import User
from core.people.access import clinics_of, visible_to, works_somewhere
from core.people.models import Patient
from messaging.envelopes import contact_of
from messaging.models import Delivery, WorkItem
from messaging.rules import PERSONAL
from messaging.subjects import subject_of


def still_wanted(row: Delivery, *, now: dt.datetime) -> str:
    """ "" when it should go out, else why it is cancelled: looked at again just before sending."""
    about = subject_of(row)
    return _recipient_gone(row, now=now) or (about.unwanted(row, now=now) if about else "")


def _recipient_gone(row: Delivery, *, now: dt.datetime) -> str:
    if row.user:
        return _user_gone(row, row.user, now=now)
    return _patient_gone(row.patient, row.channel) if row.patient else ""


def _patient_gone(patient: Patient, channel: str) -> str:
    """Consent and address count as they are now, not as they were when it was written."""
    if patient.merged_into_id:
        return "The chart was merged into another."
    if patient.status == Patient.Status.DECEASED:
        return "The patient has died."
    if channel != "print" and not contact_of(patient, channel):
        return "The patient is not reached by this way any more."
    return ""


def _user_gone(row: Delivery, user: User, *, now: dt.datetime) -> str:
    if row.template in PERSONAL:  # about somebody's own account, patients' too: no post is needed
        return "" if user.is_active else "The account is switched off."
    if not user.is_active or not works_somewhere(user, now=now):
        return "The person no longer works here."
    if row.item and not _concerns(user, row.item, now=now):
        return "The person is no longer on the team."
    if row.item and row.item.closed_at:
        return "It was dealt with before the message left."
    if (
        row.item
        and row.item.owner_id
        and row.template == "reminder"
        and row.item.owner_id != row.user_id
        and not _for_managers(row)
    ):
        return "Somebody else took it."
    if row.item and _superseded(row):
        return "A later message about the same thing replaces it."
    return ""


def _for_managers(row: Delivery) -> bool:
    """A late item is told to the managers whoever has it: their rung is not about taking it."""
    step = row.dedupe_key.split(":")[1] if row.dedupe_key.count(":") > 1 else ""
    return (
        row.item is not None
        and row.item.rungs.filter(name=step.partition("+")[0], audience="managers").exists()
    )


def _concerns(user: User, item: WorkItem, *, now: dt.datetime) -> bool:
    """May the person still know of the item's patient, or, without one, work at its clinic?"""
    if item.patient_id:
        return visible_to(user, now=now).filter(pk=item.patient_id).exists()
    return clinics_of(user, now=now).filter(pk=item.clinic_id).exists()


def _superseded(row: Delivery) -> bool:
    """After a pause each person gets one message about an item: the latest."""
    later = Delivery.objects.filter(item=row.item, user=row.user, created_at__gt=row.created_at)
    return later.filter(state__in=["pending", "claimed", "handing", "sent"]).exists()
