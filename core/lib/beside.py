"""Rows of several tables beside one row, in one query; each comes back as its model.

A page of a patient shows a little from ten tables. Asked one by one they cost ten round trips, and
each more than its few rows.
"""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db.models import DecimalField, Field, Model, QuerySet, TextField
from django.db.models.functions import Cast, JSONObject

Row = TypeVar("Row", bound=Model)


def beside(rows: QuerySet[Any], **more: str) -> ArraySubquery:
    """An annotation with the columns of some rows; `more` = name → path of a further column.

    `rows` are tied to the row they stand beside by an OuterRef, ordered and sliced; what they
    `defer` stays in the database.
    """
    named, without = rows.query.deferred_loading
    fields = [
        field
        for field in rows.model._meta.concrete_fields
        if field.primary_key or (bool({field.name, field.attname} & set(named)) is not without)
    ]
    columns = {field.attname: _column(field) for field in fields}
    return ArraySubquery(rows.values(json=JSONObject(**columns, **more)))


def _column(field: "Field[Any, Any]") -> Any:
    """A number of JSON is read as a float: a decimal travels as text, with all its places."""
    if isinstance(field, DecimalField):
        return Cast(field.attname, TextField())
    return field.attname


def revived(model: type[Row], found: Iterable[Mapping[str, Any]]) -> list[Row]:
    """What `beside` found, as unsaved-looking but real rows; further columns are attributes."""
    return [_one(model, values) for values in found]


def _one(model: type[Row], values: Mapping[str, Any]) -> Row:
    fields = {field.attname: field for field in model._meta.concrete_fields}
    columns = {
        name: _value(field, values[name]) if values[name] is not None else None
        for name, field in fields.items()
        if name in values
    }
    row = model.from_db(None, list(columns), list(columns.values()))
    for name in set(values) - set(fields):
        setattr(row, name, values[name])
    return row


def _value(field: "Field[Any, Any]", found: Any) -> Any:
    if isinstance(field, ArrayField):
        return [None if one is None else _value(field.base_field, one) for one in found]
    return field.to_python(found)
