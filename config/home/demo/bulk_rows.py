"""What happened to one invented patient over the years: the rows, pure and from the dice alone."""

import datetime as dt
import random
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from config.home.demo.bulk_measures import measured
from config.home.demo.bulk_names import ASKS, PROBLEMS, WORK, name_of, phone_of
from config.home.demo.bulk_plans import planned
from config.home.demo.bulk_sheets import Sheet
from core.accounts.roles import Role
from core.audit.models import AuditEvent
from core.people.models import CareTeamMember, Episode, Patient
from core.people.names import age_on, phone_words, search_text
from intake.models import Call, CallAction, CallAnswer, Disposition, RedFlag
from intake.protocol_schema import RedFlagProtocol
from intake.rules import Answer, Verdict, evaluate
from messaging.models import Delivery, Message, Recipient, Rung, Thread, WorkItem
from messaging.protocol_schema import Clock
from messaging.rules import rungs
from messaging.worklist import WORKLIST
from outcomes.models import Measurement, Occurrence, SurveyResponse
from outcomes.protocol_schema import MetricsProtocol
from rehab.models import CarePlan, PathwayStep, PlanAck, PlanVersion, Restriction, Update

ITEMS = 10  # promises per patient
YEARS = 4
YES: tuple[dict[str, tuple[str, ...]], ...] = ({}, {"Q3": ("RF03c",)}, {"Q8": ()},
                                               {"Q5": ()})  # fmt: skip
OFTEN = (89, 6, 3, 2)
HOURS = {"call_back": 72, "initial_visit": 168, "initial_visit_urgent": 72, "message": 24,
         "open_call": 0.5, "red_flag": 0.25, "red_flag_decision": 1, "pt_hold": 72,
         "follow_up": 48, "pathway_step": 48, "plan_changed": 48}  # fmt: skip
FLAGGED = {Disposition.EMERGENCY, Disposition.SAME_DAY}


@dataclass(frozen=True)
class Crew:
    """Who looks after the patients of a clinic: (id, role) pairs, ids as text."""

    clinic: str
    desks: list[str]
    physicians: list[str]
    therapists: list[str]
    coordinators: list[str]
    partners: list[str]


@dataclass(frozen=True)
class World:
    """What is the same for every patient."""

    now: dt.datetime
    protocol_id: str
    protocol: RedFlagProtocol
    clocks: dict[str, Clock]
    metrics_id: str
    metrics: MetricsProtocol
    lanes_id: str

    @lru_cache(maxsize=4096)  # noqa: B019 - one world a run
    def verdict(self, pattern: int, age: int, region: str) -> Verdict:
        said = YES[pattern]
        given = {
            q.id: Answer(answer="yes" if q.id in said else "no", flags=said.get(q.id, ()))
            for q in self.protocol.questions
        }
        return evaluate(self.protocol, given, age=age, region=region)

    def __hash__(self) -> int:
        return id(self)


