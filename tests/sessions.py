"""Signed-in browsers for tests, marked as a completed sign-in marks them.

`sign_in(client, user)` stays valid whether a story's clock is real or stands at `tests.cast.NOW`;
`sign_in(client, user, at=NOW)` begins exactly then, for stories about time.
"""

import datetime as dt
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client

from core.accounts import sessions
from core.lib.clock import now
from tests.cast import NOW

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
LONG = dt.timedelta(days=60)  # beyond every story's last day


def sign_in(
    client: Client, user: Any, *, at: dt.datetime | None = None, factor: bool = True
) -> Client:
    """As after password and code; `factor=False` = only the password was given."""
    client.force_login(user, backend=BACKEND)
    at = at or max(now(), NOW) + LONG
    mark(client, at, factor=factor)
    UserSession.objects.create(
        user=user, session_key=client.session.session_key, ip="127.0.0.1",
        user_agent="Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36",
        created_at=at, last_seen_at=at,
    )  # fmt: skip
    return client


def mark(client: Client, at: dt.datetime, *, factor: bool = True) -> None:
    session = client.session
    for name in (sessions.SIGNED_IN, sessions.ACTIVE, sessions.CONFIRMED):
        session[name] = at.timestamp()
    session.pop(sessions.FACTOR, None)
    if factor:
        session[sessions.FACTOR] = at.timestamp()
    session.save()
    # Django's own end of the row: out of the way, whichever clock wrote it.
    Session.objects.filter(pk=session.session_key).update(expire_date=max(at, NOW) + LONG)


def age_authentication(client: Client) -> None:
    """The password was given long ago: routes with `reauth=True` ask again."""
    session = client.session
    session[sessions.CONFIRMED] = 0
    keep = Session.objects.get(pk=session.session_key).expire_date
    session.save()
    Session.objects.filter(pk=session.session_key).update(expire_date=keep)


def cookie_of(client: Client) -> str:
    return str(client.cookies[settings.SESSION_COOKIE_NAME].value)
