"""Every route says who may enter, and it is so: route × method × role × clinic."""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import path, reverse
from rest_framework.views import APIView

from core.accounts.access import public, requires
from core.accounts.permissions import Perm
from core.accounts.roles import ROLES, Role
from tests.cast import NOW, assemble
from tests.guards import routes
from tests.guards.routes import Door
from tests.guards.world import TOKENS, World
from tests.sessions import sign_in

INSIDERS = {
    Role.FRONT_DESK: "ana", Role.PHYSICIAN: "amin", Role.THERAPIST: "ruiz",
    Role.COORDINATOR: "park", Role.MANAGER: "cole", Role.BEHAVIORAL_HEALTH: "lang",
    Role.PATIENT: "daniel",
}  # fmt: skip
# Berg works for a partner practice and is on nobody's care team.
OUTSIDERS = {
    "zoe": Role.FRONT_DESK,
    "quist": Role.PHYSICIAN,
    "mora": Role.MANAGER,
    "berg": Role.THERAPIST,
}
# Routes with an id where the answer to an outsider need not be a 404, and why.
SHARED = {"protocols:version": "the Library is one", "protocols:sign_off": "the Library is one",
          "home:roster_gap": "shows one's own roster whatever the id",
          "intake:flag_state": "an empty fragment to whoever may not know of the flag"}  # fmt: skip
DOORS = routes.doors()
pytestmark = pytest.mark.django_db
GALLERY = "home:gallery"  # shows made-up people and reads no row
WHO_MAY = "Who may:"
HANDLERS: dict[bool, Any] = {}
BROWSERS: dict[tuple[Any, bool], Client] = {}


def problems_of(response: Any) -> str:
    """What the answer's headers lack."""
    policy = response.headers.get("Content-Security-Policy", "")
    lacking = [
        name
        for name, there in (
            ("Content-Security-Policy default-src 'none'", "default-src 'none'" in policy),
            ("Cache-Control no-store", "no-store" in response.headers.get("Cache-Control", "")),
            ("X-Request-ID", bool(response.headers.get("X-Request-ID"))),
        )
        if not there
    ]
    return f" lacks {', '.join(lacking)}" if lacking else ""


def browser_of(user: Any, *, csrf: bool = False) -> Client:
    """Signed in, if anybody; all share one handler, which reads the static files once."""
    key = (user and user.pk, csrf)
    if key not in BROWSERS:
        BROWSERS[key] = browser = Client(enforce_csrf_checks=csrf, raise_request_exception=False)
        browser.handler = HANDLERS.setdefault(csrf, browser.handler)
        if user:
            sign_in(browser, user)
    return BROWSERS[key]


def ask(browser: Client, door: Door, address: str, data: Any = None) -> tuple[int, str, str]:
    """(code, body, problems) of one request whose writes are undone."""
    extra = {"content_type": "application/json"} if door.is_api and door.method != "get" else {}
    with transaction.atomic():
        response = getattr(browser, door.method)(address, data or {}, **extra)
        transaction.set_rollback(True)
    return response.status_code, response.getvalue().decode(errors="replace"), problems_of(response)


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """One for all cells: each request's writes are undone, so none sees another's."""
    with django_db_blocker.unblock(), transaction.atomic():
        world = World(assemble())
        BROWSERS.clear()
        with time_machine.travel(NOW, tick=False):
            for who in (*INSIDERS.values(), *OUTSIDERS):
                for csrf in (False, True):
                    browser_of(getattr(world.cast, who), csrf=csrf)
        yield world
        transaction.set_rollback(True)


def test_every_route_declares_its_access() -> None:
    problems = routes.undeclared()
    assert not problems, "\n".join(problems)
    assert len(DOORS) > 50, "The walk no longer finds the routes."


@pytest.mark.parametrize("door", DOORS, ids=str)
def test_the_matrix(door: Door, world: World) -> None:
    """Strangers are sent to sign in, roles get what roles.py says, outsiders learn nothing."""
    problems: list[str] = []
    with time_machine.travel(NOW, tick=False):
        for who in (None, *INSIDERS.values(), *OUTSIDERS):
            user = getattr(world.cast, who) if who else None
            browser = browser_of(user)
            address = reverse(door.name, kwargs=world.ids(door.name, door.takes, user))
            data = {} if door.method == "get" else world.body(door.name)
            code, body, lacking = ask(browser, door, address, data)
            verdict = wrong(door, who, code, body)
            problems += [f"{door} as {who}: {code}, {p}" for p in (verdict, lacking) if p]
    assert not problems, "\n".join(problems)


def wrong(door: Door, who: str | None, code: int, body: str) -> str:
    """What is wrong with this answer to this person, as a sentence; empty when nothing is."""
    if who is None:
        # 302 to sign-in; 401 shows the words of a form that came after the session had ended
        expected = {401, 403} if door.is_api else {302, 401} if door.method == "post" else {302}
        return "" if code in expected else f"a stranger must get {expected}"
    if code >= 500:
        return f"it broke: {body[:200]}"
    role = OUTSIDERS.get(who) or next(r for r, name in INSIDERS.items() if name == who)
    if door.perm not in ROLES[role]:
        return "" if code == 403 else "roles.py says no: must be a 403"
    if WHO_MAY in body:
        return "roles.py says yes: must not be refused at the gate"
    if who in OUTSIDERS:
        token = next((t for t in TOKENS if t in body and door.name != GALLERY), "")
        if token:
            return f"shows “{token}” of the other clinic"
        own_object = door.takes and door.name not in SHARED
        return "must be a 404, the object is not theirs" if own_object and code != 404 else ""
    if door.method == "get":
        return "" if code in {200, 204, 302} else "the positive control must be let in"
    return ""


@pytest.mark.parametrize("door", [d for d in DOORS if d.method != "get"], ids=str)
def test_no_write_without_a_csrf_token(door: Door, world: World) -> None:
    user = next(getattr(world.cast, n) for r, n in INSIDERS.items() if door.perm in ROLES[r])
    with time_machine.travel(NOW, tick=False):
        address = reverse(door.name, kwargs=world.ids(door.name, door.takes, user))
        data = world.body(door.name)
        code, body, lacking = ask(browser_of(user, csrf=True), door, address, data)
    assert code == 403 and WHO_MAY not in body, f"{door} takes a write without a CSRF token."
    assert not lacking, f"{door}{lacking}"


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


@pytest.mark.parametrize(
    ("who", "code", "body", "sentence"),
    [
        (None, 200, "", "a stranger"),
        ("daniel", 200, "", "must be a 403"),
        ("ana", 403, WHO_MAY, "must not be refused"),
        ("ana", 404, "", "positive control"),
        ("ana", 500, "", "it broke"),
        ("zoe", 200, "", "must be a 404"),
        ("zoe", 404, "Okafor", "shows “Okafor”"),
        ("berg", 302, "", "must be a 404"),
    ],
)
def test_it_fails_for_a_wrong_answer(who: str | None, code: int, body: str, sentence: str) -> None:
    door = Door("home:patient", "get", Perm.PATIENT_ADMIN_VIEW, is_api=False, takes=("pk",))
    assert sentence in wrong(door, who, code, body)
    assert wrong(door, "ana", 200, "Okafor") == ""


def test_it_fails_for_missing_headers() -> None:
    assert "no-store" in problems_of(HttpResponse()) and "X-Request-ID" in problems_of(
        HttpResponse()
    )
