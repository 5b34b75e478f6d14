"""When a payer's clock runs out. Pure: a span of a policy, the moment it began, two calendars.

Calendar days run whatever the hour and whether anybody works: they end with the last minute of the
local day. Business days are the payer's: a request after the payer's cut-off, or on a day it does
not work, counts as received on its next business day. Hours are hours, over a clock change too.
"""

import calendar as months_of
import datetime as dt
from zoneinfo import ZoneInfo

from core.lib.business_days import Calendar

LAST_MINUTE = dt.time(23, 59)
WORKDAY = (dt.time(8), dt.time(17))
DAYS = {"calendar_days": 1, "weeks": 7}
MONTHS = {"months": 1, "years": 12}


def payer_calendar(zone: str, holiday_set: str) -> Calendar:
    """The calendar of an office that is not ours: Monday to Friday, public holidays, our closures
    not. `holiday_set` as in Calendar."""
    return Calendar(ZoneInfo(zone), dict.fromkeys(range(5), WORKDAY), holiday_set)


def due_at(
    *, n: int, unit: str, started_at: dt.datetime, calendar: Calendar, cutoff: dt.time | None = None
) -> dt.datetime:
    """The last moment in time, in UTC.

    `unit`: hours, calendar_days, business_days, weeks, months, years. `calendar`: whose business
    days count. `cutoff`: wall time from which a request is the next business day's (None =
    midnight). Raises ValueError for a figure that is no span of time.
    """
    local = started_at.astimezone(calendar.zone)
    day = local.date()
    if unit == "hours":
        return started_at.astimezone(dt.UTC) + dt.timedelta(hours=n)
    if unit in DAYS:
        return calendar.local(day + dt.timedelta(days=n * DAYS[unit]), LAST_MINUTE)
    if unit in MONTHS:
        return calendar.local(months_later(day, n * MONTHS[unit]), LAST_MINUTE)
    if unit == "business_days":
        received = received_on(local, calendar, cutoff)
        return calendar.local(calendar.add_business_days(received, n), cutoff or LAST_MINUTE)
    raise ValueError(f"{unit} is no span of time")


def received_on(local: dt.datetime, calendar: Calendar, cutoff: dt.time | None) -> dt.date:
    """The business day on which a request counts as received. `local`: on the payer's wall."""
    day = local.date()
    late = cutoff is not None and local.time() >= cutoff
    if late and calendar.is_business_day(day):
        return calendar.add_business_days(day, 1)
    return calendar.add_business_days(day, 0)


def months_later(day: dt.date, count: int) -> dt.date:
    """The same day of a later month, or its last: 31 October and four months are 28 February."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    return dt.date(year, month + 1, min(day.day, months_of.monthrange(year, month + 1)[1]))


def act_by(due: dt.datetime, calendar: Calendar) -> dt.datetime:
    """The last moment at which somebody of ours is there to keep a deadline. `calendar`: ours."""
    return calendar.last_open(due.astimezone(dt.UTC))
