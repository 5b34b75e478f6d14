"""What a chart is asked to show, and how it is said in words. Pure."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from core.lib import svg_axes as axes
from core.lib.svg_axes import When, moment, number
from core.lib.ui import at as said_at
from core.lib.ui import day as said_day

Point = tuple[When, Decimal | None]  # None: asked or planned, and there is no value
Read = tuple[float, Decimal]

BETTER = {"up": "higher is better", "down": "lower is better"}


@dataclass(frozen=True)
class Goal:
    """A value to reach; `label` stands at the end of the dashed line: "goal 45 min"."""

    value: Decimal
    label: str


@dataclass(frozen=True)
class Window:
    """Shaded from the first to the last day, both inclusive; None = no end is known."""

    from_on: dt.date
    to_on: dt.date | None
    label: str

    @property
    def days(self) -> tuple[float, float]:
        ends = self.to_on.toordinal() + 1.0 if self.to_on else float("inf")
        return float(self.from_on.toordinal()), ends


@dataclass(frozen=True)
class Mark:
    """A line up from a day on which something begins: a phase."""

    on: dt.date
    label: str

    @property
    def at(self) -> float:
        return float(self.on.toordinal())


@dataclass(frozen=True)
class Asked:
    """One series with what surrounds it, as the caller gave it; read once, on first need."""

    points: Sequence[Point]
    unit: str = ""
    better: str = "up"
    goal: Goal | None = None
    expected: Sequence[tuple[When, Decimal]] = ()
    windows: Sequence[Window] = ()
    marks: Sequence[Mark] = ()
    today: dt.date | None = None

    @cached_property
    def said(self) -> list[Point]:
        """The points in order; what is no finite number counts as missing."""
        return [
            (when, value if value is not None and value.is_finite() else None)
            for when, value in sorted(self.points, key=lambda point: moment(point[0]))
        ]

    @cached_property
    def stretches(self) -> list[list[Read]]:
        """The values, apart wherever one is missing."""
        found: list[list[Read]] = [[]]
        for when, value in self.said:
            if value is None:
                found.append([])
            else:
                found[-1].append((moment(when), value))
        return [stretch for stretch in found if stretch]

    @cached_property
    def values(self) -> list[Read]:
        return [value for stretch in self.stretches for value in stretch]

    @cached_property
    def course(self) -> list[Read]:
        """What is expected, in order."""
        return sorted((moment(when), value) for when, value in self.expected)

    @property
    def goes_on(self) -> bool:
        """Something is expected or shaded after today."""
        ends = [window.days[1] for window in self.windows if window.to_on]
        ends += [at for at, _ in self.course]
        return self.today is not None and max(ends, default=0.0) > moment(self.today)

    @cached_property
    def period(self) -> tuple[float, float]:
        """(low, high) in days: what is shown."""
        ends = [window.days for window in self.windows if window.to_on]
        return axes.period(
            [moment(when) for when, _ in self.said],
            expected=[at for at, _ in self.course],
            today=None if self.today is None else moment(self.today),
            around=[*ends, *((mark.at, mark.at) for mark in self.marks)],
        )


# --- in words ----------------------------------------------------------------------------------


def amount(value: Decimal, unit: str) -> str:
    return f"{number(value)} {unit}".strip()


def data_rows(points: Sequence[Point], *, unit: str) -> list[list[str]]:
    """The data table of a chart, newest first: [when, value]; a missing value is said in words."""
    return [
        [
            said_at(when) if isinstance(when, dt.datetime) else said_day(when),
            "no value" if value is None else amount(value, unit),
        ]
        for when, value in reversed(Asked(points).said)
    ]


def told(asked: Asked) -> Iterator[str]:
    """The picture in sentences, for who cannot see it."""
    given = [(when, value) for when, value in asked.said if value is not None]
    (begun, first), (latest, last) = given[0], given[-1]
    if len(given) == 1:
        yield f"One value: {amount(first, asked.unit)} on {said_day(begun)}."
    else:
        numbers = [value for _, value in given]
        yield (
            f"{len(given)} values: first {amount(first, asked.unit)} on {said_day(begun)}, last "
            f"{amount(last, asked.unit)} on {said_day(latest)}; lowest {number(min(numbers))}, "
            f"highest {number(max(numbers))}."
        )
    if missing := len(asked.said) - len(given):
        yield f"{missing} without a value."
    yield f"{BETTER[asked.better].capitalize()}."
    if asked.goal:
        yield f"Goal, {asked.goal.label}: {amount(asked.goal.value, asked.unit)}."
    if asked.expected:
        at, value = asked.course[-1]
        day = said_day(dt.date.fromordinal(int(at)))
        yield f"Expected: {amount(value, asked.unit)} by {day}."
    for window in asked.windows:
        until = f"to {said_day(window.to_on)}" if window.to_on else "on, no end known"
        yield f"Shaded, {window.label}: from {said_day(window.from_on)} {until}."
    for mark in asked.marks:
        yield f"Line, {mark.label}: {said_day(mark.on)}."
