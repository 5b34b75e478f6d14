"""Browsers for everybody, and one request whose writes are undone, with all that it showed."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any

from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pypdf import PdfReader

from core.audit.models import AuditEvent
from tests.guards.people import NONE, OWN, People
from tests.guards.routes import Door
from tests.sessions import age_authentication, sign_in

LOOKS = ("audit_", "django_session", "usersessions_", "cache_rows", "work_ratecount",
         "work_idempotencykey")  # fmt: skip


@dataclass(frozen=True)
class Answer:
    """`body` = the text of the page, file or letter; `audited` = patients on the asker's trail."""

    code: int
    body: str
    headers: str
    problems: str
    audited: set[Any]
    writes: list[str]


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


def text_of(response: Any) -> str:
    if response.headers.get("Content-Type") == "application/pdf":
        reader = PdfReader(io.BytesIO(response.getvalue()))
        return " ".join([*(page.extract_text() for page in reader.pages), str(reader.metadata)])
    return str(response.getvalue().decode(errors="replace"))


class Browsers:
    """Signed in beforehand: what is signed in within one test would be undone with it."""

    def __init__(self, people: People) -> None:
        self.people, self.handlers = people, {}  # type: tuple[People, dict[bool, Any]]
        self.stranger = self.browser(None)
        self.signed_in = {who.pk: self.browser(who) for who in people.made.values()}
        self.disabled = self.browser(people.disabled)
        own = {who.pk: who for (whose, _), who in people.made.items() if whose == OWN}
        self.csrf = {pk: self.browser(who, csrf=True) for pk, who in own.items()}
        self.no_factor = {pk: self.browser(who, factor=False) for pk, who in own.items()}
        self.stale = {pk: self.browser(who) for pk, who in own.items()}
        for browser in self.stale.values():
            age_authentication(browser)

    def browser(self, who: Any, *, csrf: bool = False, factor: bool = True) -> Client:
        """All share one handler, which reads the static files once."""
        browser = Client(enforce_csrf_checks=csrf, raise_request_exception=False)
        browser.handler = self.handlers.setdefault(csrf, browser.handler)
        return sign_in(browser, who, factor=factor) if who else browser

    def of(self, column: str, who: Any) -> Client:
        if column == "anonymous":
            return self.stranger
        if column == "disabled":
            return self.disabled
        shelf = {"no factor": self.no_factor, "stale": self.stale, "csrf": self.csrf}
        return shelf.get(column, self.signed_in)[who.pk]

    @contextmanager
    def untouched(self, browser: Client) -> Iterator[None]:
        """It stays signed in as it was: the session's row is undone, and so is its cookie."""
        cookies = {name: morsel.value for name, morsel in browser.cookies.items()}
        yield
        browser.cookies = SimpleCookie(cookies)

    def ask(
        self, door: Door, who: Any, whose: str, *, column: str = "", method: str = ""
    ) -> Answer:
        """One door as one person; `column` for a session that is not simply signed in."""
        ids = self.people.ids(door.name, door.takes, who, whose)
        method = method or door.method
        body = self.people.query(door.name, whose) if method == "get" else None
        data = self.people.body(door.name, who, whose) if body is None else body
        browser = self.of(column, who)
        extra = {"content_type": "application/json"} if door.is_api and method != "get" else {}
        with self.untouched(browser), transaction.atomic():
            if whose != NONE:
                self.people.prepare(door.name, who)
            with CaptureQueriesContext(connection) as seen:
                response = getattr(browser, method)(reverse(door.name, kwargs=ids), data, **extra)
                body = text_of(response)
            audited = audited_in(response, who)
            transaction.set_rollback(True)
        return Answer(
            response.status_code, body, str(dict(response.headers)), problems_of(response),
            audited, [q["sql"][:80] for q in seen.captured_queries if changes(q["sql"])],
        )  # fmt: skip


def audited_in(response: Any, who: Any) -> set[Any]:
    rows = AuditEvent.objects.filter(
        request_id=response.headers.get("X-Request-ID", ""), actor=who, patient_id__isnull=False
    )
    return set(rows.values_list("patient_id", flat=True))


def changes(sql: str) -> bool:
    """Does this statement change rows, other than those that say somebody looked?"""
    words = sql.split(None, 3)
    if words[0] not in {"INSERT", "UPDATE", "DELETE"}:
        return False
    table = (words[1] if words[0] == "UPDATE" else words[2]).strip('"')
    return not table.startswith(LOOKS)
