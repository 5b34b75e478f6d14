"""A stranger's file is read in a process of its own (check_child.py), then shown to the scanner."""

import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from core.documents import rules, scanners
from core.lib.errors import Refused
from core.lib.pdf import PATIENCE, ROOT

log = logging.getLogger(__name__)
INHERITED = ("PATH", "LANG", "LD_LIBRARY_PATH")
WALL_SECONDS = 45  # a busy machine is slower than the processor's own clock
# While somebody waits, with a transaction open that may not idle for a minute (settings.DATABASES).
HURRY_SECONDS = 20
PLACES = threading.BoundedSemaphore(2)  # in each process: the others answer pages meanwhile
BUSY = "Other documents are being drawn right now. Try again in a few seconds."
NOT_JOINED = "The scan could not be put behind the letter. Send it without the scan."
NOT_DRAWN = "This page cannot be shown here. Download the document instead."


@dataclass(frozen=True)
class Verdict:
    """`state` clean with the new bytes, rejected with the sentence, or quarantined: still waits."""

    state: str
    reason: str = ""
    content_type: str = ""
    pages: int | None = None
    data: bytes = b""


@dataclass(frozen=True)
class Answer:
    """What the child told; `slow` when it had to be ended by the wall clock."""

    why: str = ""
    content_type: str = ""
    pages: int | None = None
    data: bytes = b""
    slow: bool = False


def examine(data: bytes, *, seconds: float = WALL_SECONDS) -> Verdict:
    """By content, then parsed and written anew, then scanned as it came. Fails closed."""
    kind = rules.type_of(data[:16])
    if not kind:
        return rejected(rules.why_not(data[:16]))
    answer = ask(data, kind, seconds=seconds)
    if answer.slow:
        return Verdict("quarantined", reason=rules.WAITING["slow"])
    if answer.why:
        return rejected(answer.why)
    try:
        found = scanners.scan(data)
    except scanners.NoAnswer as trouble:
        return Verdict("quarantined", reason=rules.WAITING[trouble.why])
    if found:
        log.warning("document_infected")
        return rejected("virus")
    return Verdict("clean", content_type=answer.content_type, pages=answer.pages, data=answer.data)


def rejected(why: str) -> Verdict:
    return Verdict("rejected", reason=rules.SENTENCES.get(why, rules.SENTENCES["broken"]))


def page_image(data: bytes, number: int) -> bytes:
    """A page of a clean PDF as PNG. Raises Refused."""
    answer = ask(data, "page", str(number), seconds=HURRY_SECONDS)
    if answer.slow or answer.why or not answer.data:
        raise Refused(NOT_DRAWN)
    return answer.data


def joined(parts: Sequence[bytes]) -> tuple[bytes, int]:
    """Clean files become one PDF: (its bytes, its pages). Raises Refused."""
    sizes = [str(len(part)) for part in parts]
    answer = ask(b"".join(parts), "join", *sizes, seconds=HURRY_SECONDS)
    if answer.slow or answer.why or not answer.data or answer.pages is None:
        raise Refused(NOT_JOINED)
    return answer.data, answer.pages


def ask(data: bytes, *job: str, seconds: float) -> Answer:
    """The child's answer, `slow` when there is none within `seconds` or no place was free."""
    if not PLACES.acquire(timeout=PATIENCE):
        if job[0] in {"page", "join"}:
            raise Refused(BUSY)
        return Answer(slow=True)
    try:
        done = subprocess.run(  # noqa: S603 - our own module, fixed words
            [sys.executable, "-m", "core.documents.check_child", *job],
            input=data,
            capture_output=True,
            cwd=ROOT,
            env={name: os.environ[name] for name in INHERITED if name in os.environ},
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        log.warning("document_check_slow")
        return Answer(slow=True)
    finally:
        PLACES.release()
    return read_answer(done.returncode, done.stdout)


def read_answer(code: int, out: bytes) -> Answer:
    """A child that was ended at one of its limits, or broke, has refused the file."""
    line, _, new = out.partition(b"\n")
    if code:
        log.warning("document_check_ended", extra={"code": code})
        return Answer(why="too_much")
    told = json.loads(line)
    if told.get("error"):
        log.info("document_broken", extra={"error": told["error"]})
    if told.get("why"):
        return Answer(why=told["why"])
    return Answer(content_type=told["content_type"], pages=told.get("pages"), data=new)
