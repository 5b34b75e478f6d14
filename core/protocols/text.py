"""A version's content as text that people edit, and back, with errors a person can act on.

YAML without anchors: a few lines of `*alias` would unfold into more than memory holds. Number and
day of a version are fields of the form, so they are no part of the text.
"""

from collections.abc import Sequence
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from core.lib.errors import Refused
from core.lib.parsers import texts

LONGEST = 200_000  # characters; ten times today's largest
MOST = 8  # errors named at once
HEAD = ("kind", "key", "version", "effective_on")
NESTED = "This is nested too deep. Write it with fewer levels."


class _Dumper(yaml.SafeDumper):
    """Never an anchor: what stands twice is written twice."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def text_of(protocol: BaseModel) -> str:
    """The content to edit: fields in the order of the schema, named rows by their name.

    The database keeps no order of names, so the file's own is not to be had.
    """
    body = _ordered(protocol, protocol.model_dump(mode="json"))
    content = {key: value for key, value in body.items() if key not in HEAD}
    return yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)


def _ordered(part: Any, dumped: Any) -> Any:
    if isinstance(part, BaseModel):
        return {name: _ordered(getattr(part, name), dumped[name]) for name in dumped}
    if isinstance(part, dict):
        return {str(key): _ordered(part[key], dumped[str(key)]) for key in sorted(part)}
    if isinstance(part, list | tuple):
        return [_ordered(*pair) for pair in zip(part, dumped, strict=True)]
    return dumped


def read_text(
    text: str, *, head: dict[str, Any], schema: type[BaseModel]
) -> tuple[dict[str, Any], BaseModel]:
    """(body, validated) of an edited text with its head. Raises Refused naming line and field."""
    content = _content(text)
    body = {**{k: v for k, v in head.items() if k in schema.model_fields}, **content}
    try:
        protocol = schema.model_validate(body)
    except ValidationError as error:
        raise Refused(_sentences(text, error)) from error
    except RecursionError as error:
        raise Refused(NESTED) from error
    return protocol.model_dump(mode="json"), protocol


def _content(text: str) -> dict[str, Any]:
    if len(text) > LONGEST:
        raise Refused(f"The text is longer than {LONGEST:,} characters. Shorten it.")
    try:
        _check_plain(text)
        _check_once(yaml.compose(text, Loader=yaml.SafeLoader))
        content = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"Line {mark.line + 1}: " if mark else ""
        raise Refused(
            f"{where}this cannot be read ({error.problem or 'broken off'}). Compare it with the "
            "lines around it: spaces at the start of a line, a missing quote or colon."
        ) from error
    except yaml.YAMLError as error:
        raise Refused(
            "The text has a character that cannot be kept. Type the last words again."
        ) from error
    except RecursionError as error:
        raise Refused(NESTED) from error
    except ValueError as error:  # a day such as 2026-02-31, a number of five thousand digits
        raise Refused("A day or a number in the text cannot be one. Check what you typed.") from (
            error
        )
    if not isinstance(content, dict) or not all(isinstance(key, str) for key in content):
        raise Refused("Every line at the left edge has to be a name and a colon, then its content.")
    for key in HEAD:
        if key in content:
            raise Refused(
                f"Take “{key}” out of the text: it belongs to the version, not to its content."
            )
    _check_storable(content)
    return content


def _check_plain(text: str) -> None:
    for token in yaml.scan(text, Loader=yaml.SafeLoader):
        if isinstance(token, yaml.AnchorToken | yaml.AliasToken):
            raise Refused(
                f"Line {token.start_mark.line + 1}: & and * are not used here. Write the words "
                "out, or put them between quotes."
            )
        if isinstance(token, yaml.TagToken):  # a kind forced on words that are not of it
            raise Refused(
                f"Line {token.start_mark.line + 1}: nothing begins with ! here. Put the words "
                "between quotes."
            )


def _check_once(node: Any) -> None:
    """The second of two lines with one name would win unseen. A name is words, never a list."""
    if isinstance(node, yaml.MappingNode):
        seen: dict[str, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise Refused(
                    f"Line {line}: before the colon stands a list or a group, where a name has to "
                    "stand. Write a name, or put the line between quotes."
                )
            if key.value in seen:
                raise Refused(
                    f"Line {line}: “{key.value}” stands there already, on line {seen[key.value]}. "
                    "Keep one."
                )
            seen[key.value] = line
            _check_once(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            _check_once(value)


def _check_storable(content: dict[str, Any]) -> None:
    try:
        for each in texts(content):
            if isinstance(each, str):
                each.encode()
                if "\x00" in each:
                    raise Refused("The text has a character that cannot be kept (\\0). Remove it.")
    except UnicodeEncodeError as error:
        raise Refused("The text has half of a character (a lone \\ud…). Remove it.") from error


def _sentences(text: str, error: ValidationError) -> str:
    found = error.errors()
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    told = [_sentence(root, row["loc"], row["msg"], row["type"]) for row in found[:MOST]]
    more = len(found) - MOST
    return " ".join([*told, f"And {more} more." if more > 0 else ""]).strip()


def _sentence(root: Any, loc: Sequence[int | str], message: str, kind: str) -> str:
    line = _line(root, loc)
    where = " › ".join(
        f"no. {part + 1}" if isinstance(part, int) else part.replace("_", " ")
        for part in loc
        if isinstance(part, int) or not part.startswith(("function-", "lax-", "tagged-"))
    )
    words = {
        "missing": "this is missing",
        "extra_forbidden": "nothing is called so here; check the spelling, or remove it",
    }.get(kind, message.removeprefix("Value error, ").rstrip("."))
    place = ", ".join(part for part in (f"Line {line}" if line else "", where) if part)
    return f"{place}: {words}." if place else f"{words}."


def _line(node: Any, loc: Sequence[int | str]) -> int | None:
    """The line of a part, as far down as the text has it."""
    line = None
    for part in loc:
        if isinstance(node, yaml.MappingNode):
            below = [(k, v) for k, v in node.value if k.value == part]
            if not below:
                break
            line, node = below[0][0].start_mark.line + 1, below[0][1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            if part >= len(node.value):
                break
            node = node.value[part]
            line = node.start_mark.line + 1
    return line
