"""The virus scanner: DOCUMENT_SCANNER names a function `(bytes) -> str`, "" or what it found.

It fails closed: no answer, an answer nobody expects, or no setting at all leaves a file locked.
Working without one is a decision, so it must be said: DOCUMENT_SCANNER=none, shown on the health
page.
"""

import logging
import socket
from collections.abc import Callable

from django.conf import settings
from django.utils.module_loading import import_string

log = logging.getLogger(__name__)
NONE = "none"
CHUNK = 64 * 1024


class NoAnswer(Exception):
    """`why` = a key of rules.WAITING."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def scan(data: bytes) -> str:
    """What was found, "" for nothing. Raises NoAnswer: the file stays where it is."""
    name = settings.DOCUMENT_SCANNER
    if name == NONE:
        return ""
    if not name:
        raise NoAnswer("no_scanner")
    try:
        scanner: Callable[[bytes], str] = import_string(name)
        found = scanner(data)
    except NoAnswer:
        raise
    except Exception as error:
        log.warning("scanner_failed", extra={"error": type(error).__name__})
        raise NoAnswer("scanner") from error
    if not isinstance(found, str):
        raise NoAnswer("scanner")
    return found


def clamd(data: bytes) -> str:
    """Ask a clamd at CLAMD_ADDRESS (`host:port` or a socket's path), by its INSTREAM command."""
    with connected() as line:
        line.sendall(b"zINSTREAM\0")
        for start in range(0, len(data), CHUNK):
            piece = data[start : start + CHUNK]
            line.sendall(len(piece).to_bytes(4, "big") + piece)
        line.sendall(b"\0\0\0\0")
        said = b""
        while b"\0" not in said and len(said) < 4096 and (more := line.recv(4096)):
            said += more
    words = said.split(b"\0")[0].decode("ascii", "replace").strip()
    if words == "stream: OK":
        return ""
    if words.startswith("stream: ") and words.endswith(" FOUND"):
        return words[len("stream: ") : -len(" FOUND")] or "unnamed"
    log.warning("scanner_answered_oddly")
    raise NoAnswer("scanner")


def connected() -> socket.socket:
    address, seconds = settings.CLAMD_ADDRESS, settings.CLAMD_SECONDS
    if address.startswith("/"):
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(seconds)
        line.connect(address)
        return line
    host, _, port = address.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=seconds)
