"""Who asks, from where, in which request: carried beside the call, so services need no request."""

import uuid
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field


@dataclass(frozen=True)
class RequestContext:
    request_id: str = ""
    session_hash: str = ""
    source_ip: str | None = None
    # patient → emergency access of this person that runs now; what is done about them is tagged.
    grants: Mapping[uuid.UUID, uuid.UUID] = field(default_factory=dict)


_current: ContextVar[RequestContext] = ContextVar("hallway_request", default=RequestContext())  # noqa: B039 - frozen


def current() -> RequestContext:
    return _current.get()


def set_current(context: RequestContext) -> None:
    _current.set(context)
