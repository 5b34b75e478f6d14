"""Where a step of the pathway stands, and what a lane proposes to it.

Pure: days are the clinic's own, values come as readings, figures as plan and protocol. A verdict
never decides: a person does (domain F07, F22).
"""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

from core.lib.day_words import day_words
from outcomes.rules import SIDE_WORDS, SeriesKey, plain
from rehab.plan_body import COMPARATORS, Goal, Hypothesis, Pathway, Step
from rehab.plan_rules import week_of
from rehab.protocol_schema import Lane, LanesProtocol

WAITING = ("due", "met", "not_met")  # a person decides these
OPEN = ("not_yet", *WAITING)
ENDS_THE_PATHWAY = ("surgical_referral", "discharge")
MOST_STEPS = 8  # of one pathway (plan_body.Pathway)
NO_LENGTH = "Running; nobody has written for how many weeks: write it in the plan, or decide."
WEEK = dt.timedelta(weeks=1)
DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Reading:
    """One value of the ledger. `on` = the clinic's day of `at`; `wrong` = marked in error."""

    key: SeriesKey
    value: Decimal
    at: dt.datetime
    on: dt.date
    wrong: bool = False


@dataclass(frozen=True)
class Verdict:
    """`state`: not_yet, due, met or not_met; `reason` for a person; `due_on` = the trial is over.

    `value`, `on`: what it rests on, where something was measured.
    """

    state: str
    reason: str
    due_on: dt.date | None
    value: Decimal | None = None
    on: dt.date | None = None


def reading(
    key: SeriesKey, value: Decimal, at: dt.datetime, zone: str, *, wrong: bool = False
) -> Reading:
    return Reading(key, value, at, at.astimezone(ZoneInfo(zone)).date(), wrong)


def weeks_words(count: int) -> str:
    return "1 week" if count == 1 else f"{count} weeks"


def ends_on(step: Step) -> dt.date | None:
    """The day on which its trial is over."""
    if step.starts_on is None or step.weeks is None:
        return None
    return step.starts_on + step.weeks * WEEK


def side_of(metric: str, goal: Goal, hypothesis: Hypothesis) -> str:
    """The side a step's measure is read on: the goal's where it is the same measure, else that of
    the diagnosis; "" = none is said."""
    if metric and metric == goal.metric and goal.side:
        return goal.side
    return hypothesis.side if hypothesis.side in SIDE_WORDS else ""


def like_with_like(readings: Iterable[Reading], step: Step, side: str) -> list[Reading]:
    """The one series a step is judged by, the oldest first; what is marked wrong is in none.

    It is the series measured last before the trial began, else the first one within it: values
    under other conditions say nothing about this trial.
    """
    found = [
        row
        for row in readings
        if row.key.metric == step.metric
        and not row.wrong
        and row.key.side in {"", side or row.key.side}
    ]
    found.sort(key=lambda row: (row.at, row.key, row.value))
    if not found or step.starts_on is None:
        return found
    before = [row for row in found if row.on <= step.starts_on]
    key = (before[-1] if before else found[0]).key
    return [row for row in found if row.key == key]


def goal_series(readings: Iterable[Reading], goal: Goal) -> SeriesKey | None:
    """The one series a goal’s progress is read in: the one its baseline belongs to.

    That is the series which says the baseline on the day it was measured, else the one measured
    last by that day, else the first one after it. Of a goal without such a day it is the series
    measured last. None = nothing was measured.
    """
    found = sorted(
        (row for row in readings if (row.key.metric, row.key.side) == (goal.metric, goal.side)),
        key=lambda row: (row.at, row.key, row.value),
    )
    found = [row for row in found if not row.wrong]
    if goal.from_on is None or not found:
        return found[-1].key if found else None
    before = [row for row in found if row.on <= goal.from_on]
    said = [row for row in before if row.on == goal.from_on and row.value == goal.baseline]
    return (said or before or found[:1])[-1].key


def reaches(step: Step, value: Decimal) -> bool:
    if step.threshold is None:
        return False
    return value <= step.threshold if step.comparator == "at_most" else value >= step.threshold


