"""`--size clinic` and `large`: thousands of invented patients beside the stories of the small demo.

Written by COPY, past the services: the one exemption from “one door”. A hundred thousand charts
through the services would take a night. What the services guarantee, these rows keep: every
constraint holds (the database checks it), the searched column is spelt by `search_text`, rungs and
dispositions come from the loaded protocols, history and audit trail begin with the row.
Authorizations are not among them: they do not exist yet.

The dice are seeded: the same seed and the same `now` give the same rows. Patients come in portions,
each in its own transaction, so a seeding that was cut short goes on where it stopped.
"""

import datetime as dt
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from django.db import connection, transaction

from config.home.demo.bulk_names import name_of, phone_of
from config.home.demo.bulk_rows import ITEMS, Chart, Crew, World, sheets, uid
from config.home.demo.bulk_sheets import Sheet, begin_history
from config.home.demo.people import CLINIC, ZONE, add_hours
from core.accounts.models import User
from core.accounts.roles import Role
from core.people.models import (
    CareTeamMember,
    Clinic,
    Episode,
    OnCallShift,
    Patient,
    StaffMember,
)
from core.protocols.selectors import current_version, protocol_of
from intake.models import Call, CallAnswer, RedFlag
from outcomes.models import Measurement
from rehab.models import CarePlan, PathwayStep, Restriction

SEED = "hallway"
SIZES = {"small": 0, "clinic": 2_000, "large": 100_000}
PORTION = 2_000
FIRST_MRN = 200_001  # above the numbers the stories use
SISTER = "Hillcrest Pain Centre"  # has every fifth patient once there are many
SISTER_FROM = 10_000


@dataclass(frozen=True)
class Post:
    """How many of a role a clinic needs."""

    role: Role
    credentials: str
    patients_each: int
    practice: str = ""


POSTS = (
    Post(Role.FRONT_DESK, "", 5_000),
    Post(Role.PHYSICIAN, "MD", 4_000),
    Post(Role.THERAPIST, "PT", 1_500),
    Post(Role.THERAPIST, "PT", 10_000, "Northside Physical Therapy"),
    Post(Role.COORDINATOR, "", 5_000),
    Post(Role.MANAGER, "", 50_000),
)


def fill(
    *,
    clinic: Clinic,
    patients: int,
    now: dt.datetime,
    say: Callable[[str], None],
    seed: str = SEED,
) -> None:
    """Add invented patients with their years until there are `patients` of them."""
    version = current_version("red_flags", now=now)
    clocks = protocol_of(current_version("escalation", now=now)).clocks
    metrics = current_version("metrics", now=now)
    lanes = current_version("lanes", now=now)
    world = World(now, str(version.pk), protocol_of(version), clocks, str(metrics.pk),
                  protocol_of(metrics), str(lanes.pk))  # fmt: skip
    share = patients // 5 if patients >= SISTER_FROM else 0
    clinics = [(clinic, patients - share)]
    if share:
        clinics.append((sister(seed), share))
    todo = [p for place, count in clinics for p in portions(place, count, world, seed, say)]
    with ThreadPoolExecutor(1) as thrower:  # throws the next portion while one is being copied
        ahead = thrower.submit(todo[0].thrown) if todo else None
        for portion, later in zip(todo, [*todo[1:], None], strict=False):
            rows = ahead.result() if ahead else {}
            ahead = thrower.submit(later.thrown) if later else None
            with transaction.atomic():
                for sheet in rows.values():
                    sheet.copy()
            say(portion.words)
    histories(say)
    with connection.cursor() as cursor:
        say("ANALYZE")
        cursor.execute("ANALYZE")
    say(f"{patients:,} patients with {patients * ITEMS:,} work items")


def sister(seed: str) -> Clinic:
    """The second clinic: its patients are nobody else's."""
    clinic = Clinic.objects.filter(name=SISTER).first()
    if clinic is None:
        clinic = Clinic.objects.create(
            id=uid(random.Random(f"{seed}:sister")),  # noqa: S311 - dice of a demo
            name=SISTER, zone=ZONE, phone="+13125550190", holiday_set="US",
        )  # fmt: skip
        add_hours(clinic)
    return clinic


@dataclass(frozen=True)
class Portion:
    """One transaction of patients."""

    numbers: range
    crew: Crew
    world: World
    dice: random.Random
    words: str

    def thrown(self) -> dict[str, Sheet]:
        """The rows; asks the database nothing."""
        out = sheets()
        for number in self.numbers:
            Chart(number, self.crew, self.world, out, self.dice).tell()
        return out


