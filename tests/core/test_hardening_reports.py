"""A browser's report about the content policy is one log line, with no address and no id in it."""

import json
import logging
from typing import Any

import pytest
import time_machine
from django.test import Client

from core.accounts.models import User
from core.audit.models import AuditEvent
from tests.cast import NOW

pytestmark = pytest.mark.django_db
PATIENT = "6f1f64a1-1111-4222-8333-444455556666"
PAGE = f"http://testserver/patients/{PATIENT}/?x=Okafor"


def old(**told: Any) -> bytes:
    first = {"document-uri": PAGE, "violated-directive": "script-src-elem", "blocked-uri": "inline"}
    return json.dumps({"csp-report": first | told}).encode()


def new(*bodies: Any) -> bytes:
    return json.dumps([{"type": "csp-violation", "body": body} for body in bodies]).encode()


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Any:
    def send(body: bytes, kind: str = "application/csp-report", **more: Any) -> list[Any]:
        caplog.clear()
        with caplog.at_level(logging.INFO):
            answer = Client(enforce_csrf_checks=True).post("/csp-report", body, kind, **more)
        assert (answer.status_code, answer.content) == (204, b"")
        assert PATIENT not in caplog.text.replace("/csp-report", "") and "Okafor" not in caplog.text
        return [
            (r.directive, r.blocked, r.route) for r in caplog.records if r.msg == "csp_violation"
        ]

    return send


def test_both_generations_of_reports_are_read(lines: Any) -> None:
    assert lines(old()) == [("script-src-elem", "inline", "home:patient")]
    first = {"documentURL": PAGE, "effectiveDirective": "img-src", "blockedURL": "data"}
    second = first | {"blockedURL": f"https://evil.example/{PATIENT}?Okafor"}
    third = first | {"blockedURL": f"http://testserver/{PATIENT}", "documentURL": "about:blank"}
    assert lines(new(first, second, third), "application/reports+json") == [
        ("img-src", "data", "home:patient"),
        ("img-src", "other", "home:patient"),
        ("img-src", "self", ""),
    ]


def test_what_is_sent_is_not_repeated(lines: Any) -> None:
    told = {
        "violated-directive": "Okafor was here",
        "blocked-uri": "Okafor",
        "document-uri": PATIENT,
    }
    assert lines(old(**told)) == [("other", "other", "")]


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff\xfe\x00", b"null", b"[]", b"[1, null, [], {}]", b"{", b'"text"', b"NaN", b"1e999",
     b'{"csp-report": []}', b'{"csp-report": {"document-uri": 7}}'[:-3], b"[" * 5000,
     old(x="y" * 20_000), b"x" * 3_000_000, b'[{"body": "x"}]'],
    ids=lambda body: repr(body[:30]),
)  # fmt: skip
def test_garbage_is_answered_the_same_and_leaves_nothing(body: bytes, lines: Any) -> None:
    assert lines(body) == []
    assert lines(old()) != []  # the next one is heard


@pytest.mark.parametrize(
    "odd",
    [{"document-uri": 7}, {"document-uri": "http://[::1"}, {"blocked-uri": "http://[::1"},
     {"blocked-uri": None}, {"violated-directive": ["x"]}, {"document-uri": "/\x00"}],
    ids=str,
)  # fmt: skip
def test_odd_values_are_a_line_without_them(odd: dict[str, Any], lines: Any) -> None:
    assert len(lines(old(**odd))) == 1


def test_a_long_list_is_cut_short(lines: Any) -> None:
    assert len(lines(new(*[{"effectiveDirective": "img-src"}] * 50))) == 10


def test_a_false_length_is_no_way_around(lines: Any) -> None:
    assert lines(old(x="y" * 20_000), CONTENT_LENGTH="12") == []


@pytest.mark.parametrize("length", ["abc", "1e3", "²", "-1", ""])
def test_a_length_that_is_none(length: str, lines: Any) -> None:
    assert lines(old(), CONTENT_LENGTH=length) == []
    assert lines(old()) != []


def test_a_flood_falls_silent(lines: Any) -> None:
    with time_machine.travel(NOW, tick=False):
        assert sum(len(lines(old())) for _ in range(65)) == 60


def test_it_answers_posts_alone_and_writes_no_row() -> None:
    assert Client().get("/csp-report").status_code == 405
    Client().post("/csp-report", old(), content_type="application/csp-report")
    assert not AuditEvent.objects.exists() and not User.objects.exists()
