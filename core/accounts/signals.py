"""Third-party hooks: sign-ins and failures go to the audit trail."""

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver

from core.audit.services import record
from core.lib.clock import now


@receiver(user_logged_in)
def on_sign_in(sender: Any, user: Any, **kwargs: Any) -> None:
    record(by=user, action="sign_in", object_kind="user", object_id=user.pk, now=now())


@receiver(user_logged_out)
def on_sign_out(sender: Any, user: Any, **kwargs: Any) -> None:
    if user is not None:
        record(by=user, action="sign_out", object_kind="user", object_id=user.pk, now=now())


@receiver(user_login_failed)
def on_failure(sender: Any, **kwargs: Any) -> None:
    record(by=None, action="sign_in", object_kind="user", now=now(), outcome="refused")
