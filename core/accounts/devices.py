"""Where somebody is signed in: one row per session, in words, and how to end them."""

import datetime as dt
from dataclasses import dataclass

from allauth.usersessions.models import UserSession
from django.db import transaction
from django.db.models import F

from core.accounts.models import User
from core.accounts.services import revoke_tokens
from core.audit.services import record
from core.lib.errors import NotFound

BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"), ("Safari/", "Safari"),
)  # fmt: skip
SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
    ("Mac OS X", "Mac"), ("CrOS", "Chromebook"), ("Linux", "Linux"),
)  # fmt: skip


@dataclass(frozen=True)
class Device:
    id: int
    words: str
    address: str
    since: dt.datetime
    last_active: dt.datetime
    is_this: bool


def words_of(user_agent: str) -> str:
    """`Chrome on Windows`; a program's own name otherwise."""
    browser = next((words for part, words in BROWSERS if part in user_agent), "")
    system = next((words for part, words in SYSTEMS if part in user_agent), "")
    return " on ".join(w for w in (browser, system) if w) or "Another program"


def devices_of(user: User, *, this: str | None) -> list[Device]:
    """Sessions that run, the one asking first. `this` = its key."""
    rows = UserSession.objects.purge_and_list(user)
    found = [
        Device(row.pk, words_of(row.user_agent), row.ip, row.created_at, row.last_seen_at,
               row.session_key == this)
        for row in rows
    ]  # fmt: skip
    return sorted(found, key=lambda d: (not d.is_this, -d.last_active.timestamp()))


@transaction.atomic
def end_device(*, user: User, pk: int, now: dt.datetime) -> None:
    """End one of one's own sessions. Raises NotFound for anybody else's."""
    row = UserSession.objects.filter(user=user, pk=pk).first()
    if row is None:
        raise NotFound("This sign-in has ended already.")
    row.end()
    record(by=user, action="session_end", object_kind="user", object_id=user.pk, now=now,
           fields=["ended_by_user"])  # fmt: skip


@transaction.atomic
def sign_out_everywhere(*, user: User, by: User, now: dt.datetime) -> None:
    """Every session ends with its next request, this one too; API tokens open nothing any more."""
    User.objects.filter(pk=user.pk).update(session_epoch=F("session_epoch") + 1)
    UserSession.objects.filter(user=user).delete()
    revoke_tokens(user=user, by=by, now=now)
    record(by=by, action="sign_out_everywhere", object_kind="user", object_id=user.pk, now=now)
