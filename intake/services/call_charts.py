"""A call that ended without a chart gets one, so that its visit can be booked."""

import datetime as dt

from django.db import transaction

from core.accounts.models import User
from core.accounts.permissions import Perm
from core.lib.errors import Conflict, Forbidden, Refused
from core.people.models import Patient
from core.people.services import register_patient
from intake.models import Call
from intake.services.calls import join, locked, use_match


@transaction.atomic
def chart_for_call(
    *,
    call: Call,
    patient: Patient | None,
    birth_date: dt.date | None,
    by: User,
    now: dt.datetime,
) -> Call:
    """Join the caller to `patient`, whose date of birth was asked, or register who called.

    Raises Refused for a birth date that does not agree, Conflict for a call that has a chart.
    """
    row = locked(call)
    if row.patient_id:
        raise Conflict("This call belongs to a chart already. Open it from the call.")
    if row.state == Call.State.OPEN and patient:
        return use_match(call=row, patient=patient, birth_date=birth_date, by=by, now=now)
    if patient is None:
        if not by.may(Perm.PATIENT_REGISTER):
            raise Forbidden("Your role may not register patients. Ask the front desk.")
        born = row.birth_date or birth_date
        if not (row.given_name and row.family_name and born):
            raise Refused("Type the date of birth. First and last name must stand on the call.")
        patient = register_patient(
            clinic=row.clinic, given_name=row.given_name, family_name=row.family_name,
            birth_date=born, phone=row.phone if row.relation == Call.Relation.PATIENT else "",
            by=by, now=now,
        )  # fmt: skip
    elif birth_date is None or birth_date != patient.birth_date:
        raise Refused(
            "That date of birth does not agree with this chart. Call back and ask, "
            "or register a new patient."
        )
    if patient.clinic_id != row.clinic_id:
        raise Refused("This chart belongs to another clinic. Register the caller here instead.")
    return join(call=row, patient=patient, by=by, now=now)
