"""Ticks: numbers in steps of 1, 2 or 5, days to years, labels that never touch."""

import datetime as dt
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from core.lib.svg_axes import Scale, label, moment, nice_ticks, number, period, reach, time_ticks
from core.lib.svg_words import width_of

VALUES = st.decimals(-1_000_000_000, 1_000_000_000, places=4)
DAYS = st.dates(dt.date(1990, 1, 1), dt.date(2040, 1, 1)).map(moment)


def whole(text: str) -> Decimal:
    return Decimal(text)


@settings(max_examples=60, deadline=None)
@given(VALUES, VALUES, st.integers(3, 10))
@example(Decimal("0.0001"), Decimal(1_000_000_000), 4)
def test_ticks_cover_what_is_shown_in_few_equal_nice_steps(
    a: Decimal, b: Decimal, most: int
) -> None:
    assume(a != b)
    low, high = min(a, b), max(a, b)
    ticks = nice_ticks(low, high, most)
    steps = {after - before for before, after in pairwise(ticks)}
    assert len(steps) == 1 and 1 <= len(ticks) - 1 <= most
    step = steps.pop()
    assert step.normalize().as_tuple().digits in {(1,), (2,), (5,)}
    assert low - step < ticks[0] <= low and high <= ticks[-1] < high + step
    assert all(tick % step == 0 for tick in ticks)


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [("0", "45", "0 20 40 60"), ("-3.5", "0", "-4 -3 -2 -1 0"), ("36", "44", "36 38 40 42 44")],
)
def test_ticks_as_a_person_would_write_them(low: str, high: str, ticks: str) -> None:
    assert " ".join(map(number, nice_ticks(whole(low), whole(high), 4))) == ticks


@pytest.mark.parametrize(
    ("value", "words"),
    [("34.00", "34"), ("7.50", "7.5"), ("12000", "12,000"), ("2E+1", "20"), ("-0.25", "-0.25")],
)
def test_numbers_lose_zeros_and_nothing_else(value: str, words: str) -> None:
    assert number(whole(value)) == words


def test_only_a_label_shortens_an_absurd_number() -> None:
    assert label(whole("1234567890123")) == "1e+12"
    assert number(whole("1234567890123")) == "1,234,567,890,123"


@settings(max_examples=60, deadline=None)
@given(st.lists(VALUES, min_size=1, max_size=5), st.lists(VALUES, max_size=2))
def test_every_value_is_shown(values: list[Decimal], wished: list[Decimal]) -> None:
    low, high = reach(values, wished)
    assert low <= min(values) and max(values) <= high and low < high
    if min(values) >= 0 and all(each >= 0 for each in wished):
        assert low >= 0  # minutes and pounds do not go below nothing


@pytest.mark.parametrize(
    ("values", "wished", "shown"),
    [
        ("12 40", "45", (0, 45)),  # zero is near, and the goal
        ("2 5", "60", (0, 60)),  # far, but worth the distance
        ("2 5", "400", (0, 5)),  # would press the values to the floor
        ("40 40", "", (36, 44)),  # equal: in the middle
        ("0 0", "", (0, 1)),
        ("120 126", "", (110, 136)),  # a twentieth does not fill the height
        ("-3.5 -1", "", (-3.5, 0)),
        ("0", "400", (0, 400)),  # nothing yet: only the goal has a size
    ],
)
def test_what_the_y_axis_shows(values: str, wished: str, shown: tuple[float, float]) -> None:
    low, high = reach([*map(whole, values.split())], [*map(whole, wished.split())])
    assert (round(low), round(high)) == (round(shown[0]), round(shown[1]))


def test_an_instant_is_read_on_the_clinics_wall_clock_and_a_day_at_noon() -> None:
    late = dt.datetime(2026, 11, 25, 3, 30, tzinfo=dt.UTC)  # 21:30 the evening before, in Chicago
    with timezone.override("America/Chicago"):
        assert moment(late) == dt.date(2026, 11, 24).toordinal() + 21.5 / 24
    with timezone.override(ZoneInfo("UTC")):
        assert moment(late) == dt.date(2026, 11, 25).toordinal() + 3.5 / 24
    assert moment(dt.date(2026, 11, 24)) == dt.date(2026, 11, 24).toordinal() + 0.5
    with pytest.raises(ValueError, match="naive"):
        moment(dt.datetime(2026, 11, 25, 3, 30))


def test_the_period_shows_what_comes_but_is_not_squeezed_by_it() -> None:
    values = [100.5, 130.5]
    assert period(values) == (100, 131)
    assert period(values, today=150.5) == (100, 151)
    assert period(values, today=900.5) == (100, 131)  # long past
    assert period(values, expected=[100.5, 200.5]) == (100, 201)
    assert period(values, expected=[5000.5]) == (100, 313)  # half a year ahead
    assert period(values, around=[(140, 142)]) == (100, 142)
    assert period(values, around=[(125, 900)]) == (100, 145)  # a little of a long window
    assert period(values, around=[(300, 310), (20, 30)]) == (100, 131)
    assert period([100.5]) == (97, 104)  # a single value: a week around it


@settings(max_examples=100, deadline=None)
@given(DAYS, st.integers(0, 9000), st.floats(60, 300))
@example(moment(dt.date(2026, 11, 24)), 0, 60)
def test_the_labels_of_time_never_touch(at: float, days: int, wide: float) -> None:
    room = 0.0, wide + 70
    scale = Scale(*period([at, at + days]), 40, 40 + wide)
    ticks = time_ticks(scale, size=12, room=room)
    assert ticks and all(scale.low <= tick.at <= scale.high for tick in ticks)
    assert ticks[0].year or len(ticks[0].label) == 4  # the year is said once at least
    spans = []
    for tick in ticks:
        half = max(width_of(tick.label, 12), width_of(tick.year, 12)) / 2
        left = min(max(tick.place - half, room[0]), room[1] - 2 * half)
        spans.append((left, left + 2 * half))
    assert all(before[1] < after[0] for before, after in pairwise(spans))


@pytest.mark.parametrize(
    ("days", "labels"),
    [
        (7, "19 Nov/2026, 21 Nov, 23 Nov, 25 Nov"),
        (30, "23 Nov/2026, 30 Nov, 7 Dec, 14 Dec"),
        (60, "23 Nov/2026, 7 Dec, 21 Dec, 4 Jan/2027, 18 Jan"),
        (150, "Dec/2026, Jan/2027, Feb, Mar, Apr"),
        (700, "Jan/2027, Jul, Jan/2028, Jul"),
        (3000, "2028, 2030, 2032, 2034"),
    ],
)
def test_days_then_weeks_then_months_then_years(days: int, labels: str) -> None:
    begins = moment(dt.date(2026, 11, 19))
    ticks = time_ticks(Scale(begins, begins + days, 40, 280), size=12, room=(0, 340))
    assert ", ".join(f"{t.label}/{t.year}" if t.year else t.label for t in ticks) == labels
