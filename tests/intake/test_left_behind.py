"""What nobody ended still reaches somebody: a bare yes, an open call, a hold, a hang-up."""

import pytest

from core.events.models import Heartbeat
from core.people.models import Patient
from intake.models import Call, RedFlag
from intake.services import waiting
from intake.services.answers import save_answer
from intake.services.calls import close_call, hang_up, record_action, save_fields, start_call
from intake.services.waiting import settle_waiting
from intake.tasks import tick
from messaging.models import Delivery, WorkItem
from messaging.selectors.worklist import worklist
from messaging.tick import due_rungs
from tests.cast import NOW
from tests.factories.flags import after

pytestmark = pytest.mark.django_db


def kinds(**where):
    return set(WorkItem.objects.filter(closed_at=None, **where).values_list("kind", flat=True))


def test_a_bare_yes_pages_with_the_next_thing_that_is_typed(cast, new_call):
    call = new_call(Q1="yes")
    assert call.asking == "Q1" and not RedFlag.objects.exists()
    save_fields(call=call, typed={"notes": "She sounds frightened."}, by=cast.ana, now=after(0.1))
    assert RedFlag.objects.get().disposition == "emergency_now"


def test_a_bare_yes_pages_by_itself_after_a_minute(cast, new_call):
    new_call(Q1="yes")
    assert settle_waiting(now=after(0.5)) == 0 and not RedFlag.objects.exists()
    assert settle_waiting(now=after(1)) == 1
    assert RedFlag.objects.get().opened_by == cast.ana
    assert Delivery.objects.get().user == cast.amin
    assert settle_waiting(now=after(2)) == 0  # once


def test_checked_and_unchanged_in_time_pages_nobody(cast, new_call):
    call = new_call(Q3="yes")
    save_answer(call=call, question="Q3", answer="yes", flags=["RF03c"], by=cast.ana, now=NOW)
    settle_waiting(now=after(5))
    assert not RedFlag.objects.exists()


def test_arrow_keys_on_their_way_to_checked_and_unchanged_page_nobody(cast, new_call):
    call = new_call(Q3="yes")
    for flag in ("RF03b", "RF03c"):  # one press of the arrow each, saved as given
        save_answer(call=call, question="Q3", answer="yes", flags=[flag], by=cast.ana, now=NOW)
    assert not RedFlag.objects.exists()
    save_answer(call=call, question="Q3", answer="yes", flags=["RF03b"], by=cast.ana, now=NOW)
    save_answer(call=call, question="Q4", answer="no", flags=[], by=cast.ana, now=after(0.2))
    assert RedFlag.objects.get().disposition == "same_day_physician"  # stayed there, moved on


def test_the_worst_branch_pages_at_once(cast, new_call):
    new_call(Q3="yes:RF03a")
    assert RedFlag.objects.get().disposition == "emergency_now"


def test_a_call_left_open_is_late_for_its_holder_then_for_the_manager(cast, new_call):
    call = new_call(Q8="no")
    assert kinds(subject_id=call.pk) == {"open_call"}
    assert not [r for r in worklist(cast.ana, now=after(29)) if r.kind == "open_call"]
    assert [r.kind for r in worklist(cast.ana, now=after(31))] == ["open_call"]
    assert worklist(cast.cole, now=after(59)) == [] and worklist(cast.mora, now=after(61)) == []
    assert [r.kind for r in worklist(cast.cole, now=after(61))] == ["open_call"]
    due_rungs(now=after(61))
    assert {d.user for d in Delivery.objects.all()} == {cast.ana, cast.cole}


def test_a_hold_of_an_abandoned_call_gets_its_owner(cast, new_call):
    call = new_call(Q10="yes:RF08b")
    settle_waiting(now=after(29))
    assert not RedFlag.objects.exists()
    assert settle_waiting(now=after(31)) == 1
    flag = RedFlag.objects.get(call=call)
    assert flag.is_holding_pt and kinds(subject_id=flag.pk) == {"pt_hold"}
    assert not Delivery.objects.exists()  # it holds, it does not page


def test_a_hold_survives_the_caller_hanging_up(cast, new_call):
    call = new_call(Q10="yes:RF08b")
    hang_up(call=call, by=cast.ana, now=after(1))
    assert RedFlag.objects.get(call=call).is_holding_pt
    assert kinds() == {"same_day_call_back", "pt_hold"}


def test_an_emergency_that_hung_up_is_called_back_within_the_hour(cast, new_call):
    call = new_call(Q2="yes")
    record_action(call=call, kind="lost_contact", words="312 555 0188", by=cast.ana, now=NOW)
    item = hang_up(call=call, by=cast.ana, now=after(1))
    assert item.due_at == after(61) and "Emergency now" in item.reason


def test_an_urgent_retriage_promises_a_visit(cast):
    call = retriage(cast, cast.okafor, Q8="yes")
    record_action(call=call, kind="visit_promised", words="", by=cast.ruiz, now=NOW)
    close_call(call=call, by=cast.ruiz, now=NOW)
    assert kinds() == {"initial_visit_urgent"}


def retriage(cast, patient: Patient, **answers: str) -> Call:
    import uuid

    call = start_call(clinic=cast.riverside, by=cast.ruiz, now=NOW, form_key=uuid.uuid4(),
                      origin="retriage", patient=patient)  # fmt: skip
    for number in range(1, 13):
        answer = answers.get(f"Q{number}", "no")
        call, _ = save_answer(call=call, question=f"Q{number}", answer=answer, flags=[],
                              by=cast.ruiz, now=NOW)  # fmt: skip
    return call


@pytest.fixture
def one_that_fails(new_call, monkeypatch):
    """The older of two calls with a bare yes cannot be settled."""
    broken, _ = new_call(Q1="yes"), new_call(Q1="yes", now=after(0.1))
    real = waiting.refresh

    def stumble(call, **more):
        if call.pk == broken.pk:
            raise ValueError("a row nobody expected")
        return real(call, **more)

    monkeypatch.setattr(waiting, "refresh", stumble)
    return broken


def test_a_call_that_fails_keeps_no_other_from_paging(one_that_fails):
    with pytest.raises(ValueError, match="nobody expected"):
        settle_waiting(now=after(2))
    assert RedFlag.objects.exclude(call=one_that_fails).count() == 1
    assert not RedFlag.objects.filter(call=one_that_fails).exists()


def test_its_heartbeat_stands_still_while_one_fails(one_that_fails, monkeypatch, time_machine):
    time_machine.move_to(after(2), tick=False)
    with pytest.raises(ValueError, match="nobody expected"):
        tick()
    assert not Heartbeat.objects.filter(loop="calls").exists()
    monkeypatch.undo()
    tick()
    assert Heartbeat.objects.get(loop="calls").beat_at == after(2)
