"""A second factor as rows see it: who has one, and taking it away from somebody who lost it."""

import datetime as dt

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import Exists, OuterRef

from core.accounts.models import User
from core.accounts.services import end_sessions, revoke_tokens
from core.audit.services import record
from core.lib.errors import Refused


def has_second_factor(user_column: str) -> Exists:
    """For a list: has the user in this outer column set up an authenticator app?"""
    rows = Authenticator.objects.filter(type=Authenticator.Type.TOTP)
    return Exists(rows.filter(user=OuterRef(user_column)))


def second_factor_of(user: User) -> bool:
    rows = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP)
    return bool(rows.exists())


@transaction.atomic
def remove_factors(*, user: User, by: User, now: dt.datetime) -> None:
    """They set up a new one with their next sign-in, before anything else. Sessions end,
    and so do API tokens, which ask for no factor at all."""
    row = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    gone, _ = Authenticator.objects.filter(user=row).delete()
    if not gone:
        raise Refused(f"{row.full_name} has no second factor, so there is nothing to reset.")
    end_sessions(row)
    row.save(update_fields=["session_epoch", "version"])
    revoke_tokens(user=row, by=by, now=now)
    record(by=by, action="reset_second_factor", object_kind="user", object_id=row.pk, now=now)
