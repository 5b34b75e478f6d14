"""Every refusal as a page for a person, with the request id; never a trace, never a lost word."""

import errno
import logging
import sys
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import PermissionDenied
from django.db import Error as DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from core.accounts.confirm import BACK, SECRET
from core.audit.context import current
from core.lib.errors import (
    Conflict,
    Forbidden,
    NoRoom,
    NotFound,
    Refused,
    SignedOut,
    TooMany,
)
from core.lib.states import StateError

log = logging.getLogger(__name__)
RENEWED = {"csrfmiddlewaretoken", "form_key", "version"}
HIDDEN = {"csrfmiddlewaretoken", "form_key", "patient", "post", "version", "draft", "next"}
# Never back onto a page, shown or hidden, whichever form had it.
SECRETS = {SECRET, BACK, "password", "password1", "password2", "oldpassword", "code"}


class ErrorPages:
    """Turns what a service refuses with into its page, or into a fragment for htmx."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        match error:
            case Refused():
                return page(
                    request, 422, sentence=str(error), typed=typed(request), link=error.link
                )
            case Conflict():
                return page(
                    request,
                    409,
                    sentence=str(error),
                    versions=error.versions,
                    who=error.who,
                    typed=typed(request),
                    again=again(request, error.version),
                )
            case StateError():
                return page(
                    request, 409, sentence=str(error), versions=[], who="", typed=typed(request)
                )
            case SignedOut():
                return page(request, 401, typed=typed(request))
            case Forbidden():
                return page(request, 403, grant_sentence=str(error))
            case NotFound():
                return page(request, 404, sentence=str(error))
            case TooMany():
                response = page(request, 429, sentence=str(error), typed=typed(request))
                response["Retry-After"] = str(error.retry_after)
                return response
            case NoRoom():
                return page(request, 507, sentence=str(error), typed=typed(request))
            case DatabaseError():
                log.error("database", exc_info=error)
                return page(request, 503)
        return None


def typed(request: HttpRequest) -> list[tuple[str, str]]:
    """What the person had typed, shown back so that nothing is lost."""
    return [
        (k.replace("_", " "), v)
        for k, v in request.POST.items()
        if k not in HIDDEN | SECRETS
        and not k.startswith("was_")
        and isinstance(v, str)
        and v.strip()
    ]


def again(request: HttpRequest, version: int | None) -> list[tuple[str, str]]:
    """The same form once more, onto the row as it is now. Empty where reading comes first."""
    if version is None:
        return []
    left_out = RENEWED | SECRETS
    said = [(k, v) for k, values in request.POST.lists() for v in values if k not in left_out]
    return [*said, ("version", str(version))]


def came_from(request: HttpRequest) -> str:
    """The page of ours on which the form stood; nothing when the browser does not say."""
    try:
        shown = urlsplit(request.headers.get("Referer", ""))
    except ValueError:
        return ""
    ours = shown.netloc == request.get_host() and not shown.path.startswith("//")
    return shown.path if ours and shown.path != request.path else ""


def page(request: HttpRequest, code: int, **context: Any) -> HttpResponse:
    """The page of a code; for htmx, a message in the page's own place for problems."""
    context |= {"request_id": current().request_id}
    if code == 409:
        context["back"] = came_from(request)
    if getattr(request, "htmx", False):
        if code in {400, 409, 422, 429}:
            context.setdefault("sentence", "Not saved: a character in it cannot be stored.")
            response = render(
                request, "errors/_fragment.html", context, status=422 if code == 400 else code
            )
            response["HX-Retarget"], response["HX-Reswap"] = "#problems", "innerHTML"
            return response
        if code in {403, 404}:
            response = HttpResponse(status=code)
            response["HX-Refresh"] = "true"
            return response
    if code == 503:  # without the page's frame, which would ask the database who is signed in
        return HttpResponse(render_to_string("errors/503.html", context), status=503)
    return render(request, f"errors/{code}.html", context, status=code)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return page(request, 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return page(
        request,
        403,
        grant_sentence=str(exception) if isinstance(exception, PermissionDenied) else "",
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith("/api/"):
        body = {"detail": "There is no such address.", "request_id": current().request_id}
        return JsonResponse(body, status=404)
    return page(request, 404, sentence="")


def too_many(request: HttpRequest) -> HttpResponse:
    """The sign-in package's own limits: what is typed there is a secret, so it is not shown."""
    response = page(
        request, 429, sentence="That was tried very often in a short time. Try again in 5 minutes."
    )
    response["Retry-After"] = "300"
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """What no view met: a database that is away fails in the middleware already, and so does a
    disk that is full while a form's files arrive."""
    error = sys.exc_info()[1]
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return page(request, 507, sentence=str(NoRoom(full=True)), typed=[])
    away = isinstance(error, DatabaseError)
    return page(request, 503 if away else 500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Usually a page left open over a sign-out: the words typed are shown back."""
    return page(
        request,
        403,
        typed=typed(request),
        grant_sentence="This page was open too long or came from elsewhere. "
        "Go back, reload it and send it again.",
    )


def api_exception(error: Exception, context: dict[str, Any]) -> Response | None:
    """The same refusals in JSON: `{"detail": sentence, "request_id": id}`."""
    codes = {
        Refused: 422,
        Conflict: 409,
        StateError: 409,
        Forbidden: 403,
        NotFound: 404,
        TooMany: 429,
        NoRoom: 507,
        Http404: 404,
    }
    code = next((code for kind, code in codes.items() if isinstance(error, kind)), 0)
    if code:
        body: dict[str, Any] = {
            "detail": str(error) or "Not found.",
            "request_id": current().request_id,
        }
        if isinstance(error, Conflict) and error.versions:
            body["versions"] = [{"part": p, "yours": y, "saved": s} for p, y, s in error.versions]
        later = {"Retry-After": str(error.retry_after)} if isinstance(error, TooMany) else None
        return Response(body, status=code, headers=later)
    if isinstance(error, exceptions.APIException):
        response: Response | None = exception_handler(error, context)
        if response is not None and isinstance(response.data, dict):
            response.data["request_id"] = current().request_id
        return response
    if isinstance(error, DatabaseError):
        log.error("database", exc_info=error)
        sentence = "Hallway cannot reach its records just now. Nothing was saved; try again soon."
        return Response({"detail": sentence, "request_id": current().request_id}, status=503)
    return None
