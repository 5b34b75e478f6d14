"""The line goes dead: the answers stay, the call-back is the same day, an emergency's at once."""

import pytest

from core.lib.errors import Refused
from intake.models import RedFlag
from intake.services.answers import save_answer
from intake.services.callbacks import reach
from intake.services.calls import close_call, hang_up, record_action, save_fields
from messaging.models import Delivery, WorkItem
from tests.cast import NOW
from tests.factories.flags import after

pytestmark = pytest.mark.django_db


def test_the_call_waits_with_its_answers_for_a_call_back_today(cast, new_call):
    call = new_call(Q1="no", Q2="no", Q7="yes")
    item = hang_up(call=call, by=cast.ana, now=after(3))
    call.refresh_from_db()
    assert (call.state, call.held_by, call.answers.count()) == ("waiting", None, 3)
    assert (item.kind, item.subject_id) == ("same_day_call_back", call.pk)
    assert item.due_at == after(180)  # closing time
    assert list(call.actions.values_list("kind", flat=True)) == ["hung_up"]


def test_reached_again_the_questions_go_on_where_they_stopped(cast, new_call):
    call = new_call(Q1="no", Q7="yes")
    hang_up(call=call, by=cast.ana, now=after(3))
    row = reach(call=call, by=cast.ben, now=after(60))
    assert (row.state, row.held_by, row.spoke_at) == ("open", cast.ben, NOW)
    assert WorkItem.objects.get(kind="same_day_call_back").close_event == "spoke_to_a_person"
    for number in range(2, 13):
        answer = "yes" if number == 7 else "no"
        save_answer(call=row, question=f"Q{number}", answer=answer, flags=[], by=cast.ben,
                    now=after(61))  # fmt: skip
    save_fields(call=row, typed={"family_name": "Stone"}, by=cast.ben, now=after(61))
    with pytest.raises(Refused, match="Record what was done"):  # hanging up was not it
        close_call(call=row, by=cast.ben, now=after(62))
    record_action(call=row, kind="visit_promised", words="", by=cast.ben, now=after(62))
    assert close_call(call=row, by=cast.ben, now=after(63)).state == "closed"


def test_an_emergency_is_dialled_again_first(cast, new_call):
    call = new_call(Q2="yes")
    with pytest.raises(Refused, match="dial the number again now"):
        hang_up(call=call, by=cast.ana, now=after(1))
    call.refresh_from_db()
    assert call.state == "open"
    record_action(call=call, kind="lost_contact", words="312 555 0188", by=cast.ana, now=after(2))
    assert hang_up(call=call, by=cast.ana, now=after(3)).kind == "same_day_call_back"
    assert RedFlag.objects.get().state == "new"  # the physician is still to answer
    assert Delivery.objects.filter(user=cast.amin).count() == 1


def test_without_a_number_nobody_could_call_back(cast, new_call):
    call = new_call(Q1="no")
    save_fields(call=call, typed={"phone": ""}, by=cast.ana, now=NOW)
    with pytest.raises(Refused, match="number the call came from"):
        hang_up(call=call, by=cast.ana, now=NOW)
    save_fields(call=call, typed={"phone": "312 555 0188"}, by=cast.ana, now=NOW)
    assert hang_up(call=call, by=cast.ana, now=NOW).kind == "same_day_call_back"


def test_hung_up_twice_is_one_promise_at_a_time(cast, new_call):
    call = new_call(Q1="no")
    first = hang_up(call=call, by=cast.ana, now=NOW)
    reach(call=call, by=cast.ana, now=after(10))
    second = hang_up(call=call, by=cast.ana, now=after(11))
    assert first != second
    assert WorkItem.objects.filter(closed_at__isnull=True).get() == second


def test_after_closing_time_it_is_still_today(cast, new_call):
    evening = after(240)  # 19:00 in Chicago
    call = new_call(Q1="no", now=evening)
    item = hang_up(call=call, by=cast.ana, now=evening)
    assert evening < item.due_at < after(9 * 60)
