"""A migration runs while the clinic works and the old code still writes: it must not stop either.

The first migrations of an app make empty tables; what follows changes tables that have rows.
"""

from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader

from tests.guards.tree import APPS


def ours() -> list[Any]:
    loader = MigrationLoader(None, ignore_no_migrations=True)
    return [m for m in loader.disk_migrations.values() if type(m).__module__.split(".")[0] in APPS]


def risky(found: list[Any]) -> list[str]:
    problems = []
    for migration in found:
        made = {
            op.name.lower() for op in migration.operations if isinstance(op, migrations.CreateModel)
        }
        for op in migration.operations:
            table = getattr(op, "model_name", "").lower()
            if not table or table in made or migration.initial:
                continue
            where = f"{migration.app_label}.{migration.name}"
            if isinstance(op, migrations.AddField) and stops_old_code(op.field):
                problems.append(
                    f"{where} adds {table}.{op.name} without db_default: the version before "
                    "cannot insert a row any more while it still runs."
                )
            if isinstance(op, migrations.AddIndex) and not isinstance(op, AddIndexConcurrently):
                problems.append(
                    f"{where} builds {op.index.name} under a lock: "
                    "AddIndexConcurrently, atomic = False."
                )
    return problems


def stops_old_code(field: Any) -> bool:
    return not field.null and not field.many_to_many and not field.has_db_default()


def test_no_migration_stops_the_clinic() -> None:
    found = ours()
    assert len(found) > 10, "The guard no longer finds the migrations."
    problems = risky(found)
    assert not problems, "\n".join(problems)


def test_it_fails_for_one_that_does() -> None:
    class Bad(migrations.Migration):
        operations = [
            migrations.AddField("call", "mood", models.TextField(default="")),
            migrations.AddField("call", "fine", models.TextField(default="", db_default="")),
            migrations.AddField("call", "empty", models.TextField(null=True)),
            migrations.AddIndex("call", models.Index(fields=["id"], name="slow")),
        ]

    problems = risky([Bad("0009_bad", "intake")])
    assert len(problems) == 2 and "call.mood" in problems[0] and "slow" in problems[1]
