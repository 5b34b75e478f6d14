"""Single parts, said in many ways: what names something passes, what sounds like it does not."""

import time
from typing import Any

import pytest
import yaml

from rehab import order_evidence
from rehab.prescription_rules import Avoided, Exercise, Prescription, gaps
from rehab.therapy_words import PHRASES, WORDS
from tests.guards.tree import ROOT
from tests.rehab.test_vague_orders import ALL, order

PARTS: dict[str, dict[str, list[Any]]] = yaml.safe_load(
    (ROOT / "tests/rehab/parts_of_orders.yaml").read_text("utf-8")
)


def asks_for(part: str, said: Any) -> bool:
    only: dict[str, Any] = {
        "emphasis": lambda: {"emphasis": said},
        "exercises": lambda: {"exercises": [Exercise(*said)]},
        "progression": lambda: {"progression": said},
        "avoid": lambda: {"avoid": [Avoided(*said)]},
        "stop": lambda: {"stop": [said]},
    }[part]()
    return part in {gap.part for gap in gaps(Prescription(**only))}


@pytest.mark.parametrize("part", PARTS)
def test_what_names_something_passes_and_what_does_not_is_asked_for(part):
    assert [said for said in PARTS[part]["good"] if asks_for(part, said)] == []
    assert [said for said in PARTS[part]["vague"] if not asks_for(part, said)] == []


LADDER = "band colour up at each stage: stage 3 at 3 x 15, stage 4 at 3 x 20"


@pytest.mark.parametrize(
    ("progression", "told"),
    [(LADDER, set()), ("+5 lb per week", {"avoid"}), ("phase 2 at 3 x 15", {"avoid"}),
     ("per protocol", {"progression"})],
)  # fmt: skip
def test_a_stage_is_an_end_where_the_order_has_stages(progression, told):
    asked = Prescription(progression=progression, avoid=[Avoided("swimming", "stage 4")])
    assert {gap.part for gap in gaps(asked)} & {"avoid", "progression"} == told


@pytest.mark.parametrize(
    ("written", "meant"),
    [("multifidis", "multifidus"), ("quadracep", "quadricep"), ("theripist", "therapist"),
     ("strenghtening", "strengthening"), ("clamshells", "clamshell"), ("hopping", "hop"),
     ("carries", "carry"), ("kneeling", "kneel"), ("swollen", "swollen"), ("bakery", "")],
)  # fmt: skip
def test_a_word_is_found_in_its_forms_and_with_a_slip_of_the_pen(written, meant):
    assert order_evidence.known(written) == meant


@pytest.mark.parametrize(
    ("text", "muscles"),
    [("hamstring strain", set()), ("supraspinatus full thickness tear", set()),
     ("tear of the supraspinatus", set()), ("hamstring strength", {"hamstring"})],
)  # fmt: skip
def test_a_muscle_with_its_complaint_is_a_diagnosis(text, muscles):
    assert order_evidence.read(text).of("muscle") == muscles


def test_the_words_are_small_and_each_can_be_found():
    for name, words in WORDS.items():
        assert [word for word in words if name not in order_evidence.read(word).named] == []
    for name, phrases in PHRASES.items():
        assert [said for said in phrases if name not in order_evidence.read(said).named] == []


def seconds_for_all() -> float:
    order_evidence.read.cache_clear()
    order_evidence.known.cache_clear()
    order_evidence.plain.cache_clear()
    began = time.process_time()
    for row in ALL.values():
        gaps(order(row))
    return time.process_time() - began


def test_an_order_is_judged_in_less_than_five_milliseconds():
    assert min(seconds_for_all() for _ in range(2)) / len(ALL) < 0.005
