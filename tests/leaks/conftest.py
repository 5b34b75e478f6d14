"""The leak scan runs over the same stack of real processes as the fault tests."""

from tests.faults.fixtures import committed, figures, stack

__all__ = ["committed", "figures", "stack"]
