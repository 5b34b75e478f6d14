"""A form has one effect, however often it arrives: a double click, a replay, the back button.

The key of the form, its effect and its answer are one transaction. The same form again gets the
same answer and changes nothing; other words under the same key are refused. Both see the key's
row, so the one that comes at the same moment waits for the first.

Only a redirect is an effect. A refusal (4xx) gives the key back, so that the corrected form may use
it: the service undid its own writes, and what was noted on the way (who was refused, a wrong code,
a try that counts) stays. A breakdown (5xx) undoes everything. A fragment of the call screen is
idempotent by itself. Nor is what is decided before the view: a redirect to the second step of
signing in spends no key and drops no draft.
"""

import logging
import uuid
from collections.abc import Callable
from typing import Any

from django.db import Error as DatabaseError
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from config.home.errors import page, typed
from core.accounts.confirm import BACK, SECRET
from core.accounts.models import User
from core.lib.clock import now
from core.lib.errors import Conflict
from core.lib.forms import key_in
from core.work.models import IdempotencyKey
from core.work.services import (
    digest_of,
    drop_drafts,
    give_back_key,
    settle_key,
    take_key,
)

log = logging.getLogger(__name__)
LONGEST = 300  # of an address that can be kept


class SentOnce:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        # The API has a header for this, read behind its own sign-in: core/work/once.py.
        if (
            request.method != "POST"
            or request.path.startswith("/api/")
            or not isinstance(user, User)
        ):
            return self.get_response(request)
        key = key_in(request)
        try:
            if key is None:
                return self.and_drop(request, user)
            with transaction.atomic():
                return self.once(request, user, key)
        except Conflict as conflict:
            return page(request, 409, sentence=str(conflict), versions=[], typed=typed(request))
        except DatabaseError as error:  # it went away with the form half done: nothing was
            log.error("database", exc_info=error)
            return page(request, 503)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        """The last of these hooks: what is decided before it never gets here."""
        request.reached_view = True  # type: ignore[attr-defined]  # read below

    def once(self, request: HttpRequest, user: User, key: uuid.UUID) -> HttpResponse:
        said = dict(request.POST.lists())
        row, fresh = take_key(
            user=user,
            key=key,
            route=request.path,
            digest=digest_of(said, unsaid=(SECRET, BACK)),
            now=now(),
        )
        if not fresh:
            return again(request, row)
        response = self.and_drop(request, user)
        target = target_of(response) if reached(request) else ""
        if response.status_code >= 500:
            transaction.set_rollback(True)
        elif target and len(target) <= LONGEST:
            settle_key(row=row, status=response.status_code, location=target)
        else:
            give_back_key(row=row)
        return response

    def and_drop(self, request: HttpRequest, user: User) -> HttpResponse:
        """The view's answer; what was saved is no draft any more. The form drawn again, with
        another row in it, has saved nothing: who saves is sent on, or gets a piece by htmx."""
        response = self.get_response(request)
        places = request.POST.getlist("draft")
        saved = target_of(response) or "HX-Request" in request.headers
        if places and saved and reached(request) and response.status_code < 400:
            drop_drafts(user=user, places=places)
        return response


def reached(request: HttpRequest) -> bool:
    """Whether the view ran; a hook before it may have answered in its stead."""
    return getattr(request, "reached_view", False)


def target_of(response: HttpResponse) -> str:
    """Where an answer sends the browser, by itself or by htmx; nothing for a page."""
    if response.status_code in {302, 303}:
        return str(response.headers.get("Location", ""))
    return str(response.headers.get("HX-Redirect", ""))


def again(request: HttpRequest, row: IdempotencyKey) -> HttpResponse:
    """The answer the form had the first time."""
    if row.status in {302, 303}:
        return HttpResponse(status=row.status, headers={"Location": row.location})
    return HttpResponse(status=row.status, headers={"HX-Redirect": row.location})
