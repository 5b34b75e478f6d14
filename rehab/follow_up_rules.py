"""Which visits a plan asks for, when and why, and which of them are booked. Pure.

Every visit has a window of days, so that a desk can book it, and a reason as the patient reads it.
Visits whose days overlap are one visit with both reasons.
"""

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from rehab.pathway_rules import DAY, WEEK, ends_on
from rehab.plan_body import Goal, PlanBody, Step, Therapy
from rehab.protocol_schema import FollowUps

AHEAD = dt.timedelta(days=14)  # product decision: a visit is booked two weeks before its window
FOLLOW_UP, PT, CHECK = "follow_up", "pt_session", "telehealth_check"
# kind asked for → kinds of booked visits that are one (intake.VisitKind)
SERVES = {FOLLOW_UP: {"follow_up"}, PT: {"pt_eval", "pt_session"}, CHECK: {"telehealth_check"}}
LAST = WEEK - DAY  # a window of a week, both days included


@dataclass(frozen=True)
class Wanted:
    """`count` visits of a kind from one day to another. `weeks`: which ones of the therapy block,
    from 1, and of how many; none for other kinds."""

    kind: str
    from_on: dt.date
    to_on: dt.date
    reasons: tuple[str, ...]
    count: int = 1
    weeks: tuple[int, int, int] | None = None


@dataclass(frozen=True)
class Booked:
    """A standing appointment: booked, arrived or done. `on` = the clinic's day."""

    id: uuid.UUID
    kind: str
    on: dt.date
    at: dt.datetime


@dataclass(frozen=True)
class FollowUp:
    """What was asked for and what stands. `state`: booked, to_book, past (nobody booked it)."""

    wanted: Wanted
    booked: tuple[Booked, ...]
    state: str

    @property
    def missing(self) -> int:
        return self.wanted.count - len(self.booked)

    @property
    def reason(self) -> str:
        return " ".join(self.wanted.reasons)


def wanted_visits(
    body: PlanBody, follow: FollowUps | None, *, settled: Iterable[str] = ()
) -> list[Wanted]:
    """All visits a plan asks for, by day. `settled` = keys of steps that are decided or dropped."""
    over = set(settled)
    asked = [_of_step(step) for step in body.pathway.steps if step.key not in over]
    visits = [row for row in asked if row]
    visits.extend(_of_goal(body.goal))
    checks: list[Wanted] = []
    if follow:
        visits.extend(_of_note(body.therapy, follow))
        checks = list(_check_ins(body.therapy, follow))
    found = [*_joined(visits), *checks, *_block(body.therapy)]
    return sorted(found, key=lambda row: (row.from_on, row.to_on, row.kind))


def _of_step(step: Step) -> Wanted | None:
    """The week in which its trial is over."""
    day = ends_on(step)
    if day is None:
        return None
    measured = f"We look at how “{step.title}” went and decide what comes next."
    reason = measured if step.metric else f"{step.title}."
    return Wanted(FOLLOW_UP, day, day + LAST, (reason,))


def _of_goal(goal: Goal) -> Iterator[Wanted]:
    """The last week before the day on which the goal is to be reached."""
    if goal.by_on:
        yield Wanted(
            FOLLOW_UP, goal.by_on - LAST, goal.by_on, (f"The day of your goal: “{goal.words}”.",)
        )


def _of_note(therapy: Therapy, follow: FollowUps) -> Iterator[Wanted]:
    """Around the session at which a progress note is due (domain F40, F41)."""
    start, each, weeks = therapy.starts_on, therapy.per_week, therapy.weeks
    note = follow.note
    if not (start and each and weeks) or each * weeks < note.from_visit:
        return
    last = min(note.to_visit, each * weeks)
    first_day = start + (note.from_visit - 1) // each * WEEK
    yield Wanted(
        FOLLOW_UP, first_day, start + (last - 1) // each * WEEK + LAST, (note.words,)
    )  # fmt: skip


def _check_ins(therapy: Therapy, follow: FollowUps) -> Iterator[Wanted]:
    """Spread evenly over each full block of weeks (domain F59)."""
    if not (therapy.starts_on and therapy.weeks):
        return
    block, times = follow.check_ins.weeks, follow.check_ins.times
    for begun in range(0, therapy.weeks - block + 1, block):
        for turn in range(1, times + 1):
            week = begun + round(block * turn / (times + 1))
            day = therapy.starts_on + (week - 1) * WEEK
            yield Wanted(CHECK, day, day + LAST, (follow.check_ins.words,))


