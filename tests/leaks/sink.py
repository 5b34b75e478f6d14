"""The mail sink of the fault tests, keeping every byte it was told."""

import argparse
from pathlib import Path
from typing import Any

from tests.processes import SmtpSink
from tests.smtp_sink import SinkHandler


class RawHandler(SinkHandler):
    def __init__(self, folder: str) -> None:
        super().__init__(folder)
        self.raw = Path(folder) / "raw"

    @classmethod
    def from_cli(cls, _parser: argparse.ArgumentParser, folder: str) -> "RawHandler":
        return cls(folder)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        with self.raw.open("ab") as out:
            out.write(f"{session.host_name} {envelope.mail_from}\n".encode())
            out.write(envelope.original_content + b"\n")
        return await super().handle_DATA(server, session, envelope)


class RawSink(SmtpSink):
    def __init__(self) -> None:
        super().__init__()
        self.argv = [a.replace("smtp_sink.SinkHandler", "leaks.sink.RawHandler") for a in self.argv]

    def raw(self) -> bytes:
        file = self.folder / "raw"
        return file.read_bytes() if file.exists() else b""
