"""“Confirm it is you”: before what is signed, given away or changed for good.

The page carries every submitted field along and posts to the same address. When the password or the
code is right the request goes on with its own fields; the view never sees the secret.
"""

from typing import cast
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect  # noqa: TID251 - a gate
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from core.accounts import sessions
from core.accounts.codes import has_factor
from core.accounts.models import User
from core.accounts.proof import prove
from core.lib.clock import now

SECRET, BACK = "confirm_secret", "confirm_back"  # names of fields, not secrets


def confirmation(request: HttpRequest) -> HttpResponse | None:
    """None when this person proved lately who they are; else the page that asks for it."""
    sent = request.method == "POST" and SECRET in request.POST
    typed, back = (request.POST.get(SECRET, ""), request.POST.get(BACK, "")) if sent else ("", "")
    if sent:
        strip(request)
    at, user = now(), cast(User, request.user)
    problem = ""
    if not sessions.is_confirmed(request.session, now=at):
        problem = prove(user=user, typed=typed, now=at) if sent else ""
        if problem or not sent:
            return ask(request, problem=problem, back=back if sent else from_where(request))
        request.session[sessions.CONFIRMED] = at.timestamp()
    if back:  # it began as a link: follow it now
        safe = url_has_allowed_host_and_scheme(back, allowed_hosts=None)
        return HttpResponseRedirect(back if safe else "/")
    return None


def strip(request: HttpRequest) -> None:
    """What is left is what the form had before it was asked."""
    data = request.POST.copy()
    for name in (SECRET, BACK):
        data.pop(name, None)
    data._mutable = False  # as every request's own
    request.POST = data  # type: ignore[assignment]  # Django allows it; the stubs do not know


def from_where(request: HttpRequest) -> str:
    """Where a link leads once it is confirmed; a form that was sent goes on by itself."""
    if request.method == "POST":
        return ""
    if getattr(request, "htmx", False):
        # Read first: the package's own reading breaks on an address that is none.
        within = request.htmx.current_url_abs_path if shown_page(request) else ""  # type: ignore[attr-defined]  # django-htmx
        return within or "/"
    return request.get_full_path()


def shown_page(request: HttpRequest) -> str:
    """The path of the page htmx says it stands on; nothing for what is no address."""
    try:
        return urlsplit(request.headers.get("HX-Current-URL", "")).path
    except ValueError:
        return ""


def ask(request: HttpRequest, *, problem: str, back: str) -> HttpResponse:
    """The page; for htmx a dialog over the page, on which everything typed stays."""
    fields = [
        (name, value)
        for name, values in request.POST.lists()
        if name != "csrfmiddlewaretoken"
        for value in values
    ]
    context = {
        "action": request.get_full_path(),
        "fields": fields,
        "back": back,
        "problem": problem,
        "with_code": has_factor(cast(User, request.user)),
    }
    if getattr(request, "htmx", False):
        response = render(request, "account/_confirm_dialog.html", context, status=422)
        response["HX-Retarget"], response["HX-Reswap"] = "#problems", "innerHTML"
        return response
    return render(request, "account/confirm.html", context, status=403)
