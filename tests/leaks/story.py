"""A day at Riverside with a seeded word in every field that names a patient or says how they are."""

import datetime as dt
import re
import uuid
from typing import Any

from django.utils import timezone

from core.accounts import codes
from core.people.models import AccessGrant, CareTeamMember, Episode, Patient
from core.people.services import register_patient
from intake.models import Call, RedFlag
from messaging.models import Delivery, Recipient, Thread, WorkItem
from tests.cast import Cast
from tests.faults.stack import Stack, eventually
from tests.leaks.person import Heard, Person
from tests.leaks.sink import RawSink
from tests.leaks.words import BREAKS, REFUSES, Words

KEY = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
CHARTS = 18
ORDINARY = "mbeki"  # who signs in through the web


class Day:
    """`day.people` speak over HTTP with the real web process; `day.heard` is all it answered."""

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
            patient=patient, problem=self.words.words("problem"), region="low_back",
            work=self.words.words("work"), opened_on=now.date(),
        )  # fmt: skip
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
            "phone": self.words.phone("phone"), "given_name": new("given name"),
            "family_name": new("family name"), "caller_name": new("caller"),
            "birth_date": f"{self.words.born('date of birth'):%m/%d/%Y}", "relation": "family",
            "since": words("since"), "notes": words("notes"),
        }.items():  # fmt: skip
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
        ana.post("/drafts", 200, place=f"raise:{call.pk}", text=words("draft"))
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
        for text in (family[:-2] + family[-1] + family[-2], patient.birth_date.isoformat(),
                     patient.mrn, self.words.new("search without a hit")):  # fmt: skip
            ana.post("/patients/", 200, q=text)
        self.person("zoe").post("/patients/", 200, q=family)
        ana.post("/patients/", 500, q=f"{self.words.new('search that breaks')} {BREAKS}")
        ana.post("/patients/", 503, q=f"{self.words.new('search refused')} {REFUSES}")
        again = {"given_name": patient.given_name, "family_name": family,
                 "birth_date": f"{patient.birth_date:%m/%d/%Y}", "phone": patient.phone}  # fmt: skip
        ana.post("/patients/new", 200, **again)
        ana.post("/patients/new", 422, **again | {"birth_date": self.words.new("date mistyped")})
        given, family = self.words.new("given name"), self.words.new("family name")
        ana.post("/patients/new", different="1", given_name=given, family_name=family, phone=self.words.phone("phone"),
                 birth_date=f"{self.words.born('date of birth'):%m/%d/%Y}")  # fmt: skip
        newest = Patient.objects.get(family_name=family)
        self.words.keep(newest.mrn, "MRN")
        ana.get(f"/patients/{newest.pk}/")
        for name in ("zoe", "quist", "berg", "mora"):
            self.person(name).get(f"/patients/{patient.pk}/")
        ana.get(f"/patients/{uuid.uuid4()}/")
        self.person("amin").get(f"/patients/{patient.pk}/")

    def a_red_flag(self, call: Call) -> None:
        amin, words = self.person("amin"), self.words.words
        flag = RedFlag.objects.get(call=call)
        path = f"/flags/{flag.pk}/"
        amin.get(path)
        amin.post(f"{path}seen")
        self.person("ana").post(f"{path}decide", 403, decision="confirmed", reason=words("decide"))
        amin.post(f"{path}acknowledge")
        amin.post("/drafts", 200, place=f"flag:{flag.pk}", text=words("draft"))
        amin.post(f"{path}decide", 422, decision="no", reason=words("decide"))
        amin.post(f"{path}decide", 409, decision="confirm", reason=words("decide"), version=99)
        amin.post(f"{path}decide", decision="confirm", reason=words("decide"))
        amin.post(f"{path}decide", 409, decision="confirm", reason=words("decide"))
        amin.get(path)

    def messages(self) -> None:
        amin, ruiz, cast, words = self.person("amin"), self.person("ruiz"), self.cast, self.words
        for patient in self.patients[:3]:
            key = str(uuid.uuid4())
            said = {"title": words.words("title"), "body": words.words("body"),
                    "to": str(cast.ruiz.pk), "asks": "1", "form_key": key}  # fmt: skip
            path = amin.post(f"/patients/{patient.pk}/messages/new", **said).location
            amin.post(f"/patients/{patient.pk}/messages/new", 409,
                      **said | {"body": words.words("body")})  # fmt: skip
            ruiz.get("/inbox/")
            ruiz.get(path)
            ruiz.post("/drafts", 200, place=f"thread:{path.split('/')[2]}", text=words.words("draft"))
            ruiz.post(f"{path}reply", 422, body=words.words("body"))
            ruiz.post(f"{path}reply", body=words.words("body"), to=str(cast.amin.pk))
            row = Recipient.objects.get(user=cast.ruiz, message__thread=path.split("/")[2])
            ruiz.post(f"/inbox/{row.pk}/acknowledge")
            self.person("quist").post(f"{path}reply", 404, body=words.words("body"))

    def call_backs_and_work(self) -> None:
        ana, words = self.person("ana"), self.words
        path = ana.post("/intake/missed", phone=words.phone("phone"), words=words.words("missed"),
                        minutes_ago="5").location  # fmt: skip
        ana.post(f"{path}/take".replace("//", "/"))
        ana.post(f"{path}/attempt".replace("//", "/"), outcome="voicemail",
                 words=words.words("attempt"))  # fmt: skip
        for item in WorkItem.objects.filter(closed_at__isnull=True, owner_role="front_desk")[:2]:
            ana.get(f"/work/{item.pk}/")
            later = timezone.now() + dt.timedelta(days=1)
            said = {"next_action": words.words("next step"), "waiting_on": "us",
                    "next_action_at": f"{later:%Y-%m-%dT%H:%M}"}  # fmt: skip
            ana.ask("POST", f"/work/{item.pk}/plan", "&".join(f"{k}={v}" for k, v in said.items()),
                    "application/x-www-form-urlencoded")  # fmt: skip
            ana.ask("POST", f"/work/{item.pk}/close", f"reason={words.words('close reason')}",
                    "application/x-www-form-urlencoded")  # fmt: skip

    def deliveries(self) -> None:
        """A mail refused with words in the reply, one that is late, and what is done about both."""
        cole, cast = self.person("cole"), self.cast
        reply = self.words.new("mail server's reply")
        self.sink.script(replies={cast.novak.email: f"550 5.1.1 {reply}",
                                  cast.cole.email: f"451 4.2.0 {reply}"})  # fmt: skip
        dead = self.stack.nudge(1, to=cast.novak)[0]
        late = self.stack.nudge(1, to=cast.cole)[0]
        assert eventually(lambda: Delivery.objects.get(pk=dead).state == "dead", seconds=20)
        assert eventually(lambda: Delivery.objects.get(pk=late).attempts > 0, seconds=20)
        self.sink.script()
        cole.get("/deliveries/")
        page = cole.get(f"/deliveries/{dead}/")
        assert reply not in page.text
        version = Delivery.objects.get(pk=dead).version
        cole.post(f"/deliveries/{dead}/settle", 409, action="retry", version=version + 1,
                  reason=self.words.words("delivery reason"))  # fmt: skip
        cole.post(f"/deliveries/{dead}/settle", action="retry", version=version,
                  reason=self.words.words("delivery reason"))  # fmt: skip

    def an_emergency(self) -> None:
        quist, cole, patient = self.person("quist"), self.person("cole"), self.patients[1]
        said = {"clinic": str(self.cast.riverside.pk), "known_by": patient.mrn,
                "birth_date": f"{patient.birth_date:%m/%d/%Y}"}  # fmt: skip
        quist.post("/patients/emergency/", 422, **said | {"reason": self.words.new("short reason")})
        quist.post("/patients/emergency/", 422, **said | {"known_by": self.words.new("known by"),
                   "reason": self.words.words("emergency reason")})  # fmt: skip
        quist.post("/patients/emergency/", **said | {"reason": self.words.words("emergency reason")})
        assert patient.family_name in quist.get(f"/patients/{patient.pk}/").text
        grant = AccessGrant.objects.get(kind="break_glass")
        quist.post(f"/patients/emergency/{grant.pk}/end")
        cole.get("/manage/emergency/")
        cole.post(f"/manage/emergency/{grant.pk}/", 422, verdict=self.words.new("verdict"))
        cole.post(f"/manage/emergency/{grant.pk}/", verdict="justified",
                  words=self.words.words("review words"))  # fmt: skip

    def managing(self) -> None:
        cole, cast, patient = self.person("cole"), self.cast, self.patients[2]
        hold = f"/patients/{patient.pk}/hold"
        cole.post(hold, reason=self.words.words("hold reason"))
        cole.post(hold, 409, reason=self.words.words("hold reason"))
        cole.post(hold, lift="1", reason=self.words.words("lift reason"))
        cole.get(f"/patients/{patient.pk}/looks/")
        file = cole.post(f"/patients/{patient.pk}/looks/file", 200,
                         reason=self.words.words("export reason"))  # fmt: skip
        assert "text/csv" in file.head
        cole.post(f"/manage/audit/users/{cast.ana.pk}/file", 200,
                  reason=self.words.words("export reason"))  # fmt: skip
        cole.get("/manage/audit/")
        page = self.person("ben").post("/me/tokens/new", 200, label="till", days="30").text
        token = re.search(r"[>\"]\s*([A-Za-z0-9_-]{40,50})\s*[<\"]", page)
        assert token, "the page shows the token once"
        self.words.keep(token[1], "API token")
        cole.post("/manage/users/new", email="kim@riverside.example", full_name="Kim Neu",
                  roles="front_desk", clinic=str(cast.riverside.pk))  # fmt: skip

    def a_reset(self) -> None:
        """The link is asked for, opened and used."""
        stranger = Person(self.stack.port, self.heard)
        stranger.post("/password/reset/", email=self.cast.park.email)
        mine = lambda: [m for m in self.sink.messages() if "/password/reset/key/" in m["body"]
                        and m["to"] == [self.cast.park.email]]  # noqa: E731
        assert eventually(mine, seconds=20), "no reset mail"
        link = re.search(r"(/password/reset/key/(\S+?)/?)\s", mine()[0]["body"])
        assert link
        self.links.add(self.words.keep(link[2].partition("-")[2], "reset link"))
        form = stranger.get(link[1])
        new = self.words.new("password")
        stranger.post(form.location, 200, password1=new, password2=new + "x")
        stranger.post(form.location, password1=f"{new}-lantern-9", password2=f"{new}-lantern-9")

    def programs(self) -> None:
        """The API as a program uses it, and as it should not."""
        words, patient = self.words, self.patients[0]
        token = next(t for t, what in words.what.items() if what == "API token")
        api = Person(self.stack.port, self.heard, token=token)
        api.api("POST", "patients/search", {"q": patient.family_name}, 200)
        api.api("POST", "patients/search", {"q": [words.new("wrong type")]}, 400)
        api.api("POST", "patients/search", f'{{"q": "{words.new("broken JSON")}', 400)
        made = api.api("POST", "calls", {"form_key": str(uuid.uuid4()),
                                         "phone": words.phone("phone")}, 201)  # fmt: skip
        path = "calls/" + made.text.split('"id":"')[1][:36]
        api.api("PATCH", path, {"notes": words.words("notes"), "family_name": words.new("family name")}, 200)
        self.person("ana").post(f"/intake/{path[6:]}/fields", notes=words.words("notes"))
        api.api("PATCH", path, {"notes": words.words("notes"), "was": {"notes": words.new("was")}}, 409)
        api.api("PATCH", path, {"birth_date": words.new("date mistyped")}, 400)
        api.api("POST", f"{path}/answers", {"question": "Q1", "answer": words.new("answer")[:9]}, 422)
        api.api("POST", f"{path}/actions", {"kind": words.new("kind")}, 400)
        api.api("PATCH", f"calls/{uuid.uuid4()}", {"notes": words.words("notes")}, 404)
        api.api("GET", f"patients/{uuid.uuid4()}", "", 404)
        wrong = Person(self.stack.port, self.heard, token=words.new("API token, wrong"))
        wrong.api("POST", "patients/search", {"q": words.new("search")}, 401)
        stranger = Person(self.stack.port, self.heard)
        report = {"csp-report": {"document-uri": f"http://x/{words.new('address')}",
                                 "blocked-uri": f"http://{words.new('blocked')}.example/",
                                 "script-sample": words.new("sample"),
                                 "violated-directive": words.new("directive")}}  # fmt: skip
        stranger.ask("POST", "/csp-report", str(report).replace("'", '"'), "application/csp-report")

    def without_a_database(self) -> None:
        """While the database is away: nothing of what is typed may end in a log."""
        ana = self.person("ana")
        with no_connections():
            for _ in range(2):
                ana.post("/patients/", 503, q=self.words.new("search, database away"))
            ana.post("/intake/new", 503, phone=self.words.phone("phone"))


def no_connections() -> Any:
    from tests.leaks.places import database_away

    return database_away()
