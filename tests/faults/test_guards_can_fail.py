"""The fault suite can fail: without a guard, the test that stands for it is red.

`script/test --faults --deep` only: every mutant runs in a copy of the tree, with its own services.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.mutants import MUTANTS, Mutant
from tests.faults.stack import DEEP
from tests.processes import ROOT

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]
LEFT_BEHIND = shutil.ignore_patterns(
    ".git", ".venv", ".local", "*_cache", ".hypothesis", "__pycache__", "node_modules"
)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("mutants") / "tree"
    shutil.copytree(ROOT, place, ignore=LEFT_BEHIND)
    return place


def run(copy: Path, test: str) -> subprocess.CompletedProcess[str]:
    """The test in the copy, with a PostgreSQL and a Valkey of its own."""
    own = ("DATABASE_URL", "REDIS_URL", "HALLWAY_DEEP")
    env = {name: value for name, value in os.environ.items() if name not in own}
    command = ["-m", "config.embedded", "run", "--"]
    pytest_run = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-x", "-p", "no:cacheprovider"]
    return subprocess.run(
        [sys.executable, *command, *pytest_run, test],
        cwd=copy,
        env=env | {"PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.guard)
def test_each_patch_still_fits(mutant: Mutant) -> None:
    """A guard that was written anew needs its patch written anew."""
    text = (ROOT / mutant.file).read_text()
    assert text.count(mutant.old) == 1, f"{mutant.guard}: not once in {mutant.file}"
    assert (ROOT / mutant.test.partition("::")[0]).exists()
    name = mutant.test.rpartition("::")[2].partition("[")[0]
    assert "::" not in mutant.test or name in (ROOT / mutant.test.partition("::")[0]).read_text()


@pytest.mark.skipif(not DEEP, reason="each mutant takes half a minute: script/test --faults --deep")
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.guard)
def test_without_the_guard_its_test_is_red(mutant: Mutant, copy: Path) -> None:
    path = copy / mutant.file
    whole = path.read_text()
    path.write_text(whole.replace(mutant.old, mutant.new))
    try:
        ended = run(copy, mutant.test)
    finally:
        path.write_text(whole)
    failed = ended.returncode == 1 and " failed" in ended.stdout
    said = next((ln for ln in ended.stdout.splitlines() if ln.startswith("E  ")), "")
    print(f"\n{mutant.guard:<42}{'red' if failed else 'NOT RED'}  {said[:90]}")  # noqa: T201 - the table
    assert failed, f"Without “{mutant.guard}” {mutant.test} is still green:\n{ended.stdout[-1500:]}"
