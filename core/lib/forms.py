"""What every form carries: its own key, and the version of the row it changes."""

import uuid

from django.http import HttpRequest  # noqa: TID251 - reads the form's own fields
from markupsafe import Markup

from core.lib.errors import Refused


def once() -> Markup:
    """A hidden key: the form has one effect, however often it is sent. For every posting form."""
    return Markup('<input type="hidden" name="form_key" value="{}">').format(uuid.uuid4())


def key_in(request: HttpRequest) -> uuid.UUID | None:
    """The form's own key, if it carries one."""
    try:
        return uuid.UUID(request.POST.get("form_key", ""))
    except ValueError:
        return None


def key_of(request: HttpRequest) -> uuid.UUID:
    """The form's own key, so that a second click is the same thing."""
    key = key_in(request)
    if key is None:
        raise Refused("This form was incomplete. Reload the page and try again.")
    return key


def version_of(request: HttpRequest) -> int:
    """The row as the page showed it. Raises Refused when the form does not say."""
    text = request.POST.get("version", "")
    if not (text.isascii() and text.isdecimal() and len(text) < 9):
        raise Refused("This form was incomplete. Reload the page and try again.")
    return int(text)
