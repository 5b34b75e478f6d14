"""Real commits, see tests/factories/committed.py; the metrics by name."""

import pytest

from core.protocols.services import read_file
from outcomes.protocol_schema import MetricsProtocol
from tests.factories.committed import committed

__all__ = ["committed", "metrics"]


@pytest.fixture(scope="session")
def metrics() -> MetricsProtocol:
    """The protocol as on file."""
    return MetricsProtocol.model_validate(read_file("metrics")[0])
