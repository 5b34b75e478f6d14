"""What was measured of the stories' patients, through the services: a newcomer sees it working.

What the first visits measured is written when they are signed (first_visits.py).
"""

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal

from core.accounts.models import User
from core.people.models import Patient
from outcomes.rules import Entry
from outcomes.services import mark_in_error, record_measurement, score_survey
from outcomes.survey_rules import Answers


@dataclass(frozen=True)
class Course:
    """One series of a patient: (days ago, value); survey answers as "7 6 8"."""

    mrn: str
    metric: str
    values: tuple[tuple[int, str], ...]
    side: str = ""
    region: str = ""
    version: str = ""
    details: dict[str, str] = field(default_factory=dict)
    activities: tuple[str, ...] = ()


STOP = {"stop": "left leg pain"}
WEEK = {"recall": "past_week"}
COURSES = (
    Course("1042", "standing_tolerance_min", ((22, "18"), (15, "27"), (8, "34"), (1, "40")),
           details=STOP),
    Course("1042", "nprs", ((29, "7"), (15, "5"), (1, "4")), region="leg", details=WEEK),
    Course("1042", "odi", ((29, "52"), (8, "38")), version="2.1a"),
    Course("1042", "peg", ((29, "7 7 8"), (8, "5 5 6"))),
    Course("1042", "lift_capacity_lb", ((15, "10"), (1, "15")), region="floor",
           details={"reps": "5"}),
    Course("1043", "sts_reps", ((12, "8"), (5, "9")), details={"chair": "17"}),
    Course("1043", "sts_reps_30s", ((19, "8"), (5, "10")), details={"arms": "no_arms"}),
    Course("1043", "single_leg_stance_s", ((19, "3.5"), (5, "6")), side="left"),
    Course("1043", "single_leg_stance_s", ((19, "4"), (5, "4.5")), side="right"),
    Course("1043", "psfs", ((19, "2 3 4"), (5, "4 5 5")),
           activities=("Kneel in the garden", "Climb the stairs", "Carry a watering can")),
    Course("1044", "ndi", ((11, "24"), (3, "22")), version="1991"),
    Course("1044", "sitting_tolerance_min", ((11, "15"), (3, "20")),
           details={"stop": "right arm pain"}),
    Course("1045", "shoulder_flexion_deg", ((8, "70"), (2, "85")), side="right",
           details={"motion": "passive", "position": "lying"}),
    Course("1045", "sleep_hours", ((8, "4"), (2, "5.5"))),
    Course("1046", "walking_distance_m", ((5, "90"), (1, "110")),
           details={"stop": "leaned on a cart"}),
    Course("1046", "opioid_mme", ((5, "60"),)),
    Course("1046", "five_sts", ((5, "16.2"),)),
)  # fmt: skip


def measure(charts: dict[str, Patient], therapist: User, doctor: User, now: dt.datetime) -> None:
    """Every course, one value that was wrong, and one that could not be taken."""
    for course in COURSES:
        for days, value in course.values:
            _one(charts[course.mrn], course, value, therapist, afternoon(now, days))
    hale, walter = charts["1043"], charts["1046"]
    at = afternoon(now, 4)
    slip = record_measurement(
        patient=hale, metric="sts_reps", by=therapist, now=at,
        entry=Entry(value="21", details={"chair": "17"}),
    )  # fmt: skip
    mark_in_error(
        measurement=slip, reason="Typed 21 instead of 12", by=therapist, version=slip.version,
        now=at + dt.timedelta(minutes=4),
    )  # fmt: skip
    record_measurement(
        patient=hale, metric="sts_reps", by=therapist, now=at + dt.timedelta(minutes=5),
        entry=Entry(value="12", details={"chair": "17"}),
    )  # fmt: skip
    record_measurement(
        patient=walter, metric="five_sts", by=doctor, now=afternoon(now, 1),
        entry=Entry(missing_reason="Not able to without his arms today, fever"),
    )  # fmt: skip


def afternoon(now: dt.datetime, days: int) -> dt.datetime:
    """While the clinic was open, so many days ago."""
    return (now - dt.timedelta(days=days)).replace(hour=20, minute=10, second=0, microsecond=0)


def _one(patient: Patient, course: Course, value: str, by: User, at: dt.datetime) -> None:
    entry = Entry(
        value=value,
        instrument=course.version,
        side=course.side,
        region=course.region,
        details=course.details,
    )
    if " " in value:
        numbers = value.split()
        words = course.activities or ("",) * len(numbers)
        answers = Answers(items=list(zip(words, numbers, strict=True)), about=entry)
        score_survey(patient=patient, metric=course.metric, answers=answers, by=by, now=at)
    elif course.metric in {"nprs", "odi", "ndi"}:
        answers = Answers(score=str(Decimal(value)), about=entry)
        score_survey(patient=patient, metric=course.metric, answers=answers, by=by, now=at)
    else:
        record_measurement(patient=patient, metric=course.metric, entry=entry, by=by, now=at)
