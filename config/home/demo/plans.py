"""The plans of the stories, through the services: two that run for weeks, one that just began."""

import datetime as dt
from decimal import Decimal

from config.home.demo.first_visits import gardener_visit, warehouse_visit
from config.home.demo.measures import afternoon
from core.accounts.models import User
from core.people.dates import today_at
from core.people.models import Patient
from rehab.models import CarePlan
from rehab.plan_body import (
    Avoided,
    Exercise,
    Goal,
    Hypothesis,
    Medication,
    Pathway,
    Phase,
    Step,
    Therapy,
    Written,
)
from rehab.services.looking import look
from rehab.services.plans import acknowledge, revise, start_plan, start_standing_order
from rehab.services.visit_plans import plan_from_visit


def tell_plans(charts: dict[str, Patient], people: dict[str, User], now: dt.datetime) -> None:
    """The warehouse manager in week five, the gardener in week three, a repaired shoulder."""
    doctor = people["leila.amin@hallway.example"]
    therapist = people["lena.ruiz@hallway.example"]
    warehouse(charts["1042"], doctor, therapist, now)
    gardener(charts["1043"], doctor, therapist, now)
    shoulder(charts["1045"], therapist, now)
    look(now=now)


def warehouse(patient: Patient, doctor: User, therapist: User, now: dt.datetime) -> None:
    begun = afternoon(now, 29)
    first = today_at(patient.clinic.zone, now=begun)
    visit = warehouse_visit(patient, doctor, begun - dt.timedelta(minutes=45))
    plan = plan_from_visit(visit=visit, by=doctor, now=begun)
    parts: list[tuple[str, Written]] = [
        ("goal", Goal(
            words="Stand and work 45 minutes without leg pain", metric="standing_tolerance_min",
            from_on=first, baseline=Decimal(10), target=Decimal(45),
            by_on=first + dt.timedelta(weeks=7),
            phases=(Phase(from_week=1, words_then="Less leg pain while standing at the bench"),
                    Phase(from_week=4, words_then="Work a standing shift in blocks of 45 minutes")),
        )),
        ("medication", Medication(lines=("gabapentin 300 mg three times a day, for the leg at "
                                         "night",))),
        ("pathway", directional_way(first)),
        ("therapy", Therapy(
            emphasis="Extension preference; nerve sliders; hip hinge and anti-rotation core",
            exercises=(Exercise(name="Repeated extension in standing", dose="10 x every 2 hours"),
                       Exercise(name="Sciatic slider, supine", dose="2 x 15"),
                       Exercise(name="Hip hinge with dowel", dose="3 x 8"),
                       Exercise(name="Step-ups, 6 inches", dose="3 x 8", from_week=5)),
            progression="Standing blocks grow by 5 minutes a week while the leg stays quiet",
            avoid=(Avoided(what="End-range flexion", until="it no longer provokes leg pain"),
                   Avoided(what="Lifting over 15 lb", until="Dr. Amin lifts the limit in writing")),
            per_week=2, weeks=6, starts_on=first,
            stop=("Leg pain moves further down", "Pain above 5 of 10 for 2 hours"),
            call=("New weakness pushing off with the foot",),
        )),
    ]  # fmt: skip
    for at, (part, value) in enumerate(parts):
        _write(plan, part, value, doctor, begun + dt.timedelta(minutes=2 + at))
    ack = plan.versions.get(number=CarePlan.objects.get(pk=plan.pk).head).acks.get(user=therapist)
    acknowledge(ack=ack, by=therapist, now=begun + dt.timedelta(hours=3))


def directional_way(first: dt.date) -> Pathway:
    """Week three decides about an injection, week six about a surgeon."""
    return Pathway(
        steps=(
            Step(
                key="9d1f3a52-5f1c-4b7e-8c46-1f7f0d4f6a01",
                title="Decision point",
                starts_on=first,
                weeks=3,
                then="procedure",
                service="L5-S1 epidural injection",
                patient_words="In week three we decide together whether an injection would "
                "help you train.",
            ),
            Step(
                key="9d1f3a52-5f1c-4b7e-8c46-1f7f0d4f6a02",
                title="Directional therapy",
                starts_on=first,
                weeks=6,
                metric="standing_tolerance_min",
                threshold=Decimal(45),
                then="surgical_referral",
                patient_words="If you cannot stand 45 minutes after six weeks, a surgeon gives "
                "a second opinion.",
            ),
        )
    )


