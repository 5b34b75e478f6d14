"""A red flag begins or ceases to hold therapy: its limit, the PT clock and booked PT follow."""

import datetime as dt

from core.accounts.models import User
from intake.appointment_rules import PT_KINDS
from intake.models import Appointment, RedFlag
from intake.services.limits import keep_hold, on_hold
from intake.services.refit import refit
from intake.services.visit_work import ask_rebook, close_work
from intake.services.visits import begin_pt_start, stop_pt_start


def follow_hold(flag: RedFlag, *, by: User, now: dt.datetime) -> None:
    """In the transaction that changed the flag, or gave it its patient. A flag that never held
    therapy changes nothing; nor does a release while another flag holds it."""
    if flag.patient is None or not flag.hold_pt:
        return
    keep_hold(flag, by=by, now=now)
    booked = Appointment.objects.filter(
        patient=flag.patient,
        state=Appointment.State.BOOKED,
        starts_at__gt=now,
        visit_type__kind__in=PT_KINDS,
    ).select_related("clinic", "patient")
    if flag.is_holding_pt:
        stop_pt_start(flag, by=by, now=now)
        why = "Physical therapy is on hold: ask the physician, then move or cancel"
        ask_rebook(booked, why=why, by=by, now=now)
    elif not on_hold(flag.patient):
        begin_pt_start(flag, by=by, now=now)
        for row in booked:
            close_work(row, ("visit_rebook",), by=by, now=now, event="hold_released")
        refit(clinic=flag.clinic, by=by, now=now)  # some may have to be moved for another reason
