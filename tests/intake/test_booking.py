"""A visit is booked at a free time, once; moved, called off, missed; each with what follows."""

import datetime as dt
import time

import pytest
from django.db import IntegrityError, transaction

from core.lib.errors import Conflict, Refused
from core.lib.states import StateError
from core.people.models import Patient
from core.people.services import close_clinic_on
from intake.appointment_rules import APPOINTMENT
from intake.models import Appointment, VisitType
from intake.services import appointments
from intake.services import schedule as set_up
from intake.services.booking import book, move
from messaging.models import WorkItem
from messaging.tick import tick
from tests.cast import NOW
from tests.factories.races import race
from tests.factories.schedule import WED, Schedule

pytestmark = pytest.mark.django_db


@pytest.fixture
def schedule(cast):
    return Schedule(cast)


def items(kind):
    return WorkItem.objects.filter(kind=kind, closed_at__isnull=True)


def test_a_visit_takes_its_person_its_room_and_the_patient(cast, schedule):
    first = schedule.book(cast.okafor, "initial", cast.amin, schedule.at(9))
    assert first.room.name == "Exam 1" and first.ends_at == schedule.at(10)
    with pytest.raises(Conflict, match="taken a moment ago"):
        schedule.book(cast.hale, "initial", cast.amin, schedule.at(9, 30))
    with pytest.raises(Conflict, match="another appointment"):
        schedule.book(cast.okafor, "pt_eval", cast.ruiz, schedule.at(9, 30))
    other = schedule.book(cast.hale, "initial", cast.novak, schedule.at(9))
    assert other.room.name == "Exam 2"
    third = Patient.objects.create(
        clinic=cast.riverside, mrn="77", given_name="A", family_name="B", search="b",
        birth_date=dt.date(1970, 1, 1), registered_at=NOW,
    )  # fmt: skip
    schedule.hours(cast.mbeki, WED.weekday())
    with pytest.raises(Conflict, match="No room is free"):
        schedule.book(third, "initial", cast.mbeki, schedule.at(9))
    by_video = schedule.book(third, "follow", cast.mbeki, schedule.at(9), video=True)
    assert by_video.telehealth and by_video.room is None


def test_the_database_has_the_last_word(cast, schedule):
    row = schedule.book(cast.okafor, "initial", cast.amin, schedule.at(9))
    row.pk, row._state.adding, row.patient, row.room = None, True, cast.hale, None
    with pytest.raises(IntegrityError, match="appointment_provider_once"), transaction.atomic():
        row.save(force_insert=True)


def test_what_cannot_be_booked_is_refused_with_what_to_do(cast, schedule):
    def refused(words, who=cast.amin, at=None, patient=cast.okafor):
        with pytest.raises(Refused, match=words):
            schedule.book(patient, "initial", who, at or schedule.at(9))

    refused("over or too near", at=NOW - dt.timedelta(hours=1))
    refused("Nobody sees patients", at=schedule.at(17))
    refused("Nobody sees patients", at=schedule.at(9, day=dt.date(2026, 11, 26)))  # Thanksgiving
    refused("does not see patients for this", who=cast.ruiz)
    refused("does not see patients for this", who=cast.quist)
    refused("more than a year", at=schedule.at(9) + dt.timedelta(days=400))
    refused("not offered any more", patient=cast.outis)
    Patient.objects.filter(pk=cast.okafor.pk).update(status="deceased")
    refused("has died")
    VisitType.objects.update(active=False)
    refused("not offered any more", patient=cast.hale)
    assert not Appointment.objects.exists()


def test_moving_keeps_the_link_and_frees_the_time(cast, schedule):
    old = schedule.book(cast.okafor, "initial", cast.amin, schedule.at(9))
    with pytest.raises(Conflict, match="changed since you opened it"):
        move(appointment=old, wanted=schedule.wanted("initial", cast.amin, schedule.at(9, 30)),
             by=cast.ana, now=NOW, version=7)  # fmt: skip
    new = move(appointment=old, wanted=schedule.wanted("initial", cast.amin, schedule.at(9, 30)),
               by=cast.ana, now=NOW, version=1)  # fmt: skip
    old.refresh_from_db()
    assert (old.state, new.state, new.rescheduled_from_id) == ("moved", "booked", old.pk)
    assert schedule.book(cast.hale, "follow", cast.amin, schedule.at(9)).room
    with pytest.raises(StateError):
        move(appointment=old, wanted=schedule.wanted("initial", cast.amin, schedule.at(13)),
             by=cast.ana, now=NOW)  # fmt: skip


def test_a_move_that_is_refused_leaves_the_visit_where_it_was(cast, schedule):
    old = schedule.book(cast.okafor, "initial", cast.amin, schedule.at(9))
    schedule.book(cast.hale, "initial", cast.amin, schedule.at(11))
    with pytest.raises(Conflict):
        move(appointment=old, wanted=schedule.wanted("initial", cast.amin, schedule.at(11)),
             by=cast.ana, now=NOW)  # fmt: skip
    old.refresh_from_db()
    assert (old.state, old.version) == ("booked", 1)


