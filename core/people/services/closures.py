"""Writes about the days a clinic is closed."""

import datetime as dt

from django.db import transaction

from core.accounts.models import User
from core.audit.services import record
from core.events.services import emit
from core.people.models import Clinic, ClinicClosure


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
