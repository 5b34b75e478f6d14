"""How far a goal is, and in which words it is spoken of."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rehab.plan_body import Goal, Phase
from rehab.plan_rules import goal_problems, percent_of, said_now, week_of

START = dt.date(2026, 11, 24)
DAY = dt.timedelta(days=1)
NUMBERS = st.decimals(min_value=0, max_value=500, places=1)
FEW = settings(max_examples=60, deadline=None)


def goal(baseline="10", target="45", days=49, **more):
    return Goal(
        words="Stand and work", metric="standing_tolerance_min", from_on=START,
        baseline=Decimal(baseline), target=Decimal(target), by_on=START + days * DAY, **more,
    )  # fmt: skip


def test_where_less_is_better_it_falls():
    ndi = goal("40", "20", days=40)
    assert percent_of(ndi, Decimal(30)) == 50
    assert percent_of(ndi, Decimal(50)) == 0 and percent_of(ndi, Decimal(5)) == 100


def test_none_of_the_way_is_known_without_its_ends():
    assert percent_of(goal(), Decimal(45)) == 100
    assert percent_of(goal().model_copy(update={"baseline": None}), Decimal(20)) is None
    assert percent_of(goal("45", "45"), Decimal(45)) is None


@FEW
@given(NUMBERS, NUMBERS, NUMBERS, NUMBERS)
def test_nearer_to_the_goal_is_never_less_of_the_way(baseline, target, one, other):
    if baseline == target:
        return
    this = goal(str(baseline), str(target))
    near, far = sorted((one, other), key=lambda value: abs(target - value))
    toward = (near - baseline) * (target - baseline) >= 0 and (far - target) * (
        baseline - target
    ) >= 0
    assert 0 <= percent_of(this, one) <= 100
    if toward:  # both on the way, or before it
        assert percent_of(this, near) >= percent_of(this, far)
    assert (percent_of(this, baseline), percent_of(this, target)) == (0, 100)


@FEW
@given(NUMBERS, NUMBERS, NUMBERS)
def test_up_and_down_are_mirrors(baseline, target, value):
    """A measure that should fall is one that should rise, seen from the other side."""
    if baseline == target:
        return
    here = percent_of(goal(str(baseline), str(target)), value)
    there = percent_of(goal(str(500 - baseline), str(500 - target)), 500 - value)
    assert here == there


def test_the_words_change_with_the_weeks():
    phases = (Phase(from_week=4, words_then="Blocks of 45 minutes"),
              Phase(from_week=2, words_then="At the bench"))  # fmt: skip
    one = goal(phases=phases)
    said = [said_now(one, week=week) for week in (1, 2, 3, 4, 40)]
    assert said == [one.words, "At the bench", "At the bench", *["Blocks of 45 minutes"] * 2]


@pytest.mark.parametrize(
    ("days", "week"), [(-3, 1), (0, 1), (6, 1), (7, 2), (13, 2), (14, 3), (70, 11)]
)
def test_weeks_count_from_one(days, week):
    assert week_of(START, START + days * DAY) == week


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"words": ""}, "words"), ({"metric": ""}, "metric"), ({"target": None}, "target"),
        ({"by_on": None}, "by_on"), ({"by_on": START}, "by_on"), ({"from_on": None}, "from_on"),
        ({"target": Decimal(10)}, "target"),
        ({"phases": (Phase(words_then="a"), Phase(words_then="b"))}, "phases"),
    ],
)  # fmt: skip
def test_a_goal_that_could_not_be_followed(change, field):
    assert goal_problems(goal()) == {}
    assert set(goal_problems(goal().model_copy(update=change))) == {field}


def test_a_goal_without_a_number_may_stand():
    assert goal_problems(Goal(words="Hold my grandchild")) == {}
    assert goal_problems(Goal(words="Hold my grandchild", by_on=START)) == {
        "metric": "Choose what it is measured by."
    }
