"""The two default-deny gates: every route declares who may enter, or nobody does.

`@requires(Perm.X)` for HTML views, `access = {"get": Perm.X}` on API views, `@own_account("why")`
for everyone's own sign-in, `@public("why")` for the few doors that stand open. AccessMiddleware and
DeclaredAccess refuse what declares nothing; a guard in tests/guards walks every route and fails on
one. `reauth=True` asks for the password or a code again (core/accounts/confirm.py).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.module_loading import import_string
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from core.accounts.confirm import confirmation, shown_page
from core.accounts.models import User
from core.accounts.permissions import Perm
from core.accounts.roles import who_may
from core.audit.services import record
from core.lib.clock import now
from core.lib.errors import Forbidden, SignedOut

View = Callable[..., HttpResponse]


class OwnRequest(HttpRequest):
    """What a view behind `own_account` gets."""

    user: User


@dataclass(frozen=True)
class Access:
    """What a route declares: a permission, or the reason why it needs none.

    `reauth`: the password or a code within the last minutes. `signed_in`: for anybody who is, about
    their own account. `before_factor`: reached without the second factor, so it shows no patient.
    """

    perm: Perm | None = None
    public_because: str = ""
    reauth: bool = False
    signed_in: bool = False
    before_factor: bool = False


def requires(perm: Perm, *, reauth: bool = False) -> Callable[[View], View]:
    """Only signed-in people whose role has `perm`. Strangers go to sign-in, others get 403."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return to_sign_in(request)
            route = request.resolver_match.view_name if request.resolver_match else ""
            if request.user.is_staff_member and getattr(request, "clinic", None) is None:
                raise no_post(request.user, route=route)
            check(request.user, perm, route=route)
            asked = confirmation(request) if reauth else None
            return asked or view(request, *args, **kwargs)

        access = Access(perm=perm, reauth=reauth)
        guarded.access = access  # type: ignore[attr-defined]  # read by the gates
        return guarded

    return decorate


def own_account(
    because: str, *, reauth: bool = False, before_factor: bool = False
) -> Callable[[View], View]:
    """Anybody who is signed in, staff or patient, about their own sign-in only."""

    def decorate(view: View) -> View:
        @wraps(view)
        def own(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return to_sign_in(request)
            asked = confirmation(request) if reauth else None
            return asked or view(request, *args, **kwargs)

        own.access = Access(  # type: ignore[attr-defined]  # likewise
            public_because=because, reauth=reauth, signed_in=True, before_factor=before_factor
        )
        return own

    return decorate


def public(because: str) -> Callable[[View], View]:
    """A door that stands open, with the reason."""

    def decorate(view: View) -> View:
        @wraps(view)
        def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            return view(request, *args, **kwargs)

        access = Access(public_because=because, before_factor=True)
        opened.access = access  # type: ignore[attr-defined]  # likewise
        return opened

    return decorate


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """To the sign-in page and back; a fragment request moves the whole page instead.

    Raises SignedOut for a form with words in it: its page shows them, so that nothing is lost.
    """
    if getattr(request, "htmx", False):
        page = shown_page(request)
        if not hasattr(request, "session_ended"):  # an open page whose session is gone
            request.session_ended = "elsewhere"  # type: ignore[attr-defined]
        response = HttpResponse(status=204)
        response["HX-Redirect"] = sign_in_address(request, page or reverse("home:start"))
        return response
    if request.method == "POST" and any(v for k, v in request.POST.items() if k not in UNTYPED):
        raise SignedOut()
    back = request.get_full_path() if request.method == "GET" else reverse("home:start")
    return HttpResponseRedirect(sign_in_address(request, back))


UNTYPED = {"csrfmiddlewaretoken", "form_key", "version"}


def sign_in_address(request: HttpRequest, back: str) -> str:
    """The sign-in page, which says why somebody is there again and then leads back."""
    words = {"next": back}
    if ended := getattr(request, "session_ended", ""):
        words["ended"] = ended
    return f"{reverse(settings.LOGIN_URL)}?{urlencode(words, safe='/')}"


def check(user: Any, perm: Perm, *, route: str) -> None:
    """Raise Forbidden with a sentence saying who may; the refusal is on the audit trail."""
    if user.may(perm):
        return
    record(
        by=user,
        action="refused",
        object_kind="route",
        object_id=route,
        now=now(),
        outcome="refused",
    )
    if not user.is_staff_member:
        raise Forbidden("This page is for the clinic's staff. Your own page is at /portal/.")
    who = " or ".join(role.replace("_", " ") for role in who_may(perm)) or "nobody"
    raise Forbidden(f"Your role may not {perm.value}. Who may: {who}. A manager can change roles.")


def no_post(by: User, *, route: str) -> Forbidden:
    """Staff who work nowhere today; the refusal is on the audit trail."""
    record(by=by, action="refused", object_kind="route", object_id=route, now=now(),
           outcome="refused", reason="no post")  # fmt: skip
    return Forbidden("You work at no clinic today. A manager can give you a post.")


class DeclaredAccess(BasePermission):
    """DRF's gate: the view's `access` names a permission for this method, or the answer is no."""

    def has_permission(self, request: Request, view: Any) -> bool:
        declared: Mapping[str, Perm] = getattr(view, "access", {})
        method = (request.method or "").lower()
        perm = declared.get("get" if method in {"head", "options"} else method)
        if not request.user or not request.user.is_authenticated:
            return False
        if perm is None and method == "options":
            perm = next(iter(declared.values()), None)
        if perm is None:
            return False
        check(request.user, perm, route=type(view).__name__)
        works_here = import_string(settings.WORKS_SOMEWHERE)
        if request.user.is_staff_member and not works_here(request.user, now=now()):
            raise no_post(request.user, route=type(view).__name__)
        return True
