"""Rows of several tables beside one row, in one query; each comes back as its model.

A page of a patient shows a little from ten tables. Asked one by one they cost ten round trips, and
each more than its few rows.
"""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Model, QuerySet
from django.db.models.functions import JSONObject

Row = TypeVar("Row", bound=Model)


def beside(rows: QuerySet[Any], **more: str) -> ArraySubquery:
    """An annotation with every column of some rows; `more` = name → path of a further column.

    `rows` are tied to the row they stand beside by an OuterRef, ordered and sliced.
    """
    columns = {field.attname: field.attname for field in rows.model._meta.concrete_fields}
    return ArraySubquery(rows.values(json=JSONObject(**columns, **more)))


def revived(model: type[Row], found: Iterable[Mapping[str, Any]]) -> list[Row]:
    """What `beside` found, as unsaved-looking but real rows; further columns are attributes."""
    return [_one(model, values) for values in found]


def _one(model: type[Row], values: Mapping[str, Any]) -> Row:
    fields = {field.attname: field for field in model._meta.concrete_fields}
    columns = {
        name: field.to_python(values[name]) if values[name] is not None else None
        for name, field in fields.items()
    }
    row = model.from_db(None, list(columns), list(columns.values()))
    for name in set(values) - set(fields):
        setattr(row, name, values[name])
    return row
