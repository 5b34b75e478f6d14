"""Every route says who may enter, and it is so: route × method × role × whose object.

docs/access-matrix.csv is the reviewed table. It is worked out from the rules (oracle.py), and
HALLWAY_MATRIX=write writes it again; here every cell of it is asked.
"""

import os
from collections import Counter
from typing import Any

import pytest
import time_machine
from django.http import HttpResponse
from django.urls import path
from rest_framework.views import APIView

from core.accounts.access import public, requires
from core.accounts.permissions import Perm
from core.accounts.roles import ROLES, STAFF, Role
from tests.cast import NOW
from tests.guards import oracle, routes
from tests.guards.asking import Answer, Browsers, problems_of
from tests.guards.people import INSIDERS as INSIDERS  # for walks elsewhere
from tests.guards.people import OTHER_CLINIC, OTHER_TEAM, OWN
from tests.guards.routes import Door
from tests.guards.world import TOKENS

# For walks that ask as one person after the other; Berg is on nobody's care team.
OUTSIDERS = {
    "zoe": Role.FRONT_DESK, "quist": Role.PHYSICIAN, "mora": Role.MANAGER, "berg": Role.THERAPIST,
}  # fmt: skip
DOORS = routes.doors()
pytestmark = pytest.mark.django_db
GALLERY = "home:gallery"  # shows made-up people and reads no row
UNAUDITED = {
    GALLERY: "made-up people",
    "intake:flag_state": "asked by a page that was audited when it was opened",
    "intake:callback": "a caller nobody registered: what was typed names nobody's chart",
    **dict.fromkeys(
        ("protocols:version", "protocols:compare", "protocols:edit", "intake:payer_class"),
        "the banner of an emergency names its chart on every page",
    ),
}
WHO_MAY = "Who may:"


def declared() -> dict[Door, list[tuple[str, str, int]]]:
    return {door: list(oracle.cells(door)) for door in DOORS}


def test_every_route_declares_its_access() -> None:
    problems = routes.undeclared()
    assert not problems, "\n".join(problems)
    assert len(DOORS) > 50, "The walk no longer finds the routes."


def test_the_table_on_file_is_what_the_rules_say(record_property: Any) -> None:
    rows = declared()
    if os.environ.get("HALLWAY_MATRIX") == "write":
        oracle.write(rows)
    on_file = oracle.read()
    worked_out: dict[tuple[str, str], dict[str, int]] = {}
    for door, found in rows.items():
        for whose, column, code in found:
            worked_out.setdefault((str(door), whose), {})[column] = code
    differ = [
        f"{key}: on file {on_file.get(key)}, by the rules {worked_out.get(key)}"
        for key in sorted({*on_file, *worked_out})
        if on_file.get(key) != worked_out.get(key)
    ]
    assert not differ, "Review, then HALLWAY_MATRIX=write:\n" + "\n".join(differ)
    every = [(door, *cell) for door, found in rows.items() for cell in found]
    asked = sum(oracle.asked(door, whose, column) for door, whose, column, _ in every)
    codes = dict(Counter(code for *_, code in every).most_common())
    record_property(
        "figures",
        f"access matrix: {len(DOORS)} doors, {len(every)} cells, all declared, "
        f"{asked} asked here; {codes}",
    )


def test_every_route_with_an_id_says_whose_it_is() -> None:
    lacking = [str(d) for d in DOORS if d.takes and d.name not in oracle.KIND]
    names = {d.name for d in DOORS}
    assert not lacking, f"Say in oracle.OBJECTS what these are about: {lacking}"
    assert not [route for route in oracle.KIND if route not in names]
    doors = {str(d) for d in DOORS}
    assert not [row[0] for row in oracle.OTHERWISE if row[0] not in doors]


@pytest.mark.parametrize("door", DOORS, ids=str)
def test_the_matrix(door: Door, browsers: Browsers) -> None:
    problems: list[str] = []
    with time_machine.travel(NOW, tick=False):
        for whose, column, code in oracle.cells(door):
            if not oracle.asked(door, whose, column):
                continue
            role = Role(column) if column in set(Role) else oracle.permitted(door)
            who = browsers.people.who(whose, role)
            answer = browsers.ask(door, who, whose, column=column)
            found = wrong(door, whose, column, code, answer, browsers.people)
            problems += [f"{door} as {column}, {whose}: {answer.code}, {p}" for p in found]
    assert not problems, "\n".join(problems)


