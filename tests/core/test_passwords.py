"""A password must be long and not guessable; what it is made of is one's own affair."""

from typing import Any

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from tests.cast import Cast

pytestmark = pytest.mark.django_db
GOOD = [
    "three small boats sailing",
    "vR7#kq2LxP0w",
    "correct-horse-battery",
    "x" * 3 + "ünter den Öfen",
]


@pytest.mark.parametrize("password", GOOD)
def test_long_and_unguessable_is_all(password: str, cast: Cast) -> None:
    validate_password(password, cast.ana)


@pytest.mark.parametrize(
    "password",
    ["passwordpassword", "123456789012", "qwertyuiop12", "AnaFlores2026!", "flores.ana.flores",
     "hallwayclinic1", "PainClinic2026", "aaaaaaaaaaaaaaaa", "iloveyouiloveyou", "ana@riverside1"],
)  # fmt: skip
def test_what_anybody_would_try_first_is_refused(password: str, cast: Cast) -> None:
    with pytest.raises(ValidationError, match="guessed soon"):
        validate_password(password, cast.ana)


def test_lengths(cast: Cast, settings: Any) -> None:
    with pytest.raises(ValidationError, match="at least 12"):
        validate_password("vR7#kq2LxP0", cast.ana)
    with pytest.raises(ValidationError, match="at least 15"):
        validate_password("vR7#kq2LxP0w", cast.daniel)
    validate_password("vR7#kq2LxP0w9Z!", cast.daniel)
    long = "three small boats sailing over the quiet northern sea "
    validate_password((long * 3)[:128], cast.ana)
    with pytest.raises(ValidationError, match="at most 128"):
        validate_password((long * 3)[:129], cast.ana)
