"""Writes about a patient: the chart and its episodes."""

import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import IntegerField, Max
from django.db.models.functions import Cast

from core.accounts.models import User
from core.audit.services import record
from core.lib.errors import Refused
from core.people.dates import today_at
from core.people.models import Clinic, Episode, Patient
from core.people.names import ON_THE_CHART, phone_e164, search_text, why_no_phone
from core.people.services.sheets import lock_chart, save
from core.people.turns import turn

NUMBERS = "mrn"


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
        raise Refused(why_no_phone(phone, extension=ON_THE_CHART))
    if birth_date > now.date():
        raise Refused("The date of birth lies in the future. Please ask again.")
    turn(clinic.pk, NUMBERS)  # one MRN at a time per clinic
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
    """The number after the highest plain one; callers have the turn."""
    plain = Patient.objects.filter(clinic=clinic, mrn__regex=r"^\d{4,9}$")
    highest = plain.aggregate(top=Max(Cast("mrn", IntegerField())))["top"]
    number = (highest or 1000) + 1
    while Patient.objects.filter(clinic=clinic, mrn=str(number)).exists():  # a longer one, imported
        number += 1
    return str(number)


@transaction.atomic
def open_episode(
    *, patient: Patient, problem: str, region: str, by: User, now: dt.datetime, **more: Any
) -> Episode:
    """A new problem to care for; `more`: side, work, flared_on, coverage. Raises Refused."""
    lock_chart(patient)
    episode = Episode(
        patient=patient,
        problem=problem,
        region=region,
        opened_on=today_at(patient.clinic.zone, now=now),
        **more,
    )
    save(episode)
    record(
        by=by,
        action="create",
        object_kind="episode",
        object_id=episode.pk,
        patient_id=patient.pk,
        now=now,
    )
    return episode
