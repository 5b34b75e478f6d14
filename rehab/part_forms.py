"""A part of the plan as a form: drawn from its fields, read back into them.

Typed text that cannot be read comes back as it was typed, with a sentence per field.
"""

import datetime as dt
import re
import types
import typing
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from rehab.plan_body import CHOICES, Row, Written

SPARE = 2  # empty rows below the written ones
LONG = 400  # characters from which a text is a box and not a line
DAY = re.compile(r"\d{4}-\d\d-\d\d")
SENTENCES = {
    "date": "Choose a day.",
    "decimal": "Type a number.",
    "int": "Type a whole number.",
    "string_too_long": "This is too long. Shorten it.",
    "too_long": "These are too many rows. Take some away.",
    "greater": "This number is too small.",
    "less": "This number is too large.",
    "literal": "Choose one of the list.",
}


@dataclass(frozen=True)
class Column:
    """One field as its form draws it. `kind`: line, box, lines, date, number, choice, rows, kept.

    `kept`: texts their author stands by, each ticked or not.
    """

    name: str
    label: str
    kind: str
    hint: str = ""
    options: tuple[tuple[str, str], ...] = ()
    longest: int | None = None
    usual: str = ""  # what stands there while nobody wrote anything
    columns: tuple["Column", ...] = ()  # of a row
    head: "Column | None" = None  # the one of them that no row goes without


@dataclass(frozen=True)
class Typed:
    """What stood in the form. `value` None while it cannot be read; `problems` field → sentence."""

    texts: Mapping[str, Any]
    value: Written | None = None
    problems: Mapping[str, str] = field(default_factory=dict)


Options = Mapping[str, tuple[tuple[str, str], ...]]


def columns_of(part: type[Written], options: Options) -> tuple[Column, ...]:
    """The fields of a part in their order. `options`: choices that come from protocols."""
    return tuple(
        _column(name, info, options)
        for name, info in part.model_fields.items()
        if info.title and info.annotation is not bool
    )


def _column(name: str, info: FieldInfo, options: Options) -> Column:
    inner = _row_type(info.annotation)
    given = options.get(name) or tuple(CHOICES.get(name, {}).items())
    longest = next((m.max_length for m in info.metadata if hasattr(m, "max_length")), None)
    if inner:
        kind = "rows"
    elif name == "kept":
        kind = "kept"
    elif _base(info.annotation) is tuple:
        kind, longest = "lines", None
    elif given:
        kind = "choice"
    else:
        kinds = {dt.date: "date", Decimal: "number", int: "number"}
        kind = kinds.get(_base(info.annotation), "box" if (longest or 0) > LONG else "line")
    below = columns_of(inner, options) if inner else ()
    return Column(
        name=name,
        label=info.title or name,
        kind=kind,
        usual=_usual(kind, info, given),
        head=next((one for one in below if inner and one.name == inner.head), None),
        hint=info.description or "",
        options=given if kind == "choice" else (),
        longest=longest if kind in {"line", "box"} else None,
        columns=below,
    )


def _usual(kind: str, info: FieldInfo, given: tuple[tuple[str, str], ...]) -> str:
    """A list that nobody touched sends the first of its choices."""
    if kind == "choice":
        return given[0][0]
    return str(info.default) if kind == "number" and info.default is not None else ""


def _base(annotation: Any) -> Any:
    """`date | None` and `Annotated[date, …]` are dates."""
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        return _base(typing.get_args(annotation)[0])
    if origin in {typing.Union, types.UnionType}:
        return _base(next(a for a in typing.get_args(annotation) if a is not type(None)))
    if origin is typing.Literal:
        return str
    return origin or annotation


def _row_type(annotation: Any) -> type[Row] | None:
    if _base(annotation) is not tuple:
        return None
    first = typing.get_args(annotation)[0]
    return first if isinstance(first, type) and issubclass(first, Row) else None


def texts_of(part: Written, columns: tuple[Column, ...]) -> dict[str, Any]:
    """A part as its form shows it; a list of rows is a list of such."""
    return {column.name: _text(getattr(part, column.name), column) for column in columns}


def _text(value: Any, column: Column) -> Any:
    if column.kind == "rows":
        rows = [texts_of(row, column.columns) | _kept(row) for row in value]
        return rows + [_blank(column) for _ in range(SPARE if rows else SPARE + 1)]
    if column.kind == "kept":
        return list(value)
    if column.kind == "lines":
        return "\n".join(value)
    if value is None:
        return ""
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _kept(row: Row) -> dict[str, str]:
    """What a row carries unseen from version to version."""
    key = getattr(row, "key", None)
    return {"key": key} if key else {}


