"""What somebody may reach at this moment, as values, and how long that is remembered.

It is read once for a request (core/people/middleware.py) and forgotten with it; outside a request,
as in a task or a tick, nothing is kept. Within one it is read anew after a row was locked, since
somebody else may have changed it while this request waited; and once the request itself wrote any
table it is read from, nothing is kept any more, whether or not that is rolled back later.
"""

import datetime as dt
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from core.accounts.models import User
from core.people.models import AccessGrant, Clinic, Delegation, StaffMember

# A request's clock is asked more than once; these are still the same moment.
SAME_MOMENT = dt.timedelta(seconds=5)
READ_FROM = tuple(m._meta.db_table for m in (AccessGrant, Clinic, Delegation, StaffMember, User))


@dataclass(frozen=True)
class Reach:
    own: frozenset[uuid.UUID]  # clinics they work at for the clinic itself
    partner: Mapping[uuid.UUID, dt.date]  # those they come to from a partner practice → today there
    away: Mapping[uuid.UUID, frozenset[uuid.UUID]]  # clinic → whom they cover for
    granted: frozenset[uuid.UUID]  # patients whose chart is open to them by a grant

    @property
    def clinics(self) -> frozenset[uuid.UUID]:
        return self.own | self.partner.keys()


@dataclass
class Memory:
    """What one request has read, and whether it may still keep anything."""

    found: dict[uuid.UUID, tuple[dt.datetime, Reach]] = field(default_factory=dict)
    keeps: bool = True


_memory: ContextVar[Memory | None] = ContextVar("hallway_reach", default=None)


def remembered(user: User, *, now: dt.datetime, read: Callable[[], Reach]) -> Reach:
    """This person's reach: what this request has read already, or read now."""
    memory = _memory.get()
    if memory is None or not memory.keeps:
        return read()
    at, reach = memory.found.get(user.pk, (None, None))
    if at is None or reach is None or abs(now - at) > SAME_MOMENT:
        reach = read()
        memory.found[user.pk] = now, reach
    return reach


@contextmanager
def one_request() -> Iterator[None]:
    """What is read in here is kept until the end of it, and no longer."""
    memory = Memory()

    def watch(execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        try:
            return execute(sql, params, many, context)
        finally:
            forget(memory, str(sql))

    token = _memory.set(memory)
    try:
        with connection.execute_wrapper(watch):
            yield
    finally:
        _memory.reset(token)


def forget(memory: Memory, sql: str) -> None:
    """What this statement makes doubtful is not kept."""
    if sql.startswith(("SELECT", "(SELECT")):
        if "FOR UPDATE" in sql or "FOR NO KEY UPDATE" in sql:
            memory.found.clear()
    elif any(table in sql for table in READ_FROM):
        memory.keeps = False
        memory.found.clear()
