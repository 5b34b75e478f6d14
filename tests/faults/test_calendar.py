"""Due times and rungs over 2024-2032 by zone, holiday set and closure, against a slow model.

Seeded, so that a failure comes back: half of the cases sit on clock changes, leap days and turns of
the year.
"""

import datetime as dt
import random
from zoneinfo import ZoneInfo

import pytest
import yaml

from core.lib.business_days import Calendar, public_holidays
from messaging.protocol_schema import EscalationProtocol
from messaging.rules import due_at, rungs
from tests.faults.slow_calendar import SlowCalendar
from tests.faults.stack import DEEP
from tests.processes import ROOT

pytestmark = pytest.mark.faults
ZONES = ["America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles",
         "America/Phoenix", "Pacific/Honolulu", "America/St_Johns", "Europe/Berlin",
         "Australia/Sydney", "UTC"]  # fmt: skip
FIRST, DAYS = dt.date(2024, 1, 1), 9 * 365 + 2
CASES = 110_000 if DEEP else 3_000
HOURS = [(dt.time(8), dt.time(18)), (dt.time(1, 30), dt.time(2, 30)), (dt.time(7), dt.time(12))]


def clocks() -> dict:
    body = yaml.safe_load((ROOT / "messaging/protocols/escalation.yaml").read_text())
    found = EscalationProtocol.model_validate(body).clocks
    return {kind: clock for kind, clock in found.items() if clock.due.unit != "given"}


def changes(zone: ZoneInfo) -> list[dt.date]:
    """Days on which the clock is changed."""
    noon = [
        dt.datetime.combine(FIRST + dt.timedelta(days=n), dt.time(12), zone) for n in range(DAYS)
    ]
    return [
        b.date() for a, b in zip(noon, noon[1:], strict=False) if a.utcoffset() != b.utcoffset()
    ]


def edges(zone: ZoneInfo) -> list[dt.date]:
    leap = [dt.date(year, 2, 29) for year in (2024, 2028, 2032)]
    turns = [dt.date(year, 12, 31) for year in range(2024, 2032)]
    return changes(zone) + leap + turns


def calendars(rng: random.Random, name: str, edge: list[dt.date]) -> tuple[Calendar, SlowCalendar]:
    zone, holiday_set = ZoneInfo(name), rng.choice(["US", "US-CA", "DE", ""])
    week = rng.choice([range(5), range(6), range(7), [1, 3]])
    hours = {weekday: rng.choice(HOURS) for weekday in week}
    own = {rng.choice(edge) + dt.timedelta(days=rng.randint(-3, 3)) for _ in range(6)}
    years = range(2023, 2034)
    public = set().union(*(public_holidays(holiday_set, year) for year in years))
    fast = Calendar(zone=zone, hours=hours, holiday_set=holiday_set, closures=frozenset(own))
    return fast, SlowCalendar(zone, hours, own | public)


def an_instant(rng: random.Random, edge: list[dt.date]) -> dt.datetime:
    near = rng.random() < 0.5
    day = rng.choice(edge) if near else FIRST + dt.timedelta(days=rng.randrange(DAYS))
    day += dt.timedelta(days=rng.randint(-4, 1) if near else 0)
    minutes = rng.randrange(24 * 60)
    return dt.datetime.combine(day, dt.time(), dt.UTC) + dt.timedelta(minutes=minutes)


@pytest.mark.parametrize("name", ZONES)
def test_due_times_agree_with_the_slow_model(name: str) -> None:
    rng, kinds = random.Random(f"due {name}"), clocks()
    edge = edges(ZoneInfo(name))
    for number in range(CASES // len(ZONES)):
        if number % 50 == 0:
            fast, slow = calendars(rng, name, edge)
        kind = rng.choice(sorted(kinds))
        clock, opened = kinds[kind], an_instant(rng, edge)
        due = due_at(clock, opened_at=opened, calendar=fast)
        told = (kind, name, opened, fast.hours, sorted(fast.closures), fast.holiday_set)
        assert due == slow.due(clock.due.unit, clock.due.n, opened), told
        assert due >= opened, told
        later = opened + dt.timedelta(minutes=rng.randint(1, 3 * 24 * 60))
        if clock.due.unit != "clock_hours":
            assert due_at(clock, opened_at=later, calendar=fast) >= due, (later, *told)
        steps = rungs(clock, opened_at=opened, due=due)
        assert [at for _, at, _ in steps] == sorted(at for _, at, _ in steps), told
        assert all(at >= opened for _, at, _ in steps), told
        assert len({step for step, _, _ in steps}) == len(steps), told


def test_the_slow_model_knows_gaps_and_folds() -> None:
    berlin = SlowCalendar(ZoneInfo("Europe/Berlin"), {}, set())
    gap, fold = dt.date(2026, 3, 29), dt.date(2026, 10, 25)
    assert berlin.instant(gap, dt.time(2, 30)) == dt.datetime(2026, 3, 29, 1, 30, tzinfo=dt.UTC)
    assert berlin.instant(fold, dt.time(2, 30)) == dt.datetime(2026, 10, 25, 0, 30, tzinfo=dt.UTC)
