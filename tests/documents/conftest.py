"""A media folder of its own for each test, and a scanner that can be taken away."""

from pathlib import Path
from typing import Any

import pytest

from tests.factories.committed import committed

__all__ = ["committed"]


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings: Any) -> Path:
    settings.MEDIA_ROOT = str(tmp_path / "media")
    settings.DOCUMENT_SCANNER = "none"
    return tmp_path / "media"
