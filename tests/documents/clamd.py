"""A clamd that runs in the test: speaks INSTREAM, finds EICAR anywhere, can misbehave."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.factories.uploads import EICAR


class Clamd:
    """`says` replaces the answer; None hangs up without one."""

    def __init__(self, path: Path) -> None:
        self.says: str | None = "by content"
        self.seen: list[bytes] = []
        self.line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.line.bind(str(path))
        self.line.listen()
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        while True:
            try:
                visitor, _ = self.line.accept()
            except OSError:
                return
            with visitor:
                self.answer(visitor)

    def answer(self, visitor: socket.socket) -> None:
        stream = visitor.makefile("rb")
        assert stream.read(10) == b"zINSTREAM\0"
        data = b""
        while size := int.from_bytes(stream.read(4), "big"):
            data += stream.read(size)
        self.seen.append(data)
        if self.says is None:
            return
        found = "stream: Eicar-Signature FOUND" if EICAR in data else "stream: OK"
        visitor.sendall((found if self.says == "by content" else self.says).encode() + b"\0")


@contextmanager
def clamd(path: Path) -> Iterator[Clamd]:
    server = Clamd(path)
    try:
        yield server
    finally:
        server.line.close()
        path.unlink(missing_ok=True)
