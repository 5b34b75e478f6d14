"""What happened in the programme is counted from events, once, and taken back with an undo."""

import datetime as dt
import uuid

import pytest
from django.db import IntegrityError, transaction

from core.events.models import DomainEvent, EventHandled
from core.events.services import dispatch
from intake.models import RedFlag
from intake.services.callbacks import log_missed_call, reach, record_attempt
from intake.services.calls import start_call, use_match
from intake.services.flags import acknowledge_flag, decide_flag
from messaging.services.work import close_by_hand, open_item, undo_close
from outcomes.models import Occurrence
from outcomes.services import record_occurrence
from tests.cast import NOW

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)


def kinds():
    return sorted(Occurrence.objects.filter(wrong_at=None).values_list("kind", flat=True))


@pytest.fixture
def item(cast):
    return open_item(kind="initial_visit", subject_id=uuid.uuid4(), clinic=cast.riverside,
                     patient=cast.okafor, reason="First visit", by=cast.ana, now=NOW)  # fmt: skip


def test_a_closed_promise_is_counted_with_its_duration(cast, item):
    close_by_hand(item=item, by=cast.ana, now=NOW + 90 * MINUTE, reason="booked")
    assert not Occurrence.objects.exists()  # the tick writes it
    dispatch(now=NOW + 91 * MINUTE)
    row = Occurrence.objects.get()
    assert (row.kind, row.subject_id, row.seconds) == ("work:initial_visit", item.pk, 5400)
    assert (row.patient, row.clinician, row.outcome) == (cast.okafor, cast.ana, "done_by_hand")
    assert (row.started_at, row.at, row.due_at) == (NOW, NOW + 90 * MINUTE, item.due_at)


def test_told_twice_it_is_counted_once(cast, item):
    close_by_hand(item=item, by=cast.ana, now=NOW, reason="booked")
    dispatch(now=NOW)
    EventHandled.objects.all().delete()
    DomainEvent.objects.update(handled_at=None, next_attempt_at=NOW)
    dispatch(now=NOW)
    assert kinds() == ["work:initial_visit"]


def test_taken_back_before_the_tick_it_never_was(cast, item):
    close_by_hand(item=item, by=cast.ana, now=NOW, reason="booked")
    undo_close(item=item, by=cast.ana, now=NOW + MINUTE / 4)
    dispatch(now=NOW + MINUTE)
    assert not Occurrence.objects.exists()


def test_taken_back_after_the_tick_it_is_marked_wrong_and_the_next_counts(cast, item):
    close_by_hand(item=item, by=cast.ana, now=NOW, reason="booked")
    dispatch(now=NOW)
    undo_close(item=item, by=cast.ana, now=NOW + MINUTE / 2)
    dispatch(now=NOW + MINUTE)
    gone = Occurrence.objects.get()
    assert gone.wrong_at == NOW + MINUTE and gone.wrong_reason and kinds() == []
    close_by_hand(item=item, by=cast.ana, now=NOW + 9 * MINUTE, reason="booked now")
    dispatch(now=NOW + 10 * MINUTE)
    assert kinds() == ["work:initial_visit"] and Occurrence.objects.count() == 2


def test_undone_and_closed_again_before_either_was_handled(cast, item):
    close_by_hand(item=item, by=cast.ana, now=NOW, reason="booked")
    undo_close(item=item, by=cast.ana, now=NOW + MINUTE / 4)
    close_by_hand(item=item, by=cast.ana, now=NOW + MINUTE / 2, reason="booked now")
    dispatch(now=NOW + MINUTE)
    row = Occurrence.objects.get()
    assert row.at == NOW + MINUTE / 2 and row.wrong_at is None


def test_a_call_answered_at_once(cast):
    call = start_call(clinic=cast.riverside, by=cast.ana, now=NOW, form_key=uuid.uuid4())
    start_call(clinic=cast.riverside, by=cast.ana, now=NOW, form_key=uuid.uuid4(),
               origin="retriage", patient=cast.okafor)  # fmt: skip
    dispatch(now=NOW)
    row = Occurrence.objects.get()  # asking a patient again is no call that was answered
    assert (row.kind, row.subject_id, row.seconds) == ("call_answered", call.pk, 0)
    assert row.patient is None
    born = cast.okafor.birth_date
    use_match(call=call, patient=cast.okafor, birth_date=born, by=cast.ana, now=NOW + MINUTE)
    dispatch(now=NOW + MINUTE)
    row.refresh_from_db()
    assert row.patient == cast.okafor


def test_a_missed_call_is_answered_when_somebody_speaks(cast):
    call = log_missed_call(
        clinic=cast.riverside, phone="312 555 0177", words="", received_at=NOW, by=cast.ana,
        now=NOW, form_key=uuid.uuid4(),
    )  # fmt: skip
    record_attempt(call=call, outcome="busy", words="", by=cast.ben, now=NOW + 60 * MINUTE)
    dispatch(now=NOW + 61 * MINUTE)
    assert kinds() == []
    reach(call=call, by=cast.ben, now=NOW + 120 * MINUTE)
    dispatch(now=NOW + 121 * MINUTE)
    assert kinds() == ["call_answered", "call_back_reached", "work:call_back"]
    row = Occurrence.objects.get(kind="call_back_reached")
    assert (row.seconds, row.count, row.clinician) == (7200, 1, cast.ben)


def test_a_red_flag_is_acknowledged_and_decided(cast, new_call):
    flag = RedFlag.objects.get(call=new_call(Q2="yes"))
    acknowledge_flag(flag=flag, by=cast.amin, now=NOW + 5 * MINUTE)
    decide_flag(flag=flag, decision="confirm", to="", reason="seen", release_hold=False,
                by=cast.novak, now=NOW + 40 * MINUTE)  # fmt: skip
    dispatch(now=NOW + 41 * MINUTE)
    rows = {row.kind: row for row in Occurrence.objects.all()}
    assert rows["flag_acknowledged"].seconds == 300
    assert rows["flag_acknowledged"].clinician == cast.amin
    assert (rows["flag_decided"].seconds, rows["flag_decided"].outcome) == (2400, "confirm")
    assert {"work:red_flag", "work:red_flag_decision"} <= set(rows)


def test_a_clock_set_back_gives_no_negative_time(cast):
    row = record_occurrence(
        kind="call_answered", subject_id=uuid.uuid4(), clinic=cast.riverside, patient=None,
        started_at=NOW, at=NOW - MINUTE, now=NOW,
    )  # fmt: skip
    assert row.seconds == 0
    row.seconds = -1
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()
