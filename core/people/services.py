"""Every write about clinics, rosters, patients and who may open a chart."""

import datetime as dt
import uuid

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import IntegerField, Max
from django.db.models.functions import Cast

from core.accounts.models import User
from core.accounts.roles import Role
from core.audit.services import record
from core.events.services import emit
from core.lib.errors import Conflict, Refused
from core.lib.instants import within_reason
from core.people.dates import today_at
from core.people.models import (
    AccessGrant,
    CareTeamMember,
    Clinic,
    ClinicClosure,
    Episode,
    OnCallShift,
    Patient,
    StaffMember,
)
from core.people.names import phone_e164, search_text
from core.people.selectors import staff_with


@transaction.atomic
def register_patient(  # noqa: PLR0913 - one person, their columns
    *,
    clinic: Clinic,
    given_name: str,
    family_name: str,
    birth_date: dt.date,
    phone: str,
    by: User | None,
    now: dt.datetime,
    sex: str = Patient.Sex.UNKNOWN,
    mrn: str = "",
    email: str = "",
    language: str = "English",
    interpreter: bool = False,
    pronouns: str = "",
    user: User | None = None,
) -> Patient:
    """A new chart; an MRN is given out when none is brought. Raises Refused: what to correct."""
    number = phone_e164(phone) if phone else ""
    if number is None:
        raise Refused(
            "That is not a phone number. Type it with its area code, for example 312 555 0142."
        )
    if birth_date > now.date():
        raise Refused("The date of birth lies in the future. Please ask again.")
    # One MRN at a time per clinic: the lock is the counter's turnstile.
    Clinic.objects.select_for_update().get(pk=clinic.pk)
    patient = Patient(
        clinic=clinic,
        user=user,
        mrn=mrn or _next_mrn(clinic),
        given_name=" ".join(given_name.split()),
        family_name=" ".join(family_name.split()),
        birth_date=birth_date,
        sex=sex,
        pronouns=pronouns,
        phone=number,
        email=email,
        language=language,
        interpreter=interpreter,
        registered_at=now,
        registered_by=by,
    )
    patient.search = search_text(
        given_name=patient.given_name,
        family_name=patient.family_name,
        mrn=patient.mrn,
        phone=number,
    )
    _check(patient)
    patient.save()
    record(
        by=by,
        action="create",
        object_kind="patient",
        object_id=patient.pk,
        patient_id=patient.pk,
        now=now,
    )
    return patient


def _check(patient: Patient) -> None:
    try:
        patient.full_clean()
    except ValidationError as error:
        raise Refused(
            " ".join(f"{f}: {' '.join(m)}" for f, m in error.message_dict.items())
        ) from error


def _next_mrn(clinic: Clinic) -> str:
    """The number after the highest plain one; callers hold the clinic's lock."""
    plain = Patient.objects.filter(clinic=clinic, mrn__regex=r"^\d{4,9}$")
    highest = plain.aggregate(top=Max(Cast("mrn", IntegerField())))["top"]
    return str((highest or 1000) + 1)


@transaction.atomic
def open_episode(
    *, patient: Patient, problem: str, region: str, by: User, now: dt.datetime, work: str = ""
) -> Episode:
    """A new problem to care for."""
    episode = Episode(
        patient=patient,
        problem=problem,
        region=region,
        work=work,
        opened_on=today_at(patient.clinic.zone, now=now),
    )
    episode.full_clean()
    episode.save()
    record(
        by=by,
        action="create",
        object_kind="episode",
        object_id=episode.pk,
        patient_id=patient.pk,
        now=now,
    )
    return episode


@transaction.atomic
def join_care_team(
    *, patient: Patient, user: User, role: Role, by: User, now: dt.datetime
) -> CareTeamMember:
    """Put somebody on a patient's care team from today; twice is once."""
    member, fresh = CareTeamMember.objects.get_or_create(
        patient=patient,
        user=user,
        role=role,
        to_on=None,
        defaults={"from_on": today_at(patient.clinic.zone, now=now)},
    )
    if fresh:
        record(
            by=by,
            action="create",
            object_kind="care_team",
            object_id=member.pk,
            patient_id=patient.pk,
            now=now,
            fields=["role", "from_on"],
        )
    return member


