"""The plan of one invented patient: versions, steps, limits, readers and updates, from the dice.

Most open problems have one. It was looked at today and nothing it waits for is left without its
promise, so the first tick after a seeding has little to do.
"""

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

from config.home.demo.bulk_bodies import (
    LANES,
    METRIC,
    STEPS,
    TARGET,
    TRIAL,
    WHOLE,
    body,
    spelt,
    written,
)
from core.accounts.roles import Role
from outcomes.rules import SeriesKey
from rehab.limit_rules import Limit, span
from rehab.models import PathwayStep, Restriction
from rehab.pathway_rules import WAITING, Reading, evaluate
from rehab.plan_body import Step
from rehab.update_rules import in_message

if TYPE_CHECKING:
    from config.home.demo.bulk_rows import Chart

PLANNED, LIMITED, TOLD, REVISED = 0.9, 0.2, 0.5, 0.06
LONGEST = 150  # days a plan runs so far; its last visits are asked for two weeks before they begin
WEEKS = dt.timedelta(weeks=1)
UPDATES = (
    {"changed": "Stands 10 minutes longer than two weeks ago; sleeps through again.",
     "next_week": "Step-ups begin; the limit on lifting holds.",
     "call_if": "New weakness in a foot or a hand; pain above 5 of 10 for 2 hours."},
    {"changed": "No gain since the last update; the second day after a shift is the hard one.",
     "next_week": "Shorter blocks, three a day. Booked: two sessions.",
     "call_if": "The pain moves further down; fever."},
)  # fmt: skip
WORDS = "First visit"


def planned(chart: "Chart") -> None:
    """Fills the chart's sheets; does nothing for a problem that is closed."""
    if not chart.is_open or chart.dice.random() > PLANNED:
        return
    _Plan(chart).tell()


