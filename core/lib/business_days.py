"""Due times on a clinic's calendar: zone, opening hours, holiday set, own closures, DST.

Pure: a `Calendar` is built from rows once (`core.people.selectors.calendar_of`) and asked here.
Wall times in a spring gap move forward, times in an autumn fold take the first.
"""

import datetime as dt
from dataclasses import dataclass, field
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

Span = tuple[dt.time, dt.time]
LOOK = 400  # days; a clinic closed longer than that is not open


@lru_cache(maxsize=64)
def public_holidays(holiday_set: str, year: int) -> frozenset[dt.date]:
    """Dates of a holiday set such as "US" or "US-CA"; "" = none."""
    if not holiday_set:
        return frozenset()
    country, _, part = holiday_set.partition("-")
    return frozenset(holidays.country_holidays(country, subdiv=part or None, years=year))


@dataclass(frozen=True)
class Calendar:
    """A clinic's calendar. `hours[weekday]` = opening and closing time, Monday = 0."""

    zone: ZoneInfo
    hours: dict[int, Span]
    holiday_set: str = ""
    closures: frozenset[dt.date] = field(default_factory=frozenset)

    def is_business_day(self, day: dt.date) -> bool:
        return (
            day.weekday() in self.hours
            and day not in self.closures
            and day not in public_holidays(self.holiday_set, day.year)
        )

    def local(self, day: dt.date, at: dt.time) -> dt.datetime:
        """The instant of a wall time, in UTC."""
        return wall(self.zone, day, at)

    def opening(self, day: dt.date) -> tuple[dt.datetime, dt.datetime] | None:
        """Opening and closing instants of `day`, or None when closed."""
        if not self.is_business_day(day):
            return None
        opens, closes = self.hours[day.weekday()]
        return self.local(day, opens), self.local(day, closes)

    def is_open(self, at: dt.datetime) -> bool:
        span = self.opening(at.astimezone(self.zone).date())
        return span is not None and span[0] <= at < span[1]

    def next_opening(self, at: dt.datetime) -> dt.datetime:
        """`at` itself when open, else the next moment the clinic opens."""
        day = at.astimezone(self.zone).date()
        for step in range(LOOK):
            span = self.opening(day + dt.timedelta(days=step))
            if span and at < span[1]:
                return max(at, span[0])
        return at

    def last_open(self, at: dt.datetime) -> dt.datetime:
        """The latest moment at or before `at` at which somebody is there to act."""
        day = at.astimezone(self.zone).date()
        for step in range(LOOK):
            span = self.opening(day - dt.timedelta(days=step))
            if span and span[0] <= at:
                return min(at, span[1])
        return at

    def add_business_days(self, day: dt.date, count: int) -> dt.date:
        """The `count`-th business day after `day`; 0 = `day` or the next business day."""
        while not self.is_business_day(day) and count == 0:
            day += dt.timedelta(days=1)
        for _ in range(count):
            day += dt.timedelta(days=1)
            while not self.is_business_day(day):
                day += dt.timedelta(days=1)
        return day

    def end_of_day(self, at: dt.datetime) -> dt.datetime:
        """Closing time today while it lies ahead; after it, or when closed, the day's last minute.

        Whoever took a call after hours is there: "the same day" does not wait for Monday.
        """
        day = at.astimezone(self.zone).date()
        span = self.opening(day)
        return span[1] if span and at < span[1] else max(at, self.local(day, dt.time(23, 59)))


def wall(zone: ZoneInfo, day: dt.date, at: dt.time) -> dt.datetime:
    """A wall time as an instant in UTC: a gap moves forward, a fold takes the first."""
    naive = dt.datetime.combine(day, at.replace(tzinfo=None, fold=0))
    # In a gap zoneinfo reads fold=0 with the offset before the jump, which lands after it: forward.
    return naive.replace(tzinfo=zone).astimezone(dt.UTC)
