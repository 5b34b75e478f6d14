"""What a plan of the invented thousands says: checked once, then copied with its days put in.

A body is built as the services build it, with stand-in days and a stand-in number. Its JSON is
spelt once for each problem; a plan replaces what stands in and adds nothing else.
"""

import datetime as dt
from decimal import Decimal
from functools import lru_cache

from config.home.demo.bulk_sheets import Ready, array_of
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
)

METRIC = "standing_tolerance_min"  # everybody of the thousands was measured by it
TARGET = Decimal(45)
TRIAL, SECOND = 6, 20  # weeks of the two steps
WHOLE = dt.timedelta(weeks=TRIAL + SECOND)
LANES = {"low_back": "radicular_lumbar", "neck": "radicular_cervical", "knee": "knee_oa",
         "shoulder": "rotator_cuff_repair", "hip": "hip_labral"}  # fmt: skip
FIRST, MIDDLE, LAST, BEFORE, MEASURED = (dt.date(2001, 1, day) for day in range(1, 6))
BASELINE = Decimal("9.111")
LIMITS = '"limits":[]'
TAPER = "naproxen 250 mg twice a day with food, for two weeks"

STEPS = (
    Step(
        key="trial", title="Therapy in the direction that helps", starts_on=FIRST, weeks=TRIAL,
        metric=METRIC, threshold=TARGET, then="second_look",
        patient_words="We work together for six weeks and then look at how long you can stand.",
    ),
    Step(
        key="load", title="More load at home and at work", weeks=SECOND, metric=METRIC,
        threshold=TARGET, then="surgical_referral",
        patient_words="If you cannot stand as long as you wish after this, a surgeon has a look "
        "too; with new weakness at once.",
    ),
)  # fmt: skip


@lru_cache(maxsize=64)
def body(region: str, problem: str, job: str) -> PlanBody:
    """The first version of a plan; days and the baseline stand in."""
    return PlanBody(
        hypothesis=Hypothesis(
            lane=LANES.get(region, ""), words=problem,
            speaks_for=("Sitting brings it on, lying down eases it", "Worse on the second day "
                        "after a long shift", "The scan shows what the examination found"),
            speaks_against=("Full strength on both sides", "No numbness at the examination"),
        ),
        tolerance=Tolerance(limited_by="both", words="Stands until it pulls, then has to sit "
                            "for ten minutes; afraid of lifting from the floor"),
        goal=Goal(
            words="Stand and work 45 minutes without having to sit down", metric=METRIC,
            from_on=MEASURED, baseline=BASELINE, target=TARGET, by_on=LAST,
            phases=(Phase(from_week=1, words_then="Less pain while standing at the sink"),
                    Phase(from_week=7, words_then="Stand through half a shift, then a whole one")),
        ),
        therapy=Therapy(
            emphasis="Find the movement that eases it and work in it; load that grows by the "
            "week; balance and paced walking",
            exercises=(Exercise(name="The movement that eases, standing", dose="10 x every 2 h"),
                       Exercise(name="Hip hinge with a stick", dose="3 x 8"),
                       Exercise(name="Side plank from the knees", dose="3 x 20 seconds"),
                       Exercise(name="Step-ups, 6 inches", dose="3 x 8", from_week=3),
                       Exercise(name="Carry a shopping bag", dose="5 minutes", from_week=5)),
            progression="Standing time goes up by 5 minutes a week while the next day stays quiet",
            avoid=(Avoided(what="End range in the direction that provokes",
                           until="it no longer provokes"),
                   Avoided(what="One long stretch of housework",
                           until="blocks of 30 minutes leave no pain the next day")),
            per_week=2, weeks=TRIAL, starts_on=FIRST,
            stop=("The pain moves further down", "Pain above 5 of 10 for 2 hours"),
            call=("New weakness in a foot or a hand", "Fever or weight loss"),
        ),
        pathway=Pathway(steps=STEPS),
        prior_care=PriorCare(
            window_weeks=TRIAL, started_on=FIRST,
            care=(Care(what="Physical therapy elsewhere", from_on=BEFORE, to_on=FIRST, visits=5,
                       shown_by="PT notes, Northside"),
                  Care(what="Exercises from a leaflet, on their own")),
        ),
        medication=Medication(lines=("acetaminophen 500 mg as needed, at most four a day",)),
        work=Work(job=job, status="modified" if job else "not_working", until=LAST if job else None,
                  words="A stool at the bench; lifting is shared" if job else ""),
    )  # fmt: skip


@lru_cache(maxsize=256)
def spelt(region: str, problem: str, job: str, number: int) -> str:
    """The JSON of version 1; of 2, in which the second step runs; of 3, with a medicine more."""
    said = body(region, problem, job)
    if number > 1:
        begun = STEPS[1].model_copy(update={"starts_on": MIDDLE})
        said = said.model_copy(update={"pathway": Pathway(steps=(STEPS[0], begun))})
    if number > 2:
        lines = (*said.medication.lines, TAPER)
        said = said.model_copy(update={"medication": Medication(lines=lines)})
    return said.model_dump_json()


def written(text: str, *, begun: dt.date, baseline: Decimal, measured: dt.date,
            limits: tuple[str, ...]) -> Ready:  # fmt: skip
    """A plan's own body, ready to be copied."""
    days = {FIRST: begun, MIDDLE: begun + dt.timedelta(weeks=TRIAL), LAST: begun + WHOLE,
            BEFORE: begun - dt.timedelta(weeks=12), MEASURED: measured}  # fmt: skip
    for stands_in, day in days.items():
        text = text.replace(stands_in.isoformat(), day.isoformat())
    text = text.replace(str(BASELINE), str(baseline))
    return Ready(text.replace(LIMITS, f'"limits":{array_of(limits)}') if limits else text)
