"""What is measured: each page of Hallway beside its floor, with the requests of one connection."""

import itertools
import urllib.parse
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import psycopg2

from tests.bench.load import request

Asks = Callable[["Place", int], Iterator[bytes]]


@dataclass
class Place:
    """A running server over a database that was made ready."""

    port: int
    url: str
    ready: dict[str, Any]

    def headers(self, who: str, number: int) -> dict[str, str]:
        ready = self.ready
        cookie = f"{ready['session']}={ready[who][number]}; {ready['csrf_cookie']}={ready['csrf']}"
        return {"Cookie": cookie, "X-CSRFToken": ready["csrf"]}

    def run(self, sql: str, values: Any = ()) -> None:
        with psycopg2.connect(self.url) as line, line.cursor() as cursor:
            cursor.execute(sql, values)


@dataclass(frozen=True)
class Target:
    """`hallway` and `floor` give one connection's requests; `aim` = the multiple to stay in."""

    name: str
    aim: float
    want: int
    hallway: Asks
    floor: Asks
    consumes: bool = False  # works through the pool of items


def form(**fields: str) -> bytes:
    return urllib.parse.urlencode(fields).encode()


def pages(path: str, who: str = "desk") -> Asks:
    def asks(place: Place, number: int) -> Iterator[bytes]:
        return itertools.repeat(request("GET", path, place.headers(who, number)))

    return asks


def charts(path: str) -> Asks:
    def asks(place: Place, number: int) -> Iterator[bytes]:
        pks = place.ready["patients"]
        for turn in itertools.count(number * 5):
            at = path.format(pks[turn % len(pks)])
            yield request("GET", at, place.headers("doctor", number))

    return asks


def searches(path: str) -> Asks:
    def asks(place: Place, number: int) -> Iterator[bytes]:
        words = place.ready["words"]
        for turn in itertools.count(number * 7):
            body = form(q=words[turn % len(words)])
            yield request("POST", path, place.headers("desk", number), body)

    return asks


def answers(path: str) -> Asks:
    def asks(place: Place, number: int) -> Iterator[bytes]:
        headers = place.headers("desk", number) | {"HX-Request": "true"}
        at = path.format(place.ready["calls"][number])
        for given in itertools.cycle(("no", "yes")):
            yield request("POST", at, headers, form(Q6=given, form_key=str(uuid.uuid4())))

    return asks


def closings(path: str) -> Asks:
    def asks(place: Place, number: int) -> Iterator[bytes]:
        items = place.ready["items"]
        for pk in items[number :: len(place.ready["desk"])]:
            body = form(reason="booked Tue 10:20", version="1", form_key=str(uuid.uuid4()))
            yield request("POST", path.format(pk), place.headers("desk", number), body)

    return asks


TARGETS = (
    Target("home", 4, 200, pages("/today/"), pages("/floor/today?bytes={bytes}")),
    Target("clinician day", 4, 200, pages("/today/", "doctor"),
           pages("/floor/day?bytes={bytes}", "doctor")),
    Target("search", 2.5, 200, searches("/patients/"), searches("/floor/search?bytes={bytes}")),
    Target("patient page", 4, 200, charts("/patients/{}/"),
           charts("/floor/patient/{}?bytes={{bytes}}")),
    Target("call answer", 4, 200, answers("/intake/{}/answers/Q6"),
           answers("/floor/answer/{}/Q6?bytes={{bytes}}")),
    Target("close item", 4, 302, closings("/work/{}/close"), closings("/floor/close/{}"),
           consumes=True),
)  # fmt: skip
PLAIN = pages("/plain/items")


def open_pool(place: Place) -> None:
    """Every item of the pool is open again."""
    place.run(
        "UPDATE messaging_workitem SET closed_at = NULL, closed_by_id = NULL, close_event = '',"
        " close_reason = '', version = 1 WHERE id = ANY(%s::uuid[])", [place.ready["items"]]
    )  # fmt: skip


def shut_pool(place: Place) -> None:
    """Out of the way of the lists."""
    place.run(
        "UPDATE messaging_workitem SET closed_at = now(), close_event = 'measured'"
        " WHERE closed_at IS NULL AND id = ANY(%s::uuid[])", [place.ready["items"]]
    )  # fmt: skip