class _Plan:
    def __init__(self, chart: "Chart") -> None:
        self.chart, self.out, self.today = chart, chart.out, chart.world.now.date()
        self.pk = chart.uid()
        self.at = chart.moment(min(chart.days, chart.dice.randrange(20, LONGEST)))
        self.begun = self.at.date()
        stood = [(at, value, variant) for key, variant, at, value in chart.course if key == METRIC]
        self.key = SeriesKey(METRIC, "", "", "", stood[0][2])
        self.stood = sorted((at, value) for at, value, _ in stood)
        before = [one for one in self.stood if one[0] <= self.at and one[1] < TARGET]
        self.measured_at, self.baseline = before[-1] if before else self.stood[0]
        self.over = self.begun + TRIAL * WEEKS <= self.today  # the first step is decided

    def tell(self) -> None:
        chart = self.chart
        limits = self.limits() if chart.dice.random() < LIMITED else ()
        made = [(self.at, "", "")]
        if self.over:
            middle = self.at + TRIAL * WEEKS
            made.append((min(middle, chart.world.now), "pathway", "The first weeks are over"))
            if chart.room >= 2 and chart.dice.random() < REVISED:
                at = chart.world.now - dt.timedelta(minutes=chart.dice.randrange(5, 22 * 60))
                if at > middle:
                    made.append((at, "medication", "Nights are bad after the longer shifts"))
        goal = body(chart.region, chart.problem, chart.job).goal
        self.out["plan"].add(
            self.pk, chart.crew.clinic, chart.id, chart.episode, LANES.get(chart.region, ""),
            chart.world.lanes_id, self.begun, len(made), goal.words, METRIC, self.baseline, TARGET,
            self.measured_at.date(), self.begun + WHOLE, self.today,
        )  # fmt: skip
        chart.trail(self.at, chart.physician, Role.PHYSICIAN, "care_plan", self.pk, "create")
        for number, (at, part, why) in enumerate(made, 1):
            text = written(
                spelt(chart.region, chart.problem, chart.job, number), begun=self.begun,
                baseline=self.baseline, measured=self.measured_at.date(), limits=limits,
            )  # fmt: skip
            self.version(number, text, part, why, at)
        self.steps()
        if not self.over and chart.room:
            chart.item("follow_up", chart.episode, "Visits of the plan are to be booked",
                       self.lately())  # fmt: skip
        if chart.dice.random() < TOLD:
            self.update()

    def lately(self) -> dt.datetime:
        return self.chart.world.now - dt.timedelta(minutes=self.chart.dice.randrange(5, 22 * 60))

    def version(self, number: int, text: str, part: str, why: str, at: dt.datetime) -> None:
        """With its readers: the author has read it, who has not read the third has a promise."""
        chart, pk = self.chart, self.chart.uid()
        doctor = chart.physician
        self.out["version"].add(pk, self.pk, number, text, part, why, at, doctor)
        chart.trail(at, doctor, Role.PHYSICIAN, "care_plan", self.pk, "revise")
        self.out["ack"].add(chart.uid(), pk, doctor, at, at)
        for reader in dict.fromkeys((chart.therapist, chart.coordinator)):
            ack, seen = chart.uid(), at + dt.timedelta(minutes=chart.dice.randrange(60, 2400))
            read = min(seen, chart.world.now) if number < 3 else None
            self.out["ack"].add(ack, pk, reader, at, read)
            if number > 2:
                chart.item("plan_changed", ack, "The plan was changed", at, owner=reader,
                           opener=doctor)  # fmt: skip

    def steps(self) -> None:
        """As the daily look found them today; the first one is decided once its weeks are over."""
        middle = self.begun + TRIAL * WEEKS
        first = STEPS[0].model_copy(update={"starts_on": self.begun})
        second = STEPS[1].model_copy(update={"starts_on": middle if self.over else None})
        decided_at = min(self.at + TRIAL * WEEKS, self.chart.world.now)
        self.step(0, first, middle if self.over else self.today,
                  decided_at if self.over else None)  # fmt: skip
        self.step(1, second, self.today, None)

    def step(self, position: int, step: Step, on: dt.date, decided: dt.datetime | None) -> None:
        chart, pk = self.chart, self.chart.uid()
        readings = [Reading(self.key, value, at, at.date()) for at, value in self.stood]
        found = evaluate(step, readings, on, what="Comfortable standing time", unit="min")
        state, since = found.state, decided or self.at
        said: tuple[object, ...] = ("", "", None, None)
        if decided:
            state = PathwayStep.State.DECIDED.value
            said = ("continue", "Goes on with more load", decided, chart.physician)
        self.out["step"].add(
            pk, self.pk, step.key, position, state, found.reason, found.due_on, since,
            on if decided else self.today, *said,
        )  # fmt: skip
        if state in WAITING and chart.room:
            chart.item("pathway_step", pk, "A step of the plan waits for a decision", self.lately())

    def limits(self) -> tuple[str, ...]:
        """One or two that hold, from the day the plan began; returns them as the plan says them."""
        chart, words = self.chart, WORDS
        until = self.today + dt.timedelta(days=chart.dice.randrange(20, 90))
        rows = [Limit("lift", "Lift at most 15 lb", self.begun, until, "", Decimal(15), "lb")]
        if chart.dice.random() < 0.4:
            rows.append(Limit("bend", "No bending to the floor", self.begun, None,
                              "the physician has looked again"))  # fmt: skip
        for row in rows:
            pk = chart.uid()
            self.out["limit"].add(
                pk, chart.crew.clinic, chart.id, chart.episode, Restriction.Source.PHYSICIAN.value,
                words, row.activity, row.value, row.unit, row.sentence, row.from_on, row.to_on,
                row.until, self.at, chart.physician,
            )  # fmt: skip
            chart.trail(self.at, chart.physician, Role.PHYSICIAN, "restriction", pk, "create")
        rows.sort(key=lambda row: (row.to_on is None, row.to_on))
        return tuple(f"{row.sentence} ({words}, {span(row)})" for row in rows)

    def update(self) -> None:
        """The therapist told the physician, who read it."""
        chart, out = self.chart, self.out
        thread, message, pk = chart.uid(), chart.uid(), chart.uid()
        days = chart.dice.randrange(1, (self.today - self.begun).days - 2)
        at = self.at + dt.timedelta(days=days, minutes=5)
        number = 2 if at > self.at + TRIAL * WEEKS else 1
        said = chart.dice.choice(UPDATES)
        seen = at + dt.timedelta(minutes=chart.dice.randrange(30, 1500))
        out["thread"].add(thread, chart.crew.clinic, chart.id, "update", "Update from therapy",
                          chart.therapist, at)  # fmt: skip
        out["message"].add(message, thread, chart.therapist, in_message(said), at,
                           f"update:{chart.therapist}:{pk}")  # fmt: skip
        out["recipient"].add(chart.uid(), message, chart.physician, "named", at, seen, seen)
        out["update"].add(pk, self.pk, message, *said.values(), number, at, chart.therapist)
        chart.trail(at, chart.therapist, Role.THERAPIST, "update", pk, "send")
