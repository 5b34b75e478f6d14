"""Orders a therapist can work from pass; orders that say nothing are told what is missing.

`orders*.yaml`: vague and good orders, written by somebody who did not know the guard.
"""

import dataclasses
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from rehab.prescription_rules import Avoided, Exercise, Prescription, gaps
from tests.guards.tree import ROOT

FILES = sorted((ROOT / "tests/rehab").glob("orders*.yaml"))
ORDERS: list[dict[str, Any]] = [yaml.safe_load(path.read_text("utf-8")) for path in FILES]
GOOD = {row["id"]: row for rows in ORDERS for row in rows["good"]}
VAGUE = {row["id"]: row for rows in ORDERS for row in rows["vague"]}
EMPTY_WORDS = (
    "as tolerated", "per protocol", "as appropriate", "therapist's discretion", "as needed",
    "when ready", "evaluate and treat", "standard of care", "progress as able", "TBD",
)  # fmt: skip


def order(row: dict[str, Any]) -> Prescription:
    goal = row["goal"] or {}
    return Prescription(
        emphasis=row["emphasis"] or "",
        exercises=[Exercise(e["name"], str(e["dose"])) for e in row["exercises"]],
        progression=row["progression"] or "",
        avoid=[Avoided(a["what"], str(a["until"])) for a in row["avoid"]],
        per_week=row["per_week"],
        weeks=row["weeks"],
        stop=row["stop"],
        goal=goal.get("words") or "",
        metric=goal.get("metric") or "",
        target=goal.get("target"),
    )


@pytest.mark.parametrize("name", GOOD)
def test_a_good_order_passes(name):
    assert gaps(order(GOOD[name])) == []


@pytest.mark.parametrize("name", VAGUE)
def test_a_vague_order_is_sent_back(name):
    found = gaps(order(VAGUE[name]))
    assert {gap.part for gap in found} & set(VAGUE[name]["at_fault"])
    assert all(gap.sentence.endswith(".") for gap in found)


def test_there_are_enough_of_both():
    assert len(GOOD) >= 70 and len(VAGUE) >= 70


@settings(max_examples=60, deadline=None)
@given(name=st.sampled_from(sorted(GOOD)), words=st.sampled_from(EMPTY_WORDS), data=st.data())
def test_one_part_emptied_is_the_part_that_is_told(name, words, data):
    good = order(GOOD[name])
    changes: dict[str, dict[str, Any]] = {
        "emphasis": {"emphasis": words},
        "exercises": {"exercises": [Exercise(words, "3 x 10")]},
        "progression": {"progression": words},
        "avoid": {"avoid": [Avoided(words, "always")]},
        "frequency": {"per_week": None},
        "duration": {"weeks": 0},
        "stop": {"stop": [words]},
        "goal": {"goal": words},
    }
    part = data.draw(st.sampled_from(sorted(changes)))
    assert {gap.part for gap in gaps(dataclasses.replace(good, **changes[part]))} == {part}


@settings(max_examples=40, deadline=None)
@given(name=st.sampled_from(sorted(GOOD)), words=st.sampled_from(EMPTY_WORDS))
def test_politeness_beside_content_does_no_harm(name, words):
    good = order(GOOD[name])
    longer = dataclasses.replace(
        good,
        emphasis=f"{good.emphasis}, {words}",
        progression=f"{good.progression} ({words})",
        stop=[*good.stop, words],
    )
    assert gaps(longer) == []
