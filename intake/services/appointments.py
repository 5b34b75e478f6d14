"""What becomes of a booked visit: arrived, done, missed, cancelled; and what has to be rebooked."""

import datetime as dt

from django.db import IntegrityError, transaction

from core.accounts.models import User
from core.events.services import emit
from core.lib.errors import Conflict, Refused
from core.lib.states import next_state
from core.people.dates import today_at
from core.people.models import Episode
from intake.appointment_rules import APPOINTMENT, STANDING
from intake.models import Appointment
from intake.services.after_visits import ASKED
from intake.services.booking import after_leaving, audit, check_problem, check_read, locked
from intake.services.visit_work import ask_rebook, close_work
from messaging.services.work import open_item

EARLY = dt.timedelta(hours=12)  # an arrival is noted on the day, not the evening before
TAKEN_SINCE = "That time was given to somebody else meanwhile. Book a new visit instead."


def _step(appointment: Appointment, action: str, version: int | None) -> Appointment:
    """The locked row after `action`, unsaved. Raises Conflict (stale) or StateError."""
    row = locked(appointment)
    target = next_state(APPOINTMENT, row.state, action)
    check_read(row, version)
    row.state = target
    row.version += 1
    return row


@transaction.atomic
def arrive(
    *, appointment: Appointment, by: User, now: dt.datetime, version: int | None = None
) -> Appointment:
    """The patient is here; also one who was thought not to come."""
    row = _step(appointment, "arrive", version)
    if row.starts_at - now > EARLY:
        raise Refused("This visit is on another day. Move it if the patient is here now.")
    zone = row.clinic.zone
    if today_at(zone, now=now) == today_at(zone, now=row.starts_at):
        row.arrived_at = now  # noted on a later day, nobody knows when
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:  # late, and the time is somebody else's by now
        raise Conflict(TAKEN_SINCE) from error
    audit("arrive", row, by, now)
    open_work = ("visit_missed", "visit_rebook", ASKED)
    close_work(row, open_work, by=by, now=now, event="arrived")
    return row


@transaction.atomic
def undo_arrival(
    *, appointment: Appointment, by: User, now: dt.datetime, version: int | None = None
) -> Appointment:
    """The wrong row was pressed."""
    row = _step(appointment, "undo_arrival", version)
    row.arrived_at = None
    row.save()
    audit("undo_arrival", row, by, now)
    return row


@transaction.atomic
def finish(
    *, appointment: Appointment, by: User, now: dt.datetime, version: int | None = None
) -> Appointment:
    """The visit took place."""
    row = _step(appointment, "finish", version)
    row.save()
    audit("finish", row, by, now)
    emit(name="intake.visit_done", subject_id=row.pk, now=now)
    return row


@transaction.atomic
def miss(
    *, appointment: Appointment, by: User, now: dt.datetime, version: int | None = None
) -> Appointment:
    """The patient did not come: somebody calls them by the end of the next business day."""
    row = _step(appointment, "miss", version)
    if now < row.starts_at:
        raise Refused("The visit has not begun yet. Cancel it if the patient called it off.")
    row.save()
    audit("miss", row, by, now)
    emit(name="intake.visit_changed", subject_id=row.pk, now=now)
    open_item(
        kind="visit_missed",
        subject_id=row.pk,
        clinic=row.clinic,
        patient=row.patient,
        reason=f"Did not come: {row.visit_type.words}",
        by=by,
        now=now,
    )
    close_work(row, ("visit_rebook", ASKED), by=by, now=now, event="missed")
    return row


@transaction.atomic
def cancel(
    *,
    appointment: Appointment,
    whose: str,
    reason: str,
    by: User,
    now: dt.datetime,
    version: int | None = None,
) -> Appointment:
    """Called off by the patient or by the clinic, with a reason. What it kept is open again."""
    row = _step(appointment, "cancel", version)
    if whose not in Appointment.CancelledFor.values:
        raise Refused("Choose who called it off: the patient or the clinic.")
    if not reason.strip():
        raise Refused("Write why, for example “the patient is travelling”.")
    row.cancelled_at, row.cancelled_by = now, by
    row.cancelled_for, row.cancel_reason = whose, reason.strip()[:300]
    row.save()
    audit("cancel", row, by, now)
    asked_anew = after_leaving(row, by=by, now=now, event="cancelled")
    if whose == Appointment.CancelledFor.CLINIC and not asked_anew:
        ask_rebook([row], why=f"We called it off: {row.visit_type.words}", by=by, now=now)
    return row


@transaction.atomic
def assign(
    *,
    appointment: Appointment,
    episode: Episode,
    by: User,
    now: dt.datetime,
    version: int | None = None,
) -> Appointment:
    """Which problem the visit is for, so that the plan of it counts it. The same again is once."""
    row = locked(appointment)
    if row.episode_id == episode.pk:
        return row
    check_read(row, version)
    check_problem(row.patient, episode)
    if row.state not in STANDING:
        raise Refused("This visit does not take place. Book another one for that problem.")
    row.episode = episode
    row.version += 1
    row.save()
    audit("assign", row, by, now)
    emit(name="intake.visit_changed", subject_id=row.pk, now=now)
    if row.state == Appointment.State.DONE:
        emit(name="intake.visit_done", subject_id=row.pk, now=now)
    return row
