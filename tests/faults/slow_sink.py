"""A mail server, slow for some recipients: control {"slow": {recipient: seconds}} at RCPT."""

import asyncio
from typing import Any

from tests.processes import SmtpSink
from tests.smtp_sink import SinkHandler


class SlowHandler(SinkHandler):
    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        await asyncio.sleep(self.order()["replies"].get(f"slow:{address}", 0))
        return await super().handle_RCPT(server, session, envelope, address, options)


class SlowSink(SmtpSink):
    """`script(replies={"slow:b@example.org": 30})` stalls that recipient alone."""

    def __init__(self) -> None:
        super().__init__()
        at = self.argv.index("tests.smtp_sink.SinkHandler")
        self.argv[at] = "tests.faults.slow_sink.SlowHandler"
