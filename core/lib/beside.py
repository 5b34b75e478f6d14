"""Rows of several tables beside one row, in one query; each comes back as its model.

A page of a patient shows a little from ten tables. Asked one by one they cost ten round trips, and
each more than its few rows.
"""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db.models import (
    DecimalField,
    Expression,
    Field,
    Func,
    JSONField,
    Model,
    QuerySet,
    TextField,
)
from django.db.models.functions import Cast, JSONObject

Row = TypeVar("Row", bound=Model)


def beside(rows: QuerySet[Any], **more: str) -> ArraySubquery:
    """An annotation with the columns of some rows; `more` = name → path of a further column.

    `rows` are tied to the row they stand beside by an OuterRef, ordered and sliced; what they
    `defer` stays in the database.
    """
    fields = rows.model._meta.concrete_fields
    named, without = rows.query.deferred_loading
    if not named:  # the row as it is costs a third of its columns one by one
        whole = {
            field.attname: _column(field) for field in fields if _travels_as_text(field)
        } | more
        return ArraySubquery(rows.values(json=_Joined(_Row(), JSONObject(**whole))))
    kept = [
        field
        for field in fields
        if field.primary_key or (bool({field.name, field.attname} & set(named)) is not without)
    ]
    columns = {field.attname: _column(field) for field in kept}
    return ArraySubquery(rows.values(json=JSONObject(**columns, **more)))


class _Row(Expression):
    """The whole row of the query it stands in, as JSON by the names of its columns."""

    output_field = JSONField()

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[()]]:
        return f"to_jsonb({compiler.quote_name_unless_alias(compiler.query.base_table)})", ()


class _Joined(Func):
    """Two JSON objects as one; the second one's values count."""

    template, arg_joiner = "(%(expressions)s)", " || "
    output_field = JSONField()


def _travels_as_text(field: "Field[Any, Any]") -> bool:
    """A number of JSON is read as a float: a decimal travels as text, with all its places."""
    return isinstance(field, DecimalField)


def _column(field: "Field[Any, Any]") -> Any:
    return Cast(field.attname, TextField()) if _travels_as_text(field) else field.attname


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
