"""The warehouse manager's plan, for tests: six weeks, stands 45 minutes, or a surgeon."""

import datetime as dt
from decimal import Decimal
from typing import Any

from core.people.services import join_care_team, open_episode
from core.protocols.services import load
from messaging.models import WorkItem
from outcomes.models import Measurement
from outcomes.rules import Entry
from outcomes.services import record_measurement
from rehab.models import CarePlan, PathwayStep
from rehab.pathway_rules import propose_steps
from rehab.plan_body import Goal, Hypothesis, Pathway, Written
from rehab.services.plans import lanes_now, revise, start_plan
from tests.cast import NOW, Cast

DAY = dt.timedelta(days=1)


class Manager:
    """`story.stands("40", day=35)`; `story.step("trial")`; day 0 is the day the plan began."""

    def __init__(self, cast: Cast, *, lane: str = "radicular_lumbar", region: str = "low_back"):
        load(kind="lanes", now=NOW)
        self.cast, self.patient = cast, cast.okafor
        self.lane = lane
        self.episode = open_episode(
            patient=self.patient, problem="Left L5-S1 radicular pain", region=region,
            by=cast.ana, now=NOW,
        )  # fmt: skip
        for who, role in ((cast.amin, "physician"), (cast.ruiz, "therapist")):
            join_care_team(patient=self.patient, user=who, role=role, by=cast.ana, now=NOW)
        self.plan = start_plan(
            episode=self.episode, by=cast.amin, now=NOW,
            hypothesis=Hypothesis(lane=lane, words="L5-S1 radicular pain", side="left"),
        )  # fmt: skip
        self.goal = Goal(
            words="Stand and work 45 minutes without leg pain", metric="standing_tolerance_min",
            baseline=Decimal(10), target=Decimal(45), from_on=self.today,
            by_on=self.today + 9 * 7 * DAY,
        )  # fmt: skip
        self.write("goal", self.goal)
        self.write("pathway", Pathway(steps=self.proposed()))

    @property
    def today(self) -> dt.date:
        return self.plan.started_on

    def proposed(self) -> Any:
        _, lanes = lanes_now(self.cast.riverside, now=NOW)
        lane = lanes.by_id[self.lane]
        steps = propose_steps(lane, lanes, goal=self.goal, started_on=self.today)
        # What no source names, Amin writes.
        return tuple(step if step.weeks else step.model_copy(update={"weeks": 3}) for step in steps)

    def write(self, part: str, value: Written, *, by: Any = None, day: float = 0) -> None:
        self.plan = revise(
            plan=self.plan, part=part, value=value, base=self.fresh().head,
            by=by or self.cast.amin, now=at(day),
        )  # fmt: skip

    def stands(self, minutes: str, *, day: float) -> Measurement:
        return record_measurement(
            patient=self.patient, metric="standing_tolerance_min", by=self.cast.ruiz, now=at(day),
            entry=Entry(value=minutes, details={"stop": "leg pain"}),
        )  # fmt: skip

    def fresh(self) -> CarePlan:
        return CarePlan.objects.select_related("patient__clinic", "clinic").get(pk=self.plan.pk)

    def step(self, key: str) -> PathwayStep:
        return PathwayStep.objects.select_related("plan").get(plan=self.plan, key=key)

    def items(self, kind: str) -> Any:
        return WorkItem.objects.filter(kind=kind, patient=self.patient, closed_at=None)


def at(day: float) -> dt.datetime:
    """15:00 in Chicago that many days after the plan began."""
    return NOW + day * DAY
