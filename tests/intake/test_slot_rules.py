"""Free times against a slow model that asks minute by minute; limits; the pair; reminders."""

import datetime as dt
import uuid
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.lib.business_days import Calendar, public_holidays
from intake import appointment_rules as rules
from intake.appointment_rules import Change, Hours, Limit, Provider, Wish

ZONE = ZoneInfo("America/Chicago")
OPEN = {d: (dt.time(8), dt.time(18)) for d in range(5)}
CALENDAR = Calendar(ZONE, OPEN, "US", frozenset({dt.date(2026, 11, 30)}))
WED = dt.date(2026, 11, 25)
LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
ROOM = uuid.UUID(int=7)


def at(day: dt.date, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour, minute), ZONE).astimezone(dt.UTC)


def weekly(*days: int, first: int = 8, last: int = 16, **more) -> tuple[Hours, ...]:
    return tuple(
        Hours(d, dt.time(first), dt.time(last), dt.date(2026, 1, 1), **more)
        for d in (days or range(5))
    )


def slow(calendar: Calendar, day: dt.date, who: Provider, wish: Wish) -> set[dt.datetime]:
    """Every quarter of an hour at which each minute of the visit is allowed, by wall time."""

    def allowed(minute: dt.datetime) -> bool:
        local = minute.astimezone(calendar.zone)
        on, wall = local.date(), local.time().replace(tzinfo=None)
        if on in calendar.closures or on in public_holidays(calendar.holiday_set, on.year):
            return False
        for c in who.changes:
            away = not c.extra and c.from_on <= on <= c.to_on
            if away and (c.starts is None or c.starts <= wall < c.ends):
                return False
        if any(s <= minute < e for s, e in (*who.busy, *wish.patient_busy)):
            return False
        weekday = any(
            h.weekday == on.weekday()
            and h.valid_from <= on <= (h.valid_to or on)
            and (not h.kinds or wish.kind in h.kinds)
            and h.starts <= wall < h.ends
            and on.weekday() in calendar.hours
            and calendar.hours[on.weekday()][0] <= wall < calendar.hours[on.weekday()][1]
            for h in who.hours
        )
        extra = any(
            c.extra and c.from_on <= on <= c.to_on and c.starts <= wall < c.ends
            for c in who.changes
        )
        return weekday or extra

    midnight = dt.datetime.combine(day, dt.time(0), calendar.zone).astimezone(dt.UTC)
    found = set()
    for quarter in range(0, 25 * 60, 15):
        start = midnight + dt.timedelta(minutes=quarter)
        minutes = [start + dt.timedelta(minutes=m) for m in range(wish.minutes)]
        roomy = wish.rooms is None or any(
            all(not (s <= m < e) for s, e in taken for m in minutes)
            for taken in wish.rooms.values()
        )
        if roomy and all(allowed(m) for m in minutes):
            found.add(start)
    return found


# 8 March and 1 November 2026 are the days on which Chicago's clocks change.
days = st.sampled_from(
    [WED, dt.date(2026, 11, 26), dt.date(2026, 11, 30), dt.date(2026, 3, 8), dt.date(2026, 3, 9),
     dt.date(2026, 11, 1), dt.date(2026, 11, 2), dt.date(2026, 11, 28)]
)  # fmt: skip
quarter = st.integers(5 * 4, 21 * 4)
spans = st.tuples(quarter, quarter).filter(lambda s: s[0] < s[1])


