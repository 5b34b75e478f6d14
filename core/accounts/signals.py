"""Third-party hooks: what happens to sign-ins goes to the audit trail and into the session."""

from typing import Any

from allauth.account import signals as account
from allauth.account.authentication import get_authentication_records
from allauth.mfa import signals as factors
from allauth.mfa.models import Authenticator
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db.models import F
from django.db.models.signals import post_save
from django.dispatch import receiver

from core.accounts import sessions
from core.accounts.models import User
from core.accounts.services import revoke_tokens
from core.audit.services import record
from core.lib.clock import now


def note(action: str, user: Any, *fields: str) -> None:
    record(by=user, action=action, object_kind="user", object_id=user.pk, now=now(), fields=fields)


@receiver(user_logged_in)
def on_sign_in(sender: Any, request: Any, user: Any, **kwargs: Any) -> None:
    at = now().timestamp()
    for mark in (sessions.SIGNED_IN, sessions.ACTIVE, sessions.CONFIRMED):
        request.session[mark] = at
    methods = {r["method"] for r in get_authentication_records(request, user)}
    request.session.pop(sessions.FACTOR, None)
    if "mfa" in methods:
        request.session[sessions.FACTOR] = at
    note("sign_in", user, *sorted(methods))


@receiver(user_logged_out)
def on_sign_out(sender: Any, user: Any, **kwargs: Any) -> None:
    if user is not None:
        note("sign_out", user)


@receiver(user_login_failed)
def on_failure(sender: Any, credentials: dict[str, Any], **kwargs: Any) -> None:
    """The person when there is one, never the address that was typed."""
    email = str(credentials.get("email") or "").strip().lower()
    user = User.objects.filter(email=email).first()
    record(by=None, action="sign_in", object_kind="user", object_id=user.pk if user else "",
           now=now(), outcome="refused")  # fmt: skip


@receiver(post_save, sender=Authenticator)
def on_factor_added(sender: Any, instance: Authenticator, created: bool, **kwargs: Any) -> None:  # noqa: FBT001 - Django's signal
    """A phone or a list of printed codes, by whichever door, in the transaction that adds it."""
    if created:
        note("enrol_factor", instance.user, str(instance.type))


@receiver(factors.authenticator_removed)
def on_factor_removed(
    sender: Any, request: Any, user: Any, authenticator: Authenticator, **kwargs: Any
) -> None:
    """Every other session passed a factor that is no more: they end; this one enrols again."""
    note("remove_factor", user, str(authenticator.type))
    if authenticator.type == Authenticator.Type.TOTP:
        User.objects.filter(pk=user.pk).update(session_epoch=F("session_epoch") + 1)
        row = User.objects.get(pk=user.pk)
        request.session.pop(sessions.FACTOR, None)
        update_session_auth_hash(request, row)


@receiver([account.password_changed, account.password_set])
def on_password_changed(sender: Any, user: Any, **kwargs: Any) -> None:
    note("change_password", user)


@receiver(account.password_reset)
def on_password_reset(sender: Any, user: Any, **kwargs: Any) -> None:
    """Whoever had the old password may have issued themselves a token with it."""
    note("reset_password", user)
    revoke_tokens(user=user, by=user, now=now())
