"""Which visits a plan asks for, why, and which of them stand."""

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.protocols.services import read_file
from rehab.follow_up_rules import Booked, Wanted, gathered, matched, to_ask_for, wanted_visits
from rehab.plan_body import Goal, Pathway, PlanBody, Step, Therapy
from rehab.protocol_schema import LanesProtocol

FIRST = dt.date(2026, 10, 6)


@pytest.fixture(scope="module")
def follow():
    return LanesProtocol.model_validate(read_file("lanes")[0]).follow_ups


def on(day: int) -> dt.date:
    return FIRST + dt.timedelta(days=day)


def booked(kind: str, day: int) -> Booked:
    at = dt.datetime.combine(on(day), dt.time(20), dt.UTC)
    return Booked(uuid.uuid4(), kind, on(day), at)


def body(**parts) -> PlanBody:
    return PlanBody(**parts)


POINT = Step(key="point", title="Decide about an intervention", starts_on=FIRST, weeks=2)
TRIAL = Step(
    key="trial", title="Directional therapy", starts_on=FIRST, weeks=6,
    metric="standing_tolerance_min", threshold=Decimal(45),
)  # fmt: skip
BLOCK = Therapy(per_week=2, weeks=8, starts_on=FIRST)


def test_each_step_asks_for_a_visit_in_the_week_in_which_it_is_over(follow):
    rows = wanted_visits(body(pathway=Pathway(steps=(POINT, TRIAL))), follow)
    assert [(row.kind, row.from_on, row.to_on) for row in rows] == [
        ("follow_up", on(14), on(20)),  # week two to three
        ("follow_up", on(42), on(48)),
    ]
    assert "“Directional therapy”" in rows[1].reasons[0]
    assert wanted_visits(body(pathway=Pathway(steps=(POINT,))), follow, settled=["point"]) == []
    later = POINT.model_copy(update={"starts_on": None})
    assert wanted_visits(body(pathway=Pathway(steps=(later,))), follow) == []


def test_visits_that_fall_together_are_one_with_both_reasons(follow):
    goal = Goal(words="Stand 45 minutes", by_on=on(45))
    rows = wanted_visits(body(pathway=Pathway(steps=(TRIAL,)), goal=goal), follow)
    assert [(row.from_on, row.to_on) for row in rows] == [(on(42), on(45))]
    assert len(rows[0].reasons) == 2 and "“Stand 45 minutes”" in " ".join(rows[0].reasons)


def test_a_block_of_therapy_brings_sessions_a_note_and_quick_calls(follow):
    rows = wanted_visits(body(therapy=BLOCK), follow)
    sessions = [row for row in rows if row.kind == "pt_session"]
    assert len(sessions) == 8 and all(row.count == 2 for row in sessions)
    note = next(row for row in rows if row.kind == "follow_up")
    assert (note.from_on, note.to_on) == (on(14), on(27))  # sessions six to eight, two a week
    calls = [row.from_on for row in rows if row.kind == "telehealth_check"]
    assert calls == [on(14), on(28)]
    short = Therapy(per_week=1, weeks=4, starts_on=FIRST)
    assert {row.kind for row in wanted_visits(body(therapy=short), follow)} == {"pt_session"}
    assert wanted_visits(body(therapy=Therapy(per_week=2, weeks=8)), follow) == []


def test_an_appointment_serves_one_window_and_the_right_kind():
    rows = [Wanted("follow_up", on(0), on(6), ("a",)), Wanted("follow_up", on(3), on(9), ("b",))]
    one = matched(rows, [booked("follow_up", 4)], on(0))
    assert [row.state for row in one] == ["booked", "to_book"]  # the one that ends first
    both = matched(rows, [booked("follow_up", 4), booked("follow_up", 5)], on(0))
    assert [row.state for row in both] == ["booked", "booked"]
    other = matched(rows, [booked("pt_session", 4), booked("follow_up", 10)], on(0))
    assert [row.state for row in other] == ["to_book", "to_book"]


def test_a_window_that_is_over_and_was_not_booked_says_so():
    rows = [Wanted("follow_up", on(0), on(6), ("a",))]
    assert matched(rows, [], on(6))[0].state == "to_book"
    assert matched(rows, [], on(7))[0].state == "past"
    assert matched(rows, [booked("follow_up", 2)], on(7))[0].state == "booked"


def test_sessions_count_and_weeks_of_one_state_are_one_row():
    rows = wanted_visits(body(therapy=BLOCK), None)
    visits = [booked("pt_eval", 0), booked("pt_session", 2), booked("pt_session", 8)]
    found = gathered(matched(rows, visits, FIRST))
    assert [(row.state, row.missing) for row in found] == [("booked", 0), ("to_book", 13)]
    assert found[0].reason == "Physical therapy, week 1 of 8: 2 a week."
    assert found[1].reason == "Physical therapy, weeks 2 to 8 of 8: 2 a week."


def test_the_desk_is_asked_two_weeks_ahead_and_not_while_therapy_is_held():
    rows = matched(
        [Wanted("follow_up", on(14), on(20), ("a",)), Wanted("pt_session", on(14), on(20), ("b",))],
        [], FIRST,
    )  # fmt: skip
    asked = {"held": False, "answered_on": None}
    assert to_ask_for(rows, on(-1), **asked) == []
    assert len(to_ask_for(rows, on(0), **asked)) == 2
    held = to_ask_for(rows, on(0), held=True, answered_on=None)
    assert [row.wanted.kind for row in held] == ["follow_up"]


def test_what_somebody_closed_by_hand_is_asked_again_only_for_what_came_since():
    rows = matched([Wanted("follow_up", on(14), on(20), ("a",))], [], FIRST)
    assert to_ask_for(rows, on(3), held=False, answered_on=on(1)) == []
    assert to_ask_for(rows, on(3), held=False, answered_on=on(-1)) == rows


@settings(max_examples=40, deadline=None)
@given(
    windows=st.lists(st.tuples(st.integers(0, 30), st.integers(0, 9)), max_size=5),
    days=st.lists(st.integers(0, 40), max_size=6),
    data=st.data(),
)
def test_no_appointment_counts_twice_and_none_is_wasted(windows, days, data):
    rows = [Wanted("follow_up", on(a), on(a + n), (str(a),)) for a, n in windows]
    visits = [booked("follow_up", day) for day in days]
    found = matched(rows, data.draw(st.permutations(visits)), FIRST)
    used = [visit.id for row in found for visit in row.booked]
    assert len(used) == len(set(used))
    for row in found:
        assert all(row.wanted.from_on <= v.on <= row.wanted.to_on for v in row.booked)
        if row.state == "to_book":  # nothing that would fit is left over
            free = [v for v in visits if v.id not in used]
            assert not any(row.wanted.from_on <= v.on <= row.wanted.to_on for v in free)