def evaluate(
    step: Step,
    readings: Iterable[Reading],
    today: dt.date,
    *,
    side: str = "",
    what: str = "",
    unit: str = "",
) -> Verdict:
    """Where a step stands on a day. `what`, `unit`: how its measure is called.

    Met by the first value since the trial began that reaches the number, also one after its weeks
    (the reason says so). A later worse value is told and stays a person's to judge.
    """
    due_on = ends_on(step)
    if step.starts_on is None:
        return Verdict("not_yet", "Not begun: it has no first day yet.", due_on)
    if today < step.starts_on:
        return Verdict("not_yet", f"Begins on {day_words(step.starts_on)}.", due_on)
    over = due_on is not None and today >= due_on
    if not step.metric or step.threshold is None:
        return _decision_point(step, today, due_on, over=over)
    series = like_with_like(readings, step, side)
    counted = [row for row in series if step.starts_on <= row.on <= today]
    reached = next((row for row in counted if reaches(step, row.value)), None)
    if reached:
        return _met(step, reached, counted[-1], due_on, unit)
    wanted = f"{COMPARATORS[step.comparator]} {_number(step.threshold, unit)}"
    if not counted:
        return _unmeasured(step, today, due_on, wanted, what, over=over)
    last = counted[-1]
    stands = f"{_number(last.value, unit)}{_whose(last)} on {day_words(last.on)}"
    if step.weeks is None:
        reason = f"{NO_LENGTH} So far {stands}, {wanted} is wanted."
        return Verdict("due", reason, due_on, last.value, last.on)
    if over and step.weeks:
        reason = f"{_over(step.weeks)}: {stands}, {wanted} was wanted."
        return Verdict("not_met", reason, due_on, last.value, last.on)
    reason = f"{_running(step, today)}: {stands}, {wanted} is wanted."
    return Verdict("not_yet", reason, due_on, last.value, last.on)


def _decision_point(step: Step, today: dt.date, due_on: dt.date | None, *, over: bool) -> Verdict:
    lacks = " No number to reach is written." if step.metric else ""
    if over and step.weeks:
        return Verdict("due", f"{_over(step.weeks)}: a person decides.{lacks}", due_on)
    if step.weeks is None:
        return Verdict("due", f"{NO_LENGTH}{lacks}", due_on)
    return Verdict(
        "not_yet", f"{_running(step, today)}: decided when they are over.{lacks}", due_on
    )


def _unmeasured(
    step: Step, today: dt.date, due_on: dt.date | None, wanted: str, what: str, *, over: bool
) -> Verdict:
    if over and step.weeks:
        name = what[:1].lower() + what[1:] or "it"
        reason = f"{_over(step.weeks)} and nothing was measured: measure {name}, then decide."
        return Verdict("due", reason, due_on)
    if step.weeks is None:
        return Verdict("due", f"{NO_LENGTH} Not measured since; {wanted} is wanted.", due_on)
    return Verdict(
        "not_yet", f"{_running(step, today)}: not measured since; {wanted} is wanted.", due_on
    )


def _met(
    step: Step, reached: Reading, newest: Reading, due_on: dt.date | None, unit: str
) -> Verdict:
    words = f"Reached {_number(reached.value, unit)}{_whose(reached)} on {day_words(reached.on)}"
    if due_on and reached.on > due_on and step.weeks:
        words += f", after its {weeks_words(step.weeks)}"
    words += "."
    if not reaches(step, newest.value):
        words += (
            f" It did not last: {_number(newest.value, unit)} on {day_words(newest.on)}. "
            "Decide what that means."
        )
    return Verdict("met", words, due_on, reached.value, reached.on)


def _running(step: Step, today: dt.date) -> str:
    if step.starts_on is None:
        return "Running"
    week = week_of(step.starts_on, today)
    return f"Week {min(week, step.weeks)} of {step.weeks}" if step.weeks else f"Week {week}"


