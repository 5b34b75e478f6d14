"""A call ends only with what its disposition asks for on record; what follows starts once."""

import pytest

from core.lib.errors import Conflict, Refused
from intake.call_rules import CLOSING, WORDS_NEEDED
from intake.models import CallAction, RedFlag
from intake.services.calls import close_call, record_action, save_fields
from messaging.models import WorkItem
from tests.cast import NOW
from tests.factories.flags import after
from tests.factories.races import race

pytestmark = pytest.mark.django_db
LEVELS = {
    "emergency_now": {"Q2": "yes"},
    "same_day_physician": {"Q5": "yes"},
    "urgent_24_72h": {"Q7": "yes"},
    "routine": {},
}
WORDS = {"lost_contact": "312 555 0188"}
KINDS = [k.value for k in CallAction.Kind]


@pytest.fixture
def ready(cast, new_call):
    """A call with every question answered and the caller's name, at the level asked for."""

    def start(level):
        call = new_call(others="no", **LEVELS[level])
        row, problems = save_fields(call=call, typed={"family_name": "Stone", "region": "knee"},
                                    by=cast.ana, now=NOW)  # fmt: skip
        assert (problems, row.disposition) == ({}, level)
        return row

    return start


def act(call, kind, by, words=None, now=NOW):
    words = WORDS.get(kind, "Dr. Amin, 15:10") if words is None else words
    return record_action(call=call, kind=kind, words=words, by=by, now=now)


@pytest.mark.parametrize("level", LEVELS)
def test_each_level_takes_its_actions_and_no_others(cast, ready, level):
    call = ready(level)
    for kind in KINDS:
        if kind in CLOSING[level]:
            assert act(call, kind, cast.ana).kind == kind
        else:
            with pytest.raises(Refused, match="does not fit"):
                act(call, kind, cast.ana)
    assert set(call.actions.values_list("kind", flat=True)) == set(CLOSING[level])


@pytest.mark.parametrize("level", [name for name in LEVELS if name != "routine"])
def test_above_routine_it_does_not_end_without_one(cast, ready, level):
    call = ready(level)
    with pytest.raises(Refused, match="Record what was done"):
        close_call(call=call, by=cast.ana, now=NOW)
    act(call, CLOSING[level][0], cast.ana)
    closed = close_call(call=call, by=cast.ana, now=after(4))
    assert (closed.state, closed.disposition, closed.closed_by) == ("closed", level, cast.ana)


def open_items():
    return set(WorkItem.objects.filter(closed_at=None).values_list("kind", flat=True))


def test_routine_ends_without_and_promises_a_visit(cast, ready):
    call = close_call(call=ready("routine"), by=cast.ana, now=NOW)
    assert call.state == "closed" and open_items() == {"initial_visit", "pt_start"}
    assert not RedFlag.objects.exists()


def test_urgent_promises_a_visit_within_72_hours(cast, ready):
    call = ready("urgent_24_72h")
    act(call, "visit_promised", cast.ana)
    close_call(call=call, by=cast.ana, now=NOW)
    assert open_items() == {"initial_visit_urgent", "pt_start"}


@pytest.mark.parametrize("kind", sorted({*WORDS_NEEDED}))
def test_what_needs_words_is_not_recorded_without(cast, ready, kind):
    level = next(name for name in LEVELS if kind in CLOSING[name])
    call = ready(level)
    with pytest.raises(Refused, match="Write"):
        act(call, kind, cast.ana, words="  ")
    assert act(call, kind, cast.ana).kind == kind


def test_lost_contact_needs_the_number_that_was_dialled(cast, ready):
    call = ready("emergency_now")
    for words in ("I tried", "911", "0188"):
        with pytest.raises(Refused, match="number you dialled again"):
            act(call, "lost_contact", cast.ana, words=words)
    assert act(call, "lost_contact", cast.ana, words="(312) 555-0188").kind == "lost_contact"


def test_an_emergency_ends_with_questions_open(cast, new_call):
    call = new_call(Q2="yes")
    act(call, "told_911", cast.ana, words="")
    assert close_call(call=call, by=cast.ana, now=NOW).state == "closed"


@pytest.mark.parametrize("level", ["same_day_physician", "urgent_24_72h"])
def test_others_end_when_all_was_asked(cast, new_call, level):
    call = new_call(**LEVELS[level])
    save_fields(call=call, typed={"family_name": "Stone"}, by=cast.ana, now=NOW)
    act(call, CLOSING[level][0], cast.ana)
    with pytest.raises(Refused, match="Ask the open questions"):
        close_call(call=call, by=cast.ana, now=NOW)


def test_everything_that_is_missing_is_said_at_once(cast, new_call):
    call = new_call()
    save_fields(call=call, typed={"phone": "", "relation": "partner"}, by=cast.ana, now=NOW)
    with pytest.raises(Refused) as refusal:
        close_call(call=call, by=cast.ana, now=NOW)
    for words in ("open questions", "Record what was done", "phone number", "name", "agrees"):
        assert words in str(refusal.value)


@pytest.mark.django_db(transaction=True)
def test_a_double_click_records_one_action_and_one_promise(cast, ready):
    call = ready("urgent_24_72h")
    race(lambda _: act(call, "visit_booked", cast.ana, words="Tue 10:20"), runners=4)
    assert CallAction.objects.count() == 1
    ended = race(lambda _: close_call(call=call, by=cast.ana, now=after(1)), runners=4)
    assert {row.closed_at for row in ended} == {after(1)}
    assert open_items() == {"initial_visit_urgent", "pt_start"}


def test_the_same_action_later_is_another_one(cast, ready):
    call = ready("emergency_now")
    first = act(call, "told_911", cast.ana)
    assert act(call, "told_911", cast.ana, now=after(0.4)) == first
    assert act(call, "told_911", cast.ana, now=after(3)) != first
    assert act(call, "we_called", cast.ana, now=after(3)).kind == "we_called"


def test_ended_once_it_stays_as_it_ended(cast, ready):
    call = ready("routine")
    first = close_call(call=call, by=cast.ana, now=NOW)
    again = close_call(call=call, by=cast.ben, now=after(9))
    assert (again.closed_by, again.closed_at, again.version) == (cast.ana, NOW, first.version)
    with pytest.raises(Conflict, match="has ended"):
        save_fields(call=call, typed={"family_name": "Rock"}, by=cast.ben, now=after(9))
    with pytest.raises(Conflict, match="has ended"):
        act(call, "told_911", cast.ben)


def test_a_retriage_promises_no_first_visit(cast, new_call):
    import uuid

    from intake.services.answers import save_answer
    from intake.services.calls import start_call

    call = start_call(clinic=cast.riverside, by=cast.ruiz, now=NOW, form_key=uuid.uuid4(),
                      origin="retriage", patient=cast.okafor)  # fmt: skip
    for number in range(1, 13):
        save_answer(call=call, question=f"Q{number}", answer="no", flags=[], by=cast.ruiz, now=NOW)
    assert close_call(call=call, by=cast.ruiz, now=NOW).state == "closed"
    assert open_items() == set()