def sheets() -> dict[str, Sheet]:
    """In the order of the foreign keys."""
    return {
        "patient": Sheet(Patient, "id clinic mrn given_name family_name birth_date sex phone "
                         "search registered_at registered_by"),
        "episode": Sheet(Episode, "id patient problem region work opened_on closed_on"),
        "team": Sheet(CareTeamMember, "id patient user role from_on to_on"),
        "call": Sheet(Call, "id clinic patient origin state form_key phone given_name family_name "
                      "birth_date region since protocol received_at spoke_at opened_by saved_at "
                      "closed_at closed_by disposition hold_pt"),
        "answer": Sheet(CallAnswer, "call question wording answer flags answered_at answered_by"),
        "action": Sheet(CallAction, "call kind words disposition at by"),
        "thread": Sheet(Thread, "id clinic patient kind title opened_by opened_at"),
        "message": Sheet(Message, "id thread author body sent_at dedupe_key"),
        "recipient": Sheet(Recipient, "id message user why delivered_at read_at acknowledged_at"),
        "flag": Sheet(RedFlag, "id call clinic patient thread protocol disposition reasons hold_pt "
                      "opened_at opened_by acknowledged_at acknowledged_by decided_at decided_by "
                      "decision decision_reason hold_released_at hold_released_by "
                      "hold_release_reason"),
        "item": Sheet(WorkItem, "id clinic patient kind subject_id reason owner_role owner "
                      "next_action next_action_at opened_at opened_by due_at closed_at closed_by "
                      "close_event close_reason"),
        "rung": Sheet(Rung, "item name at audience sent_at"),
        "delivery": Sheet(Delivery, "id clinic dedupe_key template path user item state attempts "
                          "created_at next_attempt_at settled_at last_error"),
        "measure": Sheet(Measurement, "id clinic patient episode clinician metric value unit "
                         "region variant details measured_at recorded_at recorded_by metrics"),
        "response": Sheet(SurveyResponse, "id measurement entered rule"),
        "plan": Sheet(CarePlan, "id clinic patient episode lane lanes started_on head goal_words "
                      "goal_metric goal_baseline goal_target goal_from_on goal_by_on looked_on"),
        "version": Sheet(PlanVersion, "id plan number body part why made_at made_by"),
        "ack": Sheet(PlanAck, "id plan_version user asked_at acknowledged_at"),
        "step": Sheet(PathwayStep, "id plan key position state reason due_on state_at looked_on "
                      "decision decision_words decided_at decided_by"),
        "limit": Sheet(Restriction, "id clinic patient episode source source_words activity value "
                       "unit sentence from_on to_on until set_at set_by"),
        "update": Sheet(Update, "id plan message changed next_week call_if plan_number at by"),
        "occurrence": Sheet(Occurrence, "id clinic patient clinician kind subject_id started_at at "
                            "seconds due_at outcome recorded_at"),
        "audit": Sheet(AuditEvent, "at actor actor_roles patient_id object_kind object_id action"),
    }  # fmt: skip


def uid(dice: random.Random) -> str:
    h = f"{dice.getrandbits(128):032x}"
    return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-a{h[17:20]}-{h[20:]}"


