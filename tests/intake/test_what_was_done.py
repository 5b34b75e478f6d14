"""What was done about something milder closes no emergency; a stale page decides nothing."""

import pytest

from core.lib.errors import Conflict, Refused
from core.people.services import employ
from intake.models import DispositionChange, RedFlag
from intake.selectors import call_screen
from intake.services.answers import lower_disposition, save_answer
from intake.services.callbacks import reach
from intake.services.calls import close_call, hang_up, record_action, save_fields, use_match
from intake.services.flags import decide_flag, release_pt_hold
from intake.services.standing import standing_of
from messaging.models import Delivery
from tests.cast import NOW
from tests.factories.flags import after, open_kinds

pytestmark = pytest.mark.django_db


def test_a_refusal_of_a_visit_is_no_refusal_of_911(cast, new_call):
    call = new_call(others="no", Q8="yes")
    save_fields(call=call, typed={"family_name": "Stone"}, by=cast.ana, now=NOW)
    record_action(call=call, kind="refused", words="no time this week", by=cast.ana, now=NOW)
    save_answer(call=call, question="Q2", answer="yes", flags=[], by=cast.ana, now=after(1))
    with pytest.raises(Refused, match="Record what was done"):
        close_call(call=call, by=cast.ana, now=after(2))
    record_action(call=call, kind="refused", words="will not call 911", by=cast.ana, now=after(3))
    assert close_call(call=call, by=cast.ana, now=after(4)).disposition == "emergency_now"


def test_what_was_done_before_they_hung_up_does_not_end_the_next_contact(cast, new_call):
    call = new_call(Q2="yes")
    record_action(call=call, kind="lost_contact", words="312 555 0188", by=cast.ana, now=NOW)
    hang_up(call=call, by=cast.ana, now=after(1))
    reach(call=call, by=cast.ben, now=after(5))
    with pytest.raises(Refused, match="Record what was done"):
        close_call(call=call, by=cast.ben, now=after(6))
    record_action(call=call, kind="told_911", words="", by=cast.ben, now=after(7))
    assert close_call(call=call, by=cast.ben, now=after(8)).state == "closed"


def test_a_decision_on_a_page_opened_before_more_was_found_is_not_taken(cast, new_call):
    call = new_call(others="no", Q5="yes")
    seen = RedFlag.objects.get().version
    save_answer(call=call, question="Q12", answer="yes", flags=["RX03"], by=cast.ana, now=after(1))
    flag = RedFlag.objects.get()
    with pytest.raises(Conflict, match="Something was added") as stale:
        decide_flag(flag=flag, decision="change", to="routine", reason="Flu.", release_hold=False,
                    by=cast.amin, now=after(2), version=seen)  # fmt: skip
    assert "chest pain" in str(stale.value.versions)
    with pytest.raises(Conflict):
        release_pt_hold(flag=flag, reason="Fine.", by=cast.amin, now=after(2), version=seen)
    assert RedFlag.objects.get().state == "new"
    decided = decide_flag(flag=flag, decision="confirm", to="", reason="To the ED.", now=after(3),
                          release_hold=False, by=cast.amin, version=flag.version)  # fmt: skip
    assert decided.state == "decided"


def test_worse_than_what_they_were_told_nudges_everyone_again(cast, new_call):
    call = new_call(Q5="yes")
    assert Delivery.objects.filter(user=cast.amin).count() == 1
    save_answer(call=call, question="Q2", answer="yes", flags=[], by=cast.ana, now=after(1))
    assert Delivery.objects.filter(user=cast.amin).count() == 2
    save_answer(call=call, question="Q9", answer="yes", flags=[], by=cast.ana, now=after(2))
    assert Delivery.objects.filter(user=cast.amin).count() == 2  # weight loss adds nothing urgent


def test_the_physicians_decision_moves_the_call_that_is_still_open(cast, new_call):
    call = new_call(others="no", Q2="yes")
    decide_flag(flag=RedFlag.objects.get(), decision="change", to="urgent_24_72h", reason="Known.",
                release_hold=True, by=cast.amin, now=after(1))  # fmt: skip
    call.refresh_from_db()
    assert standing_of(call, now=after(2)).disposition == call.disposition == "urgent_24_72h"
    assert DispositionChange.objects.get().by == cast.amin


def test_whoever_lowers_the_call_has_answered_its_flag(cast, new_call):
    call = new_call(others="no", Q2="yes")
    lower_disposition(call=call, to="urgent_24_72h", reason="Seen.", by=cast.amin, now=after(1))
    flag = RedFlag.objects.get()
    assert (flag.state, flag.decided_by, flag.decided_disposition) == (
        "decided", cast.amin, "urgent_24_72h",
    )  # fmt: skip
    assert flag.is_holding_pt and open_kinds(flag.pk) == {"pt_hold"}  # released on its own words


def test_a_corrected_answer_says_why_the_call_stays_where_it_is(cast, new_call):
    call = new_call(others="no", Q2="yes")
    save_answer(call=call, question="Q2", answer="no", flags=[], by=cast.ana, now=after(1))
    screen = call_screen(cast.ana, call, now=after(2))
    assert screen.standing.disposition == "emergency_now"
    assert screen.reasons[0].startswith("a physician was paged for: because Q2 yes: saddle numb")
    assert screen.reasons[0].endswith("It stays until a physician changes it")


def test_a_withheld_number_does_not_keep_a_call_open(cast, new_call):
    call = new_call(others="no")
    typed = {"phone": "Withheld", "family_name": "Stone"}
    _, problems = save_fields(call=call, typed=typed, by=cast.ana, now=NOW)
    assert problems == {}
    assert close_call(call=call, by=cast.ana, now=NOW).state == "closed"


def test_a_chart_of_another_clinic_is_not_joined(cast, new_call):
    employ(clinic=cast.lakeside, user=cast.ana, by=None, now=NOW)
    with pytest.raises(Refused, match="another clinic"):
        use_match(call=new_call(), patient=cast.outis, birth_date=cast.outis.birth_date,
                  by=cast.ana, now=NOW)  # fmt: skip
