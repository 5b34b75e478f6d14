"""What rehab does when something it looks at changed. Idempotent: a look reads rows as they are."""

import datetime as dt

from django.db.models import QuerySet

from core.events.models import DomainEvent
from intake.models import Appointment, RedFlag
from outcomes.models import Measurement
from rehab.models import PlanVersion
from rehab.services.deciding import flag_says_deficit
from rehab.services.looking import look_at, look_at_patient


def measured(event: DomainEvent, now: dt.datetime) -> None:
    """A value was recorded or marked wrong: where do the steps stand now?"""
    row = Measurement.objects.filter(pk=event.subject_id).only("patient_id").first()
    if row:
        look_at_patient(row.patient_id, now=now)


def visit_changed(event: DomainEvent, now: dt.datetime) -> None:
    """A visit was booked or gave up its time: is a follow-up still to be booked?"""
    row = Appointment.objects.filter(pk=event.subject_id).only("patient_id").first()
    if row:
        look_at_patient(row.patient_id, now=now)


def plan_changed(event: DomainEvent, now: dt.datetime) -> None:
    row = PlanVersion.objects.filter(pk=event.subject_id).only("plan_id").first()
    if row:
        look_at(plan_id=row.plan_id, now=now)


def flag_decided(event: DomainEvent, now: dt.datetime) -> None:
    """A physician confirmed a red flag: a new deficit in it ends the wait for surgery."""
    _ends_the_wait(RedFlag.objects.filter(pk=event.subject_id), now)


def call_joined(event: DomainEvent, now: dt.datetime) -> None:
    """Whose call it was is known now: a flag decided before counts for their plan."""
    _ends_the_wait(RedFlag.objects.filter(call_id=event.subject_id), now)


def _ends_the_wait(rows: QuerySet[RedFlag], now: dt.datetime) -> None:
    flag = rows.select_related("call", "clinic", "patient", "decided_by").first()
    if flag:
        flag_says_deficit(flag=flag, now=now)
