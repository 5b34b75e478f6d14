"""“Today” is the clinic's own day: a last working day ends at its own midnight, not at UTC's."""

import datetime as dt
from zoneinfo import ZoneInfo

from django.db.models import DateField, DateTimeField, F, Func, Q, Value
from django.db.models.functions import Cast


def local_day(zone: str, *, now: dt.datetime) -> Cast:
    """Today on the wall of a zone, in SQL. `zone` = path to the column."""
    local = Func(F(zone), Value(now, output_field=DateTimeField()), function="timezone",
                 output_field=DateTimeField())  # fmt: skip
    return Cast(local, DateField())


def running(zone: str, *, now: dt.datetime) -> Q:
    """Rows whose from_on … to_on covers today. `zone` = path to the clinic's zone column."""
    today = local_day(zone, now=now)
    return Q(from_on__lte=today) & (Q(to_on__isnull=True) | Q(to_on__gte=today))


def today_at(zone: str, *, now: dt.datetime) -> dt.date:
    """The date on the wall of a zone."""
    return now.astimezone(ZoneInfo(zone)).date()
