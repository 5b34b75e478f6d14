"""The front desk's home: who is on the phone, and what must happen to them today.

Call-backs due, the oldest promise first; today's arrivals with what is still missing of each; what
was left unfinished. The rest of the desk's work stands below (config/home/views.py today).
"""

import datetime as dt
from dataclasses import dataclass

from core.accounts.models import User
from core.people.dates import today_at
from core.people.models import Clinic
from core.people.registration import gaps_of
from intake.agenda import Asked, between
from intake.models import Appointment
from intake.record_selectors import counted_for
from intake.services.callbacks import CALL_BACKS
from messaging.selectors.worklist import WorkRow, open_items

SHOWN = 40  # arrivals on the page; the schedule has all
HERE = 10  # of those who came


@dataclass(frozen=True)
class Arrival:
    """Somebody who comes today: what is missing of the registration, how many records are in."""

    visit: Appointment
    missing: list[str]
    came: int
    asked: int

    @property
    def waits(self) -> bool:
        """Still to come in."""
        return self.visit.state == Appointment.State.BOOKED


@dataclass(frozen=True)
class Desk:
    call_backs: list[WorkRow]
    arrivals: list[Arrival]
    next_at: dt.datetime | None  # when the next one comes, for the quiet page


def desk_of(viewer: User, clinic: Clinic, *, now: dt.datetime) -> Desk:
    """A fixed number of queries however many come."""
    today = today_at(clinic.zone, now=now)
    day = between(viewer, clinic, Asked(first=today, days=1), now=now)
    coming = [visit for visit in day if visit.state == Appointment.State.BOOKED]
    here = [visit for visit in day if visit.state != Appointment.State.BOOKED]
    visits = [*coming[:SHOWN], *here[-HERE:]]  # who is still to come stands first
    gaps = gaps_of([visit.patient for visit in visits], on=today)
    records = counted_for([visit.patient_id for visit in visits])
    arrivals = [
        Arrival(visit, gaps[visit.patient_id], *records.get(visit.patient_id, (0, 0)))
        for visit in visits
    ]
    return Desk(
        call_backs=open_items(viewer, CALL_BACKS, now=now),
        arrivals=arrivals,
        next_at=min((v.starts_at for v in coming if v.starts_at >= now), default=None),
    )
