"""A visit is booked, alone or as the pair of a first visit and PT; moved; in one transaction each.

Bookings of one clinic wait for each other under its lock, so that the second of two is told a
sentence. The database's exclusion constraints hold whatever else writes.
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction

from core.accounts.models import User
from core.audit.services import record
from core.events.services import emit
from core.lib.errors import Conflict, Refused
from core.lib.states import next_state
from core.people.dates import today_at
from core.people.models import Clinic, Episode, Patient
from intake.appointment_rules import APPOINTMENT, problem, room_for
from intake.call_rules import CLOSING
from intake.models import Appointment, Call, CallAction, VisitKind, VisitType
from intake.services.after_visits import ASKED
from intake.services.calls import locked as locked_call
from intake.services.calls import record_action
from intake.services.limits import check_limits, lock_patient, note_overrides
from intake.services.standing import standing_of
from intake.services.visit_work import close_work
from intake.services.visits import keep_promises, lose_promises
from intake.slots import FARTHEST, ground

TAKEN = "That time was taken a moment ago. Choose another one."
OVERLAP = {
    "appointment_provider_once": TAKEN,
    "appointment_room_once": "No room is free at that time. Choose another one.",
    "appointment_patient_once": "The patient has another appointment at that time.",
}


@dataclass(frozen=True)
class Wanted:
    """One visit as a form asks for it."""

    visit_type: VisitType
    provider: uuid.UUID
    starts_at: dt.datetime
    video: bool = False


def audit(
    action: str, row: Appointment, by: User | None, now: dt.datetime, reason: str = ""
) -> None:
    record(
        by=by,
        action=action,
        object_kind="appointment",
        object_id=row.pk,
        patient_id=row.patient_id,
        now=now,
        reason=reason,
    )


def lock_schedule(clinic: Clinic) -> None:
    """One booking of a clinic at a time; rows that only refer to the clinic do not wait."""
    Clinic.objects.select_for_update(no_key=True).get(pk=clinic.pk)


@transaction.atomic
def book(  # noqa: PLR0913 - one visit, its columns
    *,
    patient: Patient,
    wanted: Wanted,
    by: User,
    now: dt.datetime,
    call: Call | None = None,
    episode: Episode | None = None,
    notes: str = "",
    reason: str = "",
) -> Appointment:
    """One visit at a free time. `reason` overrides a limit, for those who may.

    Raises Refused for what is not possible, Conflict when somebody else was faster.
    """
    return book_all(
        patient=patient, wanted=[wanted], by=by, now=now, call=call, episode=episode,
        notes=notes, reason=reason,
    )[0]  # fmt: skip


@transaction.atomic
def book_all(  # noqa: PLR0913 - visits booked together
    *,
    patient: Patient,
    wanted: Sequence[Wanted],
    by: User,
    now: dt.datetime,
    call: Call | None = None,
    episode: Episode | None = None,
    notes: str = "",
    reason: str = "",
) -> list[Appointment]:
    """All of them or none: the first visit and the first PT visit are promised together."""
    if not wanted:
        raise Refused("Choose a time.")
    if call:
        call = locked_call(call)
        if call.patient_id != patient.pk:
            raise Refused("That call is about somebody else. Book from the patient's own page.")
    lock_schedule(patient.clinic)
    who = lock_patient(patient)
    check_bookable(who)
    if episode:
        check_problem(who, episode)
    episode = episode or only_episode(who, call)
    made = [
        _place(
            Appointment(patient=who, call=call, episode=episode, notes=notes.strip()[:300]),
            wish, reason=reason, by=by, now=now,
        )
        for wish in wanted
    ]  # fmt: skip
    if call:
        _say_booked(call, made, by=by, now=now)
    return made


def check_bookable(patient: Patient) -> None:
    if patient.merged_into_id:
        raise Refused("This chart was merged into another one. Book on that chart.")
    if patient.status == Patient.Status.DECEASED:
        raise Refused("This patient has died. Nothing can be booked.")


def check_problem(patient: Patient, episode: Episode) -> None:
    """Raises Refused for a problem that is another patient's or is closed."""
    if episode.patient_id != patient.pk:
        raise Refused("That problem belongs to another patient.")
    if episode.closed_on:
        raise Refused("That problem is closed. Choose another one.")


def only_episode(patient: Patient, call: Call | None) -> Episode | None:
    """The problem the visit is for, where it cannot be another: the call's region, or the only."""
    rows = list(patient.episodes.filter(closed_on=None).order_by("-opened_on", "pk"))
    same = [e for e in rows if call and call.region and e.region == call.region]
    if same:
        return same[0]
    return rows[0] if len(rows) == 1 else None


