"""Too often is a 429 that says when to come back; one person's haste is nobody else's."""

import datetime as dt
import logging
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.test import Client, override_settings

from core.accounts.services import issue_token
from core.lib.errors import TooMany
from core.work.limits import count
from core.work.models import RateCount
from tests.cast import NOW, Cast
from tests.factories.races import race

AsUser = Callable[[Any], Client]
SEARCH = "/api/v1/patients/search"


def search(browser: Client) -> Any:
    return browser.post("/patients/", {"q": "Okafor"})


@pytest.mark.django_db
def test_a_burst_of_searches_waits_and_a_colleague_does_not(cast: Cast, as_user: AsUser) -> None:
    ana, ben = as_user(cast.ana), as_user(cast.ben)  # behind the same address
    with time_machine.travel(NOW, tick=False):
        codes = [search(ana).status_code for _ in range(151)]
        assert set(codes[:150]) == {200} and codes[150] == 429
        refused = search(ana)
        assert refused["Retry-After"] == "60"
        assert b"Try again in 60 seconds" in refused.content and b"Okafor" in refused.content
        assert ana.get("/patients/").status_code == 200  # only searching waits
        api = ana.post(SEARCH, {"q": "Okafor"}, content_type="application/json")
        assert (api.status_code, api["Retry-After"]) == (429, "60")  # the same count
        assert "Try again in" in api.json()["detail"] and api.json()["request_id"]
        assert search(ben).status_code == 200
    with time_machine.travel(NOW + dt.timedelta(seconds=59), tick=False):
        assert search(ana)["Retry-After"] == "1"
    with time_machine.travel(NOW + dt.timedelta(seconds=60), tick=False):
        assert search(ana).status_code == 200


@pytest.mark.django_db
def test_a_fragment_says_it_in_its_place(cast: Cast, as_user: AsUser) -> None:
    ana = as_user(cast.ana)
    with time_machine.travel(NOW, tick=False), override_settings(RATE_FACTOR=0):
        response = ana.post("/patients/", {"q": "x"}, headers={"HX-Request": "true"})
    assert response.status_code == 429 and response["HX-Retarget"] == "#problems"
    assert response["Retry-After"] == "60"


@pytest.mark.django_db
def test_the_api_has_a_limit_of_its_own_for_sessions_and_tokens(
    cast: Cast, as_user: AsUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.work.limits.API_PER_MINUTE", 3)
    token = issue_token(user=cast.ana, label="desk", by=None, now=NOW)
    machine, ana, ben = Client(), as_user(cast.ana), as_user(cast.ben)

    def ask(browser: Client, **more: Any) -> int:
        code: int = browser.get("/api/v1/work-items", **more).status_code
        return code

    with time_machine.travel(NOW, tick=False):
        bearer = {"headers": {"Authorization": f"Token {token}"}}
        assert [ask(machine, **bearer), ask(ana), ask(machine, **bearer)] == [200] * 3
        assert [ask(machine, **bearer), ask(ana)] == [429, 429]  # one person, however they come
        assert ask(ben) == 200


@pytest.mark.django_db
def test_a_stranger_is_counted_by_address_and_nobody_is_named(cast: Cast) -> None:
    Client().post("/csp-report", b"{}", content_type="application/csp-report")
    Client(REMOTE_ADDR="10.0.0.9").post("/csp-report", b"{}", content_type="application/csp-report")
    rows = RateCount.objects.all()
    assert [row.n for row in rows] == [1, 1]
    assert not any("10.0.0.9" in row.key or "127.0.0.1" in row.key for row in rows)


@pytest.mark.django_db
def test_a_forged_forwarding_header_is_the_same_stranger() -> None:
    for number in range(3):
        Client().post("/csp-report", b"{}", content_type="application/csp-report",
                      headers={"X-Forwarded-For": f"10.0.0.{number}"})  # fmt: skip
    assert RateCount.objects.get().n == 3


@pytest.mark.django_db
def test_an_old_window_starts_again_and_goes() -> None:
    for _ in range(3):
        count("x", "me", limit=3, per=60, now=NOW)
    with pytest.raises(TooMany):
        count("x", "me", limit=3, per=60, now=NOW)
    later = NOW + dt.timedelta(minutes=1)
    count("x", "me", limit=1, per=60, now=later)
    with pytest.raises(TooMany):  # a clock that lags behind opens no new window
        count("x", "me", limit=1, per=60, now=NOW)
    assert RateCount.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_are_twenty() -> None:
    who = str(uuid.uuid4())
    for _ in range(5):
        RateCount.objects.all().delete()
        met = race(lambda _: count("x", who, limit=15, per=3600, now=NOW), runners=20)
        assert RateCount.objects.get().n == 20
        assert sum(isinstance(one, TooMany) for one in met) == 5
        assert all(one is None or isinstance(one, TooMany) for one in met)


@pytest.mark.django_db
def test_the_log_line_has_the_id_that_the_answer_shows(
    cast: Cast, as_user: AsUser, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        response = as_user(cast.ana).get("/today/")
    ids = {record.__dict__.get("request_id") for record in caplog.records}
    assert response["X-Request-ID"] in ids
