"""What fault and journey tests share: a stack of real processes over the test's own database.

`Stack.web/worker/beat` start processes that see this test's rows, its own Valkey and its own mail
sink, with a lease of 2 s, a tick of 1 s and a backoff of 0.2 s.
"""

import collections
import contextlib
import http.client
import os
import time
import urllib.parse
import uuid
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from tests.cast import Cast
from tests.processes import Process, SmtpSink, Valkey, start_beat, start_web, start_worker
from tests.sessions import sign_in

LEASE_SECONDS, TICK_SECONDS = 2.0, 1.0
DEEP = bool(os.environ.get("HALLWAY_DEEP"))
TROUBLE = ("uncertain", "dead", "held")
SETTLED = ("sent", "uncertain", "dead", "cancelled")


def database_url() -> str:
    """The database of this very test process (each xdist worker has one), with our rows in it."""
    at = connection.settings_dict
    user, password = (urllib.parse.quote(str(at[part]), safe="") for part in ("USER", "PASSWORD"))
    return f"postgres://{user}:{password}@{at['HOST']}:{at['PORT']}/{at['NAME']}"


def eventually(check: Callable[[], Any], *, seconds: float = 15) -> Any:
    """The first true answer of `check`; its last answer when `seconds` are over."""
    until = time.monotonic() + seconds
    while not (answer := check()) and time.monotonic() < until:
        time.sleep(0.05)
    return answer


def signed_in(user: Any) -> Client:
    return sign_in(Client(), user)


@dataclass(frozen=True)
class Answer:
    status: int
    text: str
    seconds: float
    location: str = ""


@dataclass
class Visitor:
    """A signed-in person at a real web process. Follows no redirect, keeps no page."""

    port: int
    session: str
    csrf: str = "c" * 32

    def get(self, path: str) -> Answer:
        return self._ask("GET", path, None)

    def post(self, path: str, **data: str) -> Answer:
        return self._ask("POST", path, urllib.parse.urlencode(data))

    def _ask(self, method: str, path: str, body: str | None) -> Answer:
        cookies = {settings.SESSION_COOKIE_NAME: self.session, settings.CSRF_COOKIE_NAME: self.csrf}
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in cookies.items())}
        if body is not None:
            headers |= {"X-CSRFToken": self.csrf}
            headers |= {"Content-Type": "application/x-www-form-urlencoded"}
        begun = time.monotonic()
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            with contextlib.suppress(BrokenPipeError):  # answered before all was sent
                line.request(method, path, body, headers)
            reply = line.getresponse()
            text = reply.read().decode(errors="replace")
            place = reply.headers.get("Location", "")
            return Answer(reply.status, text, time.monotonic() - begun, place)
        finally:
            line.close()


@dataclass
class Web:
    port: int
    process: Process

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def visitor(self, user: Any) -> Visitor:
        return Visitor(self.port, signed_in(user).cookies[settings.SESSION_COOKIE_NAME].value)


