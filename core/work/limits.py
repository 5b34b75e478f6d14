"""How often somebody may ask: per person, for strangers per address; counted in the database.

`@limited("letter", 20, per=60)` below `@requires`, so only those who may come in are counted. The
limits are far above what hands can do; they stop scripts, and they never lock anybody out for long.
"""

import datetime as dt
import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse  # noqa: TID251 - a door's decorator
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from core.audit.context import current
from core.lib.clock import now
from core.lib.errors import TooMany
from core.work.models import RateCount

API_PER_MINUTE = 600
View = Callable[..., HttpResponse]
# One statement, so twenty at once are twenty: the row's lock lets them through one by one.
COUNT = f"""
INSERT INTO {RateCount._meta.db_table} AS kept (key, starts_at, n) VALUES (%s, %s, 1)
ON CONFLICT (key) DO UPDATE SET
  n = CASE WHEN excluded.starts_at > kept.starts_at THEN 1 ELSE kept.n + 1 END,
  starts_at = greatest(kept.starts_at, excluded.starts_at)
RETURNING n
"""  # noqa: S608 - the table's own name


def count(name: str, who: str, *, limit: int, per: int, now: dt.datetime) -> None:
    """Count one use by `who`, at most `limit` in each `per` seconds. Raises TooMany."""
    begun = int(now.timestamp()) // per * per
    key = hashlib.sha256(f"{name} {who}".encode()).hexdigest()
    starts_at = dt.datetime.fromtimestamp(begun, dt.UTC)
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [key, starts_at])
        n = cursor.fetchone()[0]
    if n > limit * settings.RATE_FACTOR:
        raise TooMany(retry_after=max(1, begun + per - int(now.timestamp())))


def who_asks(user: Any) -> str:
    """A person by their id, wherever they sit; a stranger by the address they come from."""
    if user is not None and user.is_authenticated:
        return f"user {user.pk}"
    return f"address {current().source_ip}"


def limited(name: str, limit: int, *, per: int, methods: str = "") -> Callable[[View], View]:
    """At most `limit` requests of one person in `per` seconds; `methods` "POST" counts only those.

    Routes with the same name share the count.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def counted(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not methods or request.method in methods.split():
                who = who_asks(getattr(request, "user", None))
                count(name, who, limit=limit, per=per, now=now())
            return view(request, *args, **kwargs)

        return counted

    return decorate


class ApiThrottle(BaseThrottle):
    """The API's general limit, and the view's own: `limit = ("search", 150, 60)`."""

    def allow_request(self, request: Request, view: Any) -> bool:
        at, who = now(), who_asks(request.user)
        count("api", who, limit=API_PER_MINUTE, per=60, now=at)
        own: tuple[str, int, int] | None = getattr(view, "limit", None)
        if own:
            count(own[0], who, limit=own[1], per=own[2], now=at)
        return True
