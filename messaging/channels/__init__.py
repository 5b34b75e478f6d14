"""How a delivery leaves the house. A channel sends, or raises Refusal, final or not."""

from collections.abc import Callable

from messaging.channels import email
from messaging.channels.refusal import Refusal
from messaging.models import Delivery

Send = Callable[[Delivery, Callable[[], bool]], None]

CHANNELS: dict[str, Send] = {"email": email.send}

__all__ = ["CHANNELS", "Refusal", "Send"]
