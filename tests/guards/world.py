"""One of everything at Riverside, all about Okafor: what the matrix asks for by id."""

import datetime as dt
import functools
import uuid
from typing import Any

from core.accounts.services import TOKEN_DAYS, issue_token
from core.people.models import AccessGrant, OnCallShift
from core.people.services import set_cover
from intake.models import Call, RedFlag
from intake.services.answers import raise_disposition, save_answer
from intake.services.callbacks import log_missed_call
from intake.services.calls import save_fields, start_call, use_match
from messaging.models import Delivery, Recipient
from messaging.services.deliveries import nudge
from messaging.services.threads import start_thread
from messaging.services.work import open_item
from tests.cast import NOW, Cast
from tests.guards import examined, furnished, imported, limits, pathway, planned, plans, registered
from tests.guards.visits import Visits
from tests.guards.world_records import DOORS, READY, record_bodies, some_records

# Whatever names or reaches a Riverside patient; "1042" is a Lakeside MRN too.
TOKENS = ("Okafor", "Daniel", "Hale", "Margaret", "5550142", "555-0142", "5550143", "555-0143")

# Routes of the users' page: about Ben, who has a cover and a token.
CHART = {"home:patient", "home:legal_hold", "home:looks", "home:looks_file", "api_patient",
         "outcomes:measures", "outcomes:add", "outcomes:survey", "documents:chart",
         "documents:upload", "intake:records", "intake:ask_records", "home:export_record",
         *registered.ROUTES}  # fmt: skip
PERSON = {"user", "change_user", "invite_again", "unlock_user", "reset_factor", "user_leaving",
          "user_hand_over", "disable_user", "enable_user", "revoke_token",
          "cover_user", "end_user_cover", "audit_person", "audit_person_file"}  # fmt: skip


# Calls that are ready for what the route does: no chart yet, every question answered.
LIBRARY = {"intake:payer", "intake:change_payer"}
WRITTEN = {"compare", "withdraw"}  # routes about a version that waits for its sign-off
CALLER = {"intake:match", "intake:register", "intake:chart_of_call"}
ENDING = {"intake:close", "api_close"}