def _block(therapy: Therapy) -> Iterator[Wanted]:
    """Each week of the therapy block with its sessions."""
    if not (therapy.starts_on and therapy.per_week and therapy.weeks):
        return
    for number in range(therapy.weeks):
        day = therapy.starts_on + number * WEEK
        weeks = (number + 1, number + 1, therapy.weeks)
        yield Wanted(
            PT, day, day + LAST, (_block_words(weeks, therapy.per_week),), therapy.per_week, weeks
        )


def _block_words(weeks: tuple[int, int, int], each: int) -> str:
    first, last, of = weeks
    which = f"week {first}" if first == last else f"weeks {first} to {last}"
    return f"Physical therapy, {which} of {of}: {each} a week."


def _joined(visits: Iterable[Wanted]) -> list[Wanted]:
    """Windows that overlap become the days they share: one visit, every reason."""
    found: list[Wanted] = []
    for row in sorted(visits, key=lambda each: (each.from_on, each.to_on, each.reasons)):
        last = found[-1] if found else None
        if last and row.from_on <= last.to_on:
            found[-1] = replace(
                last,
                from_on=row.from_on,
                to_on=min(last.to_on, row.to_on),
                reasons=tuple(dict.fromkeys((*last.reasons, *row.reasons))),
            )
        else:
            found.append(row)
    return found


def serves(visit: Booked, asked: Wanted) -> bool:
    """Is it of the kind and on a day of what was asked for?"""
    return visit.kind in SERVES[asked.kind] and asked.from_on <= visit.on <= asked.to_on


def matched(visits: Sequence[Wanted], booked: Iterable[Booked], today: dt.date) -> list[FollowUp]:
    """Every standing appointment serves one window at most: the one that ends first."""
    taken: dict[int, list[Booked]] = {}
    for visit in sorted(booked, key=lambda row: (row.at, row.id)):
        open_for = [
            n
            for n, row in enumerate(visits)
            if serves(visit, row) and len(taken.get(n, ())) < row.count
        ]
        if open_for:
            first = min(open_for, key=lambda n: (visits[n].to_on, n))
            taken.setdefault(first, []).append(visit)
    return [_state(row, tuple(taken.get(n, ())), today) for n, row in enumerate(visits)]


def _state(row: Wanted, booked: tuple[Booked, ...], today: dt.date) -> FollowUp:
    if len(booked) >= row.count:
        return FollowUp(row, booked, "booked")
    return FollowUp(row, booked, "past" if row.to_on < today else "to_book")


def gathered(visits: Sequence[FollowUp]) -> list[FollowUp]:
    """As a page shows it: weeks of therapy that follow each other in one state are one row."""
    found: list[FollowUp] = []
    for row in sorted(visits, key=lambda each: each.wanted.kind == PT):  # stable: days stay
        last = found[-1] if found else None
        here = row.wanted.weeks
        before = last.wanted.weeks if last else None
        if last and here and before and last.state == row.state and before[1] + 1 == here[0]:
            weeks = (before[0], here[1], here[2])
            each = row.wanted.count
            found[-1] = FollowUp(
                replace(
                    last.wanted, to_on=row.wanted.to_on, weeks=weeks,
                    count=last.wanted.count + each, reasons=(_block_words(weeks, each),),
                ),
                (*last.booked, *row.booked), row.state,
            )  # fmt: skip
        else:
            found.append(row)
    return sorted(found, key=lambda row: (row.wanted.from_on, row.wanted.to_on))


def to_ask_for(
    visits: Iterable[FollowUp], today: dt.date, *, held: bool, answered_on: dt.date | None
) -> list[FollowUp]:
    """What the desk books now: its window begins within two weeks.

    Not therapy while it is `held`; not what was due already when a person answered for it.
    """
    return [
        row
        for row in visits
        if row.state == "to_book"
        and row.wanted.from_on - AHEAD <= today
        and not (held and row.wanted.kind == PT)
        and (answered_on is None or row.wanted.from_on - AHEAD > answered_on)
    ]
