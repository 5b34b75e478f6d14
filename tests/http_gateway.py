"""A fax or text message gateway as a process of its own, for the tests of the channels."""

import json
import sys
from typing import Any

from config.keeper import free_port
from tests.processes import Process, listening


class HttpSink(Process):
    """A fax or text message gateway that keeps what it accepted and fails on command.

    `script(status=503)`, `delay` seconds before the answer, `hang_up` = kept, no answer.
    """

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/faxes"
        super().__init__("gateway", [], ready=lambda _: listening(self.port))
        self.argv = [sys.executable, "-m", "tests.http_sink", str(self.folder), str(self.port)]

    def script(
        self,
        *,
        status: int = 200,
        delay: float = 0,
        hang_up: bool = False,
        answer: str | None = None,
    ) -> None:
        order = {"status": status, "delay": delay, "hang_up": hang_up, "answer": answer}
        half = self.folder / "control.half"
        half.write_text(json.dumps(order))
        half.rename(self.folder / "control.json")

    def messages(self) -> list[dict[str, Any]]:
        """Accepted posts in order: key, token, path, body, at."""
        accepted = self.folder / "accepted.jsonl"
        if not accepted.exists():
            return []
        return [json.loads(line) for line in accepted.read_text().splitlines()]
