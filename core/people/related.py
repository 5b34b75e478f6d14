"""Every row that hangs on a chart, found by walking the foreign keys: nothing is forgotten.

A new model with a link to a patient, or to a row of one, is found without being named here.
"""

import uuid
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Q, QuerySet

from core.people.models import Patient


@dataclass(frozen=True)
class Link:
    """`model.field` leads to a patient through `path` (names joined by __)."""

    model: type[models.Model]
    path: str


def links() -> list[Link]:
    """Every way from a row to a patient, nearest first. History copies are in `histories`."""
    found: list[Link] = []
    waiting: deque[tuple[type[models.Model], str]] = deque([(Patient, "")])
    seen: set[tuple[type[models.Model], str]] = set()
    while waiting:
        parent, below = waiting.popleft()
        for model, field in children(parent):
            path = f"{field}__{below}" if below else field
            if (model, field) in seen:  # a loop, or a second way through the same column
                continue
            seen.add((model, field))
            found.append(Link(model, path))
            waiting.append((model, path))
    return found


def children(parent: type[models.Model]) -> Iterator[tuple[type[models.Model], str]]:
    """(model, column) of every direct link to a model, those without a name from its side too."""
    for model in apps.get_models():
        if model.__name__.startswith("Historical"):
            continue
        for field in model._meta.concrete_fields:
            if field.is_relation and field.related_model is parent and model is not Patient:
                yield model, field.name


def rows_of(patients: QuerySet[Patient]) -> dict[type[models.Model], QuerySet[Any]]:
    """Model → its rows of these patients, the patients themselves last."""
    chosen: dict[type[models.Model], Q] = {}
    for link in links():
        chosen[link.model] = chosen.get(link.model, Q()) | Q(**{f"{link.path}__in": patients})
    rows: dict[type[models.Model], QuerySet[Any]] = {
        model: model._default_manager.filter(pk__in=model._default_manager.filter(q).values("pk"))
        for model, q in reversed(chosen.items())
    }
    rows[Patient] = Patient.objects.filter(pk__in=patients.values("pk"))
    return rows


def charts_of(pk: uuid.UUID, *, merged: Sequence[uuid.UUID] = ()) -> list[uuid.UUID]:
    """This chart and every one merged into it, through others too. One query a step; `merged` =
    the first step, where the caller has read it."""
    found, newest = [pk, *merged], [*merged] or [pk]
    while newest:
        into = Patient.objects.filter(merged_into__in=newest)
        newest = list(into.order_by("mrn").values_list("pk", flat=True))
        found += newest
    return found


def histories(model: type[models.Model]) -> type[models.Model] | None:
    """The table of a tracked model's earlier states."""
    manager = getattr(model, "history", None)
    return manager.model if manager is not None else None
