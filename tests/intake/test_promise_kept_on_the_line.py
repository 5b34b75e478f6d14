"""What is booked while the caller is on the line is kept, and owed again when it is called off."""

import datetime as dt
import threading
import time

import pytest
from django.db import transaction

from core.lib.errors import Refused
from intake.models import RedFlag
from intake.services import appointments
from intake.services.answers import raise_disposition
from intake.services.booking import book_all
from intake.services.calls import close_call, join, save_fields
from intake.services.flags import release_pt_hold
from messaging.models import WorkItem
from messaging.services.work import close_by_hand
from tests.cast import NOW
from tests.factories.races import race
from tests.factories.schedule import Schedule

pytestmark = pytest.mark.django_db
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
LATER = NOW + HOUR


@pytest.fixture
def schedule(cast):
    return Schedule(cast)


def on_the_line(cast, new_call, **more):
    call = new_call(others="no", **more)
    typed = {"family_name": "Okafor", "given_name": "Daniel", "region": "low_back"}
    call, _ = save_fields(call=call, typed=typed, by=cast.ana, now=more.get("now", NOW))
    return join(call=call, patient=cast.okafor, by=cast.ana, now=more.get("now", NOW))


def owed():
    """Open promises of a visit, by kind."""
    kinds = ("initial_visit", "initial_visit_urgent", "pt_start")
    return {i.kind: i for i in WorkItem.objects.filter(closed_at=None, kind__in=kinds)}


def cancel(cast, visit, now=LATER):
    appointments.cancel(
        appointment=visit, whose="patient", reason="travelling", by=cast.ana, now=now
    )


def pair(cast, schedule, hour=9, **day):
    return [schedule.wanted("initial", cast.amin, schedule.at(hour, **day)),
            schedule.wanted("pt_eval", cast.ruiz, schedule.at(hour + 1, **day))]  # fmt: skip


def test_booked_on_the_line_then_called_off_is_owed_again(cast, schedule, new_call):
    call = on_the_line(cast, new_call)
    visit, pt = book_all(patient=cast.okafor, wanted=pair(cast, schedule), by=cast.ana, now=NOW,
                         call=call)  # fmt: skip
    close_call(call=call, by=cast.ana, now=NOW + dt.timedelta(minutes=5))
    assert owed() == {}
    kept = set(WorkItem.objects.values_list("kind", "close_event"))
    assert {("initial_visit", "visit_booked"), ("pt_start", "pt_booked")} <= kept
    cancel(cast, visit)
    cancel(cast, pt)
    again = owed()
    assert set(again) == {"initial_visit", "pt_start"}
    assert again["pt_start"].opened_at == NOW  # the seven days are the call's, not the desk's
    assert again["initial_visit"].opened_at == NOW + dt.timedelta(minutes=5)
    first = WorkItem.objects.exclude(closed_at=None).get(kind="pt_start")
    assert again["pt_start"].due_at == first.due_at
    book_all(patient=cast.okafor, wanted=pair(cast, schedule, 13), by=cast.ana, now=LATER,
             call=call)  # fmt: skip
    assert owed() == {}


def test_a_visit_booked_from_the_chart_while_they_talk_counts_too(cast, schedule, new_call):
    call = on_the_line(cast, new_call)
    visit = schedule.book(cast.okafor, "initial", cast.amin, schedule.at(9))  # names no call
    close_call(call=call, by=cast.ana, now=NOW)
    assert set(owed()) == {"pt_start"}
    visit.refresh_from_db()
    assert visit.call_id == call.pk
    cancel(cast, visit)
    assert set(owed()) == {"initial_visit", "pt_start"}


def test_an_urgent_call_is_not_kept_by_a_visit_next_week(cast, schedule, new_call):
    call = on_the_line(cast, new_call)
    raise_disposition(call=call, to="urgent_24_72h", reason="very upset", by=cast.ana, now=NOW)
    late = pair(cast, schedule, day=dt.date(2026, 11, 30))
    book_all(patient=cast.okafor, wanted=late, by=cast.ana, now=NOW, call=call)
    close_call(call=call, by=cast.ana, now=NOW)
    assert set(owed()) == {"initial_visit_urgent"}


def test_two_calls_kept_by_one_visit_are_both_owed_again(cast, schedule, new_call):
    first = on_the_line(cast, new_call)
    visit = schedule.book(cast.okafor, "initial", cast.amin, schedule.at(9), call=first)
    close_call(call=first, by=cast.ana, now=NOW)
    second = on_the_line(cast, new_call)
    close_call(call=second, by=cast.ana, now=LATER)
    item = WorkItem.objects.get(kind="pt_start", subject_id=first.pk)
    close_by_hand(item=item, by=cast.ana, now=LATER, reason="Has a therapist at work")
    cancel(cast, visit, now=LATER)
    found = WorkItem.objects.filter(closed_at=None, kind="initial_visit")
    assert {i.subject_id for i in found} == {first.pk, second.pk}
    assert not WorkItem.objects.filter(closed_at=None, subject_id=first.pk, kind="pt_start")


def test_a_pt_start_called_off_under_a_hold_waits_for_its_release(cast, schedule, new_call):
    call = on_the_line(cast, new_call)
    _, pt = book_all(patient=cast.okafor, wanted=pair(cast, schedule), by=cast.ana, now=NOW,
                     call=call)  # fmt: skip
    close_call(call=call, by=cast.ana, now=NOW)
    on_the_line(cast, new_call, Q5="yes", now=NOW + HOUR)  # fever: therapy is on hold
    flag = RedFlag.objects.get()
    assert flag.is_holding_pt
    appointments.cancel(
        appointment=pt, whose="clinic", reason="on hold", by=cast.ana, now=NOW + 2 * HOUR
    )
    assert owed() == {}  # no clock runs, and nobody is asked to book what cannot be booked
    assert not WorkItem.objects.filter(closed_at=None, kind="visit_rebook").exists()
    with pytest.raises(Refused, match="on hold"):
        schedule.book(cast.okafor, "pt_eval", cast.ruiz, schedule.at(13))
    released = NOW + 3 * HOUR
    release_pt_hold(flag=flag, reason="No fever any more", by=cast.amin, now=released)
    assert owed()["pt_start"].opened_at == released  # the seven days begin with the release


@pytest.mark.django_db(transaction=True)
def test_called_off_in_the_moment_in_which_the_call_ends(cast, schedule, new_call):
    call = on_the_line(cast, new_call)
    visit = schedule.book(cast.okafor, "initial", cast.amin, schedule.at(9), call=call)
    called_off = threading.Event()

    def act(number):
        if number:
            called_off.wait(5)
            return close_call(call=call, by=cast.ana, now=LATER)
        with transaction.atomic():
            cancel(cast, visit)
            called_off.set()
            time.sleep(0.3)  # not committed yet: the other one still reads a visit that stands
        return None

    race(act, runners=2)
    assert set(owed()) == {"initial_visit", "pt_start"}
