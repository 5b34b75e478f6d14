"""A plan that runs for a week, and PT visits of it: what an update is about."""

import datetime as dt
from decimal import Decimal
from typing import Any

from core.accounts.roles import Role
from core.people.services import join_care_team, open_episode
from core.protocols.services import load
from intake.models import Appointment, VisitType
from intake.services.appointments import arrive, finish
from outcomes.models import Measurement
from outcomes.rules import Entry
from outcomes.services import record_measurement
from rehab.models import CarePlan
from rehab.plan_body import Avoided, Exercise, Goal, Hypothesis, Therapy, Written
from rehab.services.plans import revise, start_plan
from tests.cast import NOW, Cast

DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)
ELEMENTS = {
    "changed": "Stands 40 min (was 34), leg pain at most 4 of 10.",
    "next_week": "Step-ups begin if the leg stays quiet; below 15 lb.",
    "call_if": "New weakness pushing off with the foot.",
}


class Course:
    """`course.plan`: Amin’s plan for Okafor, begun ten days ago; Ruiz treats, both on the team."""

    def __init__(self, cast: Cast, *, days: int = 10) -> None:
        self.cast, self.begun = cast, NOW - days * DAY
        load(kind="lanes", now=NOW)
        for user, role in ((cast.amin, Role.PHYSICIAN), (cast.ruiz, Role.THERAPIST)):
            join_care_team(patient=cast.okafor, user=user, role=role, by=cast.ana, now=self.begun)
        self.episode = open_episode(patient=cast.okafor, problem="Leg pain", region="low_back",
                                    by=cast.ana, now=self.begun)  # fmt: skip
        words = Hypothesis(lane="radicular_lumbar", words="L5-S1 radicular pain, left", side="left")
        self.row: CarePlan = start_plan(
            episode=self.episode, hypothesis=words, by=cast.amin, now=self.begun
        )
        first = self.begun.date()
        self.revise("goal", Goal(
            words="Stand and work 45 minutes", metric="standing_tolerance_min", from_on=first,
            baseline=Decimal(34), target=Decimal(45), by_on=first + 40 * DAY,
        ), at=self.begun)  # fmt: skip
        self.revise("therapy", Therapy(
            emphasis="Extension preference; hip hinge with a dowel; balance on one leg",
            exercises=(Exercise(name="Hip hinge with dowel", dose="3 x 8"),
                       Exercise(name="Step-ups, 6 inches", dose="3 x 8", from_week=3)),
            progression="Standing blocks grow by 5 minutes a week",
            per_week=2, weeks=6, starts_on=first, stop=("Leg pain moves further down",),
            call=("New weakness pushing off with the foot", "Pain above 5 of 10 for 2 hours"),
            avoid=(Avoided(what="End-range flexion", until="week 6"),),
        ), at=self.begun)  # fmt: skip

    @property
    def plan(self) -> CarePlan:
        """As it is now."""
        rows = CarePlan.objects.select_related("patient__clinic", "clinic", "episode")
        return rows.get(pk=self.row.pk)

    def revise(
        self, part: str, value: Written, *, by: Any = None, at: dt.datetime = NOW
    ) -> CarePlan:
        plan = self.plan
        return revise(plan=plan, part=part, value=value, base=plan.head, by=by or self.cast.amin,
                      now=at)  # fmt: skip

    def stood(self, minutes: int, at: dt.datetime, *, by: Any = None) -> Measurement:
        return record_measurement(
            patient=self.cast.okafor, metric="standing_tolerance_min", by=by or self.cast.ruiz,
            entry=Entry(value=str(minutes), details={"stop": "leg pain"}), now=at,
        )  # fmt: skip

    def session(self, at: dt.datetime, *, kind: str = "pt_session") -> Appointment:
        """A visit that took place: arrived and done."""
        words = {"pt_session": "PT session", "follow_up": "Follow-up"}[kind]
        types, _ = VisitType.objects.get_or_create(
            clinic=self.cast.riverside, key=kind,
            defaults={"words": words, "kind": kind, "minutes": 45, "role": "therapist"},
        )  # fmt: skip
        row = Appointment.objects.create(
            clinic=self.cast.riverside, patient=self.cast.okafor, visit_type=types,
            provider=self.cast.ruiz, starts_at=at, ends_at=at + HOUR, booked_at=at - DAY,
            booked_by=self.cast.ana, episode=self.episode,
        )  # fmt: skip
        here = arrive(appointment=row, by=self.cast.ana, now=at)
        return finish(appointment=here, by=self.cast.ana, now=at + HOUR)
