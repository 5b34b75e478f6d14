"""Hours changed, somebody is away, a day is closed: which booked visits do not fit any more?"""

import datetime as dt

from core.accounts.models import User
from core.people.dates import today_at
from core.people.models import Clinic
from core.people.selectors import calendar_of
from intake.appointment_rules import PT_KINDS, Provider, Wish, fits, windows
from intake.models import Appointment
from intake.services.limits import on_hold
from intake.services.visit_work import ask_rebook, close_work
from intake.slots import change_of, exceptions_between, hours_between, hours_of
from messaging.models import WorkItem

NOT_THERE = "No longer in working hours: move it to another time"
CLOSED = "The clinic is closed that day: move it to another day"


def held(visit: Appointment) -> bool:
    """A red flag holds this therapy: that it fits the hours settles nothing."""
    return visit.visit_type.kind in PT_KINDS and on_hold(visit.patient)


def refit(*, clinic: Clinic, by: User | None, now: dt.datetime, user: User | None = None) -> int:
    """Every booked visit to come that lies outside its person's hours is work to rebook; one that
    fits again is not. Opening twice is one item. Returns how many have to be moved."""
    rows = Appointment.objects.filter(
        clinic=clinic, state=Appointment.State.BOOKED, starts_at__gt=now
    ).select_related("clinic", "patient", "visit_type")
    visits = list(rows.filter(provider=user) if user else rows)
    if not visits:
        return 0
    calendar = calendar_of(clinic)
    first = today_at(clinic.zone, now=now)
    last = max(today_at(clinic.zone, now=visit.starts_at) for visit in visits)
    hours, changes = (
        hours_between(clinic, first=first, last=last),
        exceptions_between(clinic, first=first, last=last),
    )
    asked = set(
        WorkItem.objects.filter(
            kind="visit_rebook", clinic=clinic, closed_at__isnull=True
        ).values_list("subject_id", flat=True)
    )
    people = {
        pk: Provider(
            tuple(hours_of(row) for row in hours if row.user_id == pk),
            tuple(change_of(row) for row in changes if row.user_id == pk),
        )
        for pk in {visit.provider_id for visit in visits}
    }
    moved = 0
    for visit in visits:
        day = today_at(clinic.zone, now=visit.starts_at)
        kind = visit.visit_type.kind
        wish = Wish(kind=kind, minutes=visit.visit_type.minutes, video=visit.telehealth)
        span = (visit.starts_at, visit.ends_at)
        there = windows(calendar, day, people[visit.provider_id], kind)
        if any(fits(window, wish, span) for window in there):
            if visit.pk in asked and not held(visit):
                close_work(visit, ("visit_rebook",), by=by, now=now, event="fits_again")
            continue
        why = CLOSED if calendar.opening(day) is None else NOT_THERE
        moved += ask_rebook([visit], why=why, by=by, now=now)
    return moved
