"""The API asked at random from its own schema, as each role: no 5xx, nobody in without a token."""

import time
import zlib
from typing import Any
from urllib.parse import unquote

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.test import Client
from django.urls import resolve, reverse
from hypothesis import given, seed
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
)

from tests.fuzz.ground import DEEP, PEOPLE, Ground, examples
from tests.guards import routes

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(1800 if DEEP else 120)]
KEPT = [not_a_server_error, response_schema_conformance, content_type_conformance]
STRANGE = ("Infinity", "1e400", '"\\ud800"', '{"a": NaN}', "[" * 5000, "{", "", "null", '"\\u0000"')


@pytest.fixture(scope="module")
def app() -> WSGIHandler:
    return WSGIHandler()


@pytest.fixture(scope="module")
def operations(ground: Ground, app: WSGIHandler) -> Any:
    """(operation's name, its path's template, strategy of well-formed and malformed cases)."""
    manager = {"Authorization": f"Token {ground.tokens['manager']}"}
    schema = schemathesis.openapi.from_wsgi("/api/schema", app, headers=manager)
    found = [result.ok() for result in schema.get_all_operations()]
    assert len(found) > 12, "The schema no longer tells of every route."
    drawn = [operation.as_strategy(generation_mode=GenerationMode.POSITIVE) for operation in found]
    for operation in found:  # where nothing is sent, nothing can be sent wrong
        if operation.body or operation.path_parameters or operation.query:
            drawn.append(operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))
    return drawn


@pytest.mark.parametrize("role", PEOPLE)
def test_no_case_breaks_it_and_answers_keep_the_schema(
    role: str, ground: Ground, app: WSGIHandler, operations: Any
) -> None:
    token = ground.tokens.get(role)
    headers = {"Authorization": f"Token {token}"} if token else {}
    begun = time.monotonic()

    @examples(ci=40, deep=5000)
    @seed(zlib.crc32(role.encode()))
    @given(st.data())
    def fuzz(data: st.DataObject) -> None:
        case = data.draw(data.draw(st.sampled_from(operations)))
        known = data.draw(st.integers(0, 3))
        if case.path_parameters and known:  # mostly rows that are there
            case.path_parameters = ids(ground, role, case) or case.path_parameters
        with ground.undone():
            response = case.call(app=app, headers=headers)
        what = f"{case.method} {unquote(case.formatted_path)} {case.body!r:.2000} as {role}"
        ground.judge(response.status_code, what)
        case.validate_response(response, checks=KEPT)
        if token is None:
            assert response.status_code in {401, 403, 404, 405}, what

    fuzz()
    print(f"\nAPI {ground.tally(role)} in {time.monotonic() - begun:.0f} s")  # noqa: T201


def ids(ground: Ground, role: str, case: Any) -> dict[str, Any] | None:
    """The path's parameters as this person's world has them."""
    name = next(iter(case.path_parameters))
    nobody = case.path.replace(f"{{{name}}}", "00000000-0000-4000-8000-000000000000")
    user = getattr(ground.world.cast, PEOPLE[role] or "ana")
    route = resolve(nobody).view_name
    return {key: str(value) for key, value in ground.world.ids(route, (name,), user).items()}


@pytest.mark.parametrize("text", STRANGE)
def test_what_is_no_json_or_not_quite(text: str, ground: Ground, app: WSGIHandler) -> None:
    """Bodies no schema thinks of: halves of characters, endless nesting, numbers that are none."""
    browser = Client(raise_request_exception=False)
    asked = 0
    for door in routes.doors():
        if not door.is_api or door.method == "get":
            continue
        address = reverse(door.name, kwargs=ground.world.ids(door.name, door.takes, None))
        body = ground.world.body(door.name)
        inside = [f'{{"{k}": {text or 0}}}' for k in (*body, "q", "flag", "notes", "was", "words")]
        for sent in (text, *inside):
            with ground.undone():
                response = browser.generic(
                    door.method.upper(), address, sent.encode(), "application/json",
                    headers={"Authorization": f"Token {ground.tokens['front_desk']}"},
                )  # fmt: skip
            ground.judge(response.status_code, f"{door} {sent:.200}")
            asked += 1
    assert asked > 40
