"""Where a step stands: like with like, the clinic's own days, met as soon as a value reaches it."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.lib.day_words import day_words
from outcomes.rules import SeriesKey
from rehab.pathway_rules import Reading, ends_on, evaluate, reading, side_of
from rehab.plan_body import Goal, Hypothesis, Step

BEGAN = dt.date(2026, 10, 6)
STOOD = SeriesKey("standing_tolerance_min", "", "", "", "")
STEP = Step(
    key="trial", title="Directional therapy", starts_on=BEGAN, weeks=6, metric=STOOD.metric,
    threshold=Decimal(45), then="surgical_referral",
)  # fmt: skip


def on(day: int) -> dt.date:
    """The day that many days after the trial began."""
    return BEGAN + dt.timedelta(days=day)


def stood(minutes: float, day: int, key: SeriesKey = STOOD, **more) -> Reading:
    at = dt.datetime.combine(on(day), dt.time(20), dt.UTC)
    return reading(key, Decimal(str(minutes)), at, "America/Chicago", **more)


def state(step, readings, day, **more):
    return evaluate(step, readings, on(day), unit="min", what="Comfortable standing time", **more)


@pytest.mark.parametrize(
    ("readings", "day", "wanted", "words"),
    [
        ([], -1, "not_yet", "Begins on Tue 6 Oct 2026."),
        ([], 3, "not_yet", "Week 1 of 6: not measured since; at least 45 min is wanted."),
        ([stood(30, 14)], 15, "not_yet", "Week 3 of 6: 30 min on Tue 20 Oct 2026"),
        ([stood(30, 14)], 41, "not_yet", "Week 6 of 6: 30 min"),
        ([stood(30, 14), stood(40, 35)], 42, "not_met", "6 weeks are over: 40 min on Tue 10 Nov"),
        ([stood(10, -1)], 42, "due", "measure comfortable standing time, then decide"),
        ([stood(45, 20)], 21, "met", "Reached 45 min on Mon 26 Oct 2026."),
        ([stood(45, 20), stood(38, 30)], 31, "met", "It did not last: 38 min on Thu 5 Nov 2026."),
        ([stood(40, 35), stood(46, 44)], 45, "met", "after its 6 weeks"),
        ([stood(46, 20, wrong=True), stood(40, 35)], 42, "not_met", "40 min"),
    ],
)
def test_where_a_trial_stands(readings, day, wanted, words):
    found = state(STEP, readings, day)
    assert (found.state, found.due_on) == (wanted, on(42))
    assert words in found.reason and len(found.reason) <= 300


def test_a_value_to_come_does_not_count_yet():
    assert state(STEP, [stood(50, 20)], 19).state == "not_yet"
    assert state(STEP, [stood(50, 20)], 20).state == "met"


def test_without_a_measure_a_person_decides():
    point = STEP.model_copy(update={"metric": "", "threshold": None, "weeks": 2})
    assert state(point, [stood(50, 3)], 13).state == "not_yet"
    found = state(point, [], 14)
    assert (found.state, found.reason) == ("due", "2 weeks are over: a person decides.")
    one = point.model_copy(update={"weeks": 1})
    assert state(one, [], 7).reason.startswith("1 week is over")


def test_what_is_not_written_is_said_and_nothing_is_made_up():
    no_day = STEP.model_copy(update={"starts_on": None})
    assert state(no_day, [stood(50, 3)], 60).reason == "Not begun: it has no first day yet."
    no_length = STEP.model_copy(update={"weeks": None})
    found = state(no_length, [stood(30, 3)], 4)
    assert found.state == "due" and "nobody has written for how many weeks" in found.reason
    assert state(no_length, [], 4).state == "due"
    assert state(no_length.model_copy(update={"metric": "", "threshold": None}), [], 4).state == (
        "due"
    )
    assert state(no_length, [], -1).state == "not_yet"
    assert state(no_length, [stood(45, 3)], 300).state == "met"
    no_number = STEP.model_copy(update={"threshold": None})
    found = state(no_number, [stood(50, 3)], 42)
    assert found.state == "due" and "No number to reach is written." in found.reason


def test_less_is_better_where_the_step_says_so():
    ndi = SeriesKey("ndi", "1991", "", "", "")
    step = STEP.model_copy(
        update={"metric": "ndi", "comparator": "at_most", "threshold": Decimal(14)}
    )
    assert state(step, [stood(22, 7, ndi)], 8).state == "not_yet"
    assert state(step, [stood(14, 7, ndi)], 8).state == "met"


def test_other_conditions_say_nothing_about_this_trial():
    """The chair, the side and the version of the form are those the trial began with."""
    chair = SeriesKey("sts_reps", "", "", "", "chair height 17 in")
    low = chair._replace(variant="chair height 14 in")
    step = STEP.model_copy(update={"metric": "sts_reps", "threshold": Decimal(12)})
    assert state(step, [stood(5, 0, chair), stood(12, 20, low)], 30).state == "not_yet"
    assert state(step, [stood(5, 0, chair), stood(12, 20, chair)], 30).state == "met"
    odd = chair._replace(metric="sts_reps_30s")
    assert state(step, [stood(20, 20, odd)], 42).state == "due"


def test_the_other_side_does_not_count():
    left = SeriesKey("single_leg_stance_s", "", "left", "", "")
    right = left._replace(side="right")
    step = STEP.model_copy(update={"metric": left.metric, "threshold": Decimal(10)})
    rows = [stood(12, 10, right), stood(4, 12, left)]
    assert state(step, rows, 20, side="left").state == "not_yet"
    assert state(step, rows, 20, side="right").state == "met"
    assert "12 min (right)" in state(step, rows, 20, side="right").reason


def test_the_side_is_the_goals_else_the_diagnosis():
    goal = Goal(metric="single_leg_stance_s", side="right")
    assert side_of("single_leg_stance_s", goal, Hypothesis(side="left")) == "right"
    assert side_of("step_down_reps", goal, Hypothesis(side="left")) == "left"
    assert side_of("step_down_reps", goal, Hypothesis(side="both")) == ""


def test_a_day_is_the_clinics_own():
    """Half past eleven at night in Chicago is the next day in UTC; the hour that comes twice."""
    late = dt.datetime(2026, 10, 6, 4, 30, tzinfo=dt.UTC)
    assert reading(STOOD, Decimal(45), late, "America/Chicago").on == dt.date(2026, 10, 5)
    assert evaluate(STEP, [reading(STOOD, Decimal(45), late, "America/Chicago")], on(7)).state == (
        "not_yet"
    )
    fold = dt.datetime(2026, 11, 1, 6, 30, tzinfo=dt.UTC)  # 01:30, the first of two
    assert reading(STOOD, Decimal(45), fold, "America/Chicago").on == dt.date(2026, 11, 1)
    assert ends_on(STEP) == dt.date(2026, 11, 17)  # six weeks of wall days over the change
    assert day_words(dt.date(2026, 11, 25)) == "Wed 25 Nov 2026"


values = st.lists(
    st.builds(
        stood,
        st.integers(0, 90),
        st.integers(-10, 60),
        st.sampled_from([STOOD, STOOD._replace(instrument="2")]),
        wrong=st.booleans(),
    ),
    max_size=7,
)


@settings(max_examples=40, deadline=None)
@given(readings=values, day=st.integers(-5, 70), data=st.data())
def test_the_order_of_readings_is_irrelevant(readings, day, data):
    mixed = data.draw(st.permutations(readings))
    assert state(STEP, readings, day) == state(STEP, mixed, day)


@settings(max_examples=40, deadline=None)
@given(readings=values, day=st.integers(0, 70), low=st.integers(1, 90), more=st.integers(0, 40))
def test_a_lower_number_is_never_harder_to_reach(readings, day, low, more):
    easy = STEP.model_copy(update={"threshold": Decimal(low)})
    hard = STEP.model_copy(update={"threshold": Decimal(low + more)})
    if state(hard, readings, day).state == "met":
        assert state(easy, readings, day).state == "met"


@settings(max_examples=40, deadline=None)
@given(readings=values, day=st.integers(0, 70), weeks=st.integers(1, 8), more=st.integers(0, 4))
def test_more_weeks_only_put_the_question_off(readings, day, weeks, more):
    short = STEP.model_copy(update={"weeks": weeks})
    long = STEP.model_copy(update={"weeks": weeks + more})
    here, there = state(short, readings, day), state(long, readings, day)
    assert (here.state == "met") == (there.state == "met")
    assert here.due_on <= there.due_on
    if there.state in {"due", "not_met"}:
        assert here.state == there.state


@settings(max_examples=40, deadline=None)
@given(readings=values, day=st.integers(0, 70))
def test_what_is_marked_wrong_is_as_if_it_had_never_been(readings, day):
    right = [row for row in readings if not row.wrong]
    assert state(STEP, readings, day) == state(STEP, right, day)
