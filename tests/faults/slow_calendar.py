"""Due times a second time, minute by minute where it can be: slow, and without the app's code.

Written from ADR 13 and the escalation protocol's words alone, so that both would have to be wrong
in the same way.
"""

import datetime as dt
from zoneinfo import ZoneInfo

DAY = dt.timedelta(days=1)
MINUTE = dt.timedelta(minutes=1)


class SlowCalendar:
    """`hours` {weekday: (opens, closes)}, `closed` = every day nobody is there."""

    def __init__(
        self, zone: ZoneInfo, hours: dict[int, tuple[dt.time, dt.time]], closed: set[dt.date]
    ) -> None:
        self.zone, self.hours, self.closed = zone, hours, closed

    def works(self, day: dt.date) -> bool:
        return day.weekday() in self.hours and day not in self.closed

    def instant(self, day: dt.date, at: dt.time) -> dt.datetime:
        """The first UTC minute whose wall clock shows this time or, in a gap, the time after it."""
        wanted = dt.datetime.combine(day, at)
        probe = wanted.replace(tzinfo=dt.UTC) - 26 * dt.timedelta(hours=1)
        shown = probe.astimezone(self.zone).replace(tzinfo=None)
        while shown < wanted:  # hours first, then minutes: zones move by whole minutes here
            far = wanted - shown > dt.timedelta(hours=4)
            probe += dt.timedelta(hours=1) if far else MINUTE
            shown = probe.astimezone(self.zone).replace(tzinfo=None)
        if shown > wanted:  # a gap was jumped: as far behind it as the time lay within it
            before = (probe - MINUTE).astimezone(self.zone).utcoffset()
            return wanted.replace(tzinfo=dt.UTC) - (before or dt.timedelta())
        return probe

    def due(self, unit: str, n: int, opened: dt.datetime) -> dt.datetime:
        if unit == "minutes":
            return opened + n * MINUTE
        if unit == "clock_hours":
            return self.drawn_back(opened + dt.timedelta(hours=n), opened)
        if unit == "end_of_day":
            return self.same_day(opened)
        day = opened.astimezone(self.zone).date()
        left = n
        while left:
            day += DAY
            left -= self.works(day)
        return self.instant(day, self.hours[day.weekday()][1])

    def drawn_back(self, limit: dt.datetime, opened: dt.datetime) -> dt.datetime:
        """The last moment up to `limit` with somebody there, unless nobody was since `opened`."""
        day = limit.astimezone(self.zone).date()
        while self.instant(day, dt.time(23, 59)) > opened - 8 * DAY:
            if self.works(day):
                opens, closes = (self.instant(day, at) for at in self.hours[day.weekday()])
                if opens <= limit:
                    last = min(limit, closes)
                    return last if last > opened else limit
            day -= DAY
        return limit

    def same_day(self, opened: dt.datetime) -> dt.datetime:
        day = opened.astimezone(self.zone).date()
        if self.works(day):
            closes = self.instant(day, self.hours[day.weekday()][1])
            if opened < closes:
                return closes
        return max(opened, self.instant(day, dt.time(23, 59)))
