"""The requirement's five patients and a clinic's week around them, all through the services."""

import datetime as dt
import uuid
from dataclasses import dataclass, field

from django.db import transaction

from config.home.demo import visits
from config.home.demo.imports import tell_import
from config.home.demo.library import furnish
from config.home.demo.limits import tell_limits
from config.home.demo.measures import measure
from config.home.demo.papers import file_papers
from config.home.demo.plans import tell_plans
from config.home.demo.records import tell_records
from config.home.demo.registered import register_all
from config.home.demo.updates import tell_updates
from core.accounts.models import User
from core.accounts.roles import Role
from core.people.models import Clinic, Patient
from core.people.services import join_care_team, open_episode, register_patient
from intake.models import RedFlag
from intake.services.answers import save_answer
from intake.services.callbacks import log_missed_call, record_attempt
from intake.services.calls import (
    close_call,
    hang_up,
    join,
    record_action,
    register_caller,
    save_fields,
    start_call,
)
from intake.services.flags import acknowledge_flag, decide_flag, release_pt_hold
from messaging.models import WorkItem
from messaging.services.threads import start_thread
from messaging.services.work import close_by_hand

SEED = uuid.UUID("6f1c1b1e-7d0a-4b64-9d7c-9a3a1d3a5a11")
QUESTIONS = [f"Q{n}" for n in range(1, 13)]


@dataclass(frozen=True)
class Story:
    mrn: str
    given: str
    family: str
    age: int
    sex: str
    phone: str
    problem: str
    region: str
    since: str
    notes: str
    work: str
    called_days_ago: int
    yes: dict[str, list[str]] = field(default_factory=dict)
    pronouns: str = ""


STORIES = [
    Story("1042", "Daniel", "Okafor", 52, "male", "+13125550142", "Left L5-S1 radicular pain",
          "low_back", "8 months", "Left leg pins and needles after standing ten minutes. "
          "Two rounds of oral steroids. MRI done.",
          "Warehouse manager", 33, {}, "he/him"),
    Story("1043", "Margaret", "Hale", 67, "female", "+13125550143",
          "Knee osteoarthritis, both sides", "knee", "3 years",
          "Worse on stairs, afraid of falling. Wants to garden two hours on weekends.",
          "Retired gardener", 21, {}, "she/her"),
    Story("1044", "Luis", "Ortega", 46, "male", "+13125550144",
          "Cervical radiculopathy after a ladder fall", "neck", "since a fall from a ladder",
          "Right arm pain. MRI: moderate foraminal stenosis. Weakness checked by his doctor.",
          "Contractor", 12, {"Q3": ["RF03c"], "Q10": ["RF08b"]}),
    Story("1045", "Priya", "Nair", 58, "female", "+13125550145",
          "Rotator cuff repair, right, early rehabilitation", "shoulder", "surgery two weeks ago",
          "Sleep is poor. Surgeon's limits to be sent.", "Teacher", 9, {}),
    Story("1046", "Walter", "Boyd", 71, "male", "+13125550146", "Lumbar stenosis, opioid taper",
          "low_back", "5 years",
          "Walks one block, leans on a cart. Takes 60 MME a day and wants to come down.",
          "Retired", 6, {"Q11": ["RM02"]}),
]  # fmt: skip

OTHERS = [
    ("Amara", "Diallo", 34), ("Beth", "Kowalski", 45), ("Carl", "Nguyen", 61),
    ("Dora", "Petrov", 29), ("Elias", "Haddad", 55), ("Fay", "Lindqvist", 48),
    ("George", "Adeyemi", 66), ("Hana", "Suzuki", 39), ("Ivan", "Moreau", 72),
    ("Joan", "McBride", 51), ("Kofi", "Mensah", 43), ("Lucia", "Romano", 58),
    ("Mara", "Castillo", 36), ("Noel", "Fischer", 64), ("Olive", "Grant", 70),
    ("Pete", "Sorensen", 47), ("Quinn", "Abbott", 31), ("Rosa", "Delgado", 53),
    ("Sam", "Whitfield", 60), ("Tess", "Varga", 41),
]  # fmt: skip


def key(name: str) -> uuid.UUID:
    return uuid.uuid5(SEED, name)


def born(age: int, now: dt.datetime, shift: int) -> dt.date:
    """Somebody of that age today, with a birthday some weeks ago."""
    day = now.date() - dt.timedelta(days=30 + shift * 7)
    return day.replace(year=day.year - age, day=min(day.day, 28))