def gardener(patient: Patient, doctor: User, therapist: User, now: dt.datetime) -> None:
    begun = afternoon(now, 19)
    first = today_at(patient.clinic.zone, now=begun)
    visit = gardener_visit(patient, doctor, begun - dt.timedelta(minutes=45))
    plan = plan_from_visit(visit=visit, by=doctor, now=begun)
    parts: list[tuple[str, Written]] = [
        ("goal", Goal(
            words="Garden two hours on a weekend without paying for it on Monday",
            metric="sts_reps", from_on=first, baseline=Decimal(5), target=Decimal(12),
            by_on=first + dt.timedelta(weeks=6),
        )),
        ("therapy", Therapy(
            emphasis="Quadriceps and glute strength, step mechanics, balance",
            exercises=(Exercise(name="Sit-to-stand from a 17-inch chair", dose="3 x 5"),
                       Exercise(name="Step-up, 4 inches", dose="2 x 10"),
                       Exercise(name="Tandem stance at the sink", dose="3 x 20 seconds")),
            progression="One more sit-to-stand a set each week while Monday stays quiet",
            avoid=(Avoided(what="Gardening in one long stretch", until="paced blocks of 30 minutes "
                           "leave no pain the next day"),),
            per_week=2, weeks=6, starts_on=first,
            stop=("The knee gives way", "Pain above 5 of 10 for 2 hours"),
            call=("A fall", "A hot, swollen knee"),
        )),
        ("pathway", Pathway(steps=(
            Step(key="9d1f3a52-5f1c-4b7e-8c46-1f7f0d4f6b01", title="Strength and pacing",
                 starts_on=first, weeks=6, metric="sts_reps", threshold=Decimal(12),
                 then="procedure", service="Corticosteroid injection of the knee",
                 patient_words="If you cannot rise twelve times after six weeks, an injection is "
                 "an option. We go through what speaks for and against it."),
            Step(key="9d1f3a52-5f1c-4b7e-8c46-1f7f0d4f6b02", title="A surgeon’s opinion",
                 weeks=12, then="surgical_referral",
                 patient_words="If night pain leads and nothing moves after several months, a "
                 "surgeon’s opinion makes sense."),
        ))),
    ]  # fmt: skip
    for at, (part, value) in enumerate(parts):
        _write(plan, part, value, doctor, begun + dt.timedelta(minutes=2 + at))
    later = afternoon(now, 2)
    slower = "Two sets of 8 first; one more a set each week while Monday stays quiet"
    body = parts[1][1].model_copy(update={"progression": slower})
    _write(plan, "therapy", body, therapist, later, why="Eight repetitions hold without a limp")


def shoulder(patient: Patient, therapist: User, now: dt.datetime) -> None:
    begun = afternoon(now, 8)
    plan = _begin(
        patient,
        Hypothesis(lane="rotator_cuff_repair", words="Rotator cuff repair, right", side="right",
                   icd10=("Z47.89",)),
        therapist,
        begun,
    )  # fmt: skip
    start_standing_order(plan=plan, by=therapist, now=begun + dt.timedelta(minutes=5), base=1)


def _begin(patient: Patient, hypothesis: Hypothesis, by: User, at: dt.datetime) -> CarePlan:
    episode = patient.episodes.get(closed_on=None)
    return start_plan(episode=episode, hypothesis=hypothesis, by=by, now=at)


def _write(
    plan: CarePlan, part: str, value: Written, by: User, at: dt.datetime, why: str = ""
) -> None:
    head = CarePlan.objects.values_list("head", flat=True).get(pk=plan.pk)
    revise(plan=plan, part=part, value=value, base=head, by=by, now=at, why=why)
