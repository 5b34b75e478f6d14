"""How a delivery leaves the house, one folder a channel.

An adapter's `send(envelope, before_body)` returns the other side's reference (or "") when it was
accepted, and raises Refusal, final or not, for its no. Any other error: before `before_body` was
called nothing left and it is tried again; after it nobody knows, and a person decides (uncertain).
`print` sends nothing: a person does, and says so.
"""

from collections.abc import Callable

from messaging.channels.email import adapter as email_adapter
from messaging.channels.envelope import Attachment, Envelope
from messaging.channels.fax import adapter as fax_adapter
from messaging.channels.refusal import Refusal
from messaging.channels.sms import adapter as sms_adapter

Send = Callable[[Envelope, Callable[[], bool]], str | None]

CHANNELS: dict[str, Send] = {
    "email": email_adapter.send,
    "fax": fax_adapter.send,
    "sms": sms_adapter.send,
}
PRINT = "print"
# So many leave at once by it (None: as many as there are workers): a gateway that hangs keeps one
# worker, and e-mail, which carries the red flags, is claimed before everything else.
AT_ONCE: dict[str, int | None] = {"email": None, "fax": 1, "sms": 1}
WORDS = {"email": "E-mail", "fax": "Fax", "sms": "Text message", PRINT: "Print"}
_CONFIGURED: dict[str, Callable[[], bool]] = {
    "email": lambda: True,  # the clinic does not start without a mail server
    "fax": fax_adapter.configured,
    "sms": sms_adapter.configured,
    PRINT: lambda: True,
}


def configured(channel: str) -> bool:
    """Can this channel be used here? Asked before anything is queued; else print is offered."""
    return channel in _CONFIGURED and _CONFIGURED[channel]()


__all__ = [
    "AT_ONCE",
    "CHANNELS",
    "PRINT",
    "WORDS",
    "Attachment",
    "Envelope",
    "Refusal",
    "Send",
    "configured",
]
