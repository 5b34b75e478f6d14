"""script/bench stays alive: two requests a target against a tiny clinic; no time is asserted."""

import json
import subprocess
import sys

import pytest

from tests.bench.__main__ import ROOT
from tests.bench.report import table, written
from tests.bench.targets import TARGETS
from tests.ops.conftest import clean_env

TINY = "--size tiny --rounds 1 --drain 0 --requests 2 --connections 2"


@pytest.mark.timeout(300)
def test_every_target_answers(tmp_path):
    out = tmp_path / "bench.json"
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench", *TINY.split(), "--out", str(out)],
        cwd=ROOT, env=clean_env(),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    found = json.loads(out.read_text())
    assert [row["target"] for row in found["results"]] == [target.name for target in TARGETS]
    assert all(row["mean"]["min"] > 0 for row in found["results"])
    assert found["rows"] >= 600


def test_the_ratio_is_taken_round_by_round():
    runs = {
        ("home", 8, "hallway"): [(0.004, 0.008), (0.012, 0.024), (0.002, 0.003)],
        ("home", 8, "floor"): [(0.002, 0.002), (0.003, 0.004), (0.002, 0.003)],
        ("home", 8, "10,000"): [(0.004, 0.008), (0.010, 0.024), (0.002, 0.003)],
    }
    row = written(runs, {"home": 4})[0]
    assert row["mean"] == {"median": 2, "min": 1, "max": 4}  # 2, 4 and 1 times
    assert row["p95"] == {"median": 4, "min": 1, "max": 6}
    assert row["growth"]["max"] == 1.2
    assert "MISSED" not in table(runs, {"home": 4})
    assert "MISSED" in table(runs, {"home": 1.5})
