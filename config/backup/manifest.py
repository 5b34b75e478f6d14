"""What a backup says about itself: enough to prove a restore, nothing about anybody's health."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from django.db import connection

from core.lib.errors import Refused

NAME = "manifest.json"
FORMAT = 1


@dataclass(frozen=True)
class Manifest:
    """`counts` = rows per table, `media` = sha256 per file, `parts` = sha256 per backup file.

    `audit` = (seal, hash, count) at the head of the audit chain, None when nothing was sealed yet.
    """

    at: str
    encrypted: bool
    counts: dict[str, int]
    media: dict[str, str]
    parts: dict[str, str]
    audit: dict[str, object] | None = None
    format: int = FORMAT
    postgres: int = 0
    seconds: float = field(default=0.0)

    def write(self, folder: Path) -> None:
        (folder / NAME).write_text(json.dumps(asdict(self), indent=1) + "\n")


def read(folder: Path) -> Manifest:
    """Raises Refused when the folder holds no complete backup of this format."""
    try:
        manifest = Manifest(**json.loads((folder / NAME).read_text()))
    except (OSError, ValueError, TypeError) as error:
        raise Refused(
            f"{folder} is no complete Hallway backup: its {NAME} is not there."
        ) from error
    if manifest.format != FORMAT:
        raise Refused("This backup was made by another version of Hallway. Restore it with that.")
    return manifest


def sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def media_hashes(root: Path) -> dict[str, str]:
    """Relative path → sha256 of every file below `root`."""
    files = sorted(p for p in root.rglob("*") if p.is_file()) if root.exists() else []
    return {str(p.relative_to(root)): sha256(p) for p in files}


def counts() -> dict[str, int]:
    """Rows of every table, exact, as this transaction sees them."""
    with connection.cursor() as cursor:
        tables = sorted(connection.introspection.table_names(cursor))
        found = {}
        for table in tables:
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608 - a name of our own schema
            found[table] = int(cursor.fetchone()[0])
    return found
