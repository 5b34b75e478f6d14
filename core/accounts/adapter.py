"""Sign-in policy that allauth asks for."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest
from django.urls import reverse

from core.accounts import lockout, vault
from core.accounts.models import User
from core.accounts.proof import LOCKED
from core.audit.context import current
from core.audit.services import record
from core.events.services import emit
from core.lib.clock import now

NOWHERE = "0.0.0.0"  # noqa: S104 - stands for "no address known", nothing listens on it


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth is untyped
    """Accounts are made by the clinic, never by a stranger."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "too_many_login_attempts": LOCKED,
        "email_password_mismatch": "The e-mail or the password is not correct.",
    }

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """One try at a time about one address typed, known or not; the answer is the same."""
        email = str(credentials.get("email") or "")
        with lockout.turn(email):
            locked = lockout.is_locked(email, now=now(), address=current().source_ip)
            user: User | None = None
            if locked:
                record(by=None, action="sign_in", object_kind="user", now=now(), fields=["locked"],
                       outcome="refused")  # fmt: skip
            else:
                user = super().authenticate(request, **credentials)
        if locked:  # outside the transaction, which keeps what was counted
            raise self.validation_error("too_many_login_attempts")
        return user

    def get_client_ip(self, request: HttpRequest) -> str:
        return current().source_ip or NOWHERE

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Our own gate asks (`reauth=True` in core/accounts/urls.py), for every kind of page."""
        return False

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:
        """Through the outbox: a slow mail server tells nobody whether an address is known."""
        record(by=None, action="reset_asked", object_kind="user", object_id=user.pk, now=now())
        emit(name="accounts.reset_asked", subject_id=user.pk, now=now(), ring=True)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """No other mail leaves from a request."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return reverse("home:start")

    def add_message(self, *args: object, **kwargs: object) -> None:
        """No "successfully signed in" notes: they only stand in the way of the first red flag."""


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth is untyped
    """Second factors: secrets encrypted at rest."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": "This code is not right, or it was used already. Wait for the next one.",
    }

    def encrypt(self, text: str) -> str:
        return vault.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return vault.decrypt(encrypted_text)
