"""A missed call: 72 hours from when they called; only speaking with a person stops the clock."""

import datetime as dt
import uuid

import pytest

from core.lib.errors import Conflict, Forbidden, Refused
from intake.models import Call, CallAttempt
from intake.services.callbacks import (
    log_missed_call,
    minutes_before,
    reach,
    record_attempt,
    take_call_back,
)
from messaging.models import WorkItem
from tests.cast import NOW
from tests.factories.flags import after
from tests.factories.races import race

pytestmark = pytest.mark.django_db
CALLED = NOW - dt.timedelta(hours=2)


def missed(cast, *, phone="(312) 555-0177", at=CALLED, key=None, by=None):
    return log_missed_call(clinic=cast.riverside, phone=phone, words="no message", received_at=at,
                           by=by or cast.ana, now=NOW, form_key=key or uuid.uuid4())  # fmt: skip


def item():
    return WorkItem.objects.exclude(kind="open_call").get()


def tried(call, by, outcome="no_answer", now=NOW):
    return record_attempt(call=call, outcome=outcome, words="", by=by, now=now)


def test_the_clock_runs_from_when_they_called(cast):
    call = missed(cast)
    assert (call.state, call.phone, call.spoke_at) == ("waiting", "+13125550177", None)
    assert item().opened_at == CALLED
    assert item().due_at == CALLED + dt.timedelta(hours=72)  # Friday 13:00, the clinic is open
    assert [(r.name, r.at) for r in item().rungs.order_by("at")] == [
        ("day_before", CALLED + dt.timedelta(hours=48)),
        ("late", CALLED + dt.timedelta(hours=72)),
    ]


@pytest.mark.parametrize(
    ("more", "what"),
    [({"phone": "no idea"}, "area code"), ({"phone": "0177"}, "area code"),
     ({"phone": "312 555 0177 ext. 4"}, "extension into what they said"),
     ({"at": after(5)}, "future"), ({"at": NOW - dt.timedelta(days=31)}, "30 days")],
)  # fmt: skip
def test_what_cannot_be_a_missed_call(cast, more, what):
    with pytest.raises(Refused, match=what):
        missed(cast, **more)
    assert not Call.objects.exists()


@pytest.mark.parametrize(("text", "minutes"), [("0", 0), (" 90 ", 90)])
def test_how_long_ago(text, minutes):
    assert minutes_before(NOW, text) == after(-minutes)


@pytest.mark.parametrize("text", ["", "-5", "1.5", "ten", "1234567"])
def test_how_long_ago_in_other_words(text):
    with pytest.raises(Refused, match="whole number"):
        minutes_before(NOW, text)


@pytest.mark.parametrize("outcome", CallAttempt.Outcome.values)
def test_nobody_answered_and_the_clock_runs_on(cast, outcome):
    call = missed(cast)
    due = item().due_at
    tried(call, cast.ana, outcome)
    call.refresh_from_db()
    assert (call.state, call.held_by) == ("waiting", None)
    assert (item().closed_at, item().due_at, item().owner) == (None, due, None)
    assert (item().next_action, item().next_action_at) == ("Call back again", after(180))
    tried(call, cast.ben, outcome, now=after(200))  # anyone may try next
    assert call.attempts.count() == 2


def test_what_happened_must_be_one_of_four(cast):
    call = missed(cast)
    with pytest.raises(Refused, match="Choose what happened"):
        tried(call, cast.ana, "carrier pigeon")
    assert item().taken_at is None


def test_spoken_with_them_the_clock_stops_and_the_questions_begin(cast):
    call = missed(cast)
    row = reach(call=call, by=cast.ben, now=after(5))
    assert (row.state, row.spoke_at, row.held_by) == ("open", after(5), cast.ben)
    assert (item().close_event, item().closed_by) == ("spoke_to_a_person", cast.ben)
    with pytest.raises(Conflict, match="spoken with this caller"):
        reach(call=call, by=cast.ana, now=after(6))


def test_the_second_one_reads_who_is_dialling(cast):
    call = missed(cast)
    take_call_back(call=call, by=cast.ana, now=NOW)
    for act in (take_call_back, reach):
        with pytest.raises(Conflict, match="Ana Flores took this"):
            act(call=call, by=cast.ben, now=after(1))
    with pytest.raises(Conflict, match="Ana Flores"):
        tried(call, cast.ben)
    assert reach(call=call, by=cast.ana, now=after(2)).state == "open"


@pytest.mark.django_db(transaction=True)
def test_two_people_never_dial_at_once(cast):
    call = missed(cast)
    both = [cast.ana, cast.ben]
    found = race(lambda n: take_call_back(call=call, by=both[n], now=NOW), runners=2)
    assert sorted(type(row).__name__ for row in found) == ["Call", "Conflict"]


def test_the_same_form_again_is_the_same_call(cast):
    key = uuid.uuid4()
    assert missed(cast, key=key) == missed(cast, key=key)
    assert Call.objects.count() == WorkItem.objects.count() == 1


def test_a_therapist_does_not_work_the_queue(cast):
    call = missed(cast)
    with pytest.raises(Forbidden, match="belongs to the front desk"):
        take_call_back(call=call, by=cast.ruiz, now=NOW)
    assert take_call_back(call=call, by=cast.ana, now=NOW).held_by == cast.ana


@pytest.mark.parametrize("name", ["amin", "park", "cole"])
def test_whoever_may_call_back_by_their_role_may(cast, name):
    assert take_call_back(call=missed(cast), by=getattr(cast, name), now=NOW).held_by
