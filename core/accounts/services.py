"""Writes about people who sign in."""

import datetime as dt
import hashlib
import secrets
from collections.abc import Sequence

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from core.accounts.models import ApiToken, User
from core.accounts.roles import STAFF, Role
from core.audit.services import record
from core.lib.errors import Forbidden, Refused

TOKEN_DAYS = (30, 90, 365)


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


def staff_roles(roles: Sequence[str]) -> list[str]:
    """The chosen roles in the order of the roles page. Raises Refused: what to choose."""
    if Role.PATIENT in roles:
        raise Refused(
            "A patient’s sign-in is kept apart from the staff’s. Choose roles of people who work "
            "here, or none of this page’s."
        )
    chosen = [str(role) for role in STAFF if role in roles]
    if not chosen or len(chosen) != len(set(roles)):
        raise Refused("Choose at least one role. It decides what this person may do.")
    return chosen


def role_words(roles: Sequence[str]) -> str:
    return ", ".join(role.replace("_", " ") for role in roles) or "none"


@transaction.atomic
def admit(  # noqa: PLR0913 - one person, their columns
    *,
    email: str,
    full_name: str,
    roles: Sequence[str],
    by: User,
    now: dt.datetime,
    credentials: str = "",
    phone: str = "",
) -> User:
    """Somebody new, without a password: the link in their invitation lets them choose one."""
    known = f"Somebody signs in as {email.strip()} already. Choose another address, or ask them."
    if User.objects.filter(email__iexact=email.strip()).exists():
        raise Refused(known)
    user = User(
        email=email.strip().lower(),
        full_name=" ".join(full_name.split()),
        roles=staff_roles(roles),
        credentials=credentials.strip(),
        phone=phone,
    )
    user.set_unusable_password()
    check_columns(user)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as error:  # invited twice in one moment
        raise Refused(known) from error
    record(
        by=by,
        action="invite",
        object_kind="user",
        object_id=user.pk,
        now=now,
        fields=["roles"],
        reason=f"roles: {role_words(user.roles)}",
    )
    return user


def check_columns(user: User) -> None:
    """Raises Refused with the words of what does not fit."""
    try:
        user.full_clean(exclude=["password"])
    except ValidationError as error:
        raise Refused(
            " ".join(
                f"{name.replace('_', ' ').capitalize()}: {' '.join(words)}"
                for name, words in error.message_dict.items()
            )
        ) from error


def end_sessions(user: User) -> None:
    """In the caller's transaction: every session of this person ends with their next request."""
    user.session_epoch += 1
    user.version += 1


@transaction.atomic
def switch_account(*, user: User, on: bool, by: User, now: dt.datetime) -> User:
    """Let somebody sign in again, or not at all: sessions end, tokens are revoked."""
    row = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    row.is_active = on
    end_sessions(row)
    row.save(update_fields=["is_active", "session_epoch", "version"])
    record(
        by=by,
        action="enable" if on else "disable",
        object_kind="user",
        object_id=row.pk,
        now=now,
        fields=["is_active"],
    )
    if not on:
        revoke_tokens(user=row, by=by, now=now)
    return row


@transaction.atomic
def issue_token(
    *, user: User, label: str, by: User | None, now: dt.datetime, days: int = 90, token: str = ""
) -> str:
    """A new API token; returned once, kept as a digest."""
    if not label.strip():
        raise Refused("Say which program gets this token, for example “front-desk import”.")
    token = token or secrets.token_urlsafe(32)
    row = ApiToken.objects.create(
        user=user,
        label=label.strip()[:60],
        digest=digest_of(token),
        created_at=now,
        expires_at=now + dt.timedelta(days=days),
    )
    record(
        by=by,
        action="issue_token",
        object_kind="user",
        object_id=user.pk,
        now=now,
        reason=f"{row.label}, {days} days",
    )
    return token


@transaction.atomic
def give_token(*, user: User, label: str, days: int, by: User, now: dt.datetime) -> str:
    """A token of one's own. One per program: a form sent twice makes no second one.

    It acts as its person and asks for no second factor, so nobody issues one for somebody else.
    """
    if by.pk != user.pk:
        raise Forbidden(f"Only {user.full_name} may issue a token that acts for them.")
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if days not in TOKEN_DAYS:
        raise Refused(f"Choose for how long: {', '.join(map(str, TOKEN_DAYS))} days.")
    if not user.is_active:
        raise Refused(f"{user.full_name} is disabled. A token would open nothing.")
    live = ApiToken.objects.filter(user=user, revoked_at=None, expires_at__gt=now)
    if live.filter(label=label.strip()[:60]).exists():
        raise Refused(
            f"A token “{label.strip()}” is in use. Revoke it first, or choose a new name."
        )
    return issue_token(user=user, label=label, by=by, now=now, days=days)


@transaction.atomic
def revoke_token(*, token: ApiToken, by: User, now: dt.datetime) -> ApiToken:
    """The program that holds it is refused from now on. Revoked twice changes nothing."""
    row = ApiToken.objects.select_for_update().get(pk=token.pk)
    if row.revoked_at is None:
        row.revoked_at = now
        row.save(update_fields=["revoked_at"])
        record(
            by=by,
            action="revoke_token",
            object_kind="user",
            object_id=row.user_id,
            now=now,
            reason=row.label,
        )
    return row


@transaction.atomic
def revoke_tokens(*, user: User, by: User, now: dt.datetime) -> None:
    """All of somebody's: each would open as much as the session that has just been ended."""
    for token in ApiToken.objects.filter(user=user, revoked_at=None):
        revoke_token(token=token, by=by, now=now)


def set_preferences(*, user: User, theme: str, single_keys: bool, now: dt.datetime) -> None:
    """A person's own look and keys."""
    user.theme = theme
    user.single_keys = single_keys
    user.full_clean(exclude=["password"])
    user.save(update_fields=["theme", "single_keys"])
    record(by=user, action="change", object_kind="preferences", object_id=user.pk, now=now)
