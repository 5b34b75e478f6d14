"""Who asks, from where, in which request: carried beside the call, so services need no request."""

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class RequestContext:
    request_id: str = ""
    session_hash: str = ""
    source_ip: str | None = None


_current: ContextVar[RequestContext] = ContextVar("hallway_request", default=RequestContext())  # noqa: B039 - frozen


def current() -> RequestContext:
    return _current.get()


def set_current(context: RequestContext) -> None:
    _current.set(context)
