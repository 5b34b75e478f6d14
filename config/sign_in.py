"""How people sign in, as the packages that do it are told; and the keys of secrets at rest."""

import base64
import binascii
import hashlib
import ipaddress
from collections.abc import Sequence

from django.core.exceptions import ImproperlyConfigured

POLICY: dict[str, object] = {
    "ACCOUNT_LOGIN_METHODS": {"email"},
    "ACCOUNT_SIGNUP_FIELDS": ["email*", "password1*", "password2*"],
    "ACCOUNT_USER_MODEL_USERNAME_FIELD": None,
    "ACCOUNT_EMAIL_VERIFICATION": "none",
    "ACCOUNT_ADAPTER": "core.accounts.adapter.AccountAdapter",
    "ACCOUNT_FORMS": {"change_password": "core.accounts.forms.NewPasswordForm"},
    "ACCOUNT_LOGOUT_ON_GET": False,
    "ACCOUNT_PRESERVE_USERNAME_CASING": False,
    "ACCOUNT_SESSION_REMEMBER": False,
    "ACCOUNT_LOGIN_ON_PASSWORD_RESET": False,
    "ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS": False,
    "ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR": (
        "django.contrib.auth.tokens.PasswordResetTokenGenerator"
    ),
    # Wrong tries are counted in rows of their own (axes): signing in needs no cache.
    "ACCOUNT_RATE_LIMITS": {"login": None, "login_failed": None},
    "MFA_ADAPTER": "core.accounts.adapter.FactorAdapter",
    "MFA_FORMS": {
        "authenticate": "core.accounts.forms.SecondStepForm",
        "activate_totp": "core.accounts.forms.NewPhoneForm",
    },
    "MFA_TOTP_ISSUER": "Hallway",
    "MFA_RECOVERY_CODES_SHOW_ONCE": True,
    "MFA_ALLOW_UNVERIFIED_EMAIL": True,  # the clinic makes the accounts and knows the addresses
    "AXES_HANDLER": "core.accounts.lockout.Handler",
    "AXES_USERNAME_CALLABLE": "core.accounts.lockout.name_in",
    "AXES_CLIENT_IP_CALLABLE": "core.accounts.lockout.address_in",
    "AXES_LOCKOUT_PARAMETERS": ["username", "ip_address"],
    "AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT": False,
    "AXES_VERBOSE": False,
}
SENTENCE = (
    "Set SECRETS_KEYS to one or more keys, newest first, separated by commas. Make one with: "
    'python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"'
)


def secrets_keys(given: Sequence[str], *, derive_from: str) -> list[str]:
    """The keys, checked; on loopback one follows from `derive_from` when none is given."""
    keys = [key.strip() for key in given if key.strip()]
    if not keys and derive_from:
        digest = hashlib.sha256(f"secrets:{derive_from}".encode()).digest()
        return [base64.urlsafe_b64encode(digest).decode()]
    if not keys or not all(fits(key) for key in keys):
        raise ImproperlyConfigured(SENTENCE)
    return keys


def fits(key: str) -> bool:
    try:
        return len(base64.b64decode(key, altchars=b"-_", validate=True)) == 32
    except (binascii.Error, ValueError):
        return False


def networks(given: Sequence[str]) -> list[str]:
    """Addresses or networks of our own proxies, checked: everybody is nobody's proxy."""
    try:
        found = [ipaddress.ip_network(entry.strip(), strict=False) for entry in given if entry]
    except ValueError as error:
        raise ImproperlyConfigured(f"TRUSTED_PROXIES: {error}.") from error
    if any(network.prefixlen == 0 for network in found):
        raise ImproperlyConfigured("TRUSTED_PROXIES must name your proxies, not every address.")
    return [str(network) for network in found]
