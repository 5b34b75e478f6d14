"""Every app with models has migrations, and no module is named after nothing."""

from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from django.apps import apps

from tests.guards.tree import APPS, python_files

NAMELESS = {"utils", "helpers", "managers", "common"}


def without_migrations(configs: Iterable[Any]) -> list[str]:
    """makemigrations --check passes an app that has models but no migrations package."""
    return [
        f"{config.name} has models but no migrations package: run "
        f"manage.py makemigrations {config.label}."
        for config in configs
        if config.name.split(".")[0] in APPS
        and any(config.get_models())
        and not (Path(config.path) / "migrations" / "__init__.py").exists()
    ]


def nameless(files: Iterable[Path]) -> list[str]:
    return [
        f"{path}: name the module after what it holds (a noun or a verb of the clinic)."
        for path in files
        if NAMELESS & {path.stem, path.parent.name}
    ]


def test_every_app_with_models_has_migrations() -> None:
    problems = without_migrations(apps.get_app_configs())
    assert not problems, "\n".join(problems)


def test_no_module_is_named_after_nothing() -> None:
    problems = nameless([*python_files(), *python_files("tests")])
    assert not problems, "\n".join(problems)


def test_it_fails_for_an_app_without_migrations(tmp_path: Path) -> None:
    bad = SimpleNamespace(
        name="intake", label="intake", path=str(tmp_path), get_models=lambda: [object]
    )
    assert "makemigrations intake" in without_migrations([bad])[0]
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "__init__.py").touch()
    assert without_migrations([bad]) == []


def test_it_fails_for_a_nameless_module() -> None:
    assert len(nameless([Path("core/people/utils.py"), Path("core/common/dates.py")])) == 2
