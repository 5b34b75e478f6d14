"""Scales and ticks of a chart: numbers in steps of 1, 2 or 5; time in days, weeks, months, years.

Pure. Time is a float, days since the year 1 on the active zone's wall clock; a day without an hour
counts as its noon.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from math import ceil, floor

from django.utils import timezone

from core.lib.svg_words import centred, width_of

When = dt.date | dt.datetime

NEAR = Decimal("0.75")  # of the values' other end: zero is shown when they come as near as that
LEAST = Decimal("0.2")  # of the largest value: what the whole height shows at least
FAR = 12  # a goal further off than this many times the values' reach would flatten the line
SHORTEST = 7.0  # days; a single value stands in the middle of a week
AHEAD = 182.0  # days of an expected course that are drawn beyond the values
IDLE = 60.0  # days without a value until today that are always drawn
MORE = 14.0  # days of a window or mark that are always drawn beyond the rest
BETWEEN = 8.0  # units between two labels of an axis
LONGEST_LABEL = 14  # characters; a longer number would leave no room for the plot
MONTHS = (1, 2, 3, 6)
YEARS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


@dataclass(frozen=True)
class Scale:
    """From a value between `low` and `high` to a place between `start` and `end`."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)


@dataclass(frozen=True)
class TimeTick:
    """`at` in days; `place` on the axis; `year` is empty where it stands further left already."""

    at: float
    place: float
    label: str
    year: str


# --- numbers -----------------------------------------------------------------------------------


def number(value: Decimal) -> str:
    """`34`, `7.5`, `12,000`: exact, no trailing zeros."""
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def label(value: Decimal) -> str:
    """The number, or about how much where that is absurdly long: `2e+15`."""
    text = number(value)
    return text if len(text) <= LONGEST_LABEL else f"{value:.0e}"


def nice_ticks(low: Decimal, high: Decimal, most: int = 5) -> list[Decimal]:
    """Equal steps of 1, 2 or 5 times a power of ten around [low, high], in at most `most` gaps.

    Needs low < high and most ≥ 3.
    """
    power = Decimal(1).scaleb(((high - low) / most).adjusted())
    for times in (1, 2, 5, 10, 20):
        step = times * power
        first = (low / step).to_integral_value(ROUND_FLOOR)
        last = (high / step).to_integral_value(ROUND_CEILING)
        if last - first <= most:
            break
    return [(first + count) * step for count in range(int(last - first) + 1)]


def reach(values: Sequence[Decimal], wished: Iterable[Decimal] = ()) -> tuple[Decimal, Decimal]:
    """(low, high) that shows all values, zero unless it flattens them, and what is wished unless
    that lies too far. low < high always: a small change is not blown up to the whole height.
    """
    zero = Decimal(0)
    low, high = min(values), max(values)
    room = FAR * (max(high, zero) - min(low, zero))
    for each in wished:
        if not room or max(high, each, zero) - min(low, each, zero) <= room:
            low, high = min(low, each), max(high, each)
    if 0 <= low <= NEAR * high:
        return zero, high or Decimal(1)
    if 0 >= high >= NEAR * low:
        return low, zero
    least = LEAST * max(abs(low), abs(high))
    beside = max((least - (high - low)) / 2, (high - low) / 10)
    return low - beside, high + beside


# --- time --------------------------------------------------------------------------------------


def moment(when: When) -> float:
    """Days since the year 1. Raises ValueError for an instant without a zone."""
    if not isinstance(when, dt.datetime):
        return when.toordinal() + 0.5
    local = timezone.localtime(when)
    past = dt.timedelta(hours=local.hour, minutes=local.minute, seconds=local.second)
    return local.toordinal() + past / dt.timedelta(days=1)


def period(
    values: Sequence[float],
    *,
    expected: Iterable[float] = (),
    today: float | None = None,
    around: Iterable[tuple[float, float]] = (),
) -> tuple[float, float]:
    """(low, high), whole days that show all values and, unless it squeezes them, the rest.

    `around` = (begins, ends) of windows and marks: a little of what comes is always shown. Values
    that are long past are not pressed into a corner by today.
    """
    first, last = min(values), max(values)
    ahead = max(AHEAD, 3 * (last - first))
    low, high = first, last
    for each in expected:
        low, high = min(low, max(each, first - ahead)), max(high, min(each, last + ahead))
    if today is not None and high < today <= last + max(IDLE, last - first):
        high = today
    further = high + max(MORE, (high - low) / 3)
    high = max([high, *(min(ends, further) for begins, ends in around if begins < further)])
    if high - low < SHORTEST:
        middle = (low + high) / 2
        low, high = middle - SHORTEST / 2, middle + SHORTEST / 2
    return float(floor(low)), float(ceil(high))


def time_ticks(scale: Scale, *, size: float, room: tuple[float, float]) -> list[TimeTick]:
    """The finest days, weeks, months or years whose labels leave a gap; two lines, day and year.

    `size` of the words in units; labels stay between the places `room`.
    """
    found: list[TimeTick] = []
    for days, by_year in _calendars(scale):
        ticks = list(_labelled(days, by_year=by_year, scale=scale))
        spans = [_span(tick, size, room) for tick in ticks]
        if all(a[1] + BETWEEN <= b[0] for a, b in zip(spans, spans[1:], strict=False)):
            return ticks or found[:1]
        found = ticks
    return found[:1]


def _span(tick: TimeTick, size: float, room: tuple[float, float]) -> tuple[float, float]:
    return centred(tick.place, max(width_of(tick.label, size), width_of(tick.year, size)), room)


def _labelled(days: Iterable[dt.date], *, by_year: str, scale: Scale) -> Iterator[TimeTick]:
    """`by_year`: how a day of this step is written: d = 2 Nov, m = Nov, y = 2026."""
    before = 0
    for day in days:
        at = moment(day)
        words = {"d": f"{day.day} {day:%b}", "m": f"{day:%b}", "y": f"{day.year}"}[by_year]
        year = f"{day.year}" if by_year != "y" and day.year != before else ""
        before = day.year
        yield TimeTick(at, scale(at), words, year)


def _calendars(scale: Scale) -> Iterator[tuple[list[dt.date], str]]:
    """(days to label, how they are written) from fine to coarse; hopeless ones are left out."""
    span = scale.high - scale.low
    for step in (1, 2, 7, 14, 21):
        if span / step <= 40:
            yield list(_every(step, scale)), "d"
    for step in MONTHS:
        if span / (30 * step) <= 40:
            yield list(_months(step, scale)), "m"
    for step in YEARS:
        if span / (365 * step) <= 40:
            yield list(_months(12 * step, scale)), "y"


def _shown(day: dt.date, scale: Scale) -> bool:
    return scale.low <= moment(day) <= scale.high


def _every(step: int, scale: Scale) -> Iterator[dt.date]:
    """Every `step`-th day counted from a Monday (day 1 of the count was one)."""
    first = int(scale.low) - 1
    for ordinal in range(first, int(scale.high) + 1):
        if ordinal >= 1 and (ordinal - 1) % step == 0:
            day = dt.date.fromordinal(ordinal)
            if _shown(day, scale):
                yield day


def _months(step: int, scale: Scale) -> Iterator[dt.date]:
    """The first of every `step`-th month, counted from January of the year 0."""
    begins, ends = (dt.date.fromordinal(max(1, int(at))) for at in (scale.low, scale.high))
    for count in range(begins.year * 12, ends.year * 12 + 12):
        if count % step == 0:
            day = dt.date(count // 12, count % 12 + 1, 1)
            if _shown(day, scale):
                yield day
