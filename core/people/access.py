"""Whose chart: the one rule for access to patients. Fetching is authorizing.

Role says what somebody may do (core/accounts/roles.py); this says for whom:
- staff of a clinic: its patients;
- a partner practice's staff: patients whose care team they are on now;
- anyone with an `AccessGrant` that runs now: that one patient;
- a patient: their own record, through the portal only.
"""

import datetime as dt
import uuid

from django.db.models import Exists, OuterRef, Q, QuerySet

from core.accounts.models import User
from core.audit.services import record
from core.lib.errors import NotFound
from core.people.dates import running
from core.people.models import AccessGrant, CareTeamMember, Clinic, Patient, StaffMember


def posts_of(user: User, *, now: dt.datetime) -> QuerySet[StaffMember]:
    """Where somebody works today."""
    return StaffMember.objects.filter(running("clinic__zone", now=now), user=user)


def works_somewhere(user: User, *, now: dt.datetime) -> bool:
    """Has this member of staff a post today?"""
    return posts_of(user, now=now).exists()


def clinics_of(user: User, *, now: dt.datetime) -> QuerySet[Clinic]:
    """Clinics somebody works at, partner practices included."""
    return Clinic.objects.filter(pk__in=posts_of(user, now=now).values("clinic_id"))


def visible_to(user: User, *, now: dt.datetime) -> QuerySet[Patient]:
    """Every patient this person may know of; every list starts here."""
    if not user.is_active:
        return Patient.objects.none()
    if not user.is_staff_member:
        return Patient.objects.filter(user=user)
    on_team = CareTeamMember.objects.filter(
        running("patient__clinic__zone", now=now), patient=OuterRef("pk"), user=user
    )
    granted = AccessGrant.objects.filter(
        patient=OuterRef("pk"), user=user, starts_at__lte=now, ends_at__gt=now
    )
    posts = posts_of(user, now=now)
    own_clinics = posts.filter(partner_practice="").values("clinic_id")
    return Patient.objects.filter(
        Q(clinic_id__in=own_clinics)
        | (Q(clinic_id__in=posts.values("clinic_id")) & Q(Exists(on_team)))
        | Q(Exists(granted))
    )


def patient_for(
    user: User, pk: uuid.UUID | str, *, now: dt.datetime, action: str = "read"
) -> Patient:
    """The patient, if this person may know of them; the look is audited. Raises NotFound."""
    known = as_uuid(pk)
    found = visible_to(user, now=now).select_related("clinic")
    patient = found.filter(pk=known).first() if known else None
    if patient is None:
        record(
            by=user,
            action=action,
            object_kind="patient",
            object_id=known or "",
            now=now,
            outcome="refused",
        )
        raise NotFound("There is no such patient, or you are not on their care team.")
    record(
        by=user,
        action=action,
        object_kind="patient",
        object_id=patient.pk,
        patient_id=patient.pk,
        now=now,
    )
    return patient


def as_uuid(value: uuid.UUID | str) -> uuid.UUID | None:
    """An id from an address or a form; None for what is none."""
    try:
        return uuid.UUID(str(value))
    except ValueError:
        return None
