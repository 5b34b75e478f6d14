"""Which restrictions hold on a day, and how one reads. Pure: no row, no clock."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Limit:
    """One restriction as it was typed. `value` in `unit` = the most allowed; none = not at all."""

    activity: str
    sentence: str
    from_on: dt.date
    to_on: dt.date | None = None
    until: str = ""
    value: Decimal | None = None
    unit: str = ""


def holds(limit: Limit, day: dt.date) -> bool:
    return limit.from_on <= day and (limit.to_on is None or day <= limit.to_on)


def ends(limit: Limit) -> str:
    """“to Wed 25 Nov 2026”, “until cleared in writing”."""
    return f"to {limit.to_on:%a %d %b %Y}" if limit.to_on else f"until {limit.until}"


def resumes_on(limit: Limit) -> dt.date | None:
    """The first day without it; none while nobody knows."""
    return limit.to_on + dt.timedelta(days=1) if limit.to_on else None


def breaks(limit: Limit, *, activity: str, value: Decimal | None, day: dt.date) -> bool:
    """Would this much of an activity go over the limit on that day? `value` in the limit's unit;
    unknown counts as over: nobody plans a load they cannot name."""
    if limit.activity != activity or not holds(limit, day):
        return False
    return limit.value is None or value is None or value > limit.value
