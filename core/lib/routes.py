"""Addresses of routes by their names."""

from functools import lru_cache
from uuid import UUID

from django.urls import reverse

_NIL = UUID(int=0)


def url(name: str, *args: object, **kwargs: object) -> str:
    """The address of a route. A list asks for the same few a hundred times, each with one id:
    those are resolved once."""
    if kwargs or len(args) > 1 or not all(isinstance(arg, UUID) for arg in args):
        return reverse(name, args=args or None, kwargs=kwargs or None)
    before, after = _around_ids(name, len(args))
    return f"{before}{args[0]}{after}" if args else before


@lru_cache(maxsize=512)
def _around_ids(name: str, count: int) -> tuple[str, str]:
    """What stands before and after the one id of a route; all of it for a route without."""
    before, _, after = reverse(name, args=[_NIL] * count).partition(str(_NIL))
    return before, after
