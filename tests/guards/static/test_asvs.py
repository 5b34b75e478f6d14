"""docs/asvs.csv: what OWASP ASVS 5.0 asks, and the test that shows it, or the reason why none does.

A renamed test, a moved page or a row without an answer fails here. Reasons that begin with “Gap:”
or “Partly:” are what is still open; they are counted, so that nobody overlooks them.
"""

import ast
import csv
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import pytest

from tests.guards.tree import ROOT

COLUMNS = ["id", "level", "requirement", "applies", "test", "reason"]
ID = re.compile(r"(?:[1-9]|1[0-7])(?:\.[1-9][0-9]?){2}")
PLACE = re.compile(r"\b[\w./-]+\.(?:md|py|yml|yaml|lock|csv)\b")
# How many the standard has outside OAuth (V10) and WebRTC (V17): none may quietly disappear.
COMPLETE = {"1": 65, "2": 152}
Row = Mapping[str, str]


@cache
def named_in(path: Path) -> frozenset[str]:
    """`test_x` and `TestY::test_x` of one file."""
    found = set()
    for node in ast.parse(path.read_text()).body:
        inside = node.body if isinstance(node, ast.ClassDef) else [node]
        prefix = f"{node.name}::" if isinstance(node, ast.ClassDef) else ""
        found |= {
            prefix + part.name
            for part in inside
            if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef)
            and part.name.startswith("test_")
        }
    return frozenset(found)


def names_of(row: Row) -> list[str]:
    return [name.strip() for name in row["test"].split("|") if name.strip()]


def missing(name: str) -> str:
    """What is wrong with a test's name as pytest prints it; empty when it is there."""
    path, _, test = name.partition("::")
    if not path.startswith("tests/") or not (ROOT / path).is_file():
        return f"names {path}, which is no test file"
    bare = test.partition("[")[0]  # one case of a parametrized test is that test
    return "" if bare in named_in(ROOT / path) else f"names “{test}”, which is not in {path}"


def problems(rows: Sequence[Row]) -> list[str]:
    found = []
    for number, count in Counter(row["id"] for row in rows).items():
        if count > 1:
            found.append(f"{number} stands there {count} times.")
    for row in rows:
        wrong = [missing(name) for name in names_of(row)]
        wrong += [
            f"points to {place}, which does not exist"
            for place in PLACE.findall(row["reason"])
            if not (ROOT / place).exists()
        ]
        if not ID.fullmatch(row["id"]):
            wrong.append("is no number of the standard")
        if row["level"] not in {"1", "2", "3"}:
            wrong.append("has no level 1, 2 or 3")
        if row["applies"] not in {"yes", "no", "later"}:
            wrong.append("does not say yes, no or later")
        if not row["requirement"]:
            wrong.append("does not say what is asked")
        if not row["reason"] and (row["applies"] in {"no", "later"} or not names_of(row)):
            wrong.append("has neither a test nor a reason")
        found += [f"{row['id']} {words}." for words in wrong if words]
    return found


def rows() -> list[Row]:
    with (ROOT / "docs" / "asvs.csv").open(newline="") as file:
        reader = csv.DictReader(file)
        assert reader.fieldnames == COLUMNS
        return list(reader)


def summary(found: Sequence[Row]) -> list[str]:
    """One line a level, as the run prints them."""
    lines = []
    for level in "123":
        here = [row for row in found if row["level"] == level]
        ours = [row for row in here if row["applies"] == "yes"]
        tested = [row for row in ours if names_of(row)]
        gaps = [row["id"] for row in ours if row["reason"].startswith("Gap:")]
        partly = [row["id"] for row in ours if row["reason"].startswith("Partly:")]
        lines.append(
            f"ASVS 5.0 L{level}: {len(here)} rows, {len(ours)} apply, {len(tested)} with a test, "
            f"{len(ours) - len(tested)} by reason; gaps {gaps}, partly {partly}"
        )
    return lines


def test_every_row_has_a_test_that_exists_or_a_reason() -> None:
    found = problems(rows())
    assert not found, "\n".join(found)


def test_none_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    found = rows()
    with capsys.disabled():
        print("", *summary(found), sep="\n")  # noqa: T201 - the run says where we stand
    levels = Counter(row["level"] for row in found)
    assert {level: levels[level] for level in COMPLETE} == COMPLETE
    for level, least in (("1", 0.85), ("2", 0.85)):
        ours = [row for row in found if row["level"] == level and row["applies"] == "yes"]
        assert sum(bool(names_of(row)) for row in ours) >= least * len(ours), f"L{level}"


GOOD = {
    "id": "1.2.4",
    "level": "1",
    "requirement": "Queries take values as parameters",
    "applies": "yes",
    "test": "tests/guards/static/test_asvs.py::test_it_lets_a_good_row_pass[x] | "
    "tests/guards/static/test_asvs.py::test_it_fails_for",
    "reason": "",
}


def test_it_lets_a_good_row_pass() -> None:
    assert problems([GOOD]) == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"test": "tests/core/test_nowhere.py::test_x"}, "which is no test file"),
        ({"test": "tests/guards/static/test_asvs.py::test_gone"}, "which is not in"),
        ({"test": "core/lib/ui.py::test_x"}, "which is no test file"),
        ({"test": ""}, "has neither a test nor a reason"),
        ({"applies": "later"}, "has neither a test nor a reason"),
        ({"applies": "perhaps"}, "does not say yes, no or later"),
        ({"level": "4"}, "has no level"),
        ({"id": "18.1.1"}, "is no number"),
        ({"requirement": ""}, "does not say what is asked"),
        ({"reason": "See docs/adr/9999-nowhere.md."}, "docs/adr/9999-nowhere.md, which does not"),
    ],
    ids=str,
)
def test_it_fails_for(change: dict[str, str], sentence: str) -> None:
    found = problems([GOOD | change])
    assert len(found) == 1 and sentence in found[0]


def test_it_fails_for_the_same_number_twice() -> None:
    assert problems([GOOD, GOOD]) == ["1.2.4 stands there 2 times."]