@dataclass
class Stack:
    cast: Cast
    valkey: Valkey
    sink: SmtpSink
    port: int  # of the web process; mails link there
    env: dict[str, str]

    @contextmanager
    def web(self) -> Iterator[Web]:
        with start_web(self.env, self.port) as process:
            yield Web(self.port, process)

    def worker(self, **env: str) -> Process:
        return start_worker(self.env | env)

    def beat(self, **env: str) -> Process:
        return start_beat(self.env | env)

    def nudge(self, count: int = 1, *, to: Any = None) -> list[uuid.UUID]:
        """Outbox rows as services write them, due now."""
        from messaging.services.deliveries import nudge

        staff = [to] if to else [self.cast.amin, self.cast.novak, self.cast.mbeki, self.cast.cole]
        now = timezone.now()
        rows = [
            nudge(
                user=staff[n % len(staff)],
                clinic=self.cast.riverside,
                template="urgent",
                path="/today/",
                item=None,
                key=f"fault:{uuid.uuid4()}",
                now=now,
            )
            for n in range(count)
        ]
        return [row.pk for row in rows]

    def flag(self, *, minutes_ago: float = 0) -> Any:
        """A red flag (saddle numbness) of an unregistered caller, raised that long ago."""
        import datetime as dt

        from intake.models import RedFlag
        from intake.services.answers import save_answer
        from intake.services.calls import start_call

        at = timezone.now() - dt.timedelta(minutes=minutes_ago)
        call = start_call(
            clinic=self.cast.riverside,
            by=self.cast.ana,
            now=at,
            form_key=uuid.uuid4(),
            phone="312 555 0188",
        )
        for question, answer in (("Q1", "no"), ("Q2", "yes")):
            save_answer(
                call=call, question=question, answer=answer, flags=[], by=self.cast.ana, now=at
            )
        return RedFlag.objects.get(call=call)

    def states(self) -> dict[str, int]:
        from messaging.models import Delivery

        return dict(collections.Counter(Delivery.objects.values_list("state", flat=True)))

    def held(self) -> list[uuid.UUID]:
        """Rows a worker has in its hands right now."""
        from messaging.models import Delivery

        rows = Delivery.objects.filter(state__in=["claimed", "handing"])
        return list(rows.values_list("pk", flat=True))

    def settle(self, *, seconds: float = 25) -> dict[str, int]:
        """Wait until no row is pending, claimed or handing; the states then."""
        from messaging.models import Delivery

        moving = Delivery.objects.exclude(state__in=SETTLED)
        eventually(lambda: not moving.exists(), seconds=seconds)
        return self.states()

    def arrivals(self) -> list[tuple[str, float]]:
        """(delivery's id, when) of every mail the sink accepted."""
        mails = self.sink.messages()
        return [(m["message_id"].strip("<>").partition("@")[0], m["at"]) for m in mails]

    def copies(self) -> dict[str, int]:
        """How often the sink accepted each delivery."""
        return dict(collections.Counter(pk for pk, _ in self.arrivals()))

    def ledger(self) -> "Ledger":
        """The three counters of FAULTS-AND-SECURITY §2, over every row of the outbox.

        silent = in trouble but neither under “To decide” nor a task, and what is overdue in front
        of the outbox: events nobody handled, rungs nobody spoke.
        """
        from messaging.models import Delivery, WorkItem

        arrived = self.copies()
        rows = list(Delivery.objects.select_related("item"))
        missing = [row for row in rows if str(row.pk) not in arrived]
        trouble = [row.pk for row in rows if row.state in TROUBLE]
        tasks = WorkItem.objects.filter(kind="delivery_dead", closed_at__isnull=True)
        tasked = set(tasks.values_list("subject_id", flat=True))
        shown = self._to_decide()
        return Ledger(
            lost=sum(row.state not in TROUBLE and not replaced(row, arrived) for row in missing),
            duplicate=sum(n - 1 for n in arrived.values()),
            silent=sum(str(pk) not in shown and pk not in tasked for pk in trouble) + overdue(),
            uncertain=sum(row.state == "uncertain" for row in rows),
        )

    def _to_decide(self) -> str:
        """What the manager reads at the top of the Deliveries page, without asking for it."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # whitenoise: no collected static files in tests
            page = signed_in(self.cast.cole).get("/deliveries/")
        assert page.status_code == 200
        _, _, below = page.content.decode().partition("that wait for a decision, oldest first")
        return below.partition("</table>")[0]


def replaced(row: Any, arrived: Any) -> bool:
    """Cancelled for a cause that the rows show: by a person, dealt with, or a later mail came."""
    from messaging.models import Delivery

    if row.state != "cancelled" or row.item is None:
        return row.state == "cancelled" and row.acted_by_id is not None
    if row.acted_by_id or row.item.closed_at:
        return True
    later = Delivery.objects.filter(
        user=row.user_id, item__subject_id=row.item.subject_id, created_at__gt=row.created_at
    )
    return any(str(pk) in arrived for pk in later.values_list("pk", flat=True))


def overdue() -> int:
    """Events and rungs that were due and wait although nothing is in the outbox for them."""
    from core.events.models import DomainEvent
    from messaging.models import Rung

    at = timezone.now()
    events = DomainEvent.objects.filter(handled_at__isnull=True, happened_at__lte=at)
    rungs = Rung.objects.filter(sent_at__isnull=True, item__closed_at__isnull=True, at__lte=at)
    return events.count() + rungs.count()


@dataclass(frozen=True)
class Ledger:
    lost: int
    duplicate: int
    silent: int
    uncertain: int

    @property
    def clean(self) -> bool:
        return (self.lost, self.duplicate, self.silent) == (0, 0, 0)