@transaction.atomic
def tell(clinic: Clinic, people: dict[str, User], patient_user: User, now: dt.datetime) -> None:
    """Everything, once: a second start finds the first patient and does nothing."""
    if Patient.objects.filter(clinic=clinic, mrn=STORIES[0].mrn).exists():
        return
    desk, doctor = people["ana.flores@hallway.example"], people["leila.amin@hallway.example"]
    therapist, coordinator = people["lena.ruiz@hallway.example"], people["jo.park@hallway.example"]
    partner = people["tom.berg@northside.example"]
    charts: dict[str, Patient] = {}
    for index, story in enumerate(STORIES):
        at = working_moment(now - dt.timedelta(days=story.called_days_ago), hour=15)
        user = patient_user if story.mrn == "1042" else None
        patient = chart_of(clinic, story, born(story.age, now, index), user, desk, at)
        charts[story.mrn] = patient
        open_episode(
            patient=patient,
            problem=story.problem,
            region=story.region,
            by=desk,
            now=at,
            work=story.work,
        )
        for member, role in (
            (doctor, Role.PHYSICIAN),
            (therapist, Role.THERAPIST),
            (coordinator, Role.COORDINATOR),
        ):
            join_care_team(patient=patient, user=member, role=role, by=desk, now=at)
        first_call(clinic, story, patient, desk, at)
    for flag in RedFlag.objects.filter(patient=charts["1044"]):
        released = flag.opened_at + dt.timedelta(hours=20)
        release_pt_hold(flag=flag, reason="Seen. X-ray without fracture.", by=doctor, now=released)
    join_care_team(patient=charts["1045"], user=partner, role=Role.THERAPIST, by=desk, now=now)
    for index, (given, family, age) in enumerate(OTHERS):
        register_patient(
            clinic=clinic,
            given_name=given,
            family_name=family,
            birth_date=born(age, now, index + 5),
            phone=f"+1312555{2000 + index}",
            mrn=str(1047 + index),
            by=desk,
            now=now - dt.timedelta(days=40 - index),
        )
    visits.set_up(clinic, people, now)
    measure(charts, therapist, doctor, now)
    tell_plans(charts, people, now)
    tell_updates(charts, people, now)
    this_week(clinic, people, charts, now)
    furnish(clinic, people, now)
    register_all(charts, desk, now)
    tell_import(clinic, people, charts, now)
    tell_records(clinic, desk, charts, now)
    file_papers(charts, people, now)
    tell_limits(charts, people, now)
    visits.fill(clinic, people, charts, now)
    new_caller(clinic, people, now)


def new_caller(clinic: Clinic, people: dict[str, User], now: dt.datetime) -> None:
    """A routine call that ended an hour ago: its first visit and PT are to be booked as a pair."""
    desk = people["ana.flores@hallway.example"]
    at = now - dt.timedelta(hours=1)
    call = start_call(
        clinic=clinic, by=desk, now=at, form_key=key("new caller"), phone="+13125550147"
    )
    typed = {"given_name": "Nora", "family_name": "Ekberg", "birth_date": "05/09/1981",
             "region": "low_back", "since": "six weeks"}  # fmt: skip
    call, _ = save_fields(call=call, typed=typed, by=desk, now=at)
    register_caller(call=call, by=desk, now=at)
    for question in QUESTIONS:
        save_answer(call=call, question=question, answer="no", flags=[], by=desk, now=at)
    close_call(call=call, by=desk, now=at + dt.timedelta(minutes=6))


def chart_of(
    clinic: Clinic, story: Story, birth: dt.date, user: User | None, by: User, now: dt.datetime
) -> Patient:
    return register_patient(
        clinic=clinic,
        given_name=story.given,
        family_name=story.family,
        birth_date=birth,
        sex=story.sex,
        phone=story.phone,
        mrn=story.mrn,
        pronouns=story.pronouns,
        user=user,
        by=by,
        now=now,
    )


def working_moment(at: dt.datetime, *, hour: int) -> dt.datetime:
    """A weekday at that hour (UTC), at or before `at`."""
    while at.weekday() > 4:
        at -= dt.timedelta(days=1)
    return at.replace(hour=hour, minute=20, second=0, microsecond=0)


