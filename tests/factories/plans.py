"""Okafor's plan, for every test that needs one: Amin writes it, Ruiz treats, both on the team."""

import datetime as dt
from decimal import Decimal
from typing import Any

from core.accounts.roles import Role
from core.people.models import Patient
from core.people.services import join_care_team, open_episode
from core.protocols.models import ProtocolVersion
from core.protocols.services import load
from messaging.models import WorkItem
from rehab.limit_rules import Limit
from rehab.models import Addendum, CarePlan, FirstVisit, PlanAck, PlanVersion, Restriction
from rehab.plan_body import (
    Avoided,
    Care,
    Exercise,
    Goal,
    Hypothesis,
    Medication,
    Pathway,
    Phase,
    PlanBody,
    PriorCare,
    Step,
    Therapy,
    Tolerance,
    Work,
    Written,
)
from rehab.services.limits import set_restrictions
from rehab.services.plans import revise, start_plan
from tests.cast import NOW, Cast

TODAY = NOW.date()  # in Chicago too
WEEK = dt.timedelta(weeks=1)
KEY = "11111111-1111-4111-8111-111111111111"

HYPOTHESIS = Hypothesis(
    lane="radicular_lumbar", words="L5-S1 radicular pain, left", side="left", icd10=("M51.17",),
    speaks_for=("Leg pain centralizes",), speaks_against=("Full strength",),
)  # fmt: skip
GOAL = Goal(
    words="Stand and work 45 minutes", metric="standing_tolerance_min", from_on=TODAY,
    baseline=Decimal(10), target=Decimal(45), by_on=TODAY + 7 * WEEK,
    phases=(Phase(from_week=1, words_then="Less leg pain at the bench"),
            Phase(from_week=4, words_then="A shift in blocks of 45 minutes")),
)  # fmt: skip
THERAPY = Therapy(
    emphasis="Extension preference; nerve sliders; hip hinge",
    exercises=(Exercise(name="Hip hinge with dowel", dose="3 x 8"),
               Exercise(name="Step-ups, 6 inches", dose="3 x 8", from_week=5)),
    progression="Standing blocks grow by 5 minutes a week while the leg stays quiet",
    avoid=(Avoided(what="End-range flexion", until="it no longer provokes leg pain"),),
    per_week=2, weeks=6, starts_on=TODAY,
    stop=("Leg pain moves further down",), call=("New weakness pushing off with the foot",),
)  # fmt: skip
PATHWAY = Pathway(steps=(
    Step(key=KEY, title="Directional therapy", starts_on=TODAY, weeks=6,
         metric="standing_tolerance_min", threshold=Decimal(45), then="surgical_referral",
         service="Second opinion", patient_words="If not 45 minutes, a surgeon looks at it."),
))  # fmt: skip
# A written part of each kind.
WRITTEN: dict[str, Written] = {
    "hypothesis": HYPOTHESIS,
    "tolerance": Tolerance(limited_by="fear", words="Stands 10 minutes, then pins and needles"),
    "goal": GOAL,
    "therapy": THERAPY,
    "pathway": PATHWAY,
    "prior_care": PriorCare(
        window_weeks=6, started_on=TODAY,
        care=(Care(what="Therapy elsewhere", from_on=TODAY - 20 * WEEK, to_on=TODAY - 17 * WEEK,
                   visits=5, shown_by="PT notes"), Care(what="Two rounds of steroids")),
    ),
    "medication": Medication(lines=("gabapentin 300 mg at night",)),
    "work": Work(job="Warehouse manager", status="modified", until=TODAY + 7 * WEEK,
                 words="Light duty"),
}  # fmt: skip


class Planned:
    """`story.plan` is fresh from the database each time; `write` is by Amin unless said."""

    def __init__(
        self, cast: Cast, *, hypothesis: Hypothesis = HYPOTHESIS, patient: Patient | None = None
    ) -> None:
        self.cast, self.patient = cast, patient or cast.okafor
        if not ProtocolVersion.objects.filter(kind="lanes").exists():
            load(kind="lanes", now=NOW)
        for who, role in (("amin", Role.PHYSICIAN), ("ruiz", Role.THERAPIST)):
            join_care_team(
                patient=self.patient, user=getattr(cast, who), role=role, by=cast.ana, now=NOW
            )
        self.episode = open_episode(
            patient=self.patient, problem="Left leg pain", region="low_back", by=cast.ana, now=NOW
        )
        self.pk = start_plan(episode=self.episode, hypothesis=hypothesis, by=cast.amin, now=NOW).pk

    @property
    def plan(self) -> CarePlan:
        rows = CarePlan.objects.select_related("patient__clinic", "clinic", "episode", "lanes")
        return rows.get(pk=self.pk)

    @property
    def head(self) -> PlanVersion:
        return self.plan.versions.get(number=self.plan.head)

    @property
    def body(self) -> PlanBody:
        return PlanBody.model_validate(self.head.body)

    def write(self, part: str, value: Written, *, by: Any = None, **more: Any) -> CarePlan:
        values: dict[str, Any] = {"base": self.plan.head, "now": NOW} | more
        return revise(plan=self.plan, part=part, value=value, by=by or self.cast.amin, **values)

    def write_all(self) -> None:
        """Every part, the goal first: the order is judged with it."""
        for part in ("goal", *(name for name in WRITTEN if name not in {"goal", "hypothesis"})):
            self.write(part, WRITTEN[part])

    def ack(self, user: Any) -> PlanAck:
        """Their line on the newest version."""
        return PlanAck.objects.select_related("plan_version__plan").get(
            plan_version=self.head, user=user
        )

    def items(self, kind: str) -> Any:
        return WorkItem.objects.filter(kind=kind, patient=self.patient, closed_at=None)


def restricted(cast: Cast, **more: Any) -> Restriction:
    """Okafor lifts at most 15 lb, by Amin."""
    limit = Limit(
        activity="lift", sentence="Lift at most 15 lb", from_on=TODAY, to_on=TODAY + 3 * WEEK,
        value=Decimal(15), unit="lb",
    )  # fmt: skip
    values: dict[str, Any] = {
        "patient": cast.okafor, "source": "physician", "source_words": "Dr. Amin, 24 Nov",
        "limits": [limit], "by": cast.amin, "now": NOW,
    }  # fmt: skip
    return set_restrictions(**(values | more))[0]


def visited(cast: Cast, plan: CarePlan) -> FirstVisit:
    """The first visit of a plan’s problem, signed and added to, as rows."""
    exam = ProtocolVersion.objects.filter(kind="first_visit").first() or load(
        kind="first_visit", now=NOW
    )[0]  # fmt: skip
    row = FirstVisit.objects.create(
        clinic=plan.clinic, patient=plan.patient, episode=plan.episode, exam=exam,
        state="signed", visit_on=TODAY, body={}, opened_at=NOW, opened_by=cast.amin,
        signed_at=NOW, signed_by=cast.amin,
    )  # fmt: skip
    Addendum.objects.create(visit=row, words="Okafor also told of his father", at=NOW,
                            by=cast.amin)  # fmt: skip
    return row
