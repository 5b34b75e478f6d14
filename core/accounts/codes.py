"""One-time codes: from the app on the phone (TOTP, RFC 6238) or from the printed list."""

import datetime as dt
import hmac

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.db import transaction

from core.accounts import vault
from core.accounts.models import User
from core.audit.services import record

PERIOD = 30  # seconds a code lives
DRIFT = 1  # periods a phone's clock may be off, either way
Kind = Authenticator.Type


def code_at(secret: str, counter: int) -> str:
    return str(format_hotp_value(hotp_value(secret, counter)))


def counter_at(now: dt.datetime) -> int:
    return int(now.timestamp()) // PERIOD


def has_factor(user: User) -> bool:
    return bool(Authenticator.objects.filter(user=user, type=Kind.TOTP).exists())


def codes_left(user: User) -> int:
    """Printed codes that were not used yet."""
    row = Authenticator.objects.filter(user=user, type=Kind.RECOVERY_CODES).first()
    return len(row.wrap().get_unused_codes()) if row else 0


@transaction.atomic
def accept(*, user: User, code: str, now: dt.datetime) -> Authenticator | None:
    """The authenticator that takes this code, which it never takes again; None = wrong or used.

    The last period used is kept in the row, not in a cache: a flush makes no code good again. The
    rows are locked, so of two sign-ins with the same code one is refused.
    """
    typed = "".join(code.split())
    rows = Authenticator.objects.select_for_update().filter(user=user).order_by("-type")
    for row in rows:
        if row.type == Kind.TOTP and _takes_totp(row, typed, now):
            return row
        if row.type == Kind.RECOVERY_CODES and row.wrap().validate_code(typed):
            record(by=user, action="use_recovery_code", object_kind="user", object_id=user.pk,
                   now=now)  # fmt: skip
            return row
    return None


def _takes_totp(row: Authenticator, typed: str, now: dt.datetime) -> bool:
    secret = vault.decrypt(row.data["secret"])
    for counter in range(counter_at(now) - DRIFT, counter_at(now) + DRIFT + 1):
        fits = hmac.compare_digest(code_at(secret, counter).encode(), typed.encode())
        if fits and counter > row.data.get("last_counter", 0):
            row.data["last_counter"] = counter
            row.save(update_fields=["data"])
            return True
    return False


def use_up(*, user: User, now: dt.datetime) -> None:
    """The code that proved a new phone is used up too."""
    row = Authenticator.objects.get(user=user, type=Kind.TOTP)
    row.data["last_counter"] = counter_at(now)
    row.save(update_fields=["data"])


@transaction.atomic
def enrol(*, user: User, secret: str) -> None:
    """Give somebody a second factor with a known secret: demo and tests; people scan their own."""
    Authenticator.objects.update_or_create(
        user=user, type=Kind.TOTP, defaults={"data": {"secret": vault.encrypt(secret)}}
    )
    RecoveryCodes.activate(user)  # both are on the audit trail by core/accounts/signals.py


@transaction.atomic
def rotate_secrets() -> int:
    """Every secret under the first key. Returns how many."""
    rows = list(Authenticator.objects.select_for_update())
    for row in rows:
        for name in ("secret", "seed"):
            if name in row.data:
                row.data[name] = vault.rotated(row.data[name])
        row.save(update_fields=["data"])
    return len(rows)
