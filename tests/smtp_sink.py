"""The handler inside tests.processes.SmtpSink's own process (aiosmtpd loads it by name)."""

import argparse
import asyncio
import email
import email.policy
import json
import os
import time
from pathlib import Path
from typing import Any


class SinkHandler:
    def __init__(self, folder: str) -> None:
        self.accepted = Path(folder) / "accepted.jsonl"
        self.control = Path(folder) / "control.json"

    @classmethod
    def from_cli(cls, _parser: argparse.ArgumentParser, folder: str) -> "SinkHandler":
        return cls(folder)

    def order(self) -> dict[str, Any]:
        order: dict[str, Any] = {"delay_rcpt": 0, "delay_data": 0, "replies": {}, "hang_up": []}
        if self.control.exists():
            order |= json.loads(self.control.read_text())
        return order

    async def handle_RCPT(
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        order = self.order()
        await asyncio.sleep(order["delay_rcpt"])
        if reply := order["replies"].get(address):
            return str(reply)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        body = message.get_body(("plain", "html"))
        row = {
            "message_id": message["Message-ID"],
            "to": list(envelope.rcpt_tos),
            "subject": message["Subject"],
            "body": body.get_content() if body else "",
            "at": time.time(),
        }
        with self.accepted.open("a") as out:
            out.write(json.dumps(row) + "\n")
            out.flush()
            os.fsync(out.fileno())
        order = self.order()
        if set(order["hang_up"]) & set(envelope.rcpt_tos):
            server.transport.abort()
        await asyncio.sleep(order["delay_data"])  # kept, and the sender does not know yet
        return "250 kept"