def _over(weeks: int) -> str:
    return f"{weeks_words(weeks)} {'is' if weeks == 1 else 'are'} over"


def _number(value: Decimal, unit: str) -> str:
    return f"{plain(value)} {unit}".strip()


def _whose(row: Reading) -> str:
    return f" ({row.key.side})" if row.key.side else ""


# --- what a lane proposes, and what a decision does to the steps after it -----------------------


def propose_steps(
    lane: Lane, lanes: LanesProtocol, *, goal: Goal, started_on: dt.date
) -> tuple[Step, ...]:
    """The lane's pathway as a form begins with it; what no source names stays empty.

    The decision point and the first trial begin with the plan, later steps when the one before is
    decided. The number to reach is the goal’s, where it has the lane’s measure.
    """
    found = []
    point = lanes.decision_point
    if point and lane.pathway and lane.pathway.early:
        found.append(
            Step(
                key="decision_point",
                title=point.title,
                starts_on=started_on,
                weeks=point.from_week,
                then=point.then,
                patient_words=point.words,
            )
        )
    for number, row in enumerate(lane.pathway.steps if lane.pathway else ()):
        same = row.measured and goal.metric == lane.metric.id
        found.append(
            Step(
                key=row.id,
                title=row.title,
                starts_on=started_on if number == 0 else None,
                weeks=row.weeks,
                metric=lane.metric.id if row.measured else "",
                comparator=comparator_of(goal) if same else "at_least",
                threshold=goal.target if same else None,
                then=row.then,
                service=row.service,
                patient_words=row.words,
            )
        )
    return tuple(found)


def comparator_of(goal: Goal) -> Literal["at_least", "at_most"]:
    """A goal below its baseline is reached from above."""
    down = goal.baseline is not None and goal.target is not None and goal.target < goal.baseline
    return "at_most" if down else "at_least"


def still_running(
    pathway: Pathway, key: str, *, undecided: Collection[str], today: dt.date
) -> Step | None:
    """Another step that has begun and that nobody has decided; what comes next waits for it too."""
    others = (step for step in pathway.steps if step.key in undecided and step.key != key)
    return next((step for step in others if step.starts_on and step.starts_on <= today), None)


def begins_next(
    pathway: Pathway, key: str, *, undecided: Collection[str], today: dt.date
) -> Step | None:
    """The step that begins with the decision on another one: the next without a first day.

    None while a further step runs: two that run side by side begin one next, with the last of
    their decisions. `undecided` = the keys of the steps nobody has decided.
    """
    if still_running(pathway, key, undecided=undecided, today=today):
        return None
    at = next((n for n, step in enumerate(pathway.steps) if step.key == key), MOST_STEPS)
    later = (step for step in pathway.steps[at + 1 :] if step.key in undecided)
    return next((step for step in later if step.starts_on is None), None)


def after_decision(  # noqa: PLR0913 - one decision, what it says
    pathway: Pathway,
    key: str,
    *,
    decision: str,
    today: dt.date,
    more_weeks: int | None,
    fresh: str,
    undecided: Collection[str],
    next_weeks: int | None = None,
) -> Pathway:
    """The pathway once a step is decided: more weeks are a step of their own (its key `fresh`),
    else the next one begins today (`begins_next`), for `next_weeks` where it says no length;
    nothing begins after the last word."""
    steps = list(pathway.steps)
    at = next((n for n, step in enumerate(steps) if step.key == key), None)
    if at is None or decision in ENDS_THE_PATHWAY:
        return pathway
    if more_weeks:
        title = f"{weeks_words(more_weeks).capitalize()} more: {steps[at].title}"[:120]
        changes = {"key": fresh, "title": title, "starts_on": today, "weeks": more_weeks}
        steps.insert(at + 1, steps[at].model_copy(update=changes))
    else:
        later = begins_next(pathway, key, undecided=undecided, today=today)
        if later is None:
            return pathway
        begun = {"starts_on": today, "weeks": later.weeks or next_weeks}
        steps[steps.index(later)] = later.model_copy(update=begun)
    return Pathway(steps=tuple(steps))
