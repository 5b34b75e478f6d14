"""HTML becomes a PDF in a process of its own (pdf_child.py), with limits of time and memory."""

import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from core.lib.errors import Refused
from core.lib.pdf_child import NO_PANGO, SECONDS, TOO_LARGE

log = logging.getLogger(__name__)
ROOT = Path(__file__).resolve().parents[2]
AT_ONCE = 2  # in each web process: the others answer pages meanwhile
LONGEST = 2_000_000  # characters of HTML; a letter has 20,000
PATIENCE = 5.0  # seconds somebody waits for a free place
INHERITED = ("PATH", "LANG", "FONTCONFIG_PATH", "FONTCONFIG_FILE", "LD_LIBRARY_PATH")
PLACES = threading.BoundedSemaphore(AT_ONCE)
NO_PANGO_HERE = (
    "This server cannot make PDFs: Pango is not installed on it. Tell your technical contact; "
    "until then print the page itself from your browser."
)
TOO_MUCH = (
    "This document is too large or too deeply nested to become a PDF, so none was made. "
    "Shorten the texts in it, or print the page itself from your browser."
)
BROKEN = "The PDF could not be made. Try again; if it fails again, print the page itself."
BUSY = "Other letters are being made right now. Try again in a few seconds."


def render(
    html: str, *, title: str, lang: str = "en", variant: str = "pdf/ua-1", stylesheet: str = ""
) -> bytes:
    """The PDF. `title` is seen in file lists: no name. `stylesheet` = a file below static/.

    Raises Refused with a sentence when it takes too long or too much, or too many ask at once.
    """
    if len(html) > LONGEST:
        raise Refused(TOO_MUCH)
    css = (ROOT / "static" / stylesheet).read_text() if stylesheet else ""
    job = {"html": html, "css": css, "title": title, "lang": lang, "variant": variant}
    if not PLACES.acquire(timeout=PATIENCE):
        raise Refused(BUSY)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "core.lib.pdf_child"],
            input=json.dumps(job).encode(),
            capture_output=True,
            cwd=ROOT,
            env={name: os.environ[name] for name in INHERITED if name in os.environ},
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        log.warning("pdf_timeout")
        raise Refused(TOO_MUCH) from None
    finally:
        PLACES.release()
    return answer_of(done.returncode, done.stdout, kind=done.stderr.split()[-1:])


def answer_of(code: int, pdf: bytes, *, kind: Sequence[bytes] = ()) -> bytes:
    """What the child's exit code means: the PDF, or a sentence. `kind` of error: for the log."""
    if code == 0 and pdf.startswith(b"%PDF"):
        return pdf
    names = [name.decode() for name in kind if name.isalpha()]
    log.warning("pdf_failed", extra={"code": code, "error": " ".join(names)})
    if code == NO_PANGO:
        raise Refused(NO_PANGO_HERE)
    # A negative code: the system ended it at one of its limits.
    raise Refused(TOO_MUCH if code == TOO_LARGE or code < 0 else BROKEN)
