"""Two people in one form: only what somebody changed is saved, and nobody's words vanish. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from core.lib.errors import Conflict


def merged(
    *,
    mine: Mapping[str, Any],
    shown: Mapping[str, Any],
    saved: Mapping[str, Any],
    labels: Mapping[str, str],
    words: Mapping[str, Mapping[Any, str]],
    version: int,
) -> dict[str, Any]:
    """`mine` over `saved`, where it differs from what was `shown`.

    Raises Conflict, both texts beside each other, where somebody else changed the same field to
    something else; `version` is the row's now, so that the page may offer to save one's own. What
    was shown may be unknown (left out of `shown`): then any difference is a person's to look at.
    """
    result, clashes = dict(saved), []
    for name, value in mine.items():
        if value == shown.get(name, saved[name]):
            continue
        if name not in shown or saved[name] not in (shown[name], value):
            said = words.get(name, {})
            clashes.append(
                (labels.get(name, name), in_words(value, said), in_words(saved[name], said))
            )
        result[name] = value
    if clashes:
        raise Conflict(
            "This was changed while you had the form open.", versions=clashes, version=version
        )
    return result


def in_words(value: Any, said: Mapping[Any, str]) -> str:
    """A value as a person reads it; `said` = the words of a choice."""
    if value is None or value == "":
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return said.get(value, str(value))


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> Sequence[str]:
    """Names of what differs, for the trail."""
    return [name for name, value in after.items() if before.get(name) != value]
