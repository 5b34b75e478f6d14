"""Somebody at the real web process; every answer is kept for the scan."""

import http.client
import json
import urllib.parse
import uuid
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from tests.faults.stack import signed_in

CSRF = "c" * 32


@dataclass(frozen=True)
class Heard:
    method: str
    path: str
    typed: str
    status: int
    head: str
    body: bytes
    location: str

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")


@dataclass
class Person:
    port: int
    heard: list[Heard]
    cookies: dict[str, str] = field(default_factory=dict)
    token: str = ""
    page: str = "/today/"

    @classmethod
    def of(cls, user: Any, port: int, heard: list[Heard]) -> "Person":
        session = signed_in(user).cookies[settings.SESSION_COOKIE_NAME].value
        return cls(port, heard, {settings.SESSION_COOKIE_NAME: session})

    def get(self, path: str) -> Heard:
        answer = self.ask("GET", path, "", "")
        self.page = path
        return answer

    def post(self, path: str, expect: int = 302, **data: Any) -> Heard:
        data.setdefault("form_key", str(uuid.uuid4()))
        body = urllib.parse.urlencode(data, doseq=True)
        answer = self.ask("POST", path, body, "application/x-www-form-urlencoded")
        assert answer.status == expect, (
            f"{path}: {answer.status}, not {expect}\n{answer.text[:3000]}"
        )
        return answer

    def api(self, method: str, path: str, body: Any, expect: int) -> Heard:
        sent = body if isinstance(body, str) else json.dumps(body)
        answer = self.ask(method, f"/api/v1/{path}", sent, "application/json")
        assert answer.status == expect, (
            f"{path}: {answer.status}, not {expect}\n{answer.text[:3000]}"
        )
        return answer

    def ask(self, method: str, path: str, body: str, kind: str) -> Heard:
        cookies = self.cookies | {settings.CSRF_COOKIE_NAME: CSRF}
        headers = {"Referer": f"http://127.0.0.1:{self.port}{self.page}"}
        if self.token:
            headers["Authorization"] = f"Token {self.token}"
        else:
            headers["Cookie"] = "; ".join(f"{k}={v}" for k, v in cookies.items())
            headers["X-CSRFToken"] = CSRF
        if kind:
            headers["Content-Type"] = kind
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            line.request(method, path, body.encode() if kind else None, headers)
            reply = line.getresponse()
            head = "\n".join(f"{name}: {value}" for name, value in reply.getheaders())
            place = reply.headers.get("Location", "")
            answer = Heard(method, path, body, reply.status, head, reply.read(), place)
        finally:
            line.close()
        for cookie in reply.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        self.heard.append(answer)
        return answer
