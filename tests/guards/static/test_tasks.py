"""Tasks are doors, not rooms: id in, load, one call (HOUSE-STYLE, habit 14)."""

import ast
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.guards.tree import ROOT, python_files

LINES = 10


def is_task(node: ast.FunctionDef) -> bool:
    decorators = (d.func if isinstance(d, ast.Call) else d for d in node.decorator_list)
    return any(
        (isinstance(d, ast.Name) and d.id == "shared_task")
        or (isinstance(d, ast.Attribute) and d.attr in {"task", "shared_task"})
        for d in decorators
    )


def wrong(files: Iterable[Path], root: Path = ROOT) -> list[str]:
    found = []
    for path in files:
        for node in ast.walk(ast.parse((root / path).read_text())):
            if not isinstance(node, ast.FunctionDef) or not is_task(node):
                continue
            place = f"{path}:{node.lineno} {node.name}()"
            if path.name != "tasks.py":
                found.append(f"{place} is a task outside tasks.py: move the door there.")
            if (node.end_lineno or node.lineno) - node.lineno + 1 > LINES:
                found.append(f"{place} is longer than {LINES} lines: move the work to a service.")
            given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            plain = all(
                isinstance(a.annotation, ast.Name) and a.annotation.id == "str" for a in given
            )
            if len(given) > 1 or not plain or node.args.vararg or node.args.kwarg:
                found.append(
                    f"{place} takes more than one UUID as str: pass an id and load the row."
                )
    return found


def test_tasks_are_doors() -> None:
    problems = wrong(python_files())
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize(
    ("name", "source", "sentence"),
    [
        ("tasks.py", "@shared_task\ndef t(a: str, b: str): ...", "more than one UUID"),
        ("tasks.py", "@shared_task(name='x')\ndef t(patient): ...", "more than one UUID"),
        ("tasks.py", "@app.task\ndef t(**rest): ...", "more than one UUID"),
        ("tasks.py", "@shared_task\ndef t():\n" + "    x = 1\n" * 10, "longer than 10 lines"),
        ("services.py", "@shared_task\ndef t(): ...", "outside tasks.py"),
    ],
)
def test_it_fails_for(name: str, source: str, sentence: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(source)
    assert sentence in wrong([Path(name)], tmp_path)[0]


def test_it_lets_a_door_pass(tmp_path: Path) -> None:
    (tmp_path / "tasks.py").write_text("@shared_task\ndef t(pk: str):\n    act(pk)\n")
    assert wrong([Path("tasks.py")], tmp_path) == []
