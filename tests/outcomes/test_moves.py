"""What came into the ledger since a moment: the newest of each series, with what was known."""

import datetime as dt

import pytest

from outcomes.moves import moves_since
from outcomes.rules import Entry
from outcomes.services import mark_in_error, record_measurement
from tests.cast import NOW

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def measure(cast):
    def at(metric, value, recorded, *, measured=None, **entry):
        return record_measurement(
            patient=cast.okafor, metric=metric, by=cast.ruiz, now=NOW - recorded * DAY,
            entry=Entry(value=value, **entry),
            measured_at=NOW - (measured or recorded) * DAY,
        )  # fmt: skip

    return at


def words(cast, since=5):
    when = NOW - since * DAY if since else None
    return [m.words for m in moves_since(cast.ruiz, cast.okafor, since=when, now=NOW)]


STOP = {"details": {"stop": "leg pain"}}


def test_of_each_series_the_newest_and_what_was_known_then(cast, measure):
    measure("standing_tolerance_min", "30", 9, **STOP)
    measure("standing_tolerance_min", "34", 7, **STOP)
    measure("standing_tolerance_min", "37", 3, **STOP)
    measure("standing_tolerance_min", "40", 1, **STOP)
    measure("sleep_hours", "5.5", 8)
    assert words(cast) == ["stands 40 min (was 34)"]
    assert words(cast, since=8) == ["stands 40 min (was 30)"]
    assert words(cast, since=0) == ["stands 40 min (was 30)", "sleeps 5.5 h"]


def test_like_with_like(cast, measure):
    for side, value, day in (("left", "3.5", 9), ("right", "4", 9), ("left", "6", 1)):
        measure("single_leg_stance_s", value, day, side=side)
    assert words(cast) == ["Single-leg stance, eyes open 6 s, left (was 3.5)"]
    measure("sts_reps", "5", 9, details={"chair": "17"})
    measure("sts_reps", "8", 1, details={"chair": "19"})  # another chair is another series
    assert len(words(cast)) == 2 and "(was 5)" not in words(cast)[1]


def test_what_is_wrong_is_in_none_and_tells_nothing_of_before(cast, measure):
    slip = measure("sleep_hours", "9", 8)
    measure("sleep_hours", "6", 9)
    late = measure("sleep_hours", "1", 2)
    measure("sleep_hours", "7", 1)
    for row in (slip, late):
        mark_in_error(measurement=row, reason="typo", by=cast.ruiz, now=NOW, version=1)
    assert words(cast) == ["sleeps 7 h (was 6)"]


def test_an_older_value_typed_later_changes_nothing(cast, measure):
    measure("sleep_hours", "7", 8)
    measure("sleep_hours", "4", 1, measured=30)  # from old records
    assert words(cast) == []
    measure("sleep_hours", "6", 1)
    assert words(cast) == ["sleeps 6 h (was 7)"]


def test_the_first_of_a_new_series_and_the_last_since(cast, measure):
    measure("sleep_hours", "4", 4)
    measure("sleep_hours", "6", 1)
    assert words(cast) == ["sleeps 6 h (was 4)"]


def test_an_outsider_gets_nothing(cast, measure):
    measure("sleep_hours", "4", 1)
    assert moves_since(cast.quist, cast.okafor, since=None, now=NOW) == []
    assert len(moves_since(cast.lang, cast.okafor, since=None, now=NOW)) == 1
