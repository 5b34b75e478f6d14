"""The morning at Riverside: a seeded word in every field that says who a patient is or how."""

import uuid

from django.utils import timezone

from core.accounts import codes
from core.people.models import CareTeamMember, Episode, Patient
from core.people.services import register_patient
from intake.models import Call
from tests.cast import Cast
from tests.faults.stack import Stack
from tests.leaks.person import Heard, Person
from tests.leaks.sink import RawSink
from tests.leaks.words import BREAKS, REFUSES, Words

KEY = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
CHARTS = 18
ORDINARY = "ben"  # who signs in through the web


class Morning:
    """`day.person("ana")` speaks with the real web process; `day.heard` is all it answered."""

    def __init__(self, stack: Stack, sink: RawSink, words: Words) -> None:
        self.stack, self.sink, self.words = stack, sink, words
        self.cast: Cast = stack.cast
        self.heard: list[Heard] = []
        self.links: set[str] = set()  # the keys in reset links: they belong in the mail alone
        self.patients = [self.chart(n) for n in range(CHARTS)]
        self.password = f"correct-{words.new('password')}-horse"
        mine = getattr(self.cast, ORDINARY)
        mine.set_password(self.password)
        mine.save()
        words.keep(KEY, "TOTP secret")
        codes.enrol(user=mine, secret=KEY)

    def chart(self, n: int) -> Patient:
        new, now = self.words.new, timezone.now()
        patient = register_patient(
            clinic=self.cast.riverside,
            given_name=new("given name"),
            family_name=new("family name"),
            birth_date=self.words.born("date of birth"),
            phone=self.words.phone("phone"),
            mrn=self.words.mrn("MRN"),
            email=f"{new('e-mail')}@mail.example",
            pronouns=new("pronouns"),
            language=new("language"),
            by=self.cast.ana,
            now=now,
        )
        Episode.objects.create(
            patient=patient,
            problem=self.words.words("problem"),
            region="low_back",
            work=self.words.words("work"),
            opened_on=now.date(),
        )
        for who in ("amin", "ruiz", "park"):
            member = getattr(self.cast, who)
            CareTeamMember.objects.create(
                patient=patient, user=member, role=member.roles[0], from_on=now.date()
            )
        return patient

    def person(self, name: str) -> Person:
        return Person.of(getattr(self.cast, name), self.stack.port, self.heard)

    # --- the parts of the day ---------------------------------------------------------------------
    def wrong_and_right_sign_ins(self) -> None:
        stranger, mine = Person(self.stack.port, self.heard), getattr(self.cast, ORDINARY)
        for _ in range(2):
            stranger.post("/sign-in/", 200, login=mine.email, password=self.words.new("password"))
        unknown = f"{self.words.new('e-mail')}@mail.example"
        stranger.post("/sign-in/", 200, login=unknown, password=self.words.new("password"))
        stranger.post("/sign-in/", login=mine.email, password=self.password)
        stranger.post("/sign-in/code/", code=codes.code_at(KEY, codes.counter_at(timezone.now())))
        assert stranger.get("/today/").status == 200
        self.words.keep(stranger.cookies["session"], "session")
        stranger.post("/sign-out/")

    def a_call(self) -> Call:
        new, words, ana = self.words.new, self.words.words, self.person("ana")
        made = ana.post("/intake/new", phone=self.words.phone("phone"))
        path, call = made.location, Call.objects.get(pk=made.location.split("/")[2])
        ana.get(path)
        for name, text in {
            "phone": self.words.phone("phone"),
            "given_name": new("given name"),
            "family_name": new("family name"),
            "caller_name": new("caller"),
            "birth_date": f"{self.words.born('date of birth'):%m/%d/%Y}",
            "relation": "family",
            "since": words("since"),
            "notes": words("notes"),
        }.items():
            ana.ask("POST", f"{path}fields", f"{name}={text}", "application/x-www-form-urlencoded")
        ana.post(f"{path}fields", 422, birth_date=new("date of birth mistyped"))
        ana.post(f"{path}fields", 422, phone=new("phone mistyped"))
        ben = self.person("ben")
        ben.post(f"{path}fields", 409, notes=words("notes of two"), was_notes=words("notes before"))
        for n in range(1, 13):
            ana.post(f"{path}answers/Q{n}", **{f"Q{n}": "yes" if n == 2 else "no"})
        ana.post(f"{path}answers/Q1", 422, Q1=new("answer"))
        ana.post(f"{path}register")
        call.refresh_from_db()
        self.words.keep(call.patient.mrn, "MRN")
        ana.get(path)
        ana.post(f"{path}action", kind="told_911", words=words("action"))
        ana.post(f"{path}raise", 422, to="emergency", reason=words("raise"))
        ana.post("/drafts", 200, place=f"raise:{call.pk}", text=words("draft"), version=0)
        self.person("zoe").post(f"{path}action", 404, kind="told_911", words=words("action"))
        ana.post(f"{path}close")
        self.person("amin").get(path)
        return call

    def searches(self) -> None:
        ana, patient = self.person("ana"), self.patients[0]
        for row in self.patients:
            assert row.family_name in ana.post("/patients/", 200, q=row.family_name).text
            ana.get(f"/patients/{row.pk}/")
        family = patient.family_name
        for text in (
            family[:-2] + family[-1] + family[-2],
            patient.birth_date.isoformat(),
            patient.mrn,
            self.words.new("search without a hit"),
        ):
            ana.post("/patients/", 200, q=text)
        self.person("zoe").post("/patients/", 200, q=family)
        ana.post("/patients/", 500, q=f"{self.words.new('search that breaks')} {BREAKS}")
        ana.post("/patients/", 503, q=f"{self.words.new('search refused')} {REFUSES}")
        again = {
            "given_name": patient.given_name,
            "family_name": family,
            "birth_date": f"{patient.birth_date:%m/%d/%Y}",
            "phone": patient.phone,
        }
        ana.post("/patients/new", 200, **again)
        ana.post("/patients/new", 422, **again | {"birth_date": self.words.new("date mistyped")})
        given, family = self.words.new("given name"), self.words.new("family name")
        ana.post(
            "/patients/new",
            different="1",
            given_name=given,
            family_name=family,
            phone=self.words.phone("phone"),
            birth_date=f"{self.words.born('date of birth'):%m/%d/%Y}",
        )
        newest = Patient.objects.get(family_name=family)
        self.words.keep(newest.mrn, "MRN")
        ana.get(f"/patients/{newest.pk}/")
        for name in ("zoe", "quist", "berg", "mora"):
            self.person(name).get(f"/patients/{patient.pk}/")
        ana.get(f"/patients/{uuid.uuid4()}/")
        self.person("amin").get(f"/patients/{patient.pk}/")