def first_call(clinic: Clinic, story: Story, patient: Patient, desk: User, at: dt.datetime) -> None:
    """The intake call as it was: twelve answers, where it went, and the visit that followed."""
    call = start_call(
        clinic=clinic, by=desk, now=at, form_key=key(f"call {story.mrn}"), phone=story.phone
    )
    typed = {"region": story.region, "since": story.since, "notes": story.notes}
    call, _ = save_fields(call=call, typed=typed, by=desk, now=at)
    join(call=call, patient=patient, by=desk, now=at)
    for number, question in enumerate(QUESTIONS):
        flags = story.yes.get(question)
        call, standing = save_answer(
            call=call,
            question=question,
            answer="no" if flags is None else "yes",
            flags=flags or [],
            by=desk,
            now=at + dt.timedelta(seconds=20 * number),
        )
    end = at + dt.timedelta(minutes=7)
    if standing.disposition == "urgent_24_72h":
        record_action(
            call=call,
            kind="visit_booked",
            words="the day after, 10:20, Dr. Novak",
            by=desk,
            now=end,
        )
    close_call(call=call, by=desk, now=end)
    for item in WorkItem.objects.filter(
        subject_id=call.pk,
        kind__in=("initial_visit", "initial_visit_urgent", "pt_start"),
        closed_at__isnull=True,
    ):
        close_by_hand(
            item=item,
            by=desk,
            now=end + dt.timedelta(minutes=3),
            reason="First visit and PT booked",
        )


def this_week(
    clinic: Clinic, people: dict[str, User], charts: dict[str, Patient], now: dt.datetime
) -> None:
    """What a newcomer finds open: missed calls, a caller who hung up, a decided flag, messages."""
    desk, other = people["ana.flores@hallway.example"], people["ben.ito@hallway.example"]
    doctor = people["leila.amin@hallway.example"]
    therapist, coordinator = people["lena.ruiz@hallway.example"], people["jo.park@hallway.example"]
    missed = log_missed_call(
        clinic=clinic, phone="+13125550171", words="Left no name. Asked about back pain.",
        received_at=now - dt.timedelta(hours=50), by=other, now=now - dt.timedelta(hours=49),
        form_key=key("missed 1"),
    )  # fmt: skip
    record_attempt(
        call=missed, outcome="voicemail", words="", by=other, now=now - dt.timedelta(hours=26)
    )
    log_missed_call(
        clinic=clinic, phone="+13125550172", words="Wants a first visit for a knee.",
        received_at=now - dt.timedelta(hours=5), by=desk, now=now - dt.timedelta(hours=5),
        form_key=key("missed 2"),
    )  # fmt: skip
    dropped = start_call(
        clinic=clinic,
        by=desk,
        now=now - dt.timedelta(hours=1),
        form_key=key("hung up"),
        phone="+13125550173",
    )
    dropped, _ = save_fields(
        call=dropped,
        typed={"given_name": "Rita", "family_name": "Stone"},
        by=desk,
        now=now - dt.timedelta(minutes=59),
    )
    hang_up(call=dropped, by=desk, now=now - dt.timedelta(minutes=55))
    fever(clinic, charts["1046"], desk, doctor, now - dt.timedelta(hours=27))
    start_thread(
        clinic=clinic, patient=charts["1042"], title="Standing time", to=[doctor],
        body="Stands 40 minutes without leg pain, was 34. Adding step-ups next week if leg pain "
        "stays away.",
        by=therapist, now=now - dt.timedelta(hours=20), dedupe_key="demo:standing",
    )  # fmt: skip
    start_thread(
        clinic=clinic, patient=charts["1044"], title="Weekly neck scores", to=[therapist, doctor],
        body="Please send this week's function measures; the authorization kit waits for them.",
        by=coordinator, now=now - dt.timedelta(hours=3), dedupe_key="demo:scores", asks=True,
    )  # fmt: skip


def fever(clinic: Clinic, patient: Patient, desk: User, doctor: User, at: dt.datetime) -> None:
    """A re-triage that went to the physician the same day, acknowledged and decided."""
    call = start_call(
        clinic=clinic, by=desk, now=at, form_key=key("fever"), origin="retriage", patient=patient
    )
    call, _ = save_fields(call=call, typed={"region": "low_back"}, by=desk, now=at)
    for number, question in enumerate(QUESTIONS):
        call, _ = save_answer(
            call=call,
            question=question,
            answer="yes" if question == "Q5" else "no",
            flags=[],
            by=desk,
            now=at + dt.timedelta(seconds=15 * number),
        )
    record_action(
        call=call, kind="message_sent", words="", by=desk, now=at + dt.timedelta(minutes=4)
    )
    close_call(call=call, by=desk, now=at + dt.timedelta(minutes=5))
    flag = acknowledge_flag(flag=call.flag, by=doctor, now=at + dt.timedelta(minutes=9))
    decide_flag(
        flag=flag,
        decision="confirm",
        to="",
        reason="Seen today. Flu test positive, no spinal tenderness; "
        "therapy may start when fever free.",
        release_hold=True,
        by=doctor,
        now=at + dt.timedelta(minutes=48),
    )