def clock(quarters: int) -> dt.time:
    return dt.time(quarters // 4, quarters % 4 * 15)


@st.composite
def worlds(draw):
    day = draw(days)
    hours = tuple(
        Hours(day.weekday(), clock(a), clock(b), day - dt.timedelta(days=draw(st.integers(-1, 9))),
              draw(st.none() | st.just(day)), draw(st.sampled_from(
                  [frozenset(), frozenset({"pt_eval"}), frozenset({"follow_up"})])))
        for a, b in draw(st.lists(spans, max_size=3))
    )  # fmt: skip
    changes = []
    for extra, whole, (a, b) in draw(
        st.lists(st.tuples(st.booleans(), st.booleans(), spans), max_size=3)
    ):
        times = (None, None) if whole and not extra else (clock(a), clock(b))
        changes.append(Change(extra, day, day, *times))
    taken = [
        (at(day, clock(a).hour, clock(a).minute), at(day, clock(b).hour, clock(b).minute))
        for a, b in draw(st.lists(spans, max_size=3))
    ]
    wish = Wish(
        "pt_eval",
        draw(st.sampled_from([15, 30, 45, 60])),
        rooms=draw(st.sampled_from([None, {}, {ROOM: taken[:1]}])),
        patient_busy=tuple(taken[1:2]),
    )
    sunday = Calendar(ZONE, {d: (dt.time(6), dt.time(20)) for d in range(7)}, "US",
                      CALENDAR.closures)  # fmt: skip
    return sunday, day, Provider(hours, tuple(changes), tuple(taken[2:])), wish


@settings(max_examples=120, deadline=None)
@given(worlds())
@example((CALENDAR, WED, Provider(weekly()), Wish("pt_eval", 60)))
def test_the_rule_agrees_with_asking_every_minute(world):
    calendar, day, who, wish = world
    good = slow(calendar, day, who, wish)
    midnight = dt.datetime.combine(day, dt.time(0), calendar.zone).astimezone(dt.UTC)
    for number in range(25 * 4):  # what may be booked is exactly what the slow model allows
        start = midnight + dt.timedelta(minutes=15 * number)
        why, _ = rules.problem(calendar, who, wish, start, not_before=LONG_AGO)
        assert (why == "") == (start in good), (start.astimezone(ZONE), why)
    offered = rules.free(calendar, day, who, wish, not_before=LONG_AGO)
    assert set(offered) <= good
    assert all(b - a >= wish.length for a, b in zip(offered, offered[1:], strict=False))
    assert bool(offered) == bool(good)


def test_each_reason_is_said():
    busy = ((at(WED, 9), at(WED, 10)),)
    who = Provider(weekly(), busy=busy)

    def why(hour, **more):
        wish = Wish("pt_eval", 60, **more)
        return rules.problem(CALENDAR, who, wish, at(WED, hour), not_before=at(WED, 8))

    assert why(10) == ("", False)
    assert "taken a moment ago" in why(9)[0] and why(9)[1]
    assert "Nobody sees patients" in why(16)[0]
    assert "over or too near" in why(7)[0]
    assert "No room" in why(10, rooms={ROOM: [(at(WED, 10, 30), at(WED, 11))]})[0]
    assert "another appointment" in why(10, patient_busy=((at(WED, 10), at(WED, 11)),))[0]


@pytest.mark.parametrize(
    ("day", "opens"), [(dt.date(2026, 3, 6), 14), (dt.date(2026, 3, 9), 13), (WED, 14)]
)
def test_eight_o_clock_is_the_wall_s_eight(day, opens):
    who = Provider(weekly())
    offered = rules.free(CALENDAR, day, who, Wish("pt_eval", 60), not_before=LONG_AGO)
    assert offered[0].hour == opens and len(offered) == 8


def test_by_video_only_hours_take_no_patient_at_the_clinic():
    who = Provider(weekly(telehealth=True))
    assert rules.free(CALENDAR, WED, who, Wish("follow_up", 30), not_before=LONG_AGO) == []
    by_video = Wish("follow_up", 30, video=True, rooms={})
    assert len(rules.free(CALENDAR, WED, who, by_video, not_before=LONG_AGO)) == 16


def test_closed_days_and_holidays_have_no_time_even_with_extra_hours():
    extra = Change(True, dt.date(2026, 11, 26), dt.date(2026, 12, 5), dt.time(9), dt.time(12))
    who = Provider((), (extra,))

    def count(day):
        return len(rules.free(CALENDAR, day, who, Wish("pt_eval", 60), not_before=LONG_AGO))

    assert count(dt.date(2026, 11, 26)) == 0  # Thanksgiving
    assert count(dt.date(2026, 11, 30)) == 0  # a closure
    assert count(dt.date(2026, 11, 28)) == 3  # a Saturday somebody comes in for


# --- limits ------------------------------------------------------------------------------------


def limit(number=1, *, only=False, first=0, last=None, units=None, used=0, kinds=("pt_eval",)):
    day = dt.timedelta(days=1)
    return Limit(uuid.UUID(int=number), frozenset(kinds), only, WED + first * day,
                 None if last is None else WED + last * day, units, used)  # fmt: skip


@pytest.mark.parametrize(
    ("limits", "broken"),
    [
        ([], []),
        ([limit()], [1]),
        ([limit(first=1)], []),
        ([limit(first=-9, last=-1)], []),
        ([limit(kinds=("procedure",))], []),
        ([limit(only=True, first=-1, last=1)], []),
        ([limit(only=True, first=1)], [1]),
        ([limit(only=True, units=2, used=1)], []),
        ([limit(only=True, units=2, used=2)], [1]),
        ([limit(1, only=True, first=1), limit(2, only=True)], []),  # one that allows is enough
        ([limit(1), limit(2, only=True)], [1]),  # but opens no closed time
    ],
)
def test_which_limits_a_visit_breaks(limits, broken):
    found = rules.hits(limits, kind="pt_eval", day=WED)
    assert [hit.id.int for hit in found] == broken


# --- same week ---------------------------------------------------------------------------------


def test_seven_calendar_days_are_the_clinic_s_days():
    late_evening = at(dt.date(2026, 11, 1), 23, 30)  # after the clocks went back
    assert rules.pt_deadline(late_evening, ZONE) == dt.date(2026, 11, 8)
    assert rules.breach_shows_on(late_evening, ZONE) == dt.date(2026, 11, 6)
    assert rules.flare_deadline(dt.date(2026, 11, 1)) == dt.date(2026, 11, 22)


def test_the_pair_is_the_earliest_visit_and_the_pt_time_after_it():
    def span(hour):
        return at(WED, hour), at(WED, hour + 1)

    assert rules.pair([span(9), span(10)], [span(8), span(9), span(11)]) == (0, 2)
    assert rules.pair([span(10)], [span(8), span(10)]) == (0, 0)  # none after: before it
    assert rules.pair([span(10)], [span(10)]) is None
    assert rules.pair([], [span(10)]) is None


def test_reminders_come_two_business_days_and_one_day_before():
    monday = dt.date(2026, 12, 7)
    booked = at(dt.date(2026, 11, 20), 9)
    found = dict(rules.reminder_times(CALENDAR, at(monday, 9), booked))
    assert found == {
        "two_business_days": at(dt.date(2026, 12, 3), 8),
        "day_before": at(dt.date(2026, 12, 6), 9),  # a Sunday: nine o'clock
    }
    # Friday after Thanksgiving: two business days before is Tuesday.
    friday = dict(rules.reminder_times(CALENDAR, at(dt.date(2026, 11, 27), 9), booked))
    assert friday["two_business_days"] == at(dt.date(2026, 11, 24), 8)
    late = rules.reminder_times(CALENDAR, at(monday, 9), at(dt.date(2026, 12, 4), 9))
    assert [rung for rung, _ in late] == ["day_before"]
    assert rules.reminder_times(CALENDAR, at(monday, 9), at(monday, 8)) == []
