"""The HTML gate and the headers every answer carries."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control

from core.audit.context import current, set_current


class NoStoreMiddleware:
    """No page of a chart stays in a browser's or proxy's cache; static files do."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        patch_cache_control(response, no_store=True, private=True)
        return response


class ApiSlashMiddleware:
    """API addresses have no trailing slash; one is tolerated, and no redirect drops a body."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith("/api/") and request.path_info.endswith("/"):
            request.path_info = request.path_info.rstrip("/")
        return self.get_response(request)


class NulMiddleware:
    """A NUL character can be typed by no person and stored by no database: 400, before any view."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        values = (v for data in (request.GET, request.POST) for k in data for v in data.getlist(k))
        if any("\x00" in value for value in values):
            raise BadRequest("A character in what was sent cannot be stored.")


class AccessMiddleware:
    """Refuse a route that declares no access (API views are refused by DeclaredAccess instead)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        key = request.session.session_key
        if key:
            digest = hashlib.sha256(key.encode()).hexdigest()
            set_current(replace(current(), session_hash=digest))
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        if not hasattr(view, "access") and not hasattr(getattr(view, "cls", None), "access"):
            raise PermissionDenied(
                "This page does not say who may open it, so nobody may. Tell your manager."
            )
