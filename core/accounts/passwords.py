"""How long a password must be, and that it cannot be guessed; no rules about characters."""

import re
from typing import Any

from django.core.exceptions import ValidationError
from zxcvbn import zxcvbn

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


LEAST_SCORE = 3  # of 0-4: more than 10^8 guesses
LEFT = 8  # characters that are neither their name nor the clinic's words
LOOKED_AT = 72  # characters; what follows only makes it harder, and the look stays fast
# What a person of this clinic might think of first; their own name and address come on top.
OF_THE_CLINIC = ("hallway", "clinic", "pain", "painclinic", "centre", "center", "rehab", "therapy",
                 "physician", "doctor", "nurse", "patient", "manager", "frontdesk")  # fmt: skip


class NotGuessable:
    """Offline, from lists: common and leaked passwords, names, keyboard rows, dates."""

    def validate(self, password: str, user: Any = None) -> None:
        own = re.findall(r"\w{3,}", f"{user.full_name} {user.email}".lower()) if user else []
        known = [*OF_THE_CLINIC, *own]
        score = zxcvbn(password[:LOOKED_AT], user_inputs=known)["score"]
        if score < LEAST_SCORE or len(without(password, known)) < LEFT:
            raise ValidationError(
                "That would be guessed soon. Use three or four words that have nothing to do with "
                "you or the clinic."
            )

    def get_help_text(self) -> str:
        return "Not a common word, a name, a date or a row of keys."


def without(password: str, words: list[str]) -> str:
    """What is left of it when the words that anybody would try first are taken out."""
    longest_first = sorted(words, key=len, reverse=True)
    return re.sub("|".join(map(re.escape, longest_first)), "", password.lower())


def shortest_for(user: Any) -> int:
    if user is None or user.is_staff_member:
        return WITH_CODE
    from core.accounts.codes import has_factor  # noqa: PLC0415 - loaded with the models

    return WITH_CODE if has_factor(user) else ALONE
