"""Real commits, see tests/factories/committed.py."""

from tests.factories.committed import committed

__all__ = ["committed"]
