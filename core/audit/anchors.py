"""The head of the chain, written where the database's owner cannot change it: one line a day.

A line is JSON: at, seal, hash, count. After a restore the chain is shorter than the anchors say;
`restored` on a line sets aside what the lines before it say about later seals.
"""

import datetime as dt
import errno
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings

from core.audit.models import AuditSeal

EVERY = dt.timedelta(days=1)
CUT = " (cut off)\n"  # ends a line that a full disk or a crash left in part


@dataclass(frozen=True)
class Anchor:
    """The chain's head at one moment; `count` = rows sealed up to it."""

    seal: int
    hash: str
    count: int
    at: str = ""
    restored: bool = False


class AnchorFileError(Exception):
    """The file does not hold what was written to it; `str()` says which line."""


def anchor(*, now: dt.datetime, restored: bool = False) -> Anchor | None:
    """Append the head to AUDIT_ANCHOR_FILE. None when there is no such file or no seal yet."""
    last = AuditSeal.objects.order_by("-id").first()
    if not settings.AUDIT_ANCHOR_FILE or last is None:
        return None
    line = Anchor(last.pk, last.hash, last.total, at=now.isoformat(), restored=restored)
    path = Path(settings.AUDIT_ANCHOR_FILE)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:  # one write: two workers do not mix their lines
        text = (json.dumps(asdict(line)) + "\n").encode()
        if _is_cut(handle):  # what a full disk or a crash left stays a line of its own
            text = CUT.encode() + text
        if os.write(handle, text) != len(text):
            raise OSError(errno.ENOSPC, "the anchor was written in part", str(path))
        os.fsync(handle)
    finally:
        os.close(handle)
    return line


def _is_cut(handle: int) -> bool:
    size = os.fstat(handle).st_size
    return size > 0 and os.pread(handle, 1, size - 1) != b"\n"


def anchor_daily(*, now: dt.datetime) -> None:
    """What the tick does: a line when the newest is a day old."""
    if not settings.AUDIT_ANCHOR_FILE:
        return
    lines = read(Path(settings.AUDIT_ANCHOR_FILE))
    if not lines or dt.datetime.fromisoformat(lines[-1].at) <= now - EVERY:
        anchor(now=now)


def read(path: Path) -> list[Anchor]:
    """Every line, oldest first; one cut off by a crash is let go. Raises AnchorFileError."""
    if not path.exists():
        return []
    *whole, _cut = path.read_text().split("\n")
    found = []
    for number, line in enumerate(whole, start=1):
        try:
            values = json.loads(line.removesuffix(CUT[:-1]))
            found.append(Anchor(**values))
            dt.datetime.fromisoformat(found[-1].at)
        except (ValueError, TypeError) as error:
            if line.endswith(CUT[:-1]):
                continue
            raise AnchorFileError(
                f"Line {number} of {path} is no anchor: the file was changed or damaged."
            ) from error
    return found


def that_count(lines: list[Anchor]) -> list[Anchor]:
    """The lines a chain must agree with: a restore sets aside what was later than itself."""
    kept: list[Anchor] = []
    for line in lines:
        if line.restored:
            kept = [k for k in kept if k.seal <= line.seal]
        kept.append(line)
    return kept
