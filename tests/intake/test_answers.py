"""Answers are kept as given; nobody is paged for a question still asked, nor forgotten after."""

import pytest

from core.lib.errors import Conflict, Refused
from intake.models import CallAnswer, RedFlag
from intake.services.answers import save_answer
from intake.services.calls import close_call, hang_up, record_action, save_fields
from messaging.models import Delivery, Message
from tests.cast import NOW
from tests.factories.flags import after

pytestmark = pytest.mark.django_db


def say(call, question, answer, *flags, by=None, now=NOW):
    return save_answer(call=call, question=question, answer=answer, flags=list(flags),
                       by=by or call.opened_by, now=now)  # fmt: skip


def test_the_wording_that_was_read_stays_with_the_answer(cast, new_call):
    call = new_call(Q2="no")
    row = CallAnswer.objects.get(call=call)
    assert row.wording.startswith("Do you have any new numbness between your legs")
    assert (row.answer, row.answered_by, row.answered_at) == ("no", cast.ana, NOW)


@pytest.mark.parametrize(
    ("question", "answer", "flags"),
    [("Q99", "yes", []), ("Q2", "perhaps", []), ("Q2", "", []), ("Q3", "yes", ["RF99"]),
     ("Q3", "no", ["RF03a"]), ("Q3", "yes", ["RF03a", "RF03c"])],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_and_nothing_is_kept(
    cast, new_call, question, answer, flags
):
    call = new_call()
    with pytest.raises(Refused):
        say(call, question, answer, *flags)
    assert not CallAnswer.objects.exists()
    say(call, "Q12", "yes", "RX01", "RX02")  # this one takes several
    assert CallAnswer.objects.get().flags == ["RX01", "RX02"]


def test_a_correction_keeps_the_earlier_answer_in_the_history(cast, new_call):
    call = new_call(Q5="dont_know")
    say(call, "Q5", "no", by=cast.ben, now=after(2))
    row = CallAnswer.objects.get()
    assert [(h.answer, h.answered_by) for h in row.history.order_by("history_id")] == [
        ("dont_know", cast.ana),
        ("no", cast.ben),
    ]


def test_who_was_paged_reads_the_correction_and_the_page_stands(cast, new_call):
    call = new_call(Q2="yes")
    _, standing = say(call, "Q2", "no", now=after(2))
    flag = RedFlag.objects.get()
    words = Message.objects.filter(thread=flag.thread).order_by("sent_at").last().body
    assert "Q2 was “yes”, is now “no”" in words and "until a physician changes it" in words
    assert standing.verdict.disposition == "urgent_24_72h"
    assert standing.disposition == flag.disposition == "emergency_now"


def test_saying_the_same_again_tells_nobody(cast, new_call):
    call = new_call(Q2="yes")
    say(call, "Q2", "yes", now=after(1))
    assert Message.objects.count() == 1


def test_yes_checked_and_unchanged_pages_nobody(cast, new_call):
    call = new_call()
    _, standing = say(call, "Q3", "yes")
    assert standing.disposition == "emergency_now"  # on the screen at once
    _, standing = say(call, "Q3", "yes", "RF03c", now=after(0.1))
    assert standing.disposition == "urgent_24_72h"  # open questions only
    assert not RedFlag.objects.exists() and not Delivery.objects.exists()


def test_a_yes_without_branches_pages_at_once(cast, new_call):
    say(new_call(), "Q2", "yes")
    assert Delivery.objects.get().user == cast.amin


@pytest.mark.parametrize("then", ["next question", "region", "action", "hang up"])
def test_a_bare_yes_left_behind_pages(cast, new_call, then):
    call = new_call()
    call, _ = say(call, "Q3", "yes")
    assert not RedFlag.objects.exists()
    match then:
        case "next question":
            say(call, "Q4", "no")
        case "region":
            save_fields(call=call, typed={"region": "low_back"}, by=cast.ana, now=NOW)
        case "action":
            record_action(call=call, kind="told_911", words="", by=cast.ana, now=NOW)
        case "hang up":
            with pytest.raises(Refused, match="dial the number again now"):
                hang_up(call=call, by=cast.ana, now=NOW)
            record_action(call=call, kind="lost_contact", words="312 555 0188", by=cast.ana,
                          now=NOW)  # fmt: skip
    assert RedFlag.objects.get().disposition == "emergency_now"
    assert Delivery.objects.get().user == cast.amin


def test_two_bare_yeses_page_on_the_first_left_behind(cast, new_call):
    call = new_call()
    say(call, "Q1", "yes")
    say(call, "Q3", "yes")
    assert RedFlag.objects.get().disposition == "emergency_now"


def test_a_question_still_being_asked_does_not_worsen_an_open_flag(cast, new_call):
    call = new_call(Q5="yes")  # fever: a physician is paged for today
    assert RedFlag.objects.get().disposition == "same_day_physician"
    say(call, "Q3", "yes", now=after(1))
    say(call, "Q3", "yes", "RF03c", now=after(2))
    assert RedFlag.objects.get().disposition == "same_day_physician"
    assert Message.objects.filter(body__startswith="Now:").count() == 0


def test_an_ended_call_takes_no_more_answers(cast, new_call):
    call = new_call(others="no")
    save_fields(call=call, typed={"family_name": "Stone"}, by=cast.ana, now=NOW)
    close_call(call=call, by=cast.ana, now=NOW)
    with pytest.raises(Conflict, match="has ended"):
        say(call, "Q2", "yes")
    assert CallAnswer.objects.filter(answer="yes").count() == 0
