"""Every request gets an id, on its answer and on every audit row and log line it causes."""

import ipaddress
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from core.audit.context import RequestContext, set_current


class RequestContextMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = str(uuid.uuid4())
        # The log middleware reads the same id here; whatever the caller sent in its place is gone.
        request.META["HTTP_X_REQUEST_ID"] = request_id
        set_current(RequestContext(request_id=request_id, source_ip=peer_address(request.META)))
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = request_id
            return response
        finally:
            set_current(RequestContext())


def peer_address(meta: Mapping[str, Any]) -> str | None:
    """Who asks: the one place that decides it, for audit rows, lockouts and limits alike.

    A forwarded header is the caller's own claim. It counts only when a proxy of ours
    (TRUSTED_PROXIES) handed the request over, and then from the right: the first hop not ours.
    """
    peer = readable(str(meta.get("REMOTE_ADDR", "")))
    if peer is None or not is_ours(peer):
        return str(peer) if peer else None
    for hop in reversed(str(meta.get("HTTP_X_FORWARDED_FOR", "")).split(",")):
        address = readable(hop.strip())
        if address is None:
            break  # not an address: whatever stands left of it is no better
        peer = address
        if not is_ours(address):
            break
    return str(peer)


Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def readable(text: str) -> Address | None:
    try:
        address = ipaddress.ip_address(text.removeprefix("[").partition("]")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def is_ours(address: Address) -> bool:
    networks = (ipaddress.ip_network(entry, strict=False) for entry in settings.TRUSTED_PROXIES)
    return any(address in network for network in networks)
