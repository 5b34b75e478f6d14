"""What a part of the plan lacks before others can follow it: field → what to write. Pure.

`""` as the field = the part as a whole. A part that is empty lacks nothing: it is not written yet.
"""

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from core.lib.day_words import day_words
from outcomes.protocol_schema import Metric
from outcomes.rules import plain
from rehab.plan_body import (
    THEN,
    Goal,
    Hypothesis,
    Pathway,
    PlanBody,
    PriorCare,
    Step,
    Therapy,
    Work,
    Written,
)
from rehab.plan_rules import goal_problems, therapy_gaps

ICD10 = re.compile(r"[A-TV-Z]\d[0-9A-Z](\.[0-9A-Z]{1,4})?")  # as in the lanes
AHEAD, BACK = dt.timedelta(days=5 * 365), dt.timedelta(days=100 * 366)  # one can have lived
# a gap of an order → the field of its form
FIELD_OF = {"frequency": "per_week", "duration": "weeks", "goal": ""}
Problems = Iterator[tuple[str, str]]


@dataclass(frozen=True)
class Known:
    """What a part is judged by: the metrics in force, and the clinic's day."""

    metrics: Mapping[str, Metric]
    today: dt.date


def problems_of(part: str, body: PlanBody, known: Known) -> dict[str, str]:
    """Field → sentence, of the part that is about to be saved."""
    value: Written = getattr(body, part)
    if value == type(value)():
        return {} if part != "hypothesis" else dict(_hypothesis(body.hypothesis))
    found: dict[str, str] = {}
    for name, sentence in _judged(value, body, known):
        found[name] = f"{found[name]} {sentence}" if name in found else sentence
    return found


def plan_problems(
    old: Written, new: Written, *, begun: dt.date, decided: Mapping[str, dt.date]
) -> dict[str, str]:
    """Field → sentence, of what this very plan does not let change.

    `begun` = its first day; `decided` = the key of each decided step → the day of its decision.
    What stood there already is let be.
    """
    match old, new:
        case PriorCare(), PriorCare() if new.started_on and new.started_on != old.started_on:
            if new.started_on < begun:
                return {"started_on": (
                    f"The plan began on {day_words(begun)}: count from then on, or later. Write "
                    "earlier care under “Care so far” with the record that shows it: it counts."
                )}  # fmt: skip
        case Pathway(), Pathway():
            was = {step.key: _tried(step) for step in old.steps if step.key in decided}
            for number, step in enumerate(new.steps, start=1):
                said = was.get(step.key, _tried(step))
                if said != _tried(step) and not (said[0] and said[1] is None):  # it had no length
                    return {"steps": (
                        f"Step {number}: it was decided on {day_words(decided[step.key])} and is "
                        "not looked at again. Leave its days and its number as they were; to try "
                        "it longer, add a step."
                    )}  # fmt: skip
    return {}


def _tried(step: Step) -> tuple[object, ...]:
    """What a step is judged by."""
    return step.starts_on, step.weeks, step.metric, step.comparator, step.threshold


def _judged(value: Written, body: PlanBody, known: Known) -> Problems:
    yield from _days(value, known.today)
    match value:
        case Hypothesis():
            yield from _hypothesis(value)
        case Goal():
            yield from _goal(value, known)
        case Therapy() if not value.standing:
            for gap in therapy_gaps(value, body.goal):
                yield FIELD_OF.get(gap.part, gap.part), gap.sentence
        case Pathway():
            yield from _pathway(value, known)
        case PriorCare():
            yield from _prior_care(value, known.today)
        case Work() if value.status == "full" and value.until:
            yield "until", "Full duty has no last day: leave it open, or choose another status."


def _days(value: Written, today: dt.date) -> Problems:
    """No day of a part lies where nobody’s treatment is."""
    for name, day in value:
        if isinstance(day, dt.date) and not today - BACK <= day <= today + AHEAD:
            yield name, f"{day.year} is too far away. Look at the year."


def _hypothesis(value: Hypothesis) -> Problems:
    if not value.words:
        yield "words", "Write the diagnosis in one line, as you would say it to a colleague."
    for code in value.icd10:
        if not ICD10.fullmatch(code):
            yield "icd10", f"“{code}” is no ICD-10 code: write it like M54.16."


def _goal(goal: Goal, known: Known) -> Problems:
    yield from goal_problems(goal).items()
    metric = known.metrics.get(goal.metric)
    if metric is None:
        if goal.metric:
            yield "metric", "Choose what it is measured by from the list."
        return
    if metric.side and not goal.side:
        yield "side", f"{metric.name} is measured on one side: choose which."
    if goal.side and not metric.side:
        yield "side", f"{metric.name} is not measured on one side: leave the side open."
    for name in ("baseline", "target"):
        number = getattr(goal, name)
        if number is not None and not metric.low <= number <= metric.high:
            yield name, f"{metric.name} goes {span(metric)}."
    if goal.baseline is not None and goal.target is not None:
        worse = goal.target < goal.baseline if metric.better == "up" else (
            goal.target > goal.baseline)  # fmt: skip
        if worse:
            more = "more" if metric.better == "up" else "less"
            yield "target", f"Here {more} is better: the number to reach is worse than the start."
    if goal.from_on and goal.from_on > known.today:
        yield "from_on", "This day is still to come. Choose the day it was measured."


def span(metric: Metric) -> str:
    return f"from {plain(metric.low)} to {plain(metric.high)} {metric.unit}"


def _pathway(value: Pathway, known: Known) -> Problems:
    if len({step.key for step in value.steps}) < len(value.steps):
        yield "steps", "Two steps came as one. Reload the page and write the new one again."
    for number, step in enumerate(value.steps, start=1):
        row = f"Step {number}"
        if step.starts_on and step.weeks is None:
            yield "steps", f"{row}: write for how many weeks, or leave its day open."
        if step.starts_on and not known.today - AHEAD <= step.starts_on <= known.today + AHEAD:
            yield "steps", f"{row}: {step.starts_on.year} is too far away. Look at the year."
        if step.then not in THEN:
            yield "steps", f"{row}: choose what happens if it does not help."
        yield from (("steps", f"{row}: {said}") for said in _judge(step.metric, step.threshold,
                                                                   known))  # fmt: skip


def _judge(key: str, threshold: Decimal | None, known: Known) -> Iterator[str]:
    """A step is judged by a measure and a number, or by a person: then by neither."""
    metric = known.metrics.get(key)
    if key and metric is None:
        yield "choose what it is judged by from the list."
    elif metric and threshold is None:
        yield "write the number to reach, or let a person judge it (not by a number)."
    elif threshold is not None and not metric:
        yield "choose what the number is measured by."
    elif metric and threshold is not None and not metric.low <= threshold <= metric.high:
        yield f"{metric.name} goes {span(metric)}."


def _prior_care(value: PriorCare, today: dt.date) -> Problems:
    for number, care in enumerate(value.care, start=1):
        row = f"Row {number}"
        if any(day and day > today for day in (care.from_on, care.to_on)):
            yield "care", f"{row}: this day is still to come; write what was done so far."
        elif care.from_on and care.to_on and care.to_on < care.from_on:
            yield "care", f"{row}: the last day lies before the first."
        elif care.from_on and care.from_on < today - BACK:
            yield "care", f"{row}: {care.from_on.year} is too far away. Look at the year."