ACTS = {
    "arrive": lambda row, by, at: appointments.arrive(appointment=row, by=by, now=at),
    "undo_arrival": lambda row, by, at: appointments.undo_arrival(appointment=row, by=by, now=at),
    "finish": lambda row, by, at: appointments.finish(appointment=row, by=by, now=at),
    "miss": lambda row, by, at: appointments.miss(appointment=row, by=by, now=at),
    "cancel": lambda row, by, at: appointments.cancel(
        appointment=row, whose="patient", reason="travelling", by=by, now=at
    ),
}


@pytest.mark.parametrize("action", ACTS)
def test_every_state_and_action(cast, schedule, action):
    row = schedule.book(cast.okafor, "initial", cast.amin, schedule.at(9))
    for state in Appointment.State.values:
        gone = {"cancelled_at": NOW, "cancelled_for": "patient"} if state == "cancelled" else {}
        with transaction.atomic():
            Appointment.objects.filter(pk=row.pk).update(state=state, **gone)
            if (state, action) in APPOINTMENT:
                after = ACTS[action](row, cast.ana, schedule.at(9, 30))
                assert after.state == APPOINTMENT[(state, action)]
            else:
                with pytest.raises(StateError, match="Possible now"):
                    ACTS[action](row, cast.ana, schedule.at(9, 30))
            transaction.set_rollback(True)


def test_who_did_not_come_is_called_by_the_next_business_day(cast, schedule):
    row = schedule.book(cast.okafor, "initial", cast.amin, schedule.at(9))
    with pytest.raises(Refused, match="not begun yet"):
        appointments.miss(appointment=row, by=cast.ana, now=NOW)
    appointments.miss(appointment=row, by=cast.ana, now=schedule.at(9, 20))
    item = items("visit_missed").get()
    assert item.due_at == schedule.at(18, day=dt.date(2026, 11, 27))  # Friday after Thanksgiving
    late = appointments.arrive(appointment=row, by=cast.ana, now=schedule.at(9, 40))
    assert late.state == "arrived" and not items("visit_missed").exists()


def test_a_new_booking_answers_for_the_missed_one(cast, schedule):
    row = schedule.book(cast.okafor, "initial", cast.amin, schedule.at(9))
    appointments.miss(appointment=row, by=cast.ana, now=schedule.at(9, 20))
    schedule.book(cast.okafor, "pt_eval", cast.ruiz, schedule.at(13))
    assert items("visit_missed").exists()  # something else
    schedule.book(cast.okafor, "initial", cast.amin, schedule.at(14))
    assert WorkItem.objects.get(kind="visit_missed").close_event == "rebooked"


def test_what_the_clinic_calls_off_is_the_desk_s_to_rebook(cast, schedule):
    for whose, expected in (("patient", 0), ("clinic", 1)):
        row = schedule.book(cast.okafor, "follow", cast.amin, schedule.at(9))
        with pytest.raises(Refused, match="Write why"):
            appointments.cancel(appointment=row, whose=whose, reason=" ", by=cast.ana, now=NOW)
        with pytest.raises(Refused, match="who called it off"):
            appointments.cancel(appointment=row, whose="rain", reason="x", by=cast.ana, now=NOW)
        appointments.cancel(appointment=row, whose=whose, reason="x", by=cast.ana, now=NOW)
        assert items("visit_rebook").count() == expected


def test_somebody_away_or_a_closed_day_lists_the_booked_visits(cast, schedule):
    row = schedule.book(cast.okafor, "initial", cast.amin, schedule.at(9))
    schedule.book(cast.hale, "initial", cast.novak, schedule.at(9))
    off, moved = set_up.add_exception(
        clinic=cast.riverside, user=cast.amin, kind="away", from_on=WED, to_on=WED,
        starts=None, ends=None, reason="", by=cast.cole, now=NOW,
    )  # fmt: skip
    assert moved == 1 and items("visit_rebook").get().subject_id == row.pk
    set_up.end_exception(row=off, by=cast.cole, now=NOW)
    assert not items("visit_rebook").exists()
    close_clinic_on(clinic=cast.riverside, on=WED, reason="Heating", by=cast.cole, now=NOW)
    tick(now=NOW)
    tick(now=NOW)
    assert items("visit_rebook").count() == 2
    with pytest.raises(Refused, match="Nobody sees patients"):
        schedule.book(cast.okafor, "follow", cast.amin, schedule.at(11))


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(120)
def test_fifty_at_once_is_one_booking_and_forty_nine_clear_refusals(cast, record_property):
    schedule = Schedule(cast)
    people = [
        Patient.objects.create(
            clinic=cast.riverside, mrn=f"9{n}", given_name="A", family_name=f"P{n}", search="p",
            birth_date=dt.date(1970, 1, 1), registered_at=NOW,
        )
        for n in range(50)
    ]  # fmt: skip
    wanted = schedule.wanted("initial", cast.amin, schedule.at(9))
    began = time.monotonic()
    found = race(lambda n: book(patient=people[n], wanted=wanted, by=cast.ana, now=NOW), runners=50)
    booked = [row for row in found if isinstance(row, Appointment)]
    refused = [row for row in found if isinstance(row, Conflict)]
    assert (len(booked), len(refused)) == (1, 49), found
    assert {str(row) for row in refused} == {
        "That time was taken a moment ago. Choose another one."
    }
    assert Appointment.objects.count() == 1
    record_property("figures", f"50 bookings at once: 1 booked, {time.monotonic() - began:.1f} s")
