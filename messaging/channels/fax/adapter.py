"""A fax carries its PDF and nothing beside it: no cover text, no name."""

import base64
from collections.abc import Callable

from django.conf import settings

from messaging.channels import gateway
from messaging.channels.envelope import Envelope
from messaging.channels.refusal import Refusal

MOST_BYTES = 10 * 1024 * 1024


def configured() -> bool:
    return bool(settings.FAX_GATEWAY_URL)


def send(envelope: Envelope, before_body: Callable[[], bool]) -> str:
    if not configured():
        raise Refusal("No fax gateway is set up", final=True)
    if envelope.attachment is None:
        raise Refusal("A fax without a document", final=True)
    if len(envelope.attachment.content) > MOST_BYTES:
        raise Refusal("The document is too large to fax", final=True)
    file = {
        "name": envelope.attachment.name,
        "type": envelope.attachment.content_type,
        "data": base64.b64encode(envelope.attachment.content).decode(),
    }
    return gateway.post(
        settings.FAX_GATEWAY_URL,
        settings.FAX_GATEWAY_TOKEN,
        key=envelope.key,
        body={"to": envelope.to, "document": file},
        before_body=before_body,
    )
