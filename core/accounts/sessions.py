"""How long a signed-in browser stays one: marks in the session, and what they mean.

All marks are seconds since 1970 by this server's clock; a browser cannot write them.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.conf import settings

SIGNED_IN = "hallway_signed_in_at"
ACTIVE = "hallway_active_at"
CONFIRMED = "hallway_confirmed_at"  # password or code given: what re-authentication looks at
FACTOR = "hallway_factor_at"  # a second factor was passed in this session

IDLE_STAFF = dt.timedelta(minutes=15)
IDLE_PATIENT = dt.timedelta(minutes=30)
WARN_BEFORE = dt.timedelta(minutes=2)
ABSOLUTE = dt.timedelta(hours=12)
FRESH = dt.timedelta(minutes=5)
STEP = dt.timedelta(seconds=30)  # activity is written this often at most, not with every request

Session = Mapping[str, Any]


def idle_limit(*, staff: bool) -> dt.timedelta:
    return IDLE_STAFF if staff else IDLE_PATIENT


def _age(session: Session, mark: str, now: dt.datetime) -> dt.timedelta:
    """How long ago; a session without the mark is as old as the epoch."""
    return dt.timedelta(seconds=now.timestamp() - float(session.get(mark, 0)))


def ended(session: Session, *, staff: bool, now: dt.datetime) -> str:
    """Why this session is over: "idle", "absolute", or "" while it runs."""
    if _age(session, SIGNED_IN, now) >= ABSOLUTE:
        return "absolute"
    return "idle" if _age(session, ACTIVE, now) >= idle_limit(staff=staff) else ""


def left(session: Session, *, staff: bool, now: dt.datetime) -> dt.timedelta:
    """How long it runs if nothing more is done."""
    return min(
        ABSOLUTE - _age(session, SIGNED_IN, now),
        idle_limit(staff=staff) - _age(session, ACTIVE, now),
    )


def is_due(session: Session, *, now: dt.datetime) -> bool:
    """Is the stored activity old enough to be written again?"""
    return _age(session, ACTIVE, now) >= STEP


def is_confirmed(session: Session, *, now: dt.datetime) -> bool:
    """Was a password or a code given within the last minutes?"""
    return _age(session, CONFIRMED, now) < FRESH


def needs_factor(session: Session, *, staff: bool) -> bool:
    """Must this person still pass a second factor before anything else?"""
    return FACTOR not in session and (staff or settings.MFA_FOR_PATIENTS)
