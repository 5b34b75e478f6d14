"""The ground the fuzz tests stand on: one world, everybody in it, and every write undone.

CI samples some hundred cases a role; HALLWAY_DEEP=1 (script/test --deep) runs over 50,000.
"""

import os
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.signals import got_request_exception
from django.db import transaction
from hypothesis import HealthCheck, settings

from config.home import errors, sent_once
from core.accounts.services import issue_token
from tests.cast import NOW, PASSWORD, assemble
from tests.guards.world import World

DEEP = bool(os.environ.get("HALLWAY_DEEP"))
PEOPLE: dict[str, str | None] = {
    "front_desk": "ana", "physician": "amin", "therapist": "ruiz", "coordinator": "park",
    "manager": "cole", "behavioral_health": "lang", "patient": "daniel",
    "other clinic": "mora", "nobody": None,
}  # fmt: skip


def examples(ci: int, deep: int) -> settings:
    """For a `seed` the same cases each time, so that a red run can be run again."""
    return settings(
        max_examples=deep if DEEP else ci,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )


class Ground:
    """`ground.world`, `ground.tokens[role]`; `with ground.undone():` one request."""

    def __init__(self) -> None:
        cast = assemble()
        for who in filter(None, PEOPLE.values()):
            getattr(cast, who).set_password(PASSWORD)
            getattr(cast, who).save()
        self.world = World(cast)
        self.tokens = {
            role: issue_token(user=getattr(self.world.cast, who), label="fuzz", by=None, now=NOW)
            for role, who in PEOPLE.items()
            if who
        }
        self.codes: Counter[int] = Counter()
        self.broke: list[str] = []
        got_request_exception.connect(self.note, weak=False, dispatch_uid="fuzz")
        for module in (errors, sent_once):  # a database error is a 503 there, without a signal
            module.log.error = self.note  # type: ignore[method-assign]

    def note(self, *_: Any, **__: Any) -> None:
        self.broke.append(traceback.format_exc(limit=-6))

    @contextmanager
    def undone(self) -> Iterator[None]:
        self.broke.clear()
        with transaction.atomic():
            yield
            transaction.set_rollback(True)

    def judge(self, code: int, what: str) -> None:
        """No request may break the server, whoever sends what."""
        self.codes[code] += 1
        assert code < 500, f"{what}: {code}\n{''.join(self.broke)}"

    def tally(self, name: str) -> str:
        """What `-s` shows: how many cases, and what they were answered."""
        codes = ", ".join(f"{code} × {n}" for code, n in sorted(self.codes.items()))
        line = f"{name}: {sum(self.codes.values())} cases ({codes})"
        self.codes.clear()
        return line

    def close(self) -> None:
        got_request_exception.disconnect(dispatch_uid="fuzz")
        for module in (errors, sent_once):
            del module.log.error
