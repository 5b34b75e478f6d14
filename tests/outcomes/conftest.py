"""Real commits and quick protocol files, see tests/factories/committed.py; the metrics by name."""

import pytest

from core.protocols.services import read_file
from outcomes.protocol_schema import MetricsProtocol
from tests.factories.committed import committed, files_read_once

__all__ = ["committed", "files_read_once", "metrics"]


@pytest.fixture(scope="session")
def metrics(files_read_once: None) -> MetricsProtocol:
    """The protocol as on file."""
    return MetricsProtocol.model_validate(read_file("metrics")[0])