def wrong(door: Door, whose: str, column: str, code: int, answer: Answer, people: Any) -> list[str]:
    """What is wrong with this answer to this person, in sentences."""
    found = [answer.problems] if answer.problems else []
    if answer.code != code:
        found.append(f"the matrix says {code}: {answer.body[:300]}")
    refused = answer.code >= 300
    away = whose in {OTHER_TEAM, OTHER_CLINIC} or column in oracle.OUTSIDE[:2]
    if (away or answer.code in {403, 404}) and door.name != GALLERY:
        found += [
            f"shows “{token}”" for token in TOKENS if token in answer.body + answer.headers
            and token not in str(people.body(door.name, people.who(OWN, STAFF[0])))
        ]  # fmt: skip
    if answer.code >= 400 and answer.writes:
        found.append(f"refused, and wrote {answer.writes}")
    if not refused and role_of(column) and door.name not in UNAUDITED:
        shown = {people.cast.okafor.pk} if "Okafor" in answer.body else set()
        if shown - answer.audited:
            found.append("shows the patient and leaves no row on the audit trail")
    return found


def role_of(column: str) -> bool:
    return column in {str(role) for role in STAFF}


@pytest.mark.parametrize("door", [d for d in DOORS if d.method != "get"], ids=str)
def test_no_write_without_a_csrf_token(door: Door, browsers: Browsers) -> None:
    who = browsers.people.who(OWN, oracle.permitted(door))
    with time_machine.travel(NOW, tick=False):
        answer = browsers.ask(door, who, OWN, column="csrf")
    assert answer.code == 403 and WHO_MAY not in answer.body, (
        f"{door} takes a write without a token."
    )
    assert not answer.problems and not answer.writes, f"{door}{answer.problems}{answer.writes}"


ROUTES = sorted({d.name for d in DOORS})


@pytest.mark.parametrize("name", ROUTES)
def test_other_methods_show_and_change_nothing(name: str, browsers: Browsers) -> None:
    """HEAD may answer without a body where GET is declared; nothing else is let in."""
    doors = {d.method: d for d in DOORS if d.name == name}
    door = next(iter(doors.values()))
    who = browsers.people.who(OWN, oracle.permitted(door))
    with time_machine.travel(NOW, tick=False):
        for method in {"head", "options", "get", "post", "put", "patch", "delete"} - set(doors):
            answer = browsers.ask(door, who, OWN, method=method)
            assert answer.code < 500, f"{method} {name}: {answer.body[:200]}"
            assert not answer.writes, f"{method} {name} wrote {answer.writes}"
            if method == "options" and door.is_api:  # what the route takes; nobody's data
                assert not [t for t in TOKENS if t in answer.body]
            elif method == "head":
                assert not answer.body
            else:
                assert answer.code in {403, 405}, f"{method} {name}: {answer.code}"


# --- the guard can fail -------------------------------------------------------------------------


def silent(request: Any) -> HttpResponse:
    return HttpResponse()


class Half(APIView):
    access = {"get": Perm.WORK_VIEW}

    def get(self, request: Any) -> None: ...
    def delete(self, request: Any) -> None: ...


def test_it_fails_for_a_route_that_declares_nothing() -> None:
    bad = [
        path("a", silent, name="silent"),
        path("b", Half.as_view(), name="half"),
        path("c", public("  ")(silent), name="unreasoned"),
        path("d", requires(Perm.WORK_VIEW)(silent), name="any_method"),
    ]
    found = routes.undeclared(bad)
    assert [p.split(" ")[0].rstrip(":") for p in found] == [
        "silent",
        "half",
        "unreasoned",
        "any_method",
    ]
    assert "Half.delete()" in found[1] and "every method" in found[3]


def test_it_fails_for_a_wrong_answer(browsers: Browsers) -> None:
    door = Door("home:patient", "get", Perm.PATIENT_ADMIN_VIEW, is_api=False, takes=("pk",))
    people, pk = browsers.people, browsers.people.cast.okafor.pk

    def says(code: int, body: str = "", **more: Any) -> str:
        whose, audited = more.get("whose", OWN), more.get("audited", {pk})
        answer = Answer(code, body, "", "", audited, more.get("writes", []))
        return "; ".join(wrong(door, whose, "therapist", more.get("wanted", 200), answer, people))

    assert says(200, "Okafor") == ""
    assert "the matrix says 200" in says(404)
    assert "shows “Okafor”" in says(404, "Okafor", whose=OTHER_CLINIC, wanted=404)
    assert "shows “Hale”" in says(200, "Hale", whose=OTHER_TEAM)
    assert "no row on the audit trail" in says(200, "Okafor", audited=set())
    assert "refused, and wrote" in says(403, wanted=403, writes=["UPDATE x"])


def test_it_fails_for_missing_headers() -> None:
    bare = HttpResponse()
    assert "no-store" in problems_of(bare) and "X-Request-ID" in problems_of(bare)


def test_the_oracle_knows_no_answer() -> None:
    """It follows roles.py: a role without the permission is refused whatever the object."""
    for door in DOORS:
        for role in Role:
            if door.perm not in ROLES[role]:
                assert {oracle.expected(door, w, role) for w in oracle.relations(door)} == {403}
