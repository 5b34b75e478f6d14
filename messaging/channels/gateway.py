"""A fax or text message gateway over HTTP: one JSON POST, told apart by its answer.

2xx = accepted, with the gateway's own `id`; 408, 409, 425, 429 and 5xx = later; other 4xx and 3xx =
never (a redirect would carry the file elsewhere). The Idempotency-Key header is the row's key, so a
gateway that has it does not send twice. Nothing of the answer but a number and `id` is kept.
"""

import http.client
import json
import re
import ssl
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from messaging.channels.refusal import Refusal

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 20.0  # well below DELIVERY_LEASE_SECONDS
LATER = frozenset({408, 409, 425, 429})
MOST_ANSWER = 64 * 1024
REFERENCE = re.compile(r"[\w.:-]{1,120}")


def post(
    url: str,
    token: str,
    *,
    key: str,
    body: Mapping[str, Any],
    before_body: Callable[[], bool],
) -> str:
    """Hand `body` over. Returns the gateway's reference, "" when it names none.

    Raises Refusal for its answers; other errors: the line broke, before or after `before_body`.
    """
    parts = urlsplit(url)
    data = json.dumps(body).encode()
    line = _connect(parts.scheme, parts.hostname or "", parts.port)
    try:
        line.connect()  # a dead line is known before anything is handed over
        if line.sock:
            line.sock.settimeout(ANSWER_SECONDS)
        if not before_body():
            return ""  # the lease ran out: somebody else has it
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "Idempotency-Key": key,
        }
        line.request("POST", path, body=data, headers=headers)
        answer = line.getresponse()
        if not 200 <= answer.status < 300:
            later = answer.status in LATER or answer.status >= 500
            raise Refusal(f"{answer.status} from the gateway", final=not later)
        return _reference(answer.read(MOST_ANSWER))
    finally:
        line.close()


def _connect(scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
    if scheme == "https":
        return http.client.HTTPSConnection(
            host, port, timeout=CONNECT_SECONDS, context=ssl.create_default_context()
        )
    return http.client.HTTPConnection(host, port, timeout=CONNECT_SECONDS)


def _reference(answer: bytes) -> str:
    """It was accepted whatever the answer holds; a reference only when it looks like one."""
    try:
        found = json.loads(answer).get("id", "")
    except (ValueError, AttributeError):
        return ""
    return str(found) if REFERENCE.fullmatch(str(found)) else ""
