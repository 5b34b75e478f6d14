"""Every request gets an id, on its answer and on every audit row and log line it causes."""

import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from core.audit.context import RequestContext, set_current


class RequestContextMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = str(uuid.uuid4())
        # The log middleware reads the same id here; whatever the caller sent in its place is gone.
        request.META["HTTP_X_REQUEST_ID"] = request_id
        # Only the peer's address: a forwarded header is the caller's own claim.
        set_current(
            RequestContext(request_id=request_id, source_ip=request.META.get("REMOTE_ADDR") or None)
        )
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = request_id
            return response
        finally:
            set_current(RequestContext())
