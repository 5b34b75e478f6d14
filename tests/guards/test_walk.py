"""Two clinics, one walker: nobody meets a word of the other clinic, wherever they go.

The walker asks for lists with every filter, for pages of the other clinic's rows by id, searches
for their names and numbers, takes calls that match them, and follows links. `--deep` goes 20,000
steps. The positive control walks as one who may read it all, and finds it.
"""

import random
import re
import uuid
from collections.abc import Container, Iterator
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.test import Client, override_settings
from django.urls import reverse

from core.accounts.models import User
from core.accounts.roles import STAFF, Role
from core.people.models import StaffMember
from intake.services.calls import start_call
from tests.cast import NOW, assemble, user
from tests.guards import oracle, routes
from tests.guards.asking import text_of
from tests.guards.marks import DAY, Marks
from tests.guards.people import OTHER_CLINIC, OTHER_TEAM, OWN, People
from tests.guards.world import World
from tests.sessions import sign_in

pytestmark = pytest.mark.django_db
GETS = [door for door in routes.doors() if door.method == "get"]
LISTS = [reverse(door.name) for door in GETS if not door.takes]
MARK = re.compile(r"zq[bcdfghjkmnprstvw]{8}")
LINK = re.compile(r'(?:href|hx-get)="(/[^"#]*)"')
STEPS = 20_000 if oracle.DEEP else 400
LEAVING = ("/sign-out", "/static", "/me/sign-in")
KINDS = {
    "person": "home:user home:user_leaving home:audit_person",
    "delivery": "messaging:delivery",
    "emergency": "home:break_glass_review",
    "call": "intake:callback",
}


class Walk:
    """Somebody's browser; `met` = the marked words answers showed and the asker did not say."""

    def __init__(self, who: User, marks: Marks, call: Any, seed: int) -> None:
        self.browser = sign_in(Client(raise_request_exception=False), who)
        self.marks, self.call, self.random = marks, call, random.Random(seed)
        self.links: list[str] = []
        self.met: dict[str, str] = {}
        self.answers = 0
        self.codes: dict[int, int] = {}

    def ask(self, address: str, data: Any = None, **more: Any) -> None:
        with transaction.atomic():
            ask = self.browser.get if data is None else self.browser.post
            answer = ask(address, data or {}, **more)
            body = text_of(answer) + str(dict(answer.headers))
            transaction.set_rollback(True)
        assert answer.status_code < 500, f"{address}: {answer.status_code}"
        self.answers += 1
        self.codes[answer.status_code] = self.codes.get(answer.status_code, 0) + 1
        said = set(MARK.findall(f"{address} {data}"))
        self.met |= dict.fromkeys(set(MARK.findall(body)) - said, address)
        links = [a.replace("&amp;", "&") for a in LINK.findall(body)]
        self.links = [a for a in links if not a.startswith(LEAVING)] or self.links

    def step(self) -> None:
        turn = self.random.choice([self.listed, self.page, self.search, self.match, self.follow])
        turn()

    def listed(self) -> None:
        kinds, key = self.marks.ids, self.random.choice
        person = key(kinds["person"])
        query = key(["", "?state=dead", "?state=sent", "?q=zq", "?role=manager", "?order=oldest",
                     f"?person={person}", f"?somebody={person}", "?outcome=refused",
                     "?since=2026-01-01&until=2026-12-31", "?action=export", "?week=2026-11-23",
                     f"?after=2020-01-01T00:00:00%2B00:00_{person}", f"?post={person}",
                     f"?before=2030-01-01T00:00:00%2B00:00_{person}", f"?after=Aaa|{person}",
                     "?seen=0", "?after=0"])  # fmt: skip
        self.ask(key(LISTS) + query)

    def page(self) -> None:
        self.ask(self.random.choice(list(pages(self.marks))))

    def search(self) -> None:
        words = [*sorted(self.marks.words)[:40], *self.marks.phones, "zq", "01/01/1970", "7003"]
        text = self.random.choice(words)
        if self.random.random() < 0.5:
            self.ask(
                "/patients/", {"q": text}, headers=self.random.choice([{}, {"HX-Request": "true"}])
            )
        else:
            self.ask("/api/v1/patients/search", {"q": text}, content_type="application/json")

    def match(self) -> None:
        """A call of one's own whose caller has the number or name of the other clinic's patient."""
        address = f"/intake/{self.call.pk}/"
        typed = self.random.choice([
            {"phone": self.random.choice(self.marks.phones)},
            {"family_name": self.random.choice(sorted(self.marks.words)),
             "birth_date": "01/01/1970"},
        ])  # fmt: skip
        self.ask(f"{address}fields", typed, headers={"HX-Request": "true"})
        patient = str(self.random.choice(self.marks.ids["patient"]))
        self.ask(f"{address}match", {"patient": patient, "confirm_birth_date": "01/01/1970"})

    def follow(self) -> None:
        self.ask(self.random.choice(self.links or LISTS))


