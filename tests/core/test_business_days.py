"""Due times on a clinic's calendar, by hand-made cases and beside an independent slow model."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.lib.business_days import Calendar, public_holidays, wall

ZONES = ("America/Chicago", "America/New_York", "Pacific/Auckland", "Europe/Berlin")
HOURS = {day: (dt.time(8), dt.time(18)) for day in range(5)}
CHICAGO = Calendar(ZoneInfo("America/Chicago"), HOURS, "US", frozenset({dt.date(2026, 11, 27)}))
UTC = dt.UTC


def day(text):
    return dt.date.fromisoformat(text)


def local(text):
    return dt.datetime.fromisoformat(text).replace(tzinfo=CHICAGO.zone)


@pytest.mark.parametrize(
    ("text", "open_"),
    [
        ("2026-11-24", True), ("2026-11-25", True),
        ("2026-11-26", False),  # Thanksgiving
        ("2026-11-27", False),  # the clinic's own closure
        ("2026-11-28", False), ("2026-11-29", False), ("2026-11-30", True),
        ("2026-12-25", False), ("2027-01-01", False), ("2026-12-31", True),
        ("2026-07-03", False),  # Independence Day on a Saturday, observed on Friday
        ("2027-07-05", False),  # … on a Sunday, observed on Monday
        ("2028-02-29", True), ("2024-02-29", True), ("2026-09-07", False), ("2026-05-25", False),
    ],
)  # fmt: skip
def test_which_days_are_business_days(text, open_):
    assert CHICAGO.is_business_day(day(text)) is open_


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        ("2026-11-24", 0, "2026-11-24"), ("2026-11-24", 1, "2026-11-25"),
        ("2026-11-24", 2, "2026-11-30"), ("2026-11-25", 1, "2026-11-30"),
        ("2026-11-26", 0, "2026-11-30"), ("2026-11-26", 1, "2026-11-30"),
        ("2026-11-28", 0, "2026-11-30"), ("2026-11-28", 1, "2026-11-30"),
        ("2026-11-28", 2, "2026-12-01"), ("2026-12-24", 1, "2026-12-28"),
        ("2026-12-31", 1, "2027-01-04"), ("2028-02-28", 1, "2028-02-29"),
        ("2028-02-28", 2, "2028-03-01"), ("2026-11-20", 5, "2026-12-01"),
    ],
)  # fmt: skip
def test_the_nth_business_day(start, count, end):
    assert CHICAGO.add_business_days(day(start), count) == day(end)


@pytest.mark.parametrize(
    ("at", "open_", "next_", "last", "end"),
    [
        # inside, before, at and after the hours of a Tuesday
        ("2026-11-24T15:00", True, "2026-11-24T15:00", "2026-11-24T15:00", "2026-11-24T18:00"),
        ("2026-11-24T08:00", True, "2026-11-24T08:00", "2026-11-24T08:00", "2026-11-24T18:00"),
        ("2026-11-24T07:59", False, "2026-11-24T08:00", "2026-11-23T18:00", "2026-11-24T18:00"),
        ("2026-11-24T18:00", False, "2026-11-25T08:00", "2026-11-24T18:00", "2026-11-24T23:59"),
        ("2026-11-24T17:59", True, "2026-11-24T17:59", "2026-11-24T17:59", "2026-11-24T18:00"),
        # over Thanksgiving, the closure and the weekend
        ("2026-11-25T20:00", False, "2026-11-30T08:00", "2026-11-25T18:00", "2026-11-25T23:59"),
        ("2026-11-26T12:00", False, "2026-11-30T08:00", "2026-11-25T18:00", "2026-11-26T23:59"),
        ("2026-11-29T12:00", False, "2026-11-30T08:00", "2026-11-25T18:00", "2026-11-29T23:59"),
        (
            "2026-11-24T23:59:30",
            False,
            "2026-11-25T08:00",
            "2026-11-24T18:00",
            "2026-11-24T23:59:30",
        ),
        # the nights of the clock changes
        ("2026-03-08T03:30", False, "2026-03-09T08:00", "2026-03-06T18:00", "2026-03-08T23:59"),
        ("2026-11-01T01:30", False, "2026-11-02T08:00", "2026-10-30T18:00", "2026-11-01T23:59"),
    ],
)
def test_around_an_instant(at, open_, next_, last, end):
    at = local(at)
    assert CHICAGO.is_open(at) is open_
    assert CHICAGO.next_opening(at) == local(next_)
    assert CHICAGO.last_open(at) == local(last)
    assert CHICAGO.end_of_day(at) == local(end)


@pytest.mark.parametrize(
    ("zone", "at", "utc"),
    [
        ("America/Chicago", "2026-03-08T02:30", "2026-03-08T08:30"),  # gap: reads 03:30
        ("America/Chicago", "2026-11-01T01:30", "2026-11-01T06:30"),  # fold: the first
        ("America/New_York", "2026-03-08T02:30", "2026-03-08T07:30"),
        ("America/New_York", "2026-11-01T01:30", "2026-11-01T05:30"),
        ("Pacific/Auckland", "2026-09-27T02:30", "2026-09-26T14:30"),
        ("Pacific/Auckland", "2026-04-05T02:30", "2026-04-04T13:30"),
        ("Europe/Berlin", "2026-03-29T02:30", "2026-03-29T01:30"),
        ("Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30"),
        ("America/Chicago", "2026-07-01T12:00", "2026-07-01T17:00"),
        ("America/Chicago", "2026-12-01T12:00", "2026-12-01T18:00"),
    ],
)
def test_a_gap_moves_forward_and_a_fold_takes_the_first(zone, at, utc):
    naive = dt.datetime.fromisoformat(at)
    found = wall(ZoneInfo(zone), naive.date(), naive.time())
    assert found == dt.datetime.fromisoformat(utc).replace(tzinfo=UTC)


def test_holiday_sets():
    assert dt.date(2026, 11, 26) in public_holidays("US", 2026)
    assert dt.date(2026, 3, 31) in public_holidays("US-CA", 2026)  # César Chávez Day
    assert dt.date(2026, 3, 31) not in public_holidays("US", 2026)
    assert public_holidays("", 2026) == frozenset()


# --- properties beside a model that walks minute by minute ----------------------------------------
zones = st.sampled_from([ZoneInfo(z) for z in ZONES])
days = st.dates(dt.date(2024, 1, 1), dt.date(2032, 12, 31))
instants = st.datetimes(
    dt.datetime(2024, 1, 1), dt.datetime(2032, 12, 31), timezones=st.just(UTC)
).map(lambda at: at.replace(second=0, microsecond=0))
spans = st.sampled_from([(dt.time(8), dt.time(18)), (dt.time(0), dt.time(3)),
                         (dt.time(1, 30), dt.time(2, 30)),
                         (dt.time(13), dt.time(23, 59))])  # fmt: skip


@st.composite
def calendars(draw):
    hours = draw(st.dictionaries(st.integers(0, 6), spans, min_size=1, max_size=7))
    return Calendar(draw(zones), hours, draw(st.sampled_from(["US", ""])),
                    frozenset(draw(st.lists(days, max_size=5))))  # fmt: skip


def is_open_slowly(calendar, at):
    """By the wall clock, holding the second pass of a fold for open as the first was."""
    there = at.astimezone(calendar.zone)
    if not calendar.is_business_day(there.date()):
        return False
    opens, closes = (wall(calendar.zone, there.date(), t) for t in calendar.hours[there.weekday()])
    return opens <= at < closes


def next_slowly(calendar, at):
    while not is_open_slowly(calendar, at):
        at += dt.timedelta(minutes=30)
    return at


@settings(max_examples=60, deadline=None)
@given(calendars(), instants)
def test_the_next_opening_is_the_first_open_moment(calendar, at):
    found = calendar.next_opening(at)
    assert found >= at and calendar.is_open(found)
    assert found <= next_slowly(calendar, at) and is_open_slowly(calendar, found)
    if found > at:  # nobody was there just before, or at any half hour between
        assert not calendar.is_open(found - dt.timedelta(minutes=1))
        step = at
        while step < found:
            assert not is_open_slowly(calendar, step)
            step += dt.timedelta(minutes=30)


@settings(max_examples=100, deadline=None)
@given(calendars(), instants)
def test_the_last_open_moment_lies_before_and_somebody_was_there(calendar, at):
    found = calendar.last_open(at)
    assert found <= at
    assert calendar.is_open(found) or calendar.is_open(found - dt.timedelta(minutes=1))
    if calendar.is_open(at):
        assert found == at


@settings(max_examples=100, deadline=None)
@given(calendars(), days, st.integers(0, 12))
def test_business_days_are_counted_like_on_fingers(calendar, start, count):
    found = calendar.add_business_days(start, count)
    assert calendar.is_business_day(found) and found >= start
    between = [start + dt.timedelta(days=n) for n in range(1, (found - start).days + 1)]
    if count:
        assert sum(calendar.is_business_day(d) for d in between) == count
    later = calendar.add_business_days(start + dt.timedelta(days=1), count)
    assert later >= found  # monotone: who asks a day later is never due earlier


@settings(max_examples=100, deadline=None)
@given(calendars(), instants, st.integers(0, 60 * 24 * 3))
def test_due_times_are_monotone(calendar, at, minutes):
    later = at + dt.timedelta(minutes=minutes)
    assert calendar.next_opening(at) <= calendar.next_opening(later)
    assert calendar.last_open(at) <= calendar.last_open(later)
    assert calendar.end_of_day(at) <= calendar.end_of_day(later)


@settings(max_examples=100, deadline=None)
@given(calendars(), instants, st.integers(0, 59))
def test_the_end_of_the_day_lies_ahead_on_the_same_day(calendar, at, seconds):
    at = at + dt.timedelta(seconds=seconds)
    found = calendar.end_of_day(at)
    assert found.astimezone(calendar.zone).date() == at.astimezone(calendar.zone).date()
    assert found >= at


@settings(max_examples=100, deadline=None)
@given(zones, days, st.times())
def test_a_wall_time_reads_as_typed_or_just_after_a_gap(zone, on, at):
    naive = dt.datetime.combine(on, at.replace(microsecond=0))
    back = wall(zone, on, at.replace(microsecond=0)).astimezone(zone).replace(tzinfo=None)
    assert dt.timedelta(0) <= back - naive <= dt.timedelta(hours=1)
    later = wall(zone, on + dt.timedelta(days=1), at)
    assert dt.timedelta(hours=22) < later - wall(zone, on, at) < dt.timedelta(hours=26)
