"""The HTML gate, the end of sessions, the second factor, and the headers every answer carries."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.cache import patch_cache_control

from core.accounts import sessions
from core.accounts.access import Access, sign_in_address
from core.accounts.codes import has_factor
from core.audit.context import current, set_current
from core.audit.services import record
from core.lib.clock import now


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
        if "\x00" in request.path_info:
            raise BadRequest("A character in the address cannot be stored.")
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        values = (v for data in (request.GET, request.POST) for k in data for v in data.getlist(k))
        if any("\x00" in value for value in values):
            raise BadRequest("A character in what was sent cannot be stored.")


class SessionEndMiddleware:
    """Ends a session that is over, and notes that a running one was used.

    What a page asks by itself (`X-Background: 1`) is no use: an open page alone signs nobody in for
    longer. `X-Session-Ends` tells the page how many seconds are left.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        key = request.session.session_key
        if key:
            digest = hashlib.sha256(key.encode()).hexdigest()
            set_current(replace(current(), session_hash=digest))
        who = request.session.get(SESSION_KEY)
        if who is None:  # nobody is signed in, or a program with a token
            return self.get_response(request)
        used = request.headers.get("X-Background") != "1"
        why = self.why_ended(request)
        if why:
            self.end(request, who, why)
        elif used and sessions.is_due(request.session, now=now()):
            self.note(request)
        request.session_left = self.left(request)  # type: ignore[attr-defined]  # for the page's dialog
        response = self.get_response(request)
        if SESSION_KEY in request.session:
            response["X-Session-Ends"] = str(self.left(request))
        return response

    def left(self, request: HttpRequest) -> int:
        if not request.user.is_authenticated:
            return 0
        staff = request.user.is_staff_member
        return max(0, int(sessions.left(request.session, staff=staff, now=now()).total_seconds()))

    def why_ended(self, request: HttpRequest) -> str:
        if not request.user.is_authenticated:  # switched off, other roles, ended elsewhere
            return "changed"
        return sessions.ended(request.session, staff=request.user.is_staff_member, now=now())

    def end(self, request: HttpRequest, who: str, why: str) -> None:
        by = request.user if request.user.is_authenticated else None
        record(by=by, action="session_end", object_kind="user", object_id=who, now=now(),
               fields=[why])  # fmt: skip
        request.session.flush()
        request.user = AnonymousUser()
        request.session_ended = why  # type: ignore[attr-defined]  # the sign-in page says so

    def note(self, request: HttpRequest) -> None:
        request.session[sessions.ACTIVE] = now().timestamp()
        key = request.session.session_key
        UserSession.objects.filter(session_key=key).update(last_seen_at=now())


class FactorMiddleware:
    """Staff reach nothing but sign-in and enrolment before they have passed a second factor.

    API tokens carry no factor: they act for a program, are issued after re-authentication by
    somebody who passed one, expire, and can be revoked one by one.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        user = request.user
        if not user.is_authenticated:
            return None
        if not sessions.needs_factor(request.session, staff=user.is_staff_member):
            return None
        access = getattr(view, "access", None)
        if isinstance(access, Access) and access.before_factor:
            return None
        if hasattr(view, "cls"):
            sentence = "Set up the second step of signing in first, then ask again."
            body = {"detail": sentence, "request_id": current().request_id}
            return JsonResponse(body, status=403)
        if has_factor(user):  # set up elsewhere meanwhile: sign in with it
            request.session.flush()
            target = sign_in_address(request, reverse("home:start"))
        else:
            target = reverse("mfa_activate_totp")
        if getattr(request, "htmx", False):
            response = HttpResponse(status=204)
            response["HX-Redirect"] = target
            return response
        return HttpResponseRedirect(target)


class AccessMiddleware:
    """Refuse a route that declares no access (API views are refused by DeclaredAccess instead)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        if not hasattr(view, "access") and not hasattr(getattr(view, "cls", None), "access"):
            raise PermissionDenied(
                "This page does not say who may open it, so nobody may. Tell your manager."
            )