def portions(
    clinic: Clinic, count: int, world: World, seed: str, say: Callable[[str], None]
) -> Iterator[Portion]:
    """What a clinic still lacks."""
    crew = crew_of(clinic, count, world.now, seed)
    for start in range(0, count, PORTION):
        numbers = range(FIRST_MRN + start, FIRST_MRN + min(start + PORTION, count))
        words = f"{numbers[-1] - FIRST_MRN + 1:,} of {count:,} patients at {clinic.name}"
        if Patient.objects.filter(clinic=clinic, mrn=str(numbers[0])).exists():
            say(f"{words}: there already")
        else:
            dice = random.Random(f"{seed}:{clinic.name}:{numbers[0]}")  # noqa: S311 - of a demo
            yield Portion(numbers, crew, world, dice, words)


def crew_of(clinic: Clinic, patients: int, now: dt.datetime, seed: str) -> Crew:
    """The clinic's people, with as many more as its patients need; none of them can sign in."""
    dice = random.Random(f"{seed}:{clinic.name}:crew")  # noqa: S311 - likewise
    users = Sheet(User, "id email full_name credentials phone roles password date_joined")
    posts = Sheet(StaffMember, "id clinic user partner_practice from_on")
    place = "riverside" if clinic.name == CLINIC else "hillcrest"
    since = now - dt.timedelta(days=400)
    # A sister clinic begins without anybody; the first has one of each from the small demo.
    least = 0 if clinic.name == CLINIC else 1
    for index, post in enumerate(POSTS):
        for turn in range(max(least, patients // post.patients_each)):
            pk, (given, family) = uid(dice), name_of(dice, dice.choice(("female", "male")))
            email = f"{post.role.value}.{index}{turn:03}@{place}.hallway.example"
            users.add(pk, email, f"{given} {family}", post.credentials, phone_of(dice),
                      (post.role.value,), f"!{uid(dice)}", since)  # fmt: skip
            posts.add(uid(dice), str(clinic.pk), pk, post.practice, since.date())
    if not User.objects.filter(email__endswith=f"@{place}.hallway.example").exists():
        with transaction.atomic():
            users.copy()
            posts.copy()
    crew = staffed(clinic)
    if least:
        on_call(clinic, crew, now)
    return crew


def staffed(clinic: Clinic) -> Crew:
    """Who works there, in an order that is the same every time."""
    rows = StaffMember.objects.filter(clinic=clinic).select_related("user")
    people = sorted(rows, key=lambda row: row.user.email)

    def ids(role: Role, *, partner: bool = False) -> list[str]:
        return [
            str(row.user_id)
            for row in people
            if row.user.has_role(role) and bool(row.partner_practice) is partner
        ]

    return Crew(
        clinic=str(clinic.pk),
        desks=ids(Role.FRONT_DESK),
        physicians=ids(Role.PHYSICIAN),
        therapists=ids(Role.THERAPIST),
        coordinators=ids(Role.COORDINATOR),
        partners=ids(Role.THERAPIST, partner=True),
    )


def on_call(clinic: Clinic, crew: Crew, now: dt.datetime) -> None:
    """Three weeks of the sister clinic's roster, so that nobody is told of a gap."""
    if not OnCallShift.objects.filter(clinic=clinic).exists():
        for position, user in (("first", crew.physicians[0]), ("backup", crew.physicians[-1])):
            OnCallShift.objects.create(
                clinic=clinic, position=position, user_id=user,
                starts_at=now - dt.timedelta(days=1), ends_at=now + dt.timedelta(days=21),
            )  # fmt: skip


def histories(say: Callable[[str], None]) -> None:
    """What a tracked row looked like when it came."""
    for model, at, by in (
        (Patient, "registered_at", "registered_by_id"), (Episode, "opened_on", ""),
        (CareTeamMember, "from_on", ""), (Call, "saved_at", "opened_by_id"),
        (CallAnswer, "answered_at", "answered_by_id"), (RedFlag, "opened_at", "opened_by_id"),
        (Measurement, "recorded_at", "recorded_by_id"), (CarePlan, "started_on", ""),
        (PathwayStep, "state_at", "decided_by_id"), (Restriction, "set_at", "set_by_id"),
    ):  # fmt: skip
        begin_history(model, at=at, by=by)
        say(f"history of {model._meta.verbose_name_plural}")
