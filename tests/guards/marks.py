"""200 words nobody else has, in every text of a clinic's rows: `Marks(world).words`."""

import datetime as dt
import random
import uuid
from typing import Any

from core.accounts.models import User
from core.accounts.roles import Role
from core.audit.services import record
from core.people.models import AccessGrant, Episode, LegalHold, Patient, StaffMember
from core.people.names import search_text
from core.protocols.models import ProtocolVersion
from core.work.models import Draft
from intake.models import Call, CallAction, RedFlag
from messaging.models import Delivery, Message, Recipient, Thread, WorkItem
from rehab.models import CarePlan, PathwayStep, PlanAck, PlanVersion, Restriction
from rehab.plan_body import Pathway, PlanBody, Step
from tests.cast import NOW, user
from tests.guards import imported
from tests.guards.world import World

ROWS = 12
DAY = dt.timedelta(days=1)
ROLES = [Role.PHYSICIAN, Role.FRONT_DESK, Role.COORDINATOR, Role.MANAGER]


class Marks:
    """`ids[kind]` = the marked rows by kind (oracle.OBJECTS); `inside` = who may read them all."""

    def __init__(self, world: World, seed: int = 7) -> None:
        self.random, self.cast = random.Random(seed), world.cast
        self.words: set[str] = set()
        self.names: set[str] = set()  # those of the staff
        self.ids: dict[str, list[uuid.UUID]] = {}
        self.phones: list[str] = []
        self.inside = self.person("inside")
        self.people = [self.person(self.word()) for _ in range(ROWS)]
        for number in range(ROWS):
            self.row(world, number)

    def word(self) -> str:
        word = "zq" + "".join(self.random.choices("bcdfghjkmnprstvw", k=8))
        self.words.add(word)
        return word

    def person(self, word: str) -> User:
        name = self.word()
        self.names.add(name)
        row = user(f"{word}@riverside.example", f"Staff {name}", Role.MANAGER)
        row.roles = ROLES
        row.save(update_fields=["roles"])
        StaffMember.objects.create(clinic=self.cast.riverside, user=row, from_on=NOW.date() - DAY)
        self.keep("person", row)
        return row

    def keep(self, kind: str, row: Any) -> Any:
        self.ids.setdefault(kind, []).append(row.pk)
        return row

    def row(self, world: World, number: int) -> None:
        """One patient and one of everything about them."""
        clinic, phone = self.cast.riverside, f"+1312557{number:04}"
        given, family = self.word(), self.word()
        self.phones.append(phone)
        patient = self.keep(
            "patient",
            Patient.objects.create(
                clinic=clinic,
                mrn=str(7000 + number),
                given_name=given,
                family_name=family,
                phone=phone,
                birth_date=dt.date(1970, 1, 1),
                email=f"{self.word()}@mail.example",
                pronouns=self.word(),
                registered_at=NOW,
                search=search_text(
                    given_name=given, family_name=family, mrn=str(7000 + number), phone=phone
                ),
            ),
        )
        problem = Episode.objects.create(
            patient=patient, problem=self.word(), region="knee", opened_on=NOW.date()
        )
        self.keep("restriction", self.limit_of(patient))
        self.keep("pathway step", self.step_of(patient, problem))
        call = self.call_of(world, patient, phone)
        self.work_of(call, patient)
        self.papers_of(patient, number)

    def limit_of(self, patient: Patient) -> Restriction:
        return Restriction.objects.create(
            clinic=self.cast.riverside, patient=patient, source="surgeon", activity="other",
            source_words=self.word(), sentence=self.word(), until=self.word(), set_at=NOW,
            from_on=NOW.date(), set_by=self.inside,
        )  # fmt: skip

    def step_of(self, patient: Patient, problem: Episode) -> PathwayStep:
        """A plan of theirs, its one step and what it says."""
        plan = CarePlan.objects.create(
            clinic=patient.clinic, patient=patient, episode=problem, started_on=NOW.date(),
            goal_words=self.word(), deficit_on=NOW.date(), deficit_words=self.word(),
            lanes=ProtocolVersion.objects.get(kind="lanes"),
        )  # fmt: skip
        self.keep("plan", plan)
        step = Step(key="marked", title=self.word(), patient_words=self.word())
        body = PlanBody(pathway=Pathway(steps=(step,)))
        version = PlanVersion.objects.create(
            plan=plan, number=1, body=body.model_dump(mode="json"), made_at=NOW,
            made_by=self.inside, why=self.word(),
        )  # fmt: skip
        self.keep("plan version", version)
        self.keep("plan to read", PlanAck.objects.create(plan_version=version, user=self.inside,
                                                         asked_at=NOW))  # fmt: skip
        return PathwayStep.objects.create(plan=plan, key="marked", position=0, state_at=NOW,
                                          reason=self.word())  # fmt: skip

    def call_of(self, world: World, patient: Patient, phone: str) -> Call:
        clinic, inside = self.cast.riverside, self.inside
        call: Call = self.keep(
            "call",
            Call.objects.create(
                clinic=clinic,
                patient=patient,
                origin="incoming",
                state="open",
                form_key=uuid.uuid4(),
                phone=phone,
                caller_name=self.word(),
                notes=self.word(),
                since=self.word(),
                protocol=world.call.protocol,
                received_at=NOW,
                spoke_at=NOW,
                opened_by=inside,
                held_by=inside,
                saved_at=NOW,
            ),
        )
        CallAction.objects.create(
            call=call,
            kind="visit_promised",
            words=self.word(),
            at=NOW,
            by=inside,
            disposition=call.disposition,
        )
        return call

    def work_of(self, call: Call, patient: Patient) -> None:
        clinic, inside = self.cast.riverside, self.inside
        thread = self.thread(patient)
        flag = self.keep(
            "flag",
            RedFlag.objects.create(
                call=call,
                clinic=clinic,
                patient=patient,
                thread=self.thread(patient),
                opened_at=NOW,
                protocol=call.protocol,
                disposition="same_day_physician",
                opened_by=inside,
                reasons=[{"key": "R1", "rule": "R1", "flags": [], "why": self.word()}],
            ),
        )
        item = self.keep(
            "work item",
            WorkItem.objects.create(
                clinic=clinic,
                patient=patient,
                kind="initial_visit",
                subject_id=call.pk,
                reason=self.word(),
                owner_role="front_desk",
                next_action=self.word(),
                opened_at=NOW,
                next_action_at=NOW + DAY,
                due_at=NOW + DAY,
            ),
        )
        self.keep(
            "delivery",
            Delivery.objects.create(
                clinic=clinic,
                dedupe_key=str(uuid.uuid4()),  # no page shows it
                template="reminder",
                path="/today/",
                item=item,
                user=inside,
                state="dead",
                created_at=NOW,
                next_attempt_at=NOW,
                settled_at=NOW,
                last_error=self.word(),
                acted_by=inside,
                acted_at=NOW,
                act_reason=self.word(),
            ),
        )
        Draft.objects.create(user=inside, place=f"flag:{flag.pk}", text=self.word(), saved_at=NOW)
        self.keep("thread", thread)

    def papers_of(self, patient: Patient, number: int) -> None:
        inside = self.inside
        for kind, row in imported.marked(self.cast.riverside, inside, patient, self.word):
            self.keep(kind, row)
        self.keep(
            "emergency",
            AccessGrant.objects.create(
                patient=patient,
                user=self.people[number],
                kind="break_glass",
                granted_by=inside,
                subject_id=uuid.uuid4(),
                reason=self.word(),
                starts_at=NOW - DAY,
                ends_at=NOW - DAY / 2,
            ),
        )
        LegalHold.objects.create(
            patient=patient, reason=self.word(), placed_by=inside, placed_at=NOW
        )
        record(
            by=inside,
            action="export",
            object_kind="audit_trail",
            patient_id=patient.pk,
            now=NOW,
            reason=self.word(),
        )

    def thread(self, patient: Patient) -> Thread:
        row = Thread.objects.create(
            clinic=self.cast.riverside, patient=patient, kind="message", title=self.word(),
            opened_by=self.inside, opened_at=NOW,
        )  # fmt: skip
        message = Message.objects.create(thread=row, author=self.inside, body=self.word(),
                                         sent_at=NOW, dedupe_key=str(uuid.uuid4()))  # fmt: skip
        to = Recipient.objects.create(message=message, user=self.inside, why="x", delivered_at=NOW)
        self.keep("inbox row", to)
        return row