def grant_access(  # noqa: PLR0913 - who, whom, why, until when
    *,
    patient: Patient,
    user: User,
    kind: AccessGrant.Kind,
    subject_id: uuid.UUID,
    reason: str,
    by: User | None,
    now: dt.datetime,
    hours: int,
) -> AccessGrant:
    """Open one chart to one person until it ends by itself; again starts the time anew."""
    grant, fresh = AccessGrant.objects.get_or_create(
        patient=patient,
        user=user,
        kind=kind,
        subject_id=subject_id,
        defaults={
            "reason": reason,
            "granted_by": by,
            "starts_at": now,
            "ends_at": now + dt.timedelta(hours=hours),
        },
    )
    until = now + dt.timedelta(hours=hours)
    if not fresh and grant.ends_at < until:  # told again: the time starts anew
        grant.ends_at = until
        grant.save(update_fields=["ends_at"])
        fresh = True
    if fresh:
        record(
            by=by,
            action="grant_access",
            object_kind="access_grant",
            object_id=grant.pk,
            patient_id=patient.pk,
            now=now,
            reason=reason,
        )
    return grant


@transaction.atomic
def employ(
    *, clinic: Clinic, user: User, by: User | None, now: dt.datetime, partner_practice: str = ""
) -> StaffMember:
    """Somebody works at a clinic from today."""
    post, fresh = StaffMember.objects.get_or_create(
        clinic=clinic,
        user=user,
        defaults={
            "from_on": today_at(clinic.zone, now=now),
            "partner_practice": partner_practice,
        },
    )
    if fresh:
        record(by=by, action="create", object_kind="staff_member", object_id=post.pk, now=now)
    return post


@transaction.atomic
def put_on_call(  # noqa: PLR0913 - who, where, when
    *,
    clinic: Clinic,
    position: str,
    user: User,
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    by: User | None,
    now: dt.datetime,
) -> OnCallShift:
    """A shift on the roster. Only a physician of this clinic; never two people at one position."""
    if ends_at <= starts_at:
        raise Refused("The shift must end after it starts.")
    within_reason(starts_at, now=now)
    within_reason(ends_at, now=now)
    if not staff_with(clinic, Role.PHYSICIAN, now=now).filter(pk=user.pk).exists():
        raise Refused(f"{user.full_name} is not a physician of this clinic. Choose a physician.")
    other = (
        OnCallShift.Position.BACKUP
        if position == OnCallShift.Position.FIRST
        else OnCallShift.Position.FIRST
    )
    if OnCallShift.objects.filter(
        clinic=clinic, position=other, user=user, starts_at__lt=ends_at, ends_at__gt=starts_at
    ).exists():
        raise Refused(
            f"{user.full_name} is already {other} in that time. "
            "First and backup must be two people."
        )
    shift = OnCallShift(
        clinic=clinic, position=position, user=user, starts_at=starts_at, ends_at=ends_at
    )
    try:
        with transaction.atomic():
            shift.save()
    except IntegrityError as error:
        raise Conflict(
            f"Somebody is already {position} in part of that time. Remove that shift first."
        ) from error
    record(by=by, action="create", object_kind="on_call_shift", object_id=shift.pk, now=now)
    emit(name="people.roster_changed", subject_id=clinic.pk, now=now)
    return shift


@transaction.atomic
def take_off_call(*, shift: OnCallShift, by: User, now: dt.datetime) -> None:
    """Remove a shift; its history stays."""
    record(by=by, action="delete", object_kind="on_call_shift", object_id=shift.pk, now=now)
    emit(name="people.roster_changed", subject_id=shift.clinic_id, now=now)
    shift.delete()


@transaction.atomic
def close_clinic_on(
    *, clinic: Clinic, on: dt.date, reason: str, by: User | None, now: dt.datetime
) -> ClinicClosure:
    """The clinic is closed for a day; due times that counted on it are computed again."""
    closure, fresh = ClinicClosure.objects.get_or_create(
        clinic=clinic, on=on, defaults={"reason": reason}
    )
    if fresh:
        record(by=by, action="create", object_kind="closure", object_id=closure.pk, now=now)
        emit(name="people.closure_added", subject_id=clinic.pk, now=now)
    return closure
