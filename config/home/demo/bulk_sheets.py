"""Rows on their way into COPY: one sheet per model, in the order the foreign keys ask for."""

import datetime as dt
import json
from collections.abc import Callable, Sequence
from io import StringIO
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models

NULL = r"\N"
ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


def words(value: Any) -> str:
    """One value as COPY reads it."""
    if value is None:
        return NULL
    if isinstance(value, str):
        return value if value.isprintable() and "\\" not in value else value.translate(ESCAPES)
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, dt.date):  # an instant too
        return value.isoformat()
    return str(value)


def array(value: Sequence[str]) -> str:
    return words("{" + ",".join(json.dumps(str(v), ensure_ascii=False) for v in value) + "}")


class Ready(str):
    """JSON that is spelt already, without a backslash or a line break: COPY reads it as it is."""

    __slots__ = ()


def array_of(lines: Sequence[str]) -> str:
    return json.dumps(lines, ensure_ascii=False, separators=(",", ":"))


def data(value: Any) -> str:
    return value if isinstance(value, Ready) else words(json.dumps(value))


def writer_of(field: Any) -> Callable[[Any], str]:
    if isinstance(field, ArrayField):
        return array
    return data if isinstance(field, models.JSONField) else words


def filled_by_database(field: Any) -> bool:
    """Serial ids and database defaults are left out of the COPY."""
    return isinstance(field, models.AutoField) or field.has_db_default() or field.generated


class Sheet:
    """Collects the rows of one model; `columns` are given per row, the rest are the defaults.

    A column that a later step adds needs nothing here as long as its field has a default.
    """

    def __init__(self, model: type[models.Model], columns: str) -> None:
        fields = {f.name: f for f in model._meta.concrete_fields if not filled_by_database(f)}
        given = [fields.pop(name) for name in columns.split()]
        self.model = model
        self.writers = [writer_of(field) for field in given]
        self.same = "".join(f"\t{writer_of(f)(f.get_default())}" for f in fields.values()) + "\n"
        names = ", ".join(f'"{f.column}"' for f in (*given, *fields.values()))
        self.sql = f'COPY "{model._meta.db_table}" ({names}) FROM STDIN'
        self.lines: list[str] = []

    def add(self, *values: Any) -> None:
        pairs = zip(self.writers, values, strict=True)
        self.lines.append("\t".join([write(value) for write, value in pairs]) + self.same)

    def copy(self) -> int:
        """Into the database; the sheet is blank again."""
        count = len(self.lines)
        if count:
            with connection.cursor() as cursor:
                cursor.copy_expert(self.sql, StringIO("".join(self.lines)))
            self.lines.clear()
        return count


def begin_history(model: Any, *, at: str, by: str = "") -> None:
    """History of a tracked model begins with each new row as it stands; one statement.

    `at`, `by` = SQL of the row's last change and its actor.
    """
    history = model.history.model._meta
    columns = ", ".join(f'"{f.column}"' for f in model._meta.concrete_fields)
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{history.db_table}" ({columns}, history_date, history_type,'  # noqa: S608 - names of our own models
            f" history_change_reason, history_user_id)"
            f" SELECT {columns}, {at}, '+', NULL, {by or 'NULL::uuid'}"
            f' FROM "{model._meta.db_table}" row WHERE NOT EXISTS'
            f' (SELECT 1 FROM "{history.db_table}" old WHERE old.id = row.id)'
        )