def _blank(column: Column) -> dict[str, str]:
    return {one.name: "" for one in column.columns}


def read(part: type[Written], columns: tuple[Column, ...], said: Mapping[str, str]) -> Typed:
    """What was sent. `more` in it asks for further rows: then nothing is read yet."""
    texts: dict[str, Any] = {}
    for column in columns:
        texts[column.name] = _said(column, said)
    wanted = {column.name: _wanted(texts[column.name], column) for column in columns}
    for name in [name for name, value in wanted.items() if value is None]:
        del wanted[name]
    shown = texts | {
        c.name: texts[c.name] + [_blank(c) for _ in range(SPARE)]
        for c in columns
        if c.kind == "rows"
    }
    problems = _half_filled(texts, columns)
    try:
        value = part.model_validate(wanted)
    except ValidationError as error:
        return Typed(shown, problems=problems | _sentences(error, columns))
    return Typed(shown, problems=problems) if problems else Typed(shown, value=value)


def _said(column: Column, said: Mapping[str, str]) -> Any:
    if column.kind == "rows":
        return _rows_in(column, said)
    if column.kind == "kept":
        ticked = (said.get(f"{column.name}-{at}", "") for at in range(60))
        return [" ".join(text.split()) for text in ticked if text.strip()]
    return said.get(column.name, "")


def _half_filled(texts: Mapping[str, Any], columns: tuple[Column, ...]) -> dict[str, str]:
    """A row without its first word would say nothing, and what else stands in it would be lost."""
    problems: dict[str, str] = {}
    for column in columns:
        for number, row in enumerate(texts[column.name] if column.head else (), start=1):
            if column.head and not row[column.head.name]:
                problems[column.name] = (
                    f"{column.label}, row {number}: write “{column.head.label}”, or empty the "
                    "whole row."
                )
    return problems


def _rows_in(column: Column, said: Mapping[str, str]) -> list[dict[str, str]]:
    """The rows somebody wrote in, or chose in; an empty one is none.

    A row of an earlier version (it has a key) goes when its words are emptied.
    """
    rows: list[dict[str, str]] = []
    for at in range(60):
        prefix = f"{column.name}-{at}-"
        names = [one.name for one in column.columns]
        if not any(prefix + name in said for name in names):
            break
        row = {name: said.get(prefix + name, "").strip() for name in names}
        key = said.get(prefix + "key", "")
        told = [one for one in column.columns if not key or one.kind != "choice"]
        if any(row[one.name] not in {"", one.usual} for one in told):
            row["key"] = "" if key in {other["key"] for other in rows} else key
            rows.append(row)
    return rows


def _wanted(text: Any, column: Column) -> Any:
    """The text as the model takes it; None = nothing was written, so the default holds."""
    if column.kind == "rows":
        return [_row_wanted(row, column) for row in text]
    if column.kind == "kept":
        return text
    if column.kind == "lines":
        return [line.strip() for line in text.splitlines() if line.strip()]
    text = text.strip()
    if column.kind == "date" and text and not DAY.fullmatch(text):
        return "no day"  # a number would be read as seconds since 1970
    return text or (None if column.kind in {"date", "number", "choice"} else "")


def _row_wanted(row: Mapping[str, str], column: Column) -> dict[str, Any]:
    wanted = {one.name: _wanted(row[one.name], one) for one in column.columns}
    kept = {name: value for name, value in wanted.items() if value is not None}
    if "then" in row:  # a step of the pathway has its own key, from its first version on
        kept["key"] = row.get("key") or str(uuid.uuid4())
    return kept


def _sentences(error: ValidationError, columns: tuple[Column, ...]) -> dict[str, str]:
    labels = {column.name: column for column in columns}
    problems: dict[str, str] = {}
    for one in error.errors():
        path = [str(step) for step in one["loc"]]
        column = labels[path[0]]
        kind = next((k for k in SENTENCES if k in one["type"]), "")
        what = SENTENCES.get(kind, "This cannot be read. Write it again.")
        if len(path) > 2 and column.columns:
            inner = {c.name: c.label for c in column.columns}.get(path[2], path[2])
            what = f"{column.label}, row {int(path[1]) + 1}, {inner.lower()}: {what}"
        elif len(path) > 1:
            what = f"Line {int(path[1]) + 1}: {what}"
        problems.setdefault(path[0], what)
    return problems
