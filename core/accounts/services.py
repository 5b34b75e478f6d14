"""Writes about people who sign in."""

import datetime as dt
import hashlib
import secrets

from django.contrib.auth.password_validation import validate_password
from django.db import transaction

from core.accounts.models import ApiToken, User
from core.audit.services import record


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def create_user(  # noqa: PLR0913 - one person, their columns
    *,
    email: str,
    full_name: str,
    roles: list[str],
    password: str,
    by: User | None,
    now: dt.datetime,
    credentials: str = "",
    phone: str = "",
) -> User:
    """A new person who can sign in. Raises ValidationError for a weak password."""
    user = User(
        email=email.lower(), full_name=full_name, roles=roles, credentials=credentials, phone=phone
    )
    validate_password(password, user)
    user.set_password(password)
    user.full_clean()
    user.save()
    record(by=by, action="create", object_kind="user", object_id=user.pk, now=now, fields=["roles"])
    return user


@transaction.atomic
def issue_token(
    *, user: User, label: str, by: User | None, now: dt.datetime, days: int = 90, token: str = ""
) -> str:
    """A new API token; returned once, kept as a digest."""
    token = token or secrets.token_urlsafe(32)
    ApiToken.objects.create(
        user=user,
        label=label,
        digest=digest_of(token),
        created_at=now,
        expires_at=now + dt.timedelta(days=days),
    )
    record(by=by, action="issue_token", object_kind="user", object_id=user.pk, now=now)
    return token


def set_preferences(*, user: User, theme: str, single_keys: bool, now: dt.datetime) -> None:
    """A person's own look and keys."""
    user.theme = theme
    user.single_keys = single_keys
    user.full_clean(exclude=["password"])
    user.save(update_fields=["theme", "single_keys"])
    record(by=user, action="change", object_kind="preferences", object_id=user.pk, now=now)
