"""The forms of signing in, on top of allauth's: counted like passwords, secrets kept sealed."""

from typing import Any

from allauth.account.adapter import get_adapter as account_adapter
from allauth.account.fields import PasswordField, SetPasswordField
from allauth.account.forms import PasswordVerificationMixin
from allauth.core import context
from allauth.mfa.adapter import get_adapter as factor_adapter
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal import auth
from django import forms

from core.accounts import codes, lockout, vault
from core.accounts.models import User
from core.audit.services import record
from core.lib.clock import now

SEALED = "hallway_new_totp"
CODE_FIELD = {"inputmode": "numeric", "autocomplete": "one-time-code", "autofocus": ""}


class SecondStepForm(AuthenticateForm):  # type: ignore[misc]  # allauth is untyped
    """The code at sign-in. A wrong one counts like a wrong password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs = dict(CODE_FIELD)

    def clean_code(self) -> str:
        user, code, at = self.user, str(self.cleaned_data["code"]), now()
        with lockout.turn(user.email):
            locked = lockout.is_locked(user.email, now=at)
            taken = None if locked else codes.accept(user=user, code=code, now=at)
            if taken is None:
                record(by=None, action="second_factor", object_kind="user", object_id=user.pk,
                       now=at, fields=["locked"] if locked else [], outcome="refused")  # fmt: skip
            if taken is None and not locked:
                lockout.count(user.email, now=at)
        if locked:  # outside the transaction, which keeps what was counted
            raise account_adapter().validation_error("too_many_login_attempts")
        if taken is None:
            raise factor_adapter().validation_error("incorrect_code")
        self.authenticator = taken
        return code


class NewPhoneForm(ActivateTOTPForm):  # type: ignore[misc]  # allauth is untyped
    """Setting up the app: until the first right code the new key waits sealed in the session."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.user = kwargs.pop("user")
        forms.Form.__init__(self, *args, **kwargs)
        self.fields["code"].widget.attrs = dict(CODE_FIELD)
        self.fields["code"].label = "Code"
        session = context.request.session
        if SEALED not in session:  # a page loaded again keeps the key that was scanned already
            session[SEALED] = vault.encrypt(auth.generate_totp_secret())
        self.secret = vault.decrypt(session[SEALED])


class NewPasswordForm(PasswordVerificationMixin, forms.Form):  # type: ignore[misc]  # allauth is untyped
    """A new password; the old one was asked for by the gate."""

    password1 = SetPasswordField(label="New password")
    password2 = PasswordField(label="New password again", autocomplete="new-password")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)
        self.fields["password1"].user = user  # type: ignore[attr-defined]  # allauth's field

    def save(self) -> None:
        account_adapter().set_password(self.user, self.cleaned_data["password1"])
