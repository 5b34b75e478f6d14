"""An event is handled once by each handler; one that fails is tried again and holds up nobody."""

import datetime as dt

import pytest

from core.events import services
from core.events.models import DomainEvent, EventHandled
from core.events.selectors import LOOPS, failing, late_loops
from core.events.services import beat, dispatch, emit
from core.work.models import Draft
from core.work.services import save_draft
from tests.cast import NOW
from tests.factories.races import race

pytestmark = pytest.mark.django_db
SECOND = dt.timedelta(seconds=1)


@pytest.fixture
def heard(cast, monkeypatch):
    """What the handlers heard; those named in `heard.deaf` fail after having written something."""

    class Heard(list):
        deaf: set = set()

    found = Heard()
    found.deaf = set()

    def handler(name):
        def handle(event, now):
            save_draft(user=cast.ana, place=f"thread:{name}-{event.pk}", text="", now=now)
            if name in found.deaf:
                raise ValueError("not today")
            found.append((name, event.subject_id))

        handle.__name__ = name
        return handle

    table = {"tea": (handler("first"), handler("second")), "coffee": (handler("third"),)}
    monkeypatch.setattr(services, "reactions", lambda: table)
    monkeypatch.setattr(services.log, "exception", lambda *a, **k: None)
    return found


def test_each_handler_hears_it_once(heard):
    emit(name="tea", subject_id="1", now=NOW)
    assert [dispatch(now=NOW) for _ in range(3)] == [1, 0, 0]
    assert heard == [("first", "1"), ("second", "1")]
    assert DomainEvent.objects.get().handled_at == NOW


def test_one_nobody_listens_to_is_done(heard):
    emit(name="silence", subject_id="1", now=NOW)
    assert dispatch(now=NOW) == 1 and heard == []


def test_a_failing_handler_is_tried_later_and_the_others_not_again(heard):
    heard.deaf = {"second"}
    emit(name="tea", subject_id="1", now=NOW)
    assert dispatch(now=NOW) == 0
    event = DomainEvent.objects.get()
    assert (event.attempts, event.last_error, event.handled_at) == (1, "ValueError", None)
    assert event.next_attempt_at == NOW + 60 * SECOND
    heard.deaf = set()
    assert dispatch(now=NOW + 59 * SECOND) == 0
    assert dispatch(now=NOW + 60 * SECOND) == 1
    assert heard == [("first", "1"), ("second", "1")]


def test_what_a_failing_handler_wrote_is_undone(heard):
    heard.deaf = {"second"}
    emit(name="tea", subject_id="1", now=NOW)
    dispatch(now=NOW)
    assert [d.place[7:].partition("-")[0] for d in Draft.objects.all()] == ["first"]
    assert [h.handler.rpartition(".")[2] for h in EventHandled.objects.all()] == ["first"]


def test_a_failing_event_does_not_hold_up_others(heard):
    heard.deaf = {"first"}
    emit(name="tea", subject_id="1", now=NOW - SECOND)
    emit(name="coffee", subject_id="2", now=NOW)
    assert dispatch(now=NOW) == 1
    assert heard == [("third", "2")]


def test_the_pauses_grow_to_an_hour(heard):
    heard.deaf = {"first"}
    emit(name="tea", subject_id="1", now=NOW)
    at, pauses = NOW, []
    for _ in range(9):
        dispatch(now=at)
        due = DomainEvent.objects.get().next_attempt_at
        pauses.append((due - at).total_seconds() / 60)
        at = due
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_told_again_by_id_it_is_not_done_twice(heard):
    event = emit(name="tea", subject_id="1", now=NOW)
    dispatch(now=NOW)
    DomainEvent.objects.filter(pk=event.pk).update(handled_at=None)
    assert dispatch(now=NOW) == 1
    assert len(heard) == 2


@pytest.mark.django_db(transaction=True)
def test_two_rounds_at_once_share_the_events(heard):
    for number in range(12):
        emit(name="coffee", subject_id=number, now=NOW)
    assert sum(race(lambda _: dispatch(now=NOW), runners=3)) == 12
    assert sorted(heard) == sorted(("third", str(n)) for n in range(12))


def test_a_loop_that_stands_still_is_late(db, settings):
    settings.HEARTBEAT_LATE_SECONDS = 150
    assert late_loops(now=NOW) == dict.fromkeys(LOOPS)
    ages = {
        "tick": 151,
        "calls": 1,
        "plans": 1,
        "deliver": 150,
        "events": 0,
        "audit": 0,
        "documents": 0,
    }
    for loop, age in ages.items():
        beat(loop=loop, now=NOW - age * SECOND)
    assert late_loops(now=NOW) == {"tick": 151 * SECOND}


def test_an_event_that_goes_on_failing_is_counted_as_such_until_it_is_handled(heard):
    heard.deaf = {"first"}
    emit(name="tea", subject_id="1", now=NOW)
    emit(name="coffee", subject_id="2", now=NOW)
    for hour in range(3):
        dispatch(now=NOW + hour * 3600 * SECOND)
    assert failing() == []  # a restart of the mail server or the like
    dispatch(now=NOW + 4 * 3600 * SECOND)
    assert [event.name for event in failing()] == ["tea"]
    heard.deaf = set()
    dispatch(now=NOW + 6 * 3600 * SECOND)
    assert failing() == []
