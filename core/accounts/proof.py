"""Confirm it is you: a password or a code, counted like a sign-in."""

import datetime as dt

from core.accounts import codes, lockout
from core.accounts.models import User
from core.audit.services import record

LOCKED = "Too many wrong tries. Wait 15 minutes, or ask your clinic manager to let you back in."
WRONG = "That is not right. Type your password, or the code your phone shows now."
LONGEST_CODE = 8  # digits; a password has more characters


def prove(*, user: User, typed: str, now: dt.datetime) -> str:
    """ "" when it is right, else the sentence for the person."""
    bare = "".join(typed.split())
    with lockout.turn(user.email):
        if lockout.is_locked(user.email, now=now):
            sentence = LOCKED
        else:
            if bare.isdecimal() and len(bare) <= LONGEST_CODE:
                right = codes.accept(user=user, code=bare, now=now) is not None
            else:
                right = user.check_password(typed)
            sentence = "" if right else WRONG
            if right:
                lockout.forget(user.email)
            else:
                lockout.count(user.email, now=now)
        record(by=user, action="confirm", object_kind="user", object_id=user.pk, now=now,
               outcome="refused" if sentence else "done")  # fmt: skip
    return sentence
