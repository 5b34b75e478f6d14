"""How long a password must be. Length and the list of common ones; no rules about characters."""

from typing import Any

from django.core.exceptions import ValidationError

LONGEST = 128
WITH_CODE = 12  # staff: a code comes on top
ALONE = 15  # a patient without a second factor


class Length:
    def validate(self, password: str, user: Any = None) -> None:
        least = shortest_for(user)
        if len(password) < least:
            raise ValidationError(f"Use at least {least} characters: three or four words do well.")
        if len(password) > LONGEST:
            raise ValidationError(f"Use at most {LONGEST} characters.")

    def get_help_text(self) -> str:
        return f"At least {WITH_CODE} characters, for patients {ALONE}."


def shortest_for(user: Any) -> int:
    if user is None or user.is_staff_member:
        return WITH_CODE
    from core.accounts.codes import has_factor  # noqa: PLC0415 - loaded with the models

    return WITH_CODE if has_factor(user) else ALONE
