"""The API's `Idempotency-Key`: a request has one effect, however often it is sent."""

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import transaction
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import APIException
from rest_framework.response import Response

from core.lib.clock import now
from core.lib.errors import Conflict, Forbidden, NotFound, Refused
from core.lib.states import StateError
from core.people.http import ApiRequest
from core.work.services import digest_of, give_back_key, settle_key, take_key

KEY = OpenApiParameter(
    "Idempotency-Key",
    uuid.UUID,
    OpenApiParameter.HEADER,
    description="Yours, new for each request you mean. The same key with the same body again "
    "changes nothing and answers the first status with `location`, where the outcome can be read; "
    "with another body it is a 409. Kept for 7 days. A request that was refused may be corrected "
    "and sent under the same key.",
)
REFUSALS = (Refused, Conflict, Forbidden, NotFound, StateError, APIException)
Post = Callable[..., Response]


def once(post: Post) -> Post:
    """For a `post` with an effect. Behind the gate: a refusal there is noted whatever the key."""

    @wraps(post)
    def posted(view: Any, request: ApiRequest, *args: Any, **kwargs: Any) -> Response:
        text = request.headers.get("Idempotency-Key", "")
        if not text:
            return post(view, request, *args, **kwargs)
        try:
            key = uuid.UUID(text)
        except ValueError as error:
            raise Refused("“Idempotency-Key” is a UUID, new for each request you mean.") from error
        said = {"body": [repr(request.data)]}
        with transaction.atomic():
            row, fresh = take_key(
                user=request.user, key=key, route=request.path, digest=digest_of(said), now=now()
            )
            if not fresh:
                body = {"detail": "This was done already.", "location": row.location}
                return Response(body, status=row.status)
            try:
                response = post(view, request, *args, **kwargs)
            except REFUSALS as refusal:
                give_back_key(row=row)
                refused: Exception = refusal
            else:
                if response.status_code < 400:
                    location = response.headers.get("Location", request.path)
                    settle_key(row=row, status=response.status_code, location=location)
                else:
                    give_back_key(row=row)
                return response
        raise refused

    return posted
