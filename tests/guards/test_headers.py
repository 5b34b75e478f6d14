"""Every answer carries the policy, no-store, its id and the rest: pages, refusals, faults."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client, override_settings

from config.policy import HEADERS
from core.lib.errors import TooMany
from tests.cast import Cast
from tests.guards.test_access import problems_of

PUBLIC = ("/sign-in/", "/sign-up/", "/password/reset/", "/healthz", "/readyz", "/no-such-page",
          "/api/no-such-page", "/api/v1/work-items", "/static/no-such-file.css", "/", "/today/",
          "/csp-report", "/api/v1/work-items/")  # fmt: skip


def lacking(response: Any) -> str:
    """What the answer's headers lack: what the matrix asks of each, and all of HEADERS."""
    values = {name: value for name, value in HEADERS.items() if name != "Cache-Control"}
    missing = [name for name, value in values.items() if response.headers.get(name) != value]
    return problems_of(response) + "".join(f" lacks {name}" for name in missing)


@pytest.mark.django_db
@pytest.mark.parametrize("address", PUBLIC)
def test_a_stranger_gets_the_headers(address: str) -> None:
    assert not lacking(Client().get(address)), address
    assert not lacking(Client(enforce_csrf_checks=True).post(address)), address


@pytest.mark.parametrize(
    ("method", "address", "code"),
    [
        ("get", "/today/", 200),
        ("get", "/no-such-page", 404),
        ("get", "/patients/00000000-0000-0000-0000-000000000000/", 404),
        ("get", "/api/v1/patients/00000000-0000-0000-0000-000000000000", 404),
        ("get", "/api/v1/work-items", 200),
        ("get", "/deliveries/", 403),
        ("get", "/intake/new", 405),
        ("put", "/api/v1/work-items", 403),
        ("post", "/intake/new", 422),
        ("post", "/patients/?q=%00", 400),
    ],
)
def test_a_refusal_carries_them(
    method: str, address: str, code: int, cast: Cast, as_user: Callable[[Any], Client]
) -> None:
    response = getattr(as_user(cast.ana), method)(address)
    assert response.status_code == code
    assert not lacking(response), address


@pytest.mark.parametrize(
    ("error", "code"),
    [(RuntimeError("Okafor in a trace"), 500), (OperationalError("Okafor's row"), 503),
     (TooMany(retry_after=7), 429)],
)  # fmt: skip
def test_a_fault_carries_them_and_shows_no_trace(
    error: Exception,
    code: int,
    cast: Cast,
    as_user: Callable[[Any], Client],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def breaks() -> None:
        raise error

    monkeypatch.setattr("config.home.views.gallery_entries", breaks)
    browser = as_user(cast.ana)
    browser.raise_request_exception = False
    response = browser.get("/gallery/")
    assert response.status_code == code and b"Okafor" not in response.content
    assert not lacking(response)


@pytest.mark.django_db
def test_a_wrong_host_carries_them() -> None:
    response = Client().get("/sign-in/", headers={"Host": "elsewhere.example.org"})
    assert response.status_code == 400
    assert not lacking(response)


@pytest.mark.django_db
def test_production_keeps_browsers_on_tls() -> None:
    with override_settings(
        SECURE_SSL_REDIRECT=True, SECURE_HSTS_SECONDS=31536000, SECURE_HSTS_INCLUDE_SUBDOMAINS=True
    ):
        open_line, encrypted = Client().get("/sign-in/"), Client().get("/sign-in/", secure=True)
    assert open_line.status_code == 301 and open_line["Location"].startswith("https://")
    assert not lacking(open_line)
    assert "max-age=31536000; includeSubDomains" in encrypted["Strict-Transport-Security"]


def test_a_static_file_may_be_kept_and_has_the_rest() -> None:
    response = Client().get("/static/css/base.css")
    assert response.status_code == 200 and "no-store" not in response["Cache-Control"]
    assert lacking(response) == " lacks Cache-Control no-store"


def test_it_fails_for_an_answer_without_them() -> None:
    bare = HttpResponse()
    assert all(f"lacks {name}" in lacking(bare) for name in HEADERS if name != "Cache-Control")


@pytest.mark.django_db
def test_htmx_runs_nothing_it_is_sent_and_keeps_nothing() -> None:
    page = Client().get("/sign-in/").content.decode()
    for setting in ('"allowEval":false', '"allowScriptTags":false', '"historyCacheSize":0',
                    '"selfRequestsOnly":true', '"includeIndicatorStyles":false'):  # fmt: skip
        assert setting in page, setting
    assert 'hx-headers=\'{"X-CSRFToken": "' in page
