"""The doors that name no permission: open to strangers, or everybody's own sign-in."""

from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.urls import reverse

from core.accounts.roles import Role
from tests.cast import NOW
from tests.guards import routes
from tests.guards.asking import Browsers, problems_of, text_of
from tests.guards.people import OWN
from tests.guards.world import TOKENS

pytestmark = pytest.mark.django_db
OPEN = routes.open_doors()
TAKES: dict[str, dict[str, Any]] = {"end_session": {"pk": 1},
         "account_reset_password_from_key": {"uidb36": "1", "key": "x-y"}}  # fmt: skip


@pytest.mark.parametrize("door", OPEN, ids=lambda door: door.name)
def test_a_door_without_a_permission(door: routes.OpenDoor, browsers: Browsers) -> None:
    address = reverse(door.name, kwargs=TAKES.get(door.name))
    people = browsers.people
    with time_machine.travel(NOW, tick=False):
        for column in ("anonymous", "disabled", "no factor", "stale", *Role):
            if column in set(Role) and door.name == "account_change_password":
                continue  # the cast has no password to change; tests/core/test_sign_in.py does
            who = people.who(OWN, column if column in set(Role) else Role.PHYSICIAN)
            for method in ("get", "post", "put", "patch", "delete"):
                browser = browsers.of(column, who)
                with browsers.untouched(browser), transaction.atomic():
                    answer: Any = getattr(browser, method)(address)
                    body = text_of(answer)
                    transaction.set_rollback(True)
                said = f"{method} {door.name} as {column}: {answer.status_code}"
                assert answer.status_code < 500, said
                assert not problems_of(answer), said
                assert not [t for t in TOKENS if t in body and t not in who.full_name], said
                declared = method in door.methods or not door.methods
                if door.signed_in and declared and answer.status_code != 405:
                    assert lets_in(answer.status_code, column, door), said


def lets_in(code: int, column: str, door: routes.OpenDoor) -> bool:
    """Is the answer to this person what the declaration says?"""
    if column in {"anonymous", "disabled"}:
        return code == 302
    if column == "no factor" and not door.before_factor:
        return code == 302
    if column == "stale" and door.reauth:
        return code == 403
    return code in {200, 302, 404}  # 404: a session that is nobody's


def test_the_open_doors_are_these() -> None:
    """A new one is a decision: say here that it was taken."""
    assert sorted(d.name for d in OPEN if not d.signed_in) == [
        "account_inactive", "account_login", "account_logout", "account_reset_password",
        "account_reset_password_done", "account_reset_password_from_key",
        "account_reset_password_from_key_done", "account_signup", "home:csp_report",
        "home:healthz", "home:readyz", "home:start", "mfa_authenticate",
    ]  # fmt: skip
