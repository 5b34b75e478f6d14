"""The first visits of the stories, through the services: examined, written in numbers, signed."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from core.accounts.models import User
from core.people.dates import today_at
from core.people.models import Patient
from rehab.models import FirstVisit
from rehab.plan_body import Care, Work
from rehab.services.visits import addend, open_visit, save_visit, sign
from rehab.visit_body import Amount, Given, Thought

MINUTE = dt.timedelta(minutes=1)
Sections = list[tuple[str, Mapping[str, Any]]]


def warehouse_visit(patient: Patient, doctor: User, at: dt.datetime) -> FirstVisit:
    """Pins and needles after ten minutes on his feet, full strength, extension centralizes."""
    first = today_at(patient.clinic.zone, now=at)
    stop = {"stop": "pins and needles in the left calf"}
    return _visit(
        patient,
        doctor,
        at,
        [
            ("history", answers(pain_below_knee__left="yes", mri_root__left="yes")),
            ("warning", answers(saddle_sensation="normal", broad_gait="no")),
            ("neuro", answers(S1_strength__left="5", S1_strength__right="5", S1_reflex__left="1",
                              S1_reflex__right="2", L5_strength__left="5")),
            ("provocation", answers(slr__left="positive", slr__right="negative",
                                    fadir__left="negative")),
            ("direction", answers(preference="extension", repeated_extension="centralizes",
                                  repeated_flexion="peripheralizes", worse_walking="no")),
            ("gait", answers(heel_walk__left="able", toe_walk__left="able", limp__left="no")),
            ("falls", answers(fell="no", feels_unsteady="no", worried_about_falling="no")),
            ("limits", {
                "standing_tolerance_min": Amount(text="10 minutes", details=stop,
                                                 blocker="capacity"),
                "sleep_hours": Amount(text="4.5 hours a night"),
            }),
            ("hypotheses", {"rows": (
                Thought(lane="radicular_lumbar", line="L5-S1 radicular pain, left", side="left",
                        standing="chosen", icd10=("M51.17",)),
                Thought(lane="facet_lumbar", line="Facet pain", standing="out",
                        speaks_against=("Extension eases it",)),
            )}),
            ("work", dict(Work(job="Warehouse manager", status="modified",
                               until=first + dt.timedelta(weeks=7),
                               words="Light duty, sits at the desk"))),
            ("prior_care", {
                "window_weeks": 6, "started_on": first,
                "care": (Care(what="Physical therapy elsewhere",
                              from_on=first - dt.timedelta(weeks=20),
                              to_on=first - dt.timedelta(weeks=17), visits=5,
                              shown_by="PT notes, Northside"),
                         Care(what="Two rounds of oral steroids")),
            }),
        ],
    )  # fmt: skip


def gardener_visit(patient: Patient, doctor: User, at: dt.datetime) -> FirstVisit:
    """Both knees, worse on stairs, five stands from a low chair, afraid of falling."""
    visit = _visit(
        patient,
        doctor,
        at,
        [
            ("history", answers(stairs_pain__left="yes", stairs_pain__right="yes",
                                xray_joint_space__left="yes", xray_joint_space__right="yes",
                                morning_stiffness_swelling="no")),
            ("provocation", answers(joint_line__left="positive", joint_line__right="positive",
                                    crepitus__right="positive")),
            ("range", answers(knee_flexion__left="limited", knee_flexion__right="limited")),
            ("gait", answers(single_leg__left="unsteady", single_leg__right="unsteady")),
            ("falls", answers(fell="no", feels_unsteady="yes", worried_about_falling="yes")),
            ("limits", {
                "sts_reps": Amount(text="5", details={"chair": "17"}, blocker="both"),
                "kneeling_min": Amount(text="3 minutes", blocker="capacity"),
                "stairs": Amount(text="10 steps", blocker="fear"),
                "other": ("Gardens 30 minutes, then pays for it the next day",),
            }),
            ("hypotheses", {"rows": (
                Thought(lane="knee_oa", line="Knee osteoarthritis, both sides", side="both",
                        standing="chosen", icd10=("M17.0",), speaks_against=("No swelling today",)),
            )}),
        ],
    )  # fmt: skip
    later = at + dt.timedelta(hours=3)
    addend(visit=visit, words="Her sister drives her to therapy on Tuesdays.", by=doctor, now=later)
    return visit


def answers(**given: str) -> dict[str, Given]:
    """`slr__left="positive"` → what a card of the exam sends."""
    return {key.replace("__", "."): Given(answer=answer) for key, answer in given.items()}


def _visit(patient: Patient, doctor: User, at: dt.datetime, sections: Sections) -> FirstVisit:
    visit = open_visit(episode=patient.episodes.get(closed_on=None), by=doctor, now=at)
    for minute, (section, values) in enumerate(sections, start=1):
        saved = save_visit(visit=visit, section=section, values=values, base=visit.version,
                           by=doctor, now=at + minute * MINUTE)  # fmt: skip
        visit = saved.visit
    return sign(visit=visit, by=doctor, now=at + 30 * MINUTE, version=visit.version)
