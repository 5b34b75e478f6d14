"""A second danger of the same rank is not covered by what a physician said about the first."""

import pytest

from intake.models import RedFlag
from intake.services.answers import lower_disposition, save_answer
from intake.services.flags import acknowledge_flag, decide_flag
from messaging.models import Message
from tests.factories.flags import after, must_see, open_kinds

pytestmark = pytest.mark.django_db
SELF_HARM = "RX05"


@pytest.fixture
def numb(new_call):
    """Saddle numbness: an emergency, the physician is paged."""
    return new_call(others="no", Q2="yes")


def and_thoughts_of_self_harm(call, minutes):
    return save_answer(call=call, question="Q12", answer="yes", flags=[SELF_HARM],
                       by=call.opened_by, now=after(minutes))[1]  # fmt: skip


def flag():
    return RedFlag.objects.get()


def test_a_lowering_holds_only_for_what_was_known_then(cast, numb):
    lower_disposition(call=numb, to="routine", reason="Long known.", by=cast.amin, now=after(1))
    assert and_thoughts_of_self_harm(numb, 2).disposition == "emergency_now"


def test_while_nobody_has_it_the_flag_names_both(cast, numb):
    and_thoughts_of_self_harm(numb, 2)
    assert {r["rule"] for r in flag().reasons} >= {"RF02", SELF_HARM}
    assert Message.objects.filter(thread=flag().thread, body__contains="self-harm").exists()


def test_after_it_was_acknowledged_it_asks_again(cast, numb):
    acknowledge_flag(flag=flag(), by=cast.amin, now=after(1))
    and_thoughts_of_self_harm(numb, 2)
    assert "red_flag" in open_kinds(flag().pk)
    assert must_see(cast.amin, flag(), now=after(3)) and must_see(cast.novak, flag(), now=after(17))


def test_after_it_was_decided_it_asks_for_a_new_decision_and_holds_therapy(cast, numb):
    decide_flag(flag=flag(), decision="change", to="routine", reason="Long known.",
                release_hold=True, by=cast.amin, now=after(1))  # fmt: skip
    and_thoughts_of_self_harm(numb, 2)
    assert open_kinds(flag().pk) == {"red_flag", "red_flag_decision"}
    assert flag().is_holding_pt


def test_a_harmless_yes_asks_nobody_again(cast, numb):
    acknowledge_flag(flag=flag(), by=cast.amin, now=after(1))
    save_answer(call=numb, question="Q7", answer="yes", flags=[], by=cast.ana, now=after(2))
    assert open_kinds(flag().pk) == {"red_flag_decision"}
