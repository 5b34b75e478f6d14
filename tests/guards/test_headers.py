"""Every answer carries the policy, no-store and its request id: pages, refusals and faults."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tests.cast import Cast
from tests.guards.test_access import problems_of

PUBLIC = ("/sign-in/", "/sign-up/", "/password/reset/", "/healthz", "/readyz", "/no-such-page",
          "/api/no-such-page", "/api/v1/work-items", "/static/no-such-file.css")  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("address", PUBLIC)
def test_a_stranger_gets_the_headers(address: str) -> None:
    assert not problems_of(Client().get(address)), address


@pytest.mark.parametrize(
    ("method", "address", "code"),
    [
        ("get", "/no-such-page", 404),
        ("get", "/patients/00000000-0000-0000-0000-000000000000/", 404),
        ("get", "/api/v1/patients/00000000-0000-0000-0000-000000000000", 404),
        ("get", "/deliveries/", 403),
        ("get", "/intake/new", 405),
        ("post", "/intake/new", 422),
    ],
)
def test_a_refusal_carries_them(
    method: str, address: str, code: int, cast: Cast, as_user: Callable[[Any], Client]
) -> None:
    response = getattr(as_user(cast.ana), method)(address)
    assert response.status_code == code
    assert not problems_of(response), address


def test_a_fault_carries_them_and_shows_no_trace(
    cast: Cast, as_user: Callable[[Any], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks() -> None:
        raise RuntimeError("Okafor in a trace")

    monkeypatch.setattr("config.home.views.gallery_entries", breaks)
    browser = as_user(cast.ana)
    browser.raise_request_exception = False
    response = browser.get("/gallery/")
    assert response.status_code == 500 and b"Okafor" not in response.content
    assert not problems_of(response)
