"""Small by default: a file or function past its size is split (HOUSE-STYLE, habit 25)."""

import ast
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.guards.tree import ROOT, python_files, templates

FUNCTION = 60
README = 120


def limit(path: Path) -> int:
    """How many lines a file of this kind may have."""
    name, parts = path.name, path.parts
    if parts[0] == "templates":
        if "_components" in parts:
            return 40
        return 60 if name.startswith("_") else 120
    if parts[0] == "static":
        return 150
    if parts[0] == "tests":
        return 300
    if name in {"views.py", "api.py"} or name.endswith("_views.py"):
        return 300
    if name == "settings.py" or name == "rules.py" or name.endswith("_rules.py"):
        return 350
    return 400


def ours() -> list[Path]:
    return [
        *python_files(),
        *python_files("tests"),
        *(Path("templates") / name for name in templates()),
        *(p.relative_to(ROOT) for p in sorted((ROOT / "static").rglob("*.css"))),
        *(p.relative_to(ROOT) for p in sorted((ROOT / "static").rglob("*.js"))),
    ]


def too_long(files: Iterable[Path], root: Path = ROOT) -> list[str]:
    found = []
    for path in files:
        lines = len((root / path).read_text().splitlines())
        if lines > limit(path):
            found.append(f"{path} has {lines} lines, at most {limit(path)}: split it by noun.")
    return found


def long_functions(files: Iterable[Path], root: Path = ROOT) -> list[str]:
    found = []
    for path in files:
        for node in ast.walk(ast.parse((root / path).read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > FUNCTION:
                    found.append(
                        f"{path}:{node.lineno} {node.name}() has {lines} lines, at most "
                        f"{FUNCTION}: give a part of it a name of its own."
                    )
    return found


def test_files_are_small() -> None:
    problems = too_long(ours())
    assert not problems, "\n".join(problems)


def test_functions_are_small() -> None:
    # A journey is one story, told from top to bottom.
    tests = (path for path in python_files("tests") if "journeys" not in path.parts)
    problems = long_functions([*python_files(), *tests])
    assert not problems, "\n".join(problems)


def test_the_readme_is_one_page() -> None:
    readme = ROOT / "README.md"
    if not readme.exists():
        pytest.skip("README.md is not written yet")
    lines = len(readme.read_text().splitlines())
    assert lines <= README, f"README.md has {lines} lines, at most {README}: move parts to docs/."


@pytest.mark.parametrize(
    ("path", "lines"),
    [("intake/services/calls.py", 400), ("intake/views.py", 300), ("intake/flag_views.py", 300),
     ("intake/api.py", 300), ("intake/call_rules.py", 350), ("config/settings.py", 350),
     ("templates/home/patient.html", 120), ("templates/home/_keys.html", 60),
     ("templates/_components/card.html", 40), ("static/js/dialog.js", 150),
     ("tests/core/test_ui.py", 300)],
)  # fmt: skip
def test_it_fails_one_line_above_each_size(path: str, lines: int, tmp_path: Path) -> None:
    file = tmp_path / path
    file.parent.mkdir(parents=True)
    file.write_text("\n" * lines)
    assert too_long([Path(path)], tmp_path) == []
    file.write_text("\n" * (lines + 1))
    assert "split it" in too_long([Path(path)], tmp_path)[0]


def test_it_fails_on_a_long_function(tmp_path: Path) -> None:
    (tmp_path / "long.py").write_text("def act():\n" + "    step = 1\n" * FUNCTION)
    assert "act() has 61 lines" in long_functions([Path("long.py")], tmp_path)[0]
