"""When a visit may be booked and what may become of it. Pure: rows come in as plain values."""

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from core.lib.business_days import Calendar, public_holidays

APPOINTMENT = {
    ("booked", "arrive"): "arrived",
    ("booked", "miss"): "no_show",
    ("booked", "cancel"): "cancelled",
    ("booked", "move"): "moved",
    ("arrived", "undo_arrival"): "booked",
    ("arrived", "finish"): "done",
    ("no_show", "arrive"): "arrived",  # late, and seen all the same
}
STANDING = ("booked", "arrived", "done")  # takes up its time
PT_KINDS = ("pt_eval", "pt_session")
STEP = dt.timedelta(minutes=15)
PT_DAYS = 7  # domain F04: a same-week physical therapy assessment, in calendar days
BREACH_FROM_DAY = 5  # PRODUCT 3.1: the breach shows from day 5
FLARE_DAYS = 21  # domain F42: three weeks without PT after a flare is a missed window
ASKS_PT = ("urgent_24_72h", "routine")

Span = tuple[dt.datetime, dt.datetime]


@dataclass(frozen=True)
class Hours:
    """Somebody's hours on one weekday (Monday = 0), wall times. No kinds = any kind."""

    weekday: int
    starts: dt.time
    ends: dt.time
    valid_from: dt.date
    valid_to: dt.date | None = None
    kinds: frozenset[str] = frozenset()
    telehealth: bool = False


@dataclass(frozen=True)
class Change:
    """Away or extra hours on some days; without times, the whole of each day."""

    extra: bool
    from_on: dt.date
    to_on: dt.date
    starts: dt.time | None = None
    ends: dt.time | None = None


@dataclass(frozen=True)
class Window:
    """A stretch in which somebody sees patients; `telehealth`: by video only."""

    starts_at: dt.datetime
    ends_at: dt.datetime
    telehealth: bool = False


@dataclass(frozen=True)
class Provider:
    """One person's hours, changes and standing appointments."""

    hours: tuple[Hours, ...]
    changes: tuple[Change, ...] = ()
    busy: tuple[Span, ...] = ()


@dataclass(frozen=True)
class Wish:
    """What is to be booked. `video`: no room is taken. `rooms`: None = none is needed."""

    kind: str
    minutes: int
    video: bool = False
    rooms: Mapping[uuid.UUID, Sequence[Span]] | None = None
    patient_busy: tuple[Span, ...] = ()

    @property
    def length(self) -> dt.timedelta:
        return dt.timedelta(minutes=self.minutes)


@dataclass(frozen=True)
class Limit:
    """A booking limit as the rule reads it; `used` = visits that count against `units`."""

    id: uuid.UUID
    kinds: frozenset[str]
    only_within: bool
    from_on: dt.date
    to_on: dt.date | None
    units: int | None
    used: int = field(default=0, compare=False)


def overlaps(span: Span, others: Iterable[Span]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in others)


def windows(calendar: Calendar, day: dt.date, provider: Provider, kind: str) -> list[Window]:
    """When this person sees such patients on `day`, in order of time.

    Weekly hours count while the clinic is open. Extra hours may lie outside its hours, but never
    on a holiday or closure. What is away is cut out of both.
    """
    if day in calendar.closures or day in public_holidays(calendar.holiday_set, day.year):
        return []
    found = [*_weekly(calendar, day, provider.hours, kind), *_extra(calendar, day, provider)]
    for change in provider.changes:
        if not change.extra and change.from_on <= day <= change.to_on:
            found = [
                piece for window in found for piece in _cut(window, away(calendar, day, change))
            ]
    return sorted(_joined(found), key=lambda w: w.starts_at)


def _weekly(
    calendar: Calendar, day: dt.date, hours: Iterable[Hours], kind: str
) -> Iterable[Window]:
    opening = calendar.opening(day)
    for row in hours if opening else ():
        valid = row.valid_from <= day and (row.valid_to is None or day <= row.valid_to)
        if row.weekday != day.weekday() or not valid or (row.kinds and kind not in row.kinds):
            continue
        assert opening  # noqa: S101 - the loop has rows only then
        start = max(opening[0], calendar.local(day, row.starts))
        end = min(opening[1], calendar.local(day, row.ends))
        if start < end:
            yield Window(start, end, row.telehealth)


def _extra(calendar: Calendar, day: dt.date, provider: Provider) -> Iterable[Window]:
    for change in provider.changes:
        if change.extra and change.from_on <= day <= change.to_on and change.starts and change.ends:
            start, end = calendar.local(day, change.starts), calendar.local(day, change.ends)
            if start < end:
                yield Window(start, end)


def away(calendar: Calendar, day: dt.date, change: Change) -> Span:
    """The stretch of `day` that a change takes."""
    start = calendar.local(day, change.starts or dt.time(0))
    if change.ends:
        return start, calendar.local(day, change.ends)
    return start, calendar.local(day + dt.timedelta(days=1), dt.time(0))


def _cut(window: Window, gone: Span) -> Iterable[Window]:
    if gone[1] <= window.starts_at or window.ends_at <= gone[0]:
        yield window
        return
    if window.starts_at < gone[0]:
        yield Window(window.starts_at, gone[0], window.telehealth)
    if gone[1] < window.ends_at:
        yield Window(gone[1], window.ends_at, window.telehealth)


def _joined(found: Iterable[Window]) -> list[Window]:
    """Hours that touch or overlap are one stretch: a visit may run from one into the next."""
    done: list[Window] = []
    for window in sorted(found, key=lambda w: (w.telehealth, w.starts_at)):
        last = done[-1] if done else None
        if last and last.telehealth == window.telehealth and window.starts_at <= last.ends_at:
            done[-1] = Window(last.starts_at, max(last.ends_at, window.ends_at), window.telehealth)
        else:
            done.append(window)
    return done