def pages(marks: Marks, only: Container[str] = ()) -> Iterator[str]:
    """The address of every page of every marked row; of these routes alone, if some are named."""
    names = {door.name for door in GETS if not only or door.name in only}
    for kind, ids in marks.ids.items():
        for route in (oracle.OBJECTS.get(kind, "") + " " + KINDS.get(kind, "")).split():
            door = next((d for d in GETS if d.name == route), None)
            if route in names and door and door.takes and "row_pk" not in door.takes:
                yield from (reverse(route, kwargs=named(door, pk)) for pk in ids)


def named(door: routes.Door, pk: object) -> dict[str, object]:
    """Arguments of a page: the row's id, and a word or number for what else it takes."""
    kind = "allergy" if door.name.endswith("background") else "contact"
    words = {"key": kind, "metric": "peg", "number": 1}
    return {name: words.get(name, pk) for name in door.takes}


@pytest.fixture(scope="module")
def ground(django_db_setup: None, django_db_blocker: Any) -> Iterator[tuple[People, Marks]]:
    with django_db_blocker.unblock(), transaction.atomic(), override_settings(RATE_FACTOR=1e6):
        with time_machine.travel(NOW, tick=False):
            people = People(World(assemble()))
            yield people, Marks(people.world)
        transaction.set_rollback(True)


def both(people: People) -> User:
    """Runs the other clinic, and works here for a partner practice with no patient of ours."""
    row = user("both@staff.example", "Both Places", Role.MANAGER)
    row.roles = [str(role) for role in STAFF]
    row.save(update_fields=["roles"])
    for clinic, practice in ((people.cast.lakeside, ""), (people.cast.riverside, "Southside")):
        StaffMember.objects.create(clinic=clinic, user=row, from_on=NOW.date() - DAY,
                                   partner_practice=practice)  # fmt: skip
    return row


TELLING = {
    "home:patient",
    "home:legal_hold",
    "rehab:limits",
    "rehab:plan",
    "rehab:step",
    "rehab:deficit",
    "intake:call",
    "intake:flag",
    "messaging:thread",
    "messaging:item",
    "messaging:delivery",
    "home:break_glass_review",
    "home:user",
    "importing:batch",
    "work:job",
}


def walker(name: str, people: People) -> User:
    if name == "both":
        return both(people)
    if name == "patient":
        return people.who(OWN, Role.PATIENT)
    whose, _, role = name.partition(":")
    return people.who(whose, role)


ELSEWHERE = [f"{whose}:{role}" for whose in (OTHER_CLINIC, OTHER_TEAM) for role in STAFF]
WALKERS = ["both", "patient", f"{OTHER_CLINIC}:{Role.PATIENT}", *ELSEWHERE]


@pytest.mark.timeout(3600 if oracle.DEEP else 120)
@pytest.mark.parametrize("name", WALKERS)
def test_nobody_meets_the_other_clinic(
    name: str, ground: tuple[People, Marks], record_property: Any
) -> None:
    people, marks = ground
    with time_machine.travel(NOW, tick=False):
        who = walker(name, people)
        call = start_call(clinic=people.cast.lakeside, by=who, now=NOW,
                          form_key=uuid.uuid4())  # fmt: skip
        walk = Walk(who, marks, call, seed=WALKERS.index(name))
        while walk.answers < STEPS / len(WALKERS):
            walk.step()
    said = (
        f"{walk.answers} answers {walk.codes}, {len(walk.met)} foreign words of {len(marks.words)}"
    )
    record_property("figures", f"walk as {name}: {said}")
    assert not {w: a for w, a in walk.met.items() if not colleagues(name, w, a, marks)}


def colleagues(name: str, word: str, address: str, marks: Marks) -> bool:
    """Who comes from a partner practice may ask the clinic's own staff to cover for them."""
    here = name.startswith(OTHER_TEAM) and address.startswith(reverse("home:cover"))
    return here and word in marks.names


def test_who_may_read_it_all_finds_it(ground: tuple[People, Marks], record_property: Any) -> None:
    """Without this a walk that sees nothing would prove nothing."""
    people, marks = ground
    with time_machine.travel(NOW, tick=False):
        call = start_call(clinic=people.cast.riverside, by=marks.inside, now=NOW,
                          form_key=marks.inside.pk)  # fmt: skip
        walk = Walk(marks.inside, marks, call, seed=1)
        for address in (*LISTS, *pages(marks, TELLING)):
            walk.ask(address)
    found = f"{len(walk.met)} of {len(marks.words)} words in {walk.answers} answers"
    record_property("figures", f"walk as who may read it all: {found}")
    assert len(marks.words) >= 200 and marks.words <= set(walk.met)
