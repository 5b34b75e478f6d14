"""Real commits and quick protocol files, see tests/factories/committed.py."""

from tests.factories.committed import committed, files_read_once

__all__ = ["committed", "files_read_once"]
