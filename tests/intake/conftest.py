"""Real commits, see tests/factories/committed.py; a fax gateway that takes everything."""

import pytest

from messaging.channels import CHANNELS
from tests.factories.committed import committed

__all__ = ["committed"]


@pytest.fixture
def faxed(monkeypatch):
    """Envelopes the gateway took."""
    got = []

    def send(envelope, before_body):
        if before_body():
            got.append(envelope)
        return "gw-7"

    monkeypatch.setitem(CHANNELS, "fax", send)
    return got
