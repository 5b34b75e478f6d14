"""Wrong passwords and codes are counted per person and per address, in the database (ADR 0017).

Tries about one person or from one address go one after another (`turn`), so twenty at once are
counted like twenty in a row. A person is kept as a keyed digest of the address typed: no list of
addresses arises from this.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Sum
from django.utils.crypto import salted_hmac

from core.accounts.models import User
from core.audit.context import current
from core.audit.services import record
from core.lib import clock

LOCK_SPACE = 7003  # of the advisory locks that belong to sign-in


def name_of(email: str) -> str:
    return salted_hmac("hallway.lockout", email.strip().lower(), algorithm="sha256").hexdigest()


def name_in(request: Any, credentials: dict[str, Any] | None = None) -> str:
    """The same, from what a sign-in was tried with."""
    return name_of(str((credentials or {}).get("email") or ""))


def address_in(request: Any) -> str | None:
    """The address decided once per request (core.audit.middleware); no header is read here."""
    return current().source_ip


@contextmanager
def turn(email: str) -> Iterator[None]:
    """One try at a time about one person and from one address; held to the end of the transaction.

    Always in this order, so that two never wait for each other.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            for held in (name_of(email), f"address {current().source_ip}"):
                cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))",
                               [LOCK_SPACE, held])  # fmt: skip
        yield


def _failures(now: dt.datetime, **which: Any) -> int:
    since = now - settings.AXES_COOLOFF_TIME
    rows = AccessAttempt.objects.filter(attempt_time__gt=since, **which)
    return rows.aggregate(sum=Sum("failures_since_start"))["sum"] or 0


def is_locked(email: str, *, now: dt.datetime, address: str | None = None) -> bool:
    """No more tries for this person, or (when `address` is given) from this address."""
    if _failures(now, username=name_of(email)) >= settings.AXES_FAILURE_LIMIT:
        return True
    return bool(address) and _failures(now, ip_address=address) >= settings.LOCKOUT_ADDRESS_LIMIT


def count(email: str, *, now: dt.datetime) -> None:
    """One more wrong password or code. Inside `turn`."""
    since = now - settings.AXES_COOLOFF_TIME
    row, fresh = AccessAttempt.objects.select_for_update().get_or_create(
        username=name_of(email),
        ip_address=current().source_ip,
        user_agent="",
        defaults={"failures_since_start": 1},
    )
    row.failures_since_start = 1 if fresh or row.attempt_time <= since else (
        row.failures_since_start + 1
    )  # fmt: skip
    row.attempt_time = now
    row.save()
    AccessAttempt.objects.filter(attempt_time__lt=now - dt.timedelta(days=1)).delete()
    if _failures(now, username=name_of(email)) == settings.AXES_FAILURE_LIMIT:
        user = User.objects.filter(email=email.strip().lower()).first()
        record(by=None, action="lockout", object_kind="user", now=now, outcome="refused",
               object_id=user.pk if user else "")  # fmt: skip


def forget(email: str) -> None:
    """A right one came: only this person's count goes, never the address's."""
    AccessAttempt.objects.filter(username=name_of(email)).delete()


@transaction.atomic
def unlock(*, user: User, by: User, now: dt.datetime) -> None:
    """A manager lets somebody try again at once."""
    forget(user.email)
    record(by=by, action="unlock", object_kind="user", object_id=user.pk, now=now)


def locked_among(users: Iterable[User], *, now: dt.datetime) -> set[Any]:
    """The ids of those who are locked out now, in one query."""
    names = {name_of(user.email): user.pk for user in users}
    since = now - settings.AXES_COOLOFF_TIME
    rows = (
        AccessAttempt.objects.filter(username__in=names, attempt_time__gt=since)
        .order_by()
        .values("username")
        .annotate(sum=Sum("failures_since_start"))
    )
    return {names[r["username"]] for r in rows if r["sum"] >= settings.AXES_FAILURE_LIMIT}


class Handler(AxesDatabaseHandler):  # type: ignore[misc]  # axes is untyped
    """Axes asks here, so that every door that authenticates is counted by the same rule.

    What was posted is never stored: a form may carry health data.
    """

    def is_locked(self, request: Any, credentials: dict[str, Any] | None = None) -> bool:
        email = str((credentials or {}).get("email") or "")
        return is_locked(email, now=clock.now(), address=address_in(request))

    def user_login_failed(
        self, sender: Any, credentials: dict[str, Any], request: Any = None, **kwargs: Any
    ) -> None:
        if not getattr(request, "axes_locked_out", False):
            count(str(credentials.get("email") or ""), now=clock.now())

    def user_logged_in(self, sender: Any, request: Any, user: User, **kwargs: Any) -> None:
        forget(user.email)

    def user_logged_out(self, sender: Any, request: Any, user: Any, **kwargs: Any) -> None:
        """Sign-outs are on the audit trail."""
