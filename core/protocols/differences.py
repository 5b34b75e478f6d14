"""What is different between two versions, in words a clinician reads. Pure.

A row of a list is found again by what names it (its id, key or name), so that one inserted question
is one difference and not twelve.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

NAMES = ("id", "key", "name", "flag")
# Stands at the top of the page already.
HEAD = frozenset({"version", "effective_on"})
LONGEST = 600
Row = tuple[str, str, str]


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Row]:
    """[(where, before, after)], only what differs; "" where there is nothing."""
    found: list[Row] = []
    for key in dict.fromkeys([*before, *after]):
        if key not in HEAD:
            found += _compare([_words(key)], before.get(key), after.get(key))
    return found


def _compare(path: list[str], before: Any, after: Any) -> Iterator[Row]:
    if before == after:
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping) and not _figure(before, after):
        for key in dict.fromkeys([*before, *after]):
            yield from _compare([*path, _words(key)], before.get(key), after.get(key))
        return
    if _rows(before) and _rows(after):
        yield from _compare_rows(path, before, after)
        return
    yield (" › ".join(path), _short(before), _short(after))


def _figure(*values: Mapping[str, Any]) -> bool:
    """A number with its unit is read as one: “15” alone tells nobody whether minutes or days."""
    return any("unit" in value for value in values) and not any(
        isinstance(part, Mapping | list) for value in values for part in value.values()
    )


def _rows(value: Any) -> bool:
    """A list of things with parts of their own; plain words are compared as one text."""
    return isinstance(value, list) and any(isinstance(row, Mapping) for row in value)


def _compare_rows(path: list[str], before: list[Any], after: list[Any]) -> Iterator[Row]:
    name = _name_of(before, after)
    old = {_called(row, name, at): row for at, row in enumerate(before)}
    new = {_called(row, name, at): row for at, row in enumerate(after)}
    for called in dict.fromkeys([*old, *new]):
        yield from _compare([*path, called], old.get(called), new.get(called))
    stayed = [called for called in old if called in new]
    if name and stayed != [called for called in new if called in old]:
        yield (" › ".join([*path, "order"]), ", ".join(old), ", ".join(new))


def _name_of(*lists: Sequence[Any]) -> str:
    """The part that tells the rows of these lists apart; "" when none does."""
    for name in NAMES:
        if all(
            all(isinstance(row, Mapping) and isinstance(row.get(name), str) for row in rows)
            and len({row[name] for row in rows}) == len(rows)
            for rows in lists
        ):
            return name
    return ""


def _called(row: Any, name: str, at: int) -> str:
    return str(row[name]) if name else f"no. {at + 1}"


def _words(key: object) -> str:
    return str(key).replace("_", " ")


def _short(value: Any) -> str:
    text = _text(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and not any(isinstance(v, Mapping | list) for v in value):
        return ", ".join(_text(v) for v in value) or "none"
    if isinstance(value, Mapping):
        named = sorted(value, key=lambda k: (k not in NAMES, k))
        return "\n".join(f"{_words(k)}: {_text(value[k])}" for k in named if value[k] is not None)
    if isinstance(value, list):
        return "\n".join(_text(v) for v in value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
