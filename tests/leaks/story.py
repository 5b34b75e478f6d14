"""The rest of the day: flag, messages, deliveries, emergency, managing, programs, no database."""

import datetime as dt
import re
import uuid
from typing import Any

from django.utils import timezone

from core.people.models import AccessGrant
from intake.models import Call, RedFlag
from messaging.models import Delivery, Recipient, WorkItem
from tests.faults.stack import eventually
from tests.leaks.morning import Morning
from tests.leaks.person import Person
from tests.leaks.places import database_away


class Day(Morning):
    def a_red_flag(self, call: Call) -> None:
        amin, words = self.person("amin"), self.words.words
        flag = RedFlag.objects.get(call=call)
        path = f"/flags/{flag.pk}/"
        amin.get(path)
        amin.post(f"{path}seen")
        self.person("ana").post(f"{path}decide", 403, decision="confirmed", reason=words("decide"))
        amin.post(f"{path}acknowledge")
        amin.post("/drafts", 200, place=f"flag:{flag.pk}", text=words("draft"), version=0)
        flag.refresh_from_db()
        seen = {"reason": words("decide"), "version": flag.version}
        amin.post(f"{path}decide", 422, decision="no", **seen)
        amin.post(f"{path}decide", 409, decision="confirm", reason=words("decide"), version=99)
        amin.post(f"{path}decide", decision="confirm", **seen)
        amin.post(f"{path}decide", 409, decision="confirm", **seen)
        amin.get(path)

    def messages(self) -> None:
        amin, ruiz, cast, words = self.person("amin"), self.person("ruiz"), self.cast, self.words
        for patient in self.patients[:3]:
            key = str(uuid.uuid4())
            said = {
                "title": words.words("title"),
                "body": words.words("body"),
                "to": str(cast.ruiz.pk),
                "asks": "1",
                "form_key": key,
            }
            path = amin.post(f"/patients/{patient.pk}/messages/new", **said).location
            amin.post(
                f"/patients/{patient.pk}/messages/new", 409, **said | {"body": words.words("body")}
            )
            ruiz.get("/inbox/")
            ruiz.get(path)
            ruiz.post(
                "/drafts", 200, place=f"thread:{path.split('/')[2]}", text=words.words("draft"),
                version=0,
            )  # fmt: skip
            ruiz.post(f"{path}reply", 422, body=words.words("body"))
            ruiz.post(f"{path}reply", body=words.words("body"), to=str(cast.amin.pk))
            row = Recipient.objects.get(user=cast.ruiz, message__thread=path.split("/")[2])
            ruiz.post(f"/inbox/{row.pk}/acknowledge")
            self.person("quist").post(f"{path}reply", 404, body=words.words("body"))

    def call_backs_and_work(self) -> None:
        ana, words = self.person("ana"), self.words
        path = ana.post(
            "/intake/missed",
            phone=words.phone("phone"),
            words=words.words("missed"),
            minutes_ago="5",
        ).location
        ana.post(f"{path}/take".replace("//", "/"))
        ana.post(
            f"{path}/attempt".replace("//", "/"), outcome="voicemail", words=words.words("attempt")
        )
        for item in WorkItem.objects.filter(closed_at__isnull=True, owner_role="front_desk")[:2]:
            ana.get(f"/work/{item.pk}/")
            later = timezone.now() + dt.timedelta(days=1)
            said = {
                "version": item.version,
                "next_action": words.words("next step"),
                "waiting_on": "us",
                "next_action_at": f"{later:%Y-%m-%dT%H:%M}",
            }
            ana.ask(
                "POST",
                f"/work/{item.pk}/plan",
                "&".join(f"{k}={v}" for k, v in said.items()),
                "application/x-www-form-urlencoded",
            )
            ana.ask(
                "POST",
                f"/work/{item.pk}/close",
                f"version={item.version + 1}&reason={words.words('close reason')}",
                "application/x-www-form-urlencoded",
            )

    def deliveries(self) -> None:
        """A mail refused with words in the reply, one that is late, and what is done about both."""
        cole, cast = self.person("cole"), self.cast
        reply = self.words.new("mail server's reply")
        self.sink.script(
            replies={cast.novak.email: f"550 5.1.1 {reply}", cast.cole.email: f"451 4.2.0 {reply}"}
        )
        dead = self.stack.nudge(1, to=cast.novak)[0]
        late = self.stack.nudge(1, to=cast.cole)[0]
        assert eventually(lambda: Delivery.objects.get(pk=dead).state == "dead", seconds=20)
        assert eventually(lambda: Delivery.objects.get(pk=late).attempts > 0, seconds=20)
        self.sink.script()
        cole.get("/deliveries/")
        page = cole.get(f"/deliveries/{dead}/")
        assert reply not in page.text
        version = Delivery.objects.get(pk=dead).version
        cole.post(
            f"/deliveries/{dead}/settle",
            409,
            action="retry",
            version=version + 1,
            reason=self.words.words("delivery reason"),
        )
        cole.post(
            f"/deliveries/{dead}/settle",
            action="retry",
            version=version,
            reason=self.words.words("delivery reason"),
        )

    def an_emergency(self) -> None:
        quist, cole, patient = self.person("quist"), self.person("cole"), self.patients[1]
        said = {
            "clinic": str(self.cast.riverside.pk),
            "known_by": patient.mrn,
            "birth_date": f"{patient.birth_date:%m/%d/%Y}",
        }
        quist.post("/patients/emergency/", 422, **said | {"reason": self.words.new("short reason")})
        quist.post(
            "/patients/emergency/",
            422,
            **said
            | {
                "known_by": self.words.new("known by"),
                "reason": self.words.words("emergency reason"),
            },
        )
        quist.post(
            "/patients/emergency/", **said | {"reason": self.words.words("emergency reason")}
        )
        assert patient.family_name in quist.get(f"/patients/{patient.pk}/").text
        grant = AccessGrant.objects.get(kind="break_glass")
        quist.post(f"/patients/emergency/{grant.pk}/end")
        cole.get("/manage/emergency/")
        cole.post(f"/manage/emergency/{grant.pk}/", 422, verdict=self.words.new("verdict"))
        cole.post(
            f"/manage/emergency/{grant.pk}/",
            verdict="justified",
            words=self.words.words("review words"),
        )

    def managing(self) -> None:
        cole, cast, patient = self.person("cole"), self.cast, self.patients[2]
        hold = f"/patients/{patient.pk}/hold"
        cole.post(hold, reason=self.words.words("hold reason"))
        cole.post(hold, 409, reason=self.words.words("hold reason"))
        cole.post(hold, lift="1", reason=self.words.words("lift reason"))
        cole.get(f"/patients/{patient.pk}/looks/")
        file = cole.post(
            f"/patients/{patient.pk}/looks/file", 200, reason=self.words.words("export reason")
        )
        assert "text/csv" in file.head
        cole.post(
            f"/manage/audit/users/{cast.ana.pk}/file", 200, reason=self.words.words("export reason")
        )
        cole.get("/manage/audit/")
        page = self.person("ben").post("/me/tokens/new", 200, label="till", days="30").text
        token = re.search(r"[>\"]\s*([A-Za-z0-9_-]{40,50})\s*[<\"]", page)
        assert token, "the page shows the token once"
        self.words.keep(token[1], "API token")
        cole.post(
            "/manage/users/new",
            email="kim@riverside.example",
            full_name="Kim Neu",
            roles="front_desk",
            clinic=str(cast.riverside.pk),
        )

    def a_reset(self) -> None:
        """The link is asked for, opened and used."""
        stranger = Person(self.stack.port, self.heard)
        stranger.post("/password/reset/", email=self.cast.park.email)

        def mine() -> list[dict[str, Any]]:
            mails = [m for m in self.sink.messages() if m["to"] == [self.cast.park.email]]
            return [m for m in mails if "/password/reset/key/" in m["body"]]

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
        made = api.api(
            "POST", "calls", {"form_key": str(uuid.uuid4()), "phone": words.phone("phone")}, 201
        )
        path = "calls/" + made.text.split('"id":"')[1][:36]
        api.api(
            "PATCH",
            path,
            {"notes": words.words("notes"), "family_name": words.new("family name")},
            200,
        )
        self.person("ana").post(f"/intake/{path[6:]}/fields", notes=words.words("notes"))
        api.api(
            "PATCH", path, {"notes": words.words("notes"), "was": {"notes": words.new("was")}}, 409
        )
        api.api("PATCH", path, {"birth_date": words.new("date mistyped")}, 400)
        api.api(
            "POST", f"{path}/answers", {"question": "Q1", "answer": words.new("answer")[:9]}, 422
        )
        api.api("POST", f"{path}/actions", {"kind": words.new("kind")}, 400)
        api.api("PATCH", f"calls/{uuid.uuid4()}", {"notes": words.words("notes")}, 404)
        api.api("GET", f"patients/{uuid.uuid4()}", "", 404)
        wrong = Person(self.stack.port, self.heard, token=words.new("API token, wrong"))
        wrong.api("POST", "patients/search", {"q": words.new("search")}, 401)
        stranger = Person(self.stack.port, self.heard)
        report = {
            "csp-report": {
                "document-uri": f"http://x/{words.new('address')}",
                "blocked-uri": f"http://{words.new('blocked')}.example/",
                "script-sample": words.new("sample"),
                "violated-directive": words.new("directive"),
            }
        }
        stranger.ask("POST", "/csp-report", str(report).replace("'", '"'), "application/csp-report")

    def without_a_database(self) -> None:
        """While the database is away: nothing of what is typed may end in a log."""
        ana = self.person("ana")
        with database_away():
            for _ in range(2):
                ana.post("/patients/", 503, q=self.words.new("search, database away"))
            ana.post("/intake/new", 503, phone=self.words.phone("phone"))
