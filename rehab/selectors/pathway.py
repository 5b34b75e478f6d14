"""The pathway of a plan as pages and the daily look read it."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from core.accounts.models import User
from core.lib.day_words import day_words
from core.people.dates import today_at
from outcomes.models import Measurement
from outcomes.protocol_schema import Metric
from outcomes.rules import SeriesKey
from outcomes.selectors import KEY, metrics_at
from rehab.care_rules import Window, window
from rehab.models import CarePlan, PathwayStep
from rehab.pathway_rules import (
    DAY,
    OPEN,
    WAITING,
    Reading,
    begins_next,
    like_with_like,
    reading,
    side_of,
    still_running,
)
from rehab.plan_body import THEN, Care, PlanBody, Step
from rehab.selectors.fetching import visible

VALUES = 50  # on the page of a step; all of them under Measures
TONES = {"not_yet": ("neutral", "hourglass"), "due": ("warn", "clock-alert"),
         "met": ("good", "circle-check"), "not_met": ("warn", "circle-x"),
         "decided": ("info", "stethoscope"), "dropped": ("neutral", "circle-slash")}  # fmt: skip


@dataclass(frozen=True)
class StepLine:
    """One step as its list shows it. `current` = the one that runs or waits now."""

    number: int
    row: PathwayStep
    step: Step
    current: bool

    @property
    def tag(self) -> tuple[str, str, str]:
        """(words, tone, icon)."""
        return self.row.get_state_display(), *TONES[self.row.state]

    @property
    def waits(self) -> bool:
        return self.row.state in WAITING

    @property
    def days(self) -> str:
        """`Wed 25 Nov 2026, for 6 weeks`; "" while it has not begun."""
        if self.step.starts_on is None:
            return ""
        weeks = f", for {self.step.weeks} weeks" if self.step.weeks else ""
        return f"From {day_words(self.step.starts_on)}{weeks}"

    @property
    def then(self) -> str:
        """What comes if it does not help: `Procedure: L5-S1 epidural injection`."""
        what = THEN.get(self.step.then, self.step.then)
        return f"{what}: {self.step.service}" if self.step.service else what

    @property
    def decided(self) -> str:
        return THEN.get(self.row.decision, self.row.decision)


@dataclass(frozen=True)
class PathwayLines:
    """A plan's pathway; `window` None while the plan says nothing of conservative care."""

    lines: list[StepLine]
    window: Window | None


def pathway_of(viewer: User, plan: CarePlan, *, now: dt.datetime, body: PlanBody) -> PathwayLines:
    """One query: the steps the newest version (`body`) names, in their order.

    For a viewer whom the plan was let open to.
    """
    rows = visible(PathwayStep, viewer, now=now).filter(plan=plan).select_related("decided_by")
    return pathway_lines(plan, body, rows, today=today_at(plan.clinic.zone, now=now))


def pathway_lines(
    plan: CarePlan, body: PlanBody, found: Iterable[PathwayStep], *, today: dt.date
) -> PathwayLines:
    """The same from rows that were read already."""
    rows = {row.key: row for row in found}
    named = [(step, rows[step.key]) for step in body.pathway.steps if step.key in rows]
    running = [row for step, row in named if row.state in OPEN and has_begun(step, today)]
    still = [row for _, row in named if row.state in OPEN]
    current = next(iter([r for r in running if r.state in WAITING] or running or still), None)
    lines = [StepLine(n, row, step, row == current) for n, (step, row) in enumerate(named, 1)]
    return PathwayLines(lines, window_of(plan, body, today=today))


def has_begun(step: Step, today: dt.date) -> bool:
    return step.starts_on is not None and step.starts_on <= today


def window_of(plan: CarePlan, body: PlanBody, *, today: dt.date) -> Window | None:
    """How much conservative care there was, and whether a new deficit ended the wait."""
    prior = body.prior_care
    if prior.window_weeks is None and not prior.care and plan.deficit_on is None:
        return None
    began, care = prior.started_on or plan.started_on, prior.care
    if began < plan.started_on:  # earlier days count where a record shows them, like all care
        told = Care(what="Before the plan", from_on=began, to_on=plan.started_on - DAY)
        began, care = plan.started_on, (*care, told)
    return window(care, prior.window_weeks, began, plan.deficit_on, today)


def readings_for(plan: CarePlan, metrics: Iterable[str]) -> list[Reading]:
    """The values of these metrics, on the clinic's days; one query. Wrong ones are none."""
    rows = Measurement.objects.filter(
        patient=plan.patient_id, metric__in=[m for m in metrics if m], value__isnull=False,
        wrong_at__isnull=True,
    )  # fmt: skip
    return [
        reading(SeriesKey(*(row[name] for name in KEY)), row["value"], row["measured_at"],
                plan.clinic.zone)
        for row in rows.values(*KEY, "value", "measured_at")
    ]  # fmt: skip


@dataclass(frozen=True)
class StepPage:
    """A step with the values it is judged by, the newest first, and who it was shown to."""

    line: StepLine
    body: PlanBody
    metric: Metric | None
    values: list[Reading]
    window: Window | None
    later: Step | None  # begins once this one is decided
    beside: Step | None  # runs as well: what comes next waits for its decision too


def step_page(viewer: User, row: PathwayStep, *, now: dt.datetime) -> StepPage | None:
    """A fixed number of queries. None for a step that the newest version names no more."""
    plan = row.plan
    body = PlanBody.model_validate(plan.versions.get(number=plan.head).body)
    path = pathway_of(viewer, plan, now=now, body=body)
    line = next((each for each in path.lines if each.row.pk == row.pk), None)
    if line is None:
        return None
    step = line.step
    side = side_of(step.metric, body.goal, body.hypothesis)
    series = like_with_like(readings_for(plan, {step.metric}), step, side)
    since = [r for r in series if step.starts_on is None or r.on >= step.starts_on]
    open_keys = {each.row.key for each in path.lines if each.row.state in OPEN}
    today = today_at(plan.clinic.zone, now=now)
    later = begins_next(body.pathway, row.key, undecided=open_keys, today=today)
    beside = still_running(body.pathway, row.key, undecided=open_keys, today=today)
    metric = metrics_at(now, plan.clinic).by_id.get(step.metric)
    return StepPage(line, body, metric, since[: -VALUES - 1 : -1], path.window, later, beside)