def room_for(wish: Wish, span: Span) -> tuple[bool, uuid.UUID | None]:
    """(is there room, which): the first free one; by video, or where none is needed, none."""
    if wish.video or wish.rooms is None:
        return True, None
    free = (pk for pk, taken in wish.rooms.items() if not overlaps(span, taken))
    chosen = next(free, None)
    return chosen is not None, chosen


def fits(window: Window, wish: Wish, span: Span) -> bool:
    """Does it lie in these hours, and may it be held in them as wished?"""
    return (
        window.starts_at <= span[0]
        and span[1] <= window.ends_at
        and (wish.video or not window.telehealth)
    )


def free(
    calendar: Calendar,
    day: dt.date,
    provider: Provider,
    wish: Wish,
    *,
    not_before: dt.datetime,
) -> list[dt.datetime]:
    """The times to offer on `day`: one visit after the other, from each free stretch's start.

    Any other quarter of an hour that is free may be booked too (`problem`); offering every one of
    them would leave gaps too short for anybody.
    """
    offered: list[dt.datetime] = []
    for window in windows(calendar, day, provider, wish.kind):
        at = window.starts_at
        while at + wish.length <= window.ends_at:
            span = (at, at + wish.length)
            good = (
                at >= not_before
                and fits(window, wish, span)
                and not overlaps(span, provider.busy)
                and not overlaps(span, wish.patient_busy)
                and not (offered and at < offered[-1] + wish.length)
                and room_for(wish, span)[0]
            )
            if good:
                offered.append(at)
            at += STEP
    return offered


def problem(
    calendar: Calendar,
    provider: Provider,
    wish: Wish,
    at: dt.datetime,
    *,
    not_before: dt.datetime,
) -> tuple[str, bool]:
    """Why this time cannot be had, and whether somebody else has it; "" = it can."""
    span = (at, at + wish.length)
    if at < not_before:
        return "That time is over or too near. Choose a later one.", False
    day = at.astimezone(calendar.zone).date()
    mine = [w for w in windows(calendar, day, provider, wish.kind) if fits(w, wish, span)]
    if not mine:
        return "Nobody sees patients for this at that time. Choose one of the times shown.", False
    if overlaps(span, provider.busy):
        return "That time was taken a moment ago. Choose another one.", True
    if overlaps(span, wish.patient_busy):
        return "The patient has another appointment at that time. Choose another one.", True
    if not room_for(wish, span)[0]:
        return "No room is free at that time. Choose another one.", True
    return "", False


# --- limits ----------------------------------------------------------------------------------


def hits(limits: Iterable[Limit], *, kind: str, day: dt.date) -> list[Limit]:
    """The limits that a visit of this kind on this day would break.

    Of those that allow something (authorizations), one that allows it is enough.
    """
    about = [limit for limit in limits if kind in limit.kinds]
    closed = [limit for limit in about if not limit.only_within and _covers(limit, day)]
    allowing = [limit for limit in about if limit.only_within]
    allowed = any(
        _covers(limit, day) and (limit.units is None or limit.used < limit.units)
        for limit in allowing
    )
    return closed if allowed else [*closed, *allowing]


def _covers(limit: Limit, day: dt.date) -> bool:
    return limit.from_on <= day and (limit.to_on is None or day <= limit.to_on)


# --- same-week physical therapy --------------------------------------------------------------


def pt_deadline(called_at: dt.datetime, zone: ZoneInfo) -> dt.date:
    """The last day on which the first PT visit still lies within 7 calendar days of the call."""
    return called_at.astimezone(zone).date() + dt.timedelta(days=PT_DAYS)


def breach_shows_on(called_at: dt.datetime, zone: ZoneInfo) -> dt.date:
    return called_at.astimezone(zone).date() + dt.timedelta(days=BREACH_FROM_DAY)


def flare_deadline(flared_on: dt.date) -> dt.date:
    """Past this day without PT since the flare, somebody is told."""
    return flared_on + dt.timedelta(days=FLARE_DAYS)


def pair(
    first: Sequence[tuple[dt.datetime, dt.datetime]],
    second: Sequence[tuple[dt.datetime, dt.datetime]],
) -> tuple[int, int] | None:
    """Indexes of the initial visit and PT times to offer together: the earliest first visit, and
    the earliest PT time after it; before it where there is none after. Times in order."""
    for after in (True, False):
        for i, visit in enumerate(first):
            for j, therapy in enumerate(second):
                if (therapy[0] >= visit[1]) if after else (therapy[1] <= visit[0]):
                    return i, j
    return None


# --- reminders -------------------------------------------------------------------------------


def reminder_times(
    calendar: Calendar, starts_at: dt.datetime, booked_at: dt.datetime
) -> list[tuple[str, dt.datetime]]:
    """(rung, when): two business days and one day before, at opening time (09:00 where closed).

    A rung that lies before the booking, or not before the visit, is left out.
    """
    day = starts_at.astimezone(calendar.zone).date()
    two = day
    for _ in range(2):
        two -= dt.timedelta(days=1)
        while not calendar.is_business_day(two) and day - two < dt.timedelta(days=30):
            two -= dt.timedelta(days=1)
    found: list[tuple[str, dt.datetime]] = []
    for rung, on in (("two_business_days", two), ("day_before", day - dt.timedelta(days=1))):
        opening = calendar.opening(on)
        at = opening[0] if opening else calendar.local(on, dt.time(9))
        if booked_at < at < starts_at and at not in [when for _, when in found]:
            found.append((rung, at))
    return found
