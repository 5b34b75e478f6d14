"""A text message: a fixed text without health data, at most two parts long."""

from collections.abc import Callable

from django.conf import settings

from messaging.channels import gateway
from messaging.channels.envelope import Envelope
from messaging.channels.refusal import Refusal

LONGEST = 320


def configured() -> bool:
    return bool(settings.SMS_GATEWAY_URL)


def send(envelope: Envelope, before_body: Callable[[], bool]) -> str:
    if not configured():
        raise Refusal("No text message gateway is set up", final=True)
    text = " ".join(envelope.text.split())
    if len(text) > LONGEST or envelope.attachment:
        raise Refusal("Too long for a text message", final=True)
    return gateway.post(
        settings.SMS_GATEWAY_URL,
        settings.SMS_GATEWAY_TOKEN,
        key=envelope.key,
        body={"to": envelope.to, "text": text},
        before_body=before_body,
    )
