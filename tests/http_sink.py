"""The HTTP gateway of tests.http_gateway.HttpSink, in a process of its own: `… FOLDER PORT`."""

import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

FOLDER = Path(sys.argv[1]) if len(sys.argv) > 2 else Path()


class Gateway(BaseHTTPRequestHandler):
    """Keeps what it accepted, one line each; the same Idempotency-Key is one fax."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        order: dict[str, Any] = {"status": 200, "delay": 0, "hang_up": False, "answer": None}
        control = FOLDER / "control.json"
        if control.exists():
            order |= json.loads(control.read_text())
        if order["status"] < 300:
            row = {
                "key": self.headers["Idempotency-Key"],
                "token": self.headers["Authorization"],
                "path": self.path,
                "body": json.loads(body),
                "at": time.time(),
            }
            with (FOLDER / "accepted.jsonl").open("a") as out:
                out.write(json.dumps(row) + "\n")
                out.flush()
                os.fsync(out.fileno())
        time.sleep(order["delay"])
        if order["hang_up"]:
            self.close_connection = True
            return  # kept, and nobody says so
        known = {"id": f"ref-{len(body)}"}
        answer = json.dumps(known) if order["answer"] is None else str(order["answer"])
        self.send_response(order["status"])
        if 300 <= order["status"] < 400:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer.encode())

    def log_message(self, *_: Any) -> None:
        """Nothing of what it got."""


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2])), Gateway).serve_forever()