def _place(
    row: Appointment,
    wanted: Wanted,
    *,
    reason: str,
    by: User,
    now: dt.datetime,
    old: Appointment | None = None,
) -> Appointment:
    """Check and save one visit; the caller holds the locks of schedule and patient."""
    patient = row.patient
    kind = VisitType.objects.select_related("clinic").get(pk=wanted.visit_type.pk)
    if kind.clinic_id != patient.clinic_id or not kind.active:
        raise Refused("This kind of visit is not offered any more. Choose another one.")
    video = wanted.video or kind.kind == VisitKind.TELEHEALTH_CHECK
    if video and not kind.telehealth:
        raise Refused(f"{kind.words} is not held by video. Choose a time at the clinic.")
    day = today_at(kind.clinic.zone, now=wanted.starts_at)
    if day > today_at(kind.clinic.zone, now=now) + dt.timedelta(days=FARTHEST):
        raise Refused("That is more than a year ahead. Choose an earlier day.")
    broken = check_limits(
        patient=patient, visit_type=kind, day=day, reason=reason, by=by, without=old
    )
    found = ground(kind, first=day, last=day, now=now, video=video, patient=patient, without=old)
    who = found.providers.get(wanted.provider)
    if who is None:
        raise Refused("This person does not see patients for this visit. Choose another one.")
    why, taken = problem(
        found.calendar, who, found.wish, wanted.starts_at, not_before=found.not_before
    )
    if why:
        raise Conflict(why) if taken else Refused(why)
    row.clinic, row.visit_type, row.telehealth = patient.clinic, kind, video
    row.provider = found.people[wanted.provider]
    row.starts_at, row.ends_at = wanted.starts_at, wanted.starts_at + found.wish.length
    _, row.room_id = room_for(found.wish, (row.starts_at, row.ends_at))
    row.booked_at, row.booked_by = now, by
    _save_alone(row)
    audit("book", row, by, now)
    note_overrides(appointment=row, broken=broken, reason=reason, by=by, now=now)
    keep_promises(row, by=by, now=now)
    emit(name="intake.visit_changed", subject_id=row.pk, now=now)
    return row


def _save_alone(row: Appointment) -> None:
    """The database has the last word on two visits at one time."""
    try:
        with transaction.atomic():
            row.save(force_insert=row._state.adding)
    except IntegrityError as error:
        sentence = next((words for name, words in OVERLAP.items() if name in str(error)), None)
        if sentence is None:
            raise
        raise Conflict(sentence) from error


def _say_booked(call: Call, made: Sequence[Appointment], *, by: User, now: dt.datetime) -> None:
    """A visit booked while the caller is on the line is what was done about the call."""
    first = next((a for a in made if a.visit_type.kind == VisitKind.INITIAL), None)
    if call.state != Call.State.OPEN or first is None:
        return
    if CallAction.Kind.VISIT_BOOKED not in CLOSING[standing_of(call, now=now).disposition]:
        return
    record_action(call=call, kind=CallAction.Kind.VISIT_BOOKED, words=said(first), by=by, now=now)


def said(row: Appointment) -> str:
    """A visit in the words of a call's record: when, and with whom."""
    local = row.starts_at.astimezone(ZoneInfo(row.clinic.zone))
    return f"{local:%a} {local.day} {local:%b %Y %H:%M}, {row.provider.full_name}"


@transaction.atomic
def move(
    *,
    appointment: Appointment,
    wanted: Wanted,
    by: User,
    now: dt.datetime,
    version: int | None = None,
    reason: str = "",
) -> Appointment:
    """The same visit at another time: a new row that names the old one. Raises as `book` does."""
    lock_schedule(appointment.clinic)
    who = lock_patient(appointment.patient)
    check_bookable(who)
    old = locked(appointment)
    check_read(old, version)
    old.state = next_state(APPOINTMENT, old.state, "move")
    old.version += 1
    old.save()
    audit("move", old, by, now)
    new = _place(
        Appointment(
            patient=who,
            call=old.call,
            episode=old.episode,
            notes=old.notes,
            rescheduled_from=old,
        ),
        wanted, reason=reason, by=by, now=now, old=old,
    )  # fmt: skip
    after_leaving(old, by=by, now=now, event="moved")
    return new


def locked(appointment: Appointment) -> Appointment:
    return (
        Appointment.objects.select_for_update(of=("self",))
        .select_related("clinic", "patient", "visit_type", "provider")
        .get(pk=appointment.pk)
    )


def check_read(row: Appointment, version: int | None) -> None:
    """Raise Conflict when it changed since the page was opened."""
    if version is not None and version != row.version:
        raise Conflict(
            "This appointment was changed since you opened it. Look at it again.",
            versions=[("State", "", row.get_state_display())],
        )


def after_leaving(row: Appointment, *, by: User, now: dt.datetime, event: str) -> bool:
    """A visit gave up its time: its own work is done. Is what it kept open again?"""
    close_work(row, ("visit_rebook", ASKED), by=by, now=now, event=event)
    emit(name="intake.visit_changed", subject_id=row.pk, now=now)
    return lose_promises(row, by=by, now=now)
