"""Real commits, see tests/factories/committed.py; a second chart of Okafor's person."""

import pytest

from tests.cast import patient
from tests.factories.committed import committed

__all__ = ["committed"]


@pytest.fixture
def twin(cast):
    """Another name, the same birth date, a phone of its own."""
    return patient(
        cast.riverside, "2042", "Richard", "Núñez", cast.okafor.birth_date, "+13125550199"
    )
