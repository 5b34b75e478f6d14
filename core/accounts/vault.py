"""Secrets that must be read again (TOTP keys, recovery seeds) are encrypted in the database.

SECRETS_KEYS: the first key encrypts, all of them decrypt. To change keys put a new one in front,
run `manage.py rotate_secrets`, then drop the old one.
"""

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


def box() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.SECRETS_KEYS])


def encrypt(text: str) -> str:
    return box().encrypt(text.encode()).decode()


def decrypt(sealed: str) -> str:
    """Raises InvalidToken when no key fits: better no sign-in than an unprotected one."""
    return box().decrypt(sealed.encode()).decode()


def rotated(sealed: str) -> str:
    """The same secret under the first key."""
    return box().rotate(sealed.encode()).decode()


__all__ = ["InvalidToken", "decrypt", "encrypt", "rotated"]
