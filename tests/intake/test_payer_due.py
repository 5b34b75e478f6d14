"""When a payer's clock runs out: over clock changes, holidays, closures and the payer's cut-off."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.lib.business_days import Calendar
from intake.payers.due_rules import act_by, due_at, months_later, payer_calendar

CHICAGO = ZoneInfo("America/Chicago")
PAYER = payer_calendar("America/Chicago", "US")
OURS = Calendar(
    CHICAGO,
    {day: (dt.time(8), dt.time(18)) for day in range(5)},
    "US",
    frozenset({dt.date(2026, 11, 27)}),
)
FIVE = dt.time(17)


def local(text):
    return dt.datetime.fromisoformat(text).replace(tzinfo=CHICAGO)


def shown(instant):
    assert instant.tzinfo is dt.UTC
    return f"{instant.astimezone(CHICAGO):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("n", "unit", "start", "cutoff", "due"),
    [
        # Thanksgiving is Thu 26 Nov 2026; our own closure on Friday is no holiday of the payer's.
        (2, "business_days", "2026-11-24 15:00", None, "2026-11-27 23:59"),
        (2, "business_days", "2026-11-24 16:59", FIVE, "2026-11-27 17:00"),
        (2, "business_days", "2026-11-24 17:00", FIVE, "2026-11-30 17:00"),
        (2, "business_days", "2026-11-28 10:00", FIVE, "2026-12-02 17:00"),  # a Saturday
        (2, "business_days", "2026-11-28 18:00", FIVE, "2026-12-02 17:00"),  # late: Monday, once
        (5, "business_days", "2026-12-23 09:00", None, "2026-12-31 23:59"),  # Christmas
        (0, "business_days", "2026-11-26 09:00", None, "2026-11-27 23:59"),
        (7, "calendar_days", "2026-11-24 15:00", None, "2026-12-01 23:59"),
        (7, "calendar_days", "2026-11-24 23:58", FIVE, "2026-12-01 23:59"),  # no cut-off
        (65, "calendar_days", "2026-01-15 00:00", None, "2026-03-21 23:59"),  # over the spring gap
        (1, "calendar_days", "2026-03-07 12:00", None, "2026-03-08 23:59"),  # the day of 23 hours
        (1, "calendar_days", "2026-10-31 12:00", None, "2026-11-01 23:59"),  # the day of 25 hours
        (72, "hours", "2026-03-06 15:00", None, "2026-03-09 16:00"),  # hours stay hours
        (72, "hours", "2026-10-30 15:00", None, "2026-11-02 14:00"),
        (6, "weeks", "2026-11-24 15:00", None, "2027-01-05 23:59"),
        (4, "months", "2026-10-31 15:00", None, "2027-02-28 23:59"),
        (4, "months", "2027-10-31 15:00", None, "2028-02-29 23:59"),
        (2, "years", "2028-02-29 15:00", None, "2030-02-28 23:59"),
    ],
)  # fmt: skip
def test_the_last_moment(n, unit, start, cutoff, due):
    found = due_at(n=n, unit=unit, started_at=local(start), calendar=PAYER, cutoff=cutoff)
    assert shown(found) == due


@pytest.mark.parametrize("unit", ["percent", "visits", "levels", "dollars", "moons"])
def test_what_is_no_span_has_no_end(unit):
    with pytest.raises(ValueError, match="no span of time"):
        due_at(n=1, unit=unit, started_at=local("2026-11-24 15:00"), calendar=PAYER)


def test_our_own_calendar_has_our_closures():
    start = local("2026-11-24 15:00")
    due = due_at(n=2, unit="business_days", started_at=start, calendar=OURS)
    assert shown(due) == "2026-11-30 23:59"


@pytest.mark.parametrize(
    ("due", "by"),
    [
        ("2026-11-29 23:59", "2026-11-25 18:00"),  # Sunday, behind closure and Thanksgiving
        ("2026-11-30 23:59", "2026-11-30 18:00"),
        ("2026-11-30 12:00", "2026-11-30 12:00"),
        ("2026-11-30 07:00", "2026-11-25 18:00"),
    ],
)
def test_a_deadline_is_kept_while_somebody_is_there(due, by):
    assert shown(act_by(local(due), OURS)) == by


STARTS = st.datetimes(dt.datetime(2025, 1, 1), dt.datetime(2029, 12, 31), timezones=st.just(dt.UTC))
ZONES = st.sampled_from(["America/Chicago", "America/New_York", "Pacific/Auckland", "Asia/Kolkata"])
CUTOFFS = st.none() | st.times(dt.time(9), dt.time(22)).map(lambda t: t.replace(microsecond=0))


@settings(max_examples=120, deadline=None)
@given(STARTS, st.integers(1, 40), ZONES, CUTOFFS)
def test_business_days_beside_a_slow_count(start, n, zone, cutoff):
    """Walk day by day: one more workday passed is one day less to wait."""
    payer = payer_calendar(zone, "US")
    here = start.astimezone(payer.zone)
    day, left = here.date(), n
    counts = payer.is_business_day(day) and not (cutoff and here.time() >= cutoff)
    while not counts:
        day += dt.timedelta(days=1)
        counts = payer.is_business_day(day)
    while left:
        day += dt.timedelta(days=1)
        left -= payer.is_business_day(day)
    due = due_at(n=n, unit="business_days", started_at=start, calendar=payer, cutoff=cutoff)
    assert due.astimezone(payer.zone).date() == day
    assert due > start and payer.is_business_day(day)


@settings(max_examples=120, deadline=None)
@given(STARTS, st.integers(0, 200), ZONES)
def test_calendar_days_end_with_their_local_day(start, n, zone):
    payer = payer_calendar(zone, "US")
    due = due_at(n=n, unit="calendar_days", started_at=start, calendar=payer)
    there = due.astimezone(payer.zone)
    assert there.date() == start.astimezone(payer.zone).date() + dt.timedelta(days=n)
    assert there.time() >= dt.time(23, 0)
    assert due >= start - dt.timedelta(minutes=1)


@settings(max_examples=100, deadline=None)
@given(STARTS, st.integers(0, 400), ZONES)
def test_hours_are_hours(start, n, zone):
    payer = payer_calendar(zone, "")
    local_start = start.astimezone(payer.zone)
    due = due_at(n=n, unit="hours", started_at=local_start, calendar=payer)
    assert due - start == dt.timedelta(hours=n)


@settings(max_examples=100, deadline=None)
@given(st.dates(dt.date(2024, 1, 1), dt.date(2031, 1, 1)), st.integers(0, 60))
def test_months_keep_the_day_or_take_the_last(day, count):
    later = months_later(day, count)
    assert (later.year - day.year) * 12 + later.month - day.month == count
    last = (later + dt.timedelta(days=1)).month != later.month
    assert later.day == day.day or (later.day < day.day and last)
