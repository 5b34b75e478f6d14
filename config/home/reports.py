"""What browsers report about our content policy: a log line with no address and no id in it."""

import json
import logging
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from csp.utils import DEFAULT_DIRECTIVES
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from core.accounts.access import public
from core.lib.clock import now
from core.lib.errors import TooMany
from core.work.limits import count, who_asks

log = logging.getLogger(__name__)
LARGEST = 16 * 1024
KINDS = {"inline", "eval", "data", "blob", "self", "wasm-eval", "trusted-types-policy"}
AT_MOST = 10  # reports of one request that are looked at


@public("browsers report here what the content policy stopped")
@csrf_exempt  # a browser's own report carries no token; it changes nothing and shows nothing
@require_POST
def csp_report(request: HttpRequest) -> HttpResponse:
    """Always the same answer, whatever was sent."""
    silence = HttpResponse(status=204)
    try:
        count("csp", who_asks(request.user), limit=60, per=60, now=now())
    except TooMany:
        return silence
    for directive, blocked, route in violations(request.read(LARGEST + 1), request.get_host()):
        log.warning(
            "csp_violation", extra={"directive": directive, "blocked": blocked, "route": route}
        )
    return silence


def violations(body: bytes, host: str) -> Iterator[tuple[str, str, str]]:
    """(directive, kind of what was blocked, route) of each report; nothing for what is none."""
    if len(body) > LARGEST:
        return
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError):
        return
    for report in (sent if isinstance(sent, list) else [sent])[:AT_MOST]:
        told = part(report, "csp-report") or part(report, "body")
        if told:
            directive = word(
                told, "effective-directive", "effectiveDirective", "violated-directive"
            )
            yield (
                known(directive),
                kind_of(word(told, "blocked-uri", "blockedURL"), host),
                route_of(word(told, "document-uri", "documentURL")),
            )


def part(report: Any, name: str) -> dict[str, Any]:
    inner = report.get(name) if isinstance(report, dict) else None
    return inner if isinstance(inner, dict) else {}


def word(told: dict[str, Any], *names: str) -> str:
    """The first of these that is a text; both generations of reports are read."""
    return next((told[name] for name in names if isinstance(told.get(name), str)), "")


def known(directive: str) -> str:
    """A directive's own name; whatever else was sent is not repeated."""
    name = directive.partition(" ")[0]
    return name if name in DEFAULT_DIRECTIVES else "other"


def kind_of(blocked: str, host: str) -> str:
    """What was blocked, without saying which: inline, eval, data, self, other."""
    if blocked in KINDS:
        return blocked
    try:
        address = urlsplit(blocked)
    except ValueError:
        return "other"
    if address.scheme in KINDS:
        return address.scheme
    return "self" if address.netloc == host else "other"


def route_of(document: str) -> str:
    """The name of the page's route: its address has ids in it."""
    try:
        return resolve(urlsplit(document).path).view_name
    except (Resolver404, ValueError):
        return ""
