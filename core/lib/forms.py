"""What every form carries."""

import uuid

from django.http import HttpRequest  # noqa: TID251 - reads the form's own key

from core.lib.errors import Refused


def key_of(request: HttpRequest) -> uuid.UUID:
    """The form's own key, so that a second click is the same thing."""
    try:
        return uuid.UUID(request.POST.get("form_key", ""))
    except ValueError as error:
        raise Refused("This form was incomplete. Reload the page and try again.") from error