class Chart:
    """One patient; `tell()` fills the sheets. Instants lie in the clinic's hours, before now."""

    def __init__(
        self, number: int, crew: Crew, world: World, out: dict[str, Sheet], dice: random.Random
    ) -> None:
        self.crew, self.world, self.out, self.dice = crew, world, out, dice
        self.number, self.id = number, uid(dice)
        self.items = 0
        self.course: list[tuple[str, str, dt.datetime, Decimal]] = []  # of its measurements
        self.days = dice.randrange(12, YEARS * 365)  # since they came
        self.desk = dice.choice(crew.desks)
        self.physician = dice.choice(crew.physicians)
        self.therapist = dice.choice(crew.therapists)

    def tell(self) -> None:
        self.register()
        self.care()
        for turn in range(self.dice.choice((1, 1, 2))):
            self.call(self.days if turn == 0 else self.dice.randrange(12, self.days + 1))
        if self.dice.random() < ITEMS * 0.02:
            self.dice.choice((self.waiting, self.unbooked, self.asked))()
        measured(self)
        planned(self)
        while self.items < ITEMS:
            self.talk()
        for who, role in ((self.therapist, Role.THERAPIST), (self.physician, Role.PHYSICIAN)):
            at = self.moment(self.dice.randrange(1, self.days))
            self.trail(at, who, role, "patient", self.id, "read")
            self.trail(at, who, role, "patient_page", self.id, "read")

    def uid(self) -> str:
        return uid(self.dice)

    @property
    def room(self) -> int:
        """Promises it may still have."""
        return ITEMS - self.items

    def moment(self, days_ago: int) -> dt.datetime:
        day = self.world.now - dt.timedelta(days=days_ago)
        if day.weekday() > 4:
            day -= dt.timedelta(days=2)
        seconds = self.dice.randrange(14 * 3600, 22 * 3600)
        return day.replace(hour=0, minute=0, second=0, microsecond=0) + dt.timedelta(
            seconds=seconds
        )

    def register(self) -> None:
        dice = self.dice
        self.sex = "female" if dice.random() < 0.55 else "male"
        given, surname = self.given, self.family = name_of(dice, self.sex)
        age = min(96, max(18, int(dice.gauss(54, 16))))
        self.born = self.world.now.date() - dt.timedelta(days=age * 365 + dice.randrange(365))
        self.phone = phone_of(dice)
        mrn = str(self.number)
        at = self.moment(self.days)
        search = search_text(given_name=given, family_name=surname, mrn=mrn, phone=self.phone)
        self.out["patient"].add(self.id, self.crew.clinic, mrn, given, surname, self.born, self.sex,
                                self.phone, search, at, self.desk)  # fmt: skip
        self.trail(at, self.desk, Role.FRONT_DESK, "patient", self.id, "create")

    def care(self) -> None:
        """The problem and who looks after it; long ago = closed."""
        dice = self.dice
        self.region, self.problem = dice.choice(PROBLEMS)
        first = self.moment(self.days).date()
        over = first + dt.timedelta(days=dice.randrange(60, 200))
        last = over if over < self.world.now.date() and dice.random() < 0.7 else None
        self.episode, self.job, self.is_open = uid(dice), dice.choice(WORK), last is None
        self.out["episode"].add(self.episode, self.id, self.problem, self.region, self.job,
                                first, last)  # fmt: skip
        if self.crew.partners and dice.random() < 0.1:
            self.therapist = dice.choice(self.crew.partners)
        self.coordinator = dice.choice(self.crew.coordinators)
        for who, role in ((self.physician, Role.PHYSICIAN), (self.therapist, Role.THERAPIST),
                          (self.coordinator, Role.COORDINATOR)):  # fmt: skip
            self.out["team"].add(uid(dice), self.id, who, role.value, first, last)

    def call(self, days_ago: int) -> None:
        """An ended call with its twelve answers and what it promised."""
        dice, world, at = self.dice, self.world, self.moment(days_ago)
        pk, missed = uid(dice), dice.random() < 0.4
        pattern = dice.choices(range(len(YES)), OFTEN)[0]
        verdict = world.verdict(pattern, age_on(self.born, at.date()), self.region)
        end = at + dt.timedelta(seconds=dice.randrange(240, 700))
        rang = at - dt.timedelta(minutes=dice.randrange(20, 1200)) if missed else at
        self.out["call"].add(
            pk, self.crew.clinic, self.id, "missed" if missed else "incoming", "closed", uid(dice),
            self.phone, self.given, self.family, self.born, self.region, "some weeks",
            world.protocol_id, rang, at, self.desk, end, end, self.desk, verdict.disposition,
            verdict.hold_pt,
        )  # fmt: skip
        for number, question in enumerate(world.protocol.questions):
            flags = YES[pattern].get(question.id)
            self.out["answer"].add(
                pk, question.id, question.text, "no" if flags is None else "yes", flags or (),
                at + dt.timedelta(seconds=18 * number), self.desk,
            )  # fmt: skip
        self.trail(at, self.desk, Role.FRONT_DESK, "call", pk, "create")
        self.trail(end, self.desk, Role.FRONT_DESK, "call", pk, "close")
        if missed:
            self.item("call_back", pk, f"Missed call from {phone_words(self.phone)}", rang,
                      closed=at, event="spoke_to_a_person")  # fmt: skip
        self.item("open_call", pk, f"{self.given} {self.family}: the call is not finished", at,
                  owner=self.desk, closed=end, event="ended")  # fmt: skip
        self.outcome(pk, verdict, at, end)

    def outcome(self, call: str, verdict: Verdict, at: dt.datetime, end: dt.datetime) -> None:
        done = self.out["action"].add
        if verdict.disposition in FLAGGED or verdict.hold_pt:
            done(call, "message_sent", "", verdict.disposition, end, self.desk)
            self.flag(call, verdict, at)
            return
        urgent = verdict.disposition == Disposition.URGENT
        if urgent:
            done(call, "visit_booked", "the day after, 10:20", verdict.disposition, end, self.desk)
        late = self.dice.random() < 0.03
        hours = 200 if late else self.dice.randrange(1, 48)
        self.item("initial_visit_urgent" if urgent else "initial_visit", call,
                  f"{self.given} {self.family} called; {self.region.replace('_', ' ')}", end,
                  closed=end + dt.timedelta(hours=hours), event="done_by_hand",
                  words="First visit and PT booked")  # fmt: skip

    def flag(self, call: str, verdict: Verdict, at: dt.datetime) -> None:
        """Raised, acknowledged and decided that day; the physician had it in the inbox."""
        dice, doctor, pk, thread = self.dice, self.physician, uid(self.dice), uid(self.dice)
        words = Disposition(verdict.disposition).label
        title = f"{words}: {self.family}, {self.given}"
        seen, decided = at + dt.timedelta(minutes=6), at + dt.timedelta(minutes=41)
        self.out["thread"].add(thread, self.crew.clinic, self.id, "red_flag", title, self.desk, at)
        self.message(thread, f"{words}. Asked for a decision today.", self.desk, doctor, at,
                     why="on call, first", seen=seen, key=f"red_flag:{pk}")  # fmt: skip
        reasons = [
            {"key": r.rule, "rule": r.rule, "flags": list(r.flags), "why": r.why}
            for r in verdict.reasons
        ]
        held = (decided, doctor, "Seen today.") if verdict.hold_pt else (None, None, "")
        self.out["flag"].add(
            pk, call, self.crew.clinic, self.id, thread, self.world.protocol_id,
            verdict.disposition, reasons, verdict.hold_pt, at, self.desk, seen, doctor, decided,
            doctor, "confirm", "Seen today, advice given.", *held,
        )  # fmt: skip
        item = self.item("red_flag", pk, title, at, closed=seen, event="acknowledged", by=doctor)
        self.item("red_flag_decision", pk, title, at, owner=doctor, closed=decided,
                  event="decided", by=doctor)  # fmt: skip
        self.out["delivery"].add(uid(dice), self.crew.clinic, f"{item}:opened:{doctor}", "urgent",
                                 "/today/", doctor, item, "sent", 1, at, at, at, "")  # fmt: skip

    def talk(self) -> None:
        """A thread in which colleagues ask each other, each ask a promise that was kept."""
        dice, pk = self.dice, uid(self.dice)
        title, body = dice.choice(ASKS)
        days = dice.randrange(4, self.days)
        people = [self.therapist, self.physician]
        for turn in range(min(dice.choice((2, 3, 4)), ITEMS - self.items)):
            at = self.moment(max(days - turn, 4))
            author, reader = people[turn % 2], people[1 - turn % 2]
            if turn == 0:
                self.out["thread"].add(pk, self.crew.clinic, self.id, "message", title, author, at)
            kept = at + dt.timedelta(hours=dice.randrange(1, 60))
            row = self.message(pk, body, author, reader, at, seen=kept)
            self.item("message", row, title, at, owner=reader, opener=author, closed=kept,
                      event="done_by_hand", words="Answered")  # fmt: skip

    def message(  # noqa: PLR0913 - one row, its columns
        self, thread: str, body: str, author: str, reader: str, at: dt.datetime, *,
        seen: dt.datetime | None = None, why: str = "named", key: str = "",
    ) -> str:  # fmt: skip
        """One message to one person; returns the inbox row's id."""
        pk, row = uid(self.dice), uid(self.dice)
        self.out["message"].add(pk, thread, author, body, at, key or f"bulk:{pk}")
        self.out["recipient"].add(row, pk, reader, why, at, seen, seen)
        return row

    def item(  # noqa: PLR0913 - one promise, its columns
        self, kind: str, subject: str, reason: str, at: dt.datetime, *, owner: str | None = None,
        opener: str = "", closed: dt.datetime | None = None, event: str = "", by: str = "",
        words: str = "", patient: bool = True,
    ) -> str:  # fmt: skip
        self.items += 1
        pk, spec, clock = uid(self.dice), WORKLIST[kind], self.world.clocks[kind]
        due, opener = at + dt.timedelta(hours=HOURS[kind]), opener or self.desk
        self.out["item"].add(
            pk, self.crew.clinic, self.id if patient else None, kind, subject, reason,
            spec.owner_role.value, owner, spec.next_action, due, at, opener, due, closed,
            (by or owner or self.desk) if closed else None, event, words,
        )  # fmt: skip
        if closed:
            self.out["occurrence"].add(
                uid(self.dice), self.crew.clinic, self.id if patient else None,
                owner or by or self.desk, f"work:{kind}", pk, at, closed,
                int((closed - at).total_seconds()), due, event, closed,
            )  # fmt: skip
        over = min(closed or self.world.now, self.world.now)
        for name, when, audience in rungs(clock, opened_at=at, due=due):
            self.out["rung"].add(pk, name, when, audience, when if when <= over else None)
        if due < over and kind != "message":
            key = f"{pk}:late:{self.desk}"
            state, error = ("sent", "") if self.dice.random() < 0.97 else ("dead", "550 to rcpt")
            self.out["delivery"].add(uid(self.dice), self.crew.clinic, key, "reminder", "/today/",
                                     self.desk, pk, state, 1, due, due, due, error)  # fmt: skip
        self.trail(at, opener, Role.FRONT_DESK, f"work_item:{kind}", pk, "open")
        return pk

    def waiting(self) -> None:
        """A missed call of somebody nobody has spoken to yet: no name, no chart."""
        at = self.world.now - dt.timedelta(minutes=self.dice.randrange(5, 70 * 60))
        pk, number = uid(self.dice), phone_of(self.dice)
        self.out["call"].add(
            pk, self.crew.clinic, None, "missed", "waiting", uid(self.dice), number, "", "", None,
            "", "", self.world.protocol_id, at, None, self.desk, at, None, None,
            Disposition.URGENT.value, False,  # noqa: FBT003 - a column
        )  # fmt: skip
        self.item("call_back", pk, f"Missed call from {phone_words(number)}", at, patient=False)

    def unbooked(self) -> None:
        """An ended call whose visit is still to be booked."""
        at = self.world.now - dt.timedelta(minutes=self.dice.randrange(20, 165 * 60))
        pk, end = uid(self.dice), at + dt.timedelta(minutes=7)
        self.out["call"].add(
            pk, self.crew.clinic, self.id, "incoming", "closed", uid(self.dice), self.phone,
            self.given, self.family, self.born, self.region, "", self.world.protocol_id, at, at,
            self.desk, end, end, self.desk, "routine", False,  # noqa: FBT003 - a column
        )  # fmt: skip
        self.item("initial_visit", pk, f"{self.given} {self.family} called", end)

    def asked(self) -> None:
        """A question somebody has not answered yet; unread."""
        at = self.world.now - dt.timedelta(minutes=self.dice.randrange(5, 22 * 60))
        pk, (title, body) = uid(self.dice), self.dice.choice(ASKS)
        self.out["thread"].add(pk, self.crew.clinic, self.id, "message", title, self.therapist, at)
        row = self.message(pk, body, self.therapist, self.physician, at)
        self.item("message", row, title, at, owner=self.physician, opener=self.therapist)

    def trail(self, at: dt.datetime, who: str, role: Role, kind: str, pk: str, action: str) -> None:
        self.out["audit"].add(at, who, (role.value,), self.id, kind, pk, action)
