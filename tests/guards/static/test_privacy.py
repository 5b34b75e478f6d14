"""Every field of every model has exactly one privacy class from birth."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.apps import apps
from django.db import models

from core.lib.privacy import Privacy
from tests.guards.tree import APPS


def our_models() -> list[type[models.Model]]:
    """First-party models; simple-history's copies carry the class of what they copy."""
    return [
        model
        for model in apps.get_models()
        if model.__module__.split(".")[0] in APPS and not model.__name__.startswith("Historical")
    ]


def unclassified(classes: Iterable[Any]) -> list[str]:
    found = []
    for model in classes:
        privacy = getattr(model, "privacy", None)
        if not isinstance(privacy, Privacy):
            found.append(f"{model.__name__} has no `privacy`: add one, see core/lib/privacy.py.")
            continue
        fields = {f.name for f in (*model._meta.concrete_fields, *model._meta.many_to_many)}
        found += [
            f"{model.__name__}.{name} has no privacy class: name it in `privacy`."
            for name in sorted(fields - set(privacy.classes))
        ]
        found += [
            f"{model.__name__}.privacy names “{name}”, which is no field of it: remove it."
            for name in sorted(set(privacy.classes) - fields)
        ]
    return found


def test_every_field_has_a_privacy_class() -> None:
    found = our_models()
    assert len(found) > 20, "The guard no longer finds the models."
    problems = unclassified(found)
    assert not problems, "\n".join(problems)


class Pulse(models.Model):
    """A bad sample: `rate` has no class, `mood` is no field."""

    rate = models.IntegerField()
    privacy: ClassVar[Privacy] = Privacy(open="id", health="mood")

    class Meta:
        app_label = "guard_sample"
        managed = False

    def __str__(self) -> str:
        return "sample"


class Bare(models.Model):
    class Meta:
        app_label = "guard_sample"
        managed = False

    def __str__(self) -> str:
        return "sample"


def test_it_fails_for_a_field_without_a_class_and_a_name_without_a_field() -> None:
    assert unclassified([Pulse, Bare]) == [
        "Pulse.rate has no privacy class: name it in `privacy`.",
        "Pulse.privacy names “mood”, which is no field of it: remove it.",
        "Bare has no `privacy`: add one, see core/lib/privacy.py.",
    ]