class World:
    """`world.ids(route)` = the arguments to reverse it with; `world.body(route)` = a valid body."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        okafor, ana = cast.okafor, cast.ana
        call = start_call(clinic=cast.riverside, by=ana, now=NOW, form_key=uuid.uuid4())
        call, _ = save_answer(call=call, question="Q2", answer="yes", flags=[], by=ana, now=NOW)
        use_match(call=call, patient=okafor, birth_date=okafor.birth_date, by=ana, now=NOW)
        self.flag = RedFlag.objects.get(call=call)
        self.call = self.new_call(okafor)
        self.waiting = log_missed_call(
            clinic=cast.riverside, phone=okafor.phone, words="Okafor rang", received_at=NOW,
            by=ana, now=NOW, form_key=uuid.uuid4(),
        )  # fmt: skip
        staff = [cast.ana, cast.amin, cast.ruiz, cast.park, cast.cole, cast.lang]
        self.thread = start_thread(
            clinic=cast.riverside, patient=okafor, title="Daniel Okafor", body="Okafor, standing",
            to=staff, by=cast.ben, now=NOW, dedupe_key="world",
        )  # fmt: skip
        self.item = open_item(
            kind="initial_visit", subject_id=self.call.pk, clinic=cast.riverside, patient=okafor,
            reason="First visit of Okafor", by=ana, now=NOW,
        )  # fmt: skip
        nudge(user=cast.amin, clinic=cast.riverside, template="reminder", path="/today/",
              item=self.item, key="world", now=NOW)  # fmt: skip
        self.delivery = Delivery.objects.get(dedupe_key__contains="world")
        self.emergency = AccessGrant.objects.create(  # of Iris Lang, over
            patient=okafor, user=cast.lang, kind="break_glass", subject_id=uuid.uuid4(),
            reason="Okafor collapsed in our waiting room", granted_by=cast.lang,
            starts_at=NOW - dt.timedelta(hours=2), ends_at=NOW - dt.timedelta(hours=1),
        )  # fmt: skip
        furnished.rows(self)
        self.shift: Any = OnCallShift.objects.first()
        self.cover = set_cover(
            user=cast.ben, delegate=ana, clinic=cast.riverside, from_on=NOW.date(),
            to_on=NOW.date(), by=cast.ben, now=NOW,
        )  # fmt: skip
        issue_token(user=cast.ben, label="world", by=None, now=NOW)
        self.token = cast.ben.tokens.get()
        registered.rows(self)
        imported.rows(self)
        limits.rows(self)
        self.caller = self.new_call(None)
        typed = {"given_name": "Daniel", "family_name": "Okafor", "birth_date": "03/14/1974"}
        save_fields(call=self.caller, typed=typed, by=ana, now=NOW)
        self.raised, self.asked = self.new_call(okafor), self.new_call(okafor)
        raise_disposition(
            call=self.raised,
            to="same_day_physician",
            reason="Okafor sounds unwell",
            by=ana,
            now=NOW,
        )
        for number in range(1, 13):
            save_answer(
                call=self.asked, question=f"Q{number}", answer="no", flags=[], by=ana, now=NOW
            )
        self.visits = Visits(cast)
        for apart in (pathway, planned, plans, examined):
            apart.rows(self)
        self.source, self.requests = some_records(cast)

    def new_call(self, patient: Any) -> Call:
        return start_call(clinic=self.cast.riverside, by=self.cast.ana, now=NOW,
                          form_key=uuid.uuid4(), patient=patient, phone="312 555 0142")  # fmt: skip

    def inbox_row(self, user: Any) -> Any:
        rows = Recipient.objects.filter(message__thread=self.thread)
        return rows.filter(user=user).first() or rows.first()

    def pk(self, route: str, user: Any) -> Any:
        if route in {"messaging:inbox_row", "messaging:acknowledge"}:
            return self.inbox_row(user).pk
        app, _, name = route.rpartition(":")
        of_plans = functools.partial(plans.pk, user=user)
        apart = (imported.pk, limits.pk, pathway.pk, planned.pk, of_plans, examined.pk)
        if ours := next((pk for of in apart if (pk := of(self, route))), None):
            return ours
        if route in LIBRARY or app == "protocols":
            return self.library_pk(name)
        known = dict.fromkeys(CHART, self.cast.okafor.pk) | self.visits.ids
        if route in known:
            return known[route]
        if app == "intake" or route in CALLER | ENDING:
            return self.call_pk(route, name)
        one = {"outcomes": self.measure, "documents": self.document}
        if app in one:
            return one[app].pk
        if app == "home":
            return self.home_pk(name)
        if name.startswith("api_call") or name in {"api_answers", "api_actions", "api_close"}:
            return self.call.pk
        if "thread" in name or name in {"reply", "read"}:
            return self.thread.pk
        return self.delivery.pk if "delivery" in name else self.item.pk

    def call_pk(self, route: str, name: str) -> Any:
        if name in {"callback", "take", "attempt", "reach"}:
            return self.waiting.pk
        if name in DOORS:
            return self.requests[READY.get(name, "labs")].pk
        if name in {"source", "change_source"}:
            return self.source.pk
        if route in CALLER | ENDING | {"intake:lower"}:
            return self.ready_call(route).pk
        in_flags = name in {"flag", "seen", "acknowledge", "decide", "release"}
        return self.flag.pk if in_flags else self.call.pk

    def library_pk(self, name: str) -> Any:
        if name in {"payer", "change_payer"}:
            return self.payer.pk
        return self.proposal.pk if name in WRITTEN else self.version.pk

    def home_pk(self, name: str) -> Any:
        if name.startswith("break_glass"):
            return self.emergency.pk
        people = dict.fromkeys(PERSON, self.cast.ben.pk)
        people |= {"end_cover": self.cover.pk, "revoke_own_token": self.token.pk}
        return people.get(name, self.shift.pk)

    def ready_call(self, route: str) -> Call:
        if route in CALLER:
            return self.caller
        return self.asked if route in ENDING else self.raised

    def ids(self, route: str, takes: tuple[str, ...], user: Any) -> dict[str, Any]:
        known = {"question": "Q1", "name": "patients", "number": 1, "metric": "peg",
                 "patient_pk": self.cast.okafor.pk,
                 "token_pk": self.token.pk, "cover_pk": self.cover.pk,
                 "payer_class": "self_pay"}  # fmt: skip
        known |= registered.known(self, route) | plans.known(self) | examined.known()
        return {name: known[name] if name in known else self.pk(route, user) for name in takes}

    def query(self, route: str) -> dict[str, Any]:
        """What the address of a list asks, where it has to."""
        return limits.query(self, route)

    def body(self, route: str) -> dict[str, Any]:
        """Valid, so that a refusal is about the object and not about the form."""
        return bodies(self).get(route, {})


def bodies(world: World) -> dict[str, dict[str, Any]]:
    found = core_bodies(world) | record_bodies(world.source, world.requests)
    for apart in (registered, imported, limits, pathway, planned, plans, examined):
        found |= apart.bodies(world)
    return found


def core_bodies(world: World) -> dict[str, dict[str, Any]]:
    cast = world.cast
    key, okafor, amin = str(uuid.uuid4()), str(cast.okafor.pk), str(cast.amin.pk)
    new = {"given_name": "Una", "family_name": "Neumann", "birth_date": "02/02/1962"}
    flag = {"reason": "Seen, go on", "version": str(world.flag.version)}
    post = {"form_key": key, "title": "Word", "body": "A word", "to": [amin]}
    cancel = {"action": "cancel", "reason": "not needed"}
    due = {"from_on": "2026-12-07", "to_on": "2026-12-08"}
    return world.visits.bodies | furnished.bodies(world, key) | {
        "intake:start": {"form_key": key, "patient": okafor},
        "intake:missed": {"form_key": key, "phone": "312 555 0177", "words": "rang"},
        "intake:fields": {"since": "two weeks"},
        "intake:answer": {"Q1": "no"},
        "intake:match": {"patient": okafor, "confirm_birth_date": "03/14/1974"},
        "intake:chart_of_call": {"patient": okafor, "confirm_birth_date": "03/14/1974"},
        "intake:action": {"kind": "visit_promised"},
        "intake:raise": {"to": "emergency_now", "reason": "sounds worse"},
        "intake:lower": {"to": "urgent_24_72h", "reason": "spoke with them"},
        "intake:attempt": {"outcome": "busy"},
        "intake:decide": flag | {"decision": "confirm"},
        "intake:release": flag,
        "api_evaluate": {"answers": {}},
        "api_patient_search": {"q": "Okafor"},
        "api_calls": {"form_key": key, "patient": okafor},
        "api_call": {"since": "two weeks"},
        "api_answers": {"question": "Q1", "answer": "no"},
        "api_actions": {"kind": "visit_promised"},
        "api_work_item_close": {"reason": "done"},
        "api_thread": {"key": key, "body": "x", "to": [amin]},
        "messaging:reply": post,
        "messaging:new_thread": post,
        "messaging:close_item": {"reason": "booked", "version": "1"},
        "messaging:plan_item": {"next_action": "Ring again", "next_action_at": "2026-11-25T10:00",
                                "waiting_on": "patient", "version": "1"},
        "messaging:settle_delivery": cancel | {"version": "1"},
        "messaging:settle_held": cancel | {"seen": "1"},
        "work:drafts": {"place": "thread:world", "text": "unsent", "version": "0"},
        "home:register": new | {"different": "1"},
        "home:me": {"theme": "dark"},
        "home:cover": due,
        "home:cover_user": due | {"delegate": str(cast.ana.pk)},
        "home:add_shift": {"user": amin, "position": "first", "starts_at": "2026-12-14T08:00",
                           "ends_at": "2026-12-15T08:00"},
        "home:invite": new | {"clinic": str(cast.riverside.pk), "email": "una@new.example",
                              "full_name": "Una Neumann", "roles": ["front_desk"]},
        "home:change_user": {"full_name": "Ben Ito", "roles": ["front_desk"], "phone": "",
                             "version": str(cast.ben.version), "credentials": "BA"},
        "home:user_hand_over": {"heir": str(cast.ana.pk)},
        "home:issue_token": {"label": "fresh", "days": str(TOKEN_DAYS[0])},
        "home:legal_hold": {"reason": "Asked for by the court"},
        "home:break_glass": {"clinic": str(cast.riverside.pk), "known_by": "1042",
                             "birth_date": "3/14/1974", "reason": "collapsed in our waiting room"},
        "home:break_glass_review": {"verdict": "justified", "words": "An emergency it was"},
        "home:looks_file": {"reason": "Asked for by the patient"},
        "home:audit_person_file": {"reason": "Asked for by the person"},
        "home:patients": {"q": "okafr danyel"},  # misspelt: the page shows it back
    }  # fmt: skip
