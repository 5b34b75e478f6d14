"""Orders a therapist can work from pass; orders that say nothing are told what is missing.

`orders*.yaml`: vague and good orders, written by somebody who did not know the guard.
"""

import dataclasses
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from rehab.prescription_rules import Avoided, Exercise, Prescription, gaps, may_keep
from tests.guards.tree import ROOT

FILES = sorted((ROOT / "tests/rehab").glob("orders*.yaml"))
ORDERS: list[dict[str, Any]] = [yaml.safe_load(path.read_text("utf-8")) for path in FILES]
WELL_MEANT = {row["id"]: row for rows in ORDERS for row in rows["good"]}
LIMITS = {name: row for name, row in WELL_MEANT.items() if {"asked", "refused"} & row.keys()}
GOOD = {name: row for name, row in WELL_MEANT.items() if name not in LIMITS}
VAGUE = {row["id"]: row for rows in ORDERS for row in rows["vague"]}
ALL = GOOD | VAGUE
EMPTY_WORDS = (
    "as tolerated", "per protocol", "as appropriate", "therapist's discretion", "as needed",
    "when ready", "evaluate and treat", "standard of care", "progress as able", "TBD",
)  # fmt: skip
SAYS_NOTHING = (
    "Thank you for seeing this pleasant patient.",
    "I would be grateful for whatever you feel is best for him.",
    "Please do not hesitate to be in touch should anything arise.",
    "She has fallen through the cracks and deserves better.",
    "You know the drill.",
    "He runs a bakery and would love to hear from you soon.",
    "Carry on as you think best, I will lean on your judgement.",
    "Many thanks again for all that you and your colleagues do.",
    "Kindly bear in mind that it has been a long road for the family.",
    "As always, quality over quantity, and let common sense prevail.",
    "Nothing has moved the needle so far, so hopes are pinned on you.",
    "Her previous clinic left us rather disappointed, to be honest.",
)


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


def parts(asked: Prescription) -> set[str]:
    return {gap.part for gap in gaps(asked)}


@pytest.mark.parametrize("name", GOOD)
def test_a_good_order_passes(name):
    assert gaps(order(GOOD[name])) == []


@pytest.mark.parametrize("name", VAGUE)
def test_a_vague_order_is_sent_back_for_what_it_lacks(name):
    row = VAGUE[name]
    found = gaps(order(row))
    assert {gap.part for gap in found} == {*row["at_fault"], *row.get("also", ())}
    assert all(gap.sentence.endswith(".") for gap in found)


@pytest.mark.parametrize("name", LIMITS)
def test_a_good_order_in_odd_words_is_asked_about(name):
    """The known limits of reading words: nearly always the author may stand by them."""
    row = LIMITS[name]
    found = gaps(order(row))
    assert {gap.part for gap in found} == {*row.get("asked", ()), *row.get("refused", ())}
    assert all(may_keep(gap) for gap in found) == ("asked" in row)


def test_hardly_any_vague_order_can_be_stood_by():
    kept = [name for name in VAGUE if all(may_keep(gap) for gap in gaps(order(VAGUE[name])))]
    assert len(kept) <= len(VAGUE) * 0.11 and len(LIMITS) <= len(WELL_MEANT) * 0.07


def test_there_are_enough_of_both():
    assert len(GOOD) >= 150 and len(VAGUE) >= 150


def emptied(words: str) -> dict[str, dict[str, Any]]:
    """Each part of the form with nothing said in it, or only `words`."""
    return {
        "emphasis": {"emphasis": words},
        "exercises": {"exercises": [Exercise(words, "3 x 10")] if words else []},
        "progression": {"progression": words},
        "avoid": {"avoid": [Avoided(words, "always")] if words else []},
        "frequency": {"per_week": None},
        "duration": {"weeks": 0},
        "stop": {"stop": [words] if words else []},
        "goal": {"goal": words},
    }


@settings(max_examples=60, deadline=None)
@given(
    name=st.sampled_from(sorted(GOOD)), words=st.sampled_from(("", *EMPTY_WORDS)), data=st.data()
)
def test_one_part_emptied_is_the_part_that_is_told(name, words, data):
    changes = emptied(words)
    part = data.draw(st.sampled_from(sorted(changes)))
    assert parts(dataclasses.replace(order(GOOD[name]), **changes[part])) == {part}


def padded(asked: Prescription, words: str) -> Prescription:
    """The same order with a sentence behind everything that is text, but the goal."""
    return dataclasses.replace(
        asked,
        emphasis=f"{asked.emphasis} {words}",
        exercises=[Exercise(f"{e.name}. {words}", f"{e.dose}. {words}") for e in asked.exercises],
        progression=f"{asked.progression} {words}",
        avoid=[Avoided(f"{a.what}. {words}", f"{a.until}. {words}") for a in asked.avoid],
        stop=[*(f"{rule} {words}" for rule in asked.stop), words],
    )


@settings(max_examples=150, deadline=None)
@given(name=st.sampled_from(sorted(VAGUE)), words=st.sampled_from(SAYS_NOTHING))
def test_a_sentence_that_says_nothing_makes_no_vague_part_pass(name, words):
    asked = order(VAGUE[name])
    assert parts(asked) - {"goal"} <= parts(padded(asked, words))


@settings(max_examples=40, deadline=None)
@given(name=st.sampled_from(sorted(GOOD)), words=st.sampled_from((*EMPTY_WORDS, *SAYS_NOTHING)))
def test_politeness_beside_content_does_no_harm(name, words):
    good = order(GOOD[name])
    longer = dataclasses.replace(
        good,
        emphasis=f"{good.emphasis}. {words}",
        progression=f"{good.progression} ({words})",
        stop=[*good.stop, words],
    )
    assert gaps(longer) == []


@settings(max_examples=60, deadline=None)
@given(name=st.sampled_from(sorted(ALL)), data=st.data())
def test_capitals_full_stops_and_the_order_of_rows_do_not_matter(name, data):
    asked = order(ALL[name])
    change = data.draw(st.sampled_from((str.upper, str.lower, lambda text: f"  {text} .")))
    other = dataclasses.replace(
        asked,
        emphasis=change(asked.emphasis),
        exercises=[Exercise(change(e.name), change(e.dose)) for e in reversed(asked.exercises)],
        progression=change(asked.progression),
        avoid=[Avoided(change(a.what), change(a.until)) for a in asked.avoid],
        stop=[change(rule) for rule in reversed(asked.stop)],
        goal=change(asked.goal),
    )
    assert parts(other) == parts(asked)
