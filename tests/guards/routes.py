"""Every route with what it declares: name, methods, and who may, read from the URLconf."""

import inspect
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, get_resolver

from core.accounts.access import Access
from core.accounts.permissions import Perm

METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Door:
    """One method of one route. `perm` None = public."""

    name: str
    method: str
    perm: Perm | None
    is_api: bool
    takes: tuple[str, ...]
    reauth: bool = False  # the password or a code again

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.name}"


def patterns(entries: Iterable[Any] | None = None, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """(full name, pattern) of every route, nested ones included."""
    for entry in get_resolver().url_patterns if entries is None else entries:
        if isinstance(entry, URLPattern):
            yield prefix + (entry.name or str(entry.pattern)), entry
        else:
            space = f"{entry.namespace}:" if entry.namespace else ""
            yield from patterns(entry.url_patterns, prefix + space)


def methods_of(view: Any) -> tuple[str, ...]:
    """What a view answers to: a class by its methods, a function by its require_… decorator."""
    if hasattr(view, "cls"):
        return tuple(m for m in METHODS if hasattr(view.cls, m))
    while view is not None:
        allowed = inspect.getclosurevars(view).nonlocals.get("request_method_list")
        if allowed:
            return tuple(m for m in METHODS if m.upper() in allowed)
        view = getattr(view, "__wrapped__", None)
    return ()


def undeclared(entries: Iterable[Any] | None = None) -> list[str]:
    """Routes that do not say who may enter, as sentences."""
    found = []
    for name, entry in patterns(entries):
        view = entry.callback
        if hasattr(view, "cls"):
            declared = getattr(view.cls, "access", {})
            found += [
                f"{name}: {view.cls.__name__}.{m}() declares no access: add “{m}” to `access`."
                for m in methods_of(view)
                if not isinstance(declared.get(m), Perm)
            ]
            continue
        access = getattr(view, "access", None)
        if not isinstance(access, Access) or not (access.perm or access.public_because.strip()):
            found.append(f"{name} declares no access: write @requires(Perm.…) or @public('why').")
        elif access.perm and not methods_of(view):
            found.append(f"{name} answers to every method: add @require_GET or the like.")
    return found


def doors() -> list[Door]:
    """Every method of every route that is not public."""
    found = []
    for name, entry in patterns():
        view, takes = entry.callback, tuple(entry.pattern.converters)
        for method in methods_of(view):
            api = hasattr(view, "cls")
            perm = view.cls.access.get(method) if api else view.access.perm
            reauth = not api and view.access.reauth
            if perm:
                found.append(Door(name, method, perm, api, takes, reauth))
    return found


@dataclass(frozen=True)
class OpenDoor:
    """A route without a permission: public, or for anybody signed in about their own account."""

    name: str
    methods: tuple[str, ...]
    signed_in: bool
    reauth: bool
    before_factor: bool


def open_doors() -> list[OpenDoor]:
    return [
        OpenDoor(name, methods_of(view), a.signed_in, a.reauth, a.before_factor)
        for name, entry in patterns()
        for view in [entry.callback]
        for a in [getattr(view, "access", None)]
        if isinstance(a, Access) and not a.perm
    ]
