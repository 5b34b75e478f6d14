"""Whose chart: the one rule for access to patients. Fetching is authorizing.

Role says what somebody may do (core/accounts/roles.py); this says for whom:
- staff of a clinic: its patients;
- a partner practice's staff: patients whose care team they are on now, or whoever they cover for;
- anyone with an `AccessGrant` that runs now (a red flag, cover, an emergency): that one patient;
- a patient: their own record, through the portal only.
"""

import datetime as dt
import uuid

from django.db.models import Exists, OuterRef, Q, QuerySet

from core.accounts.models import User
from core.audit.services import record
from core.lib.errors import NotFound
from core.people.cover import covers_by
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


def own_clinics_of(user: User, *, now: dt.datetime) -> QuerySet[Clinic]:
    """Clinics somebody works at for the clinic itself: what a manager runs."""
    return Clinic.objects.filter(
        pk__in=posts_of(user, now=now).filter(partner_practice="").values("clinic_id")
    )


def visible_to(user: User, *, now: dt.datetime) -> QuerySet[Patient]:
    """Every patient this person may know of; every list starts here."""
    return Patient.objects.filter(known_to(user, now=now))


def known_to(user: User, *, now: dt.datetime, patient: str = "") -> Q:
    """The rule itself: on patients, or with `patient="patient"` on rows that are about one.

    A list of such rows joins its patients and asks this of them; `patient__in=visible_to(…)` would
    read every patient of the clinic to show fifty rows.
    """
    to = f"{patient}__" if patient else ""
    if not user.is_active:
        return Q(pk__in=[])
    if not user.is_staff_member:
        return Q(**{f"{to}user": user})
    covers = covers_by(user, now=now)
    covered = covers.filter(user=OuterRef("user"), clinic=OuterRef("patient__clinic"))
    team = CareTeamMember.objects.filter(
        running("patient__clinic__zone", now=now), patient=OuterRef(patient or "pk")
    )
    # Their own place, or that of who they cover for: apart, so that each is found by its person.
    place = Q(Exists(team.filter(user=user)))
    place |= Q(Exists(team.filter(Exists(covered), user__in=covers.values("user_id"))))
    granted = AccessGrant.objects.filter(
        patient=OuterRef(patient or "pk"), user=user, starts_at__lte=now, ends_at__gt=now
    )
    posts = posts_of(user, now=now)
    own_clinics = posts.filter(partner_practice="").values("clinic_id")
    return (
        Q(**{f"{to}clinic_id__in": own_clinics})
        | (Q(**{f"{to}clinic_id__in": posts.values("clinic_id")}) & place)
        | Q(Exists(granted))
    )


def may_know(user: User, patient: Patient, *, now: dt.datetime) -> bool:
    """May this person know of this patient at this moment?"""
    return visible_to(user, now=now).filter(pk=patient.pk).exists()


def may_review(reviewer: User, author_id: uuid.UUID) -> bool:
    """Nobody reviews what they did themselves: emergency access, and whatever overrides a rule."""
    return reviewer.pk != author_id


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
