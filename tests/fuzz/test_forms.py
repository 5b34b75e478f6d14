"""Every form and every list, sent at random as each role and as a stranger: never a 5xx."""

import time
import zlib
from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given, seed
from hypothesis import strategies as st

from tests.fuzz import forms
from tests.fuzz.ground import DEEP, PEOPLE, Ground, examples
from tests.guards import routes
from tests.sessions import sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(3600 if DEEP else 120)]
SLOW = {"intake:letter", "home:gallery", "docs", "schema"}  # the PDF has a process of its own
OPEN = ["/sign-in/", "/sign-in/code/", "/password/reset/", "/sign-up/", "/csp-report", "/sign-out/",
        "/password/reset/key/abc-set-password/", "/session/", "/drafts", "/me/sign-in/phone/",
        "/me/sign-in/password/", "/me/sign-in/codes/", "/me/sign-in/sessions/7/end",
        "/api/v1/patients/search", "/nowhere/"]  # fmt: skip
DOORS = [d for d in routes.doors() if not d.is_api and d.name not in SLOW]


@pytest.mark.parametrize("role", PEOPLE)
def test_no_form_breaks_it(role: str, ground: Ground) -> None:
    who = PEOPLE[role]
    user = getattr(ground.world.cast, who) if who else None
    browser = Client(raise_request_exception=False)
    if user:
        sign_in(browser, user)
    kept = browser.cookies.output()
    begun = time.monotonic()
    value = forms.values(ground.world)

    @examples(ci=60, deep=2500)
    @seed(zlib.crc32(role.encode()))
    @given(st.data())
    def fuzz(data: st.DataObject) -> None:
        door = data.draw(st.sampled_from([*DOORS, *OPEN]))
        if isinstance(door, str):
            address, method, valid = door, data.draw(st.sampled_from(["get", "post"])), {}
        else:
            ids = ground.world.ids(door.name, door.takes, user)
            address, method = reverse(door.name, kwargs=ids), door.method
            valid = ground.world.body(door.name)
        headers = data.draw(st.fixed_dictionaries({}, optional={
            "HX-Request": st.just("true"), "HX-Current-URL": value.filter(is_header),
            "X-Background": st.just("1"), "Referer": value.filter(is_header),
            "Idempotency-Key": value.filter(is_header), "Accept": value.filter(is_header),
        }))  # fmt: skip
        asked = data.draw(st.lists(st.tuples(st.sampled_from(forms.ASKED), value), max_size=3))
        query = forms.encoded(asked, b"").decode()
        sent = data.draw(forms.body(ground.world, valid)) if method == "post" else b""
        kind = "application/x-www-form-urlencoded" if method == "post" else ""
        with ground.undone():
            response = browser.generic(
                method.upper(), address, sent, kind, query_params=None, headers=headers,
                QUERY_STRING=query,
            )  # fmt: skip
            if response.streaming:
                response.getvalue()
        browser.cookies = SimpleCookie(kept.replace("Set-Cookie: ", "").replace("\r\n", "; "))
        what = f"{method.upper()} {address}?{query} {headers} {sent!r:.1500} as {role}"
        ground.judge(response.status_code, what)

    fuzz()
    assert not user or ground.codes[200] or role == "patient", "nobody got in: nothing was tried"
    print(f"\nForms {ground.tally(role)} in {time.monotonic() - begun:.0f} s")  # noqa: T201


def is_header(text: Any) -> bool:
    return text.isascii() and text.isprintable() and len(text) < 4000
