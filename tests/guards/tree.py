"""The source as the guards see it: ours alone, without migrations and what tools leave behind."""

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APPS = (
    "config",
    "core",
    "intake",
    "rehab",
    "procedures",
    "authorizations",
    "messaging",
    "outcomes",
)


def python_files(*folders: str) -> Iterator[Path]:
    """Paths below ROOT of our Python files; every app when no folder is named."""
    for folder in folders or APPS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path.relative_to(ROOT)


def templates() -> Iterator[Path]:
    """Template names, as `extends` and `include` write them."""
    folder = ROOT / "templates"
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.relative_to(folder)
