"""The red-flag file itself, and the schema that refuses a protocol with a hole in it."""

import copy
import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from core.protocols.schema import Sourced
from intake.protocol_schema import RedFlagProtocol
from tests.intake.test_triage_cases import FILE, PROTOCOL, QUESTIONS

RAW: dict[str, Any] = yaml.safe_load(FILE.read_text("utf-8"))
Change = Callable[[dict[str, Any]], object]


def row(body: dict[str, Any], part: str, row_id: str) -> dict[str, Any]:
    return next(item for item in body[part] if item["id"] == row_id)


def test_the_file_is_read_whole() -> None:
    assert PROTOCOL.label == "red_flags v1"
    assert PROTOCOL.effective_on == dt.date(2026, 1, 1)
    assert PROTOCOL.signoff is None
    assert tuple(PROTOCOL.questions_by_id) == QUESTIONS
    assert len(PROTOCOL.flags) == 22
    assert [combo.id for combo in PROTOCOL.combos] == [f"C{n:02}" for n in range(1, 12)]
    assert [(level.id, level.sla_minutes) for level in PROTOCOL.dispositions] == [
        ("emergency_now", 0),
        ("same_day_physician", 60),
        ("urgent_24_72h", 4320),
        ("routine", None),
    ]
    assert PROTOCOL.computed_flags[0].age_from == 65
    assert PROTOCOL.dont_know_rule.questions == ("Q1", "Q2", "Q3", "Q5")
    assert [r.id for r in PROTOCOL.regions if r.back_or_neck] == ["low_back", "mid_back", "neck"]


def test_it_survives_the_database() -> None:
    body = json.loads(json.dumps(PROTOCOL.model_dump(mode="json")))
    assert RedFlagProtocol.model_validate(body) == PROTOCOL


def test_it_cannot_be_changed_in_memory() -> None:
    with pytest.raises(ValidationError):
        PROTOCOL.version = "2"
    with pytest.raises(ValidationError):
        PROTOCOL.flags[0].hold_pt = False


def test_what_rests_on_general_knowledge_asks_for_signoff() -> None:
    rows: list[Sourced] = [*PROTOCOL.dispositions, *PROTOCOL.flags, *PROTOCOL.combos]
    rows += [PROTOCOL.dont_know_rule, PROTOCOL.incomplete_rule, PROTOCOL.pt_hold]
    assert all(item.signoff for item in rows if "GEN" in item.sources)
    assert PROTOCOL.dont_know_rule.mark == PROTOCOL.incomplete_rule.mark == "clinic default"


def test_every_emergency_script_keeps_the_caller_and_names_911() -> None:
    say = PROTOCOL.dispositions_by_id["emergency_now"].say
    assert "911" in say
    assert "nearest emergency department" in say
    assert "Stay on the line" in say


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda b: row(b, "combos", "C04").update(when="RF99"), "C04 (when)|RF99"),
        (
            lambda b: row(b, "combos", "C04").update(
                when={"all": ["RF04", {"any": ["RF99", "RF07"]}]}
            ),
            "C04 (when)|RF99",
        ),
        (lambda b: row(b, "combos", "C04").update(then="soon"), "C04 (then)|soon"),
        (lambda b: row(b, "combos", "C04").update(when={"not": ["RF04"]}), "flag id, {all"),
        (lambda b: row(b, "combos", "C04").update(when={"all": ["RF04"]}), "at least 2 items"),
        (lambda b: row(b, "combos", "C04").update(when="RF04 or RF07"), "pattern"),
        (
            lambda b: row(b, "combos", "C04").update(
                when={"all": ["RF04", "RF07"], "any": ["RF03b"]}
            ),
            "any|not permitted",
        ),
        (lambda b: row(b, "combos", "C04").update(id="C05"), "C05|2 times"),
        (lambda b: row(b, "combos", "C04").update(id="RF04"), "RF04|2 times"),
        (lambda b: row(b, "combos", "C04").update(signoff=False), "GEN|signoff"),
        (lambda b: row(b, "combos", "C04").update(sources=["hearsay"]), "source hearsay"),
        (lambda b: row(b, "combos", "C04").update(sources=[]), "at least 1 item"),
        (lambda b: row(b, "flags", "RF04").update(alone="soon"), "RF04 (alone)|soon"),
        (lambda b: row(b, "flags", "RF04").update(hold_pt="yes"), "hold_pt|boolean"),
        (lambda b: row(b, "flags", "RF04").update(holdpt=True), "holdpt|not permitted"),
        (lambda b: row(b, "flags", "RF04").update(id="RF05"), "RF05|2 times"),
        (lambda b: row(b, "flags", "RF04").update(label=" "), "label"),
        (lambda b: row(b, "dispositions", "routine").update(rank=2), "Rank 2|2 times"),
        (lambda b: row(b, "dispositions", "routine").update(sla_minutes=-1), "sla_minutes"),
        (lambda b: row(b, "questions", "Q5").update(flags=[]), "at least 1 item"),
        (lambda b: row(b, "questions", "Q5").update(flags=["RF99"]), "Question Q5|RF99"),
        (lambda b: row(b, "questions", "Q5").update(flags=["RM01"]), "Q5|only computed"),
        (lambda b: row(b, "questions", "Q5").update(flags=["RF07"]), "RF07|2 times"),
        (lambda b: row(b, "questions", "Q5").update(several=True), "Q5|fewer than two"),
        (lambda b: row(b, "questions", "Q5").update(id="Q6"), "Question id Q6"),
        (lambda b: row(b, "questions", "Q3").update(branches=[]), "Q3|a branch for each"),
        (lambda b: row(b, "questions", "Q3")["branches"].pop(), "Q3|each of its flags once"),
        (lambda b: b["questions"].pop(4), "RF04 is in no question"),
        (lambda b: b["computed_flags"][0].update(flag="RM99"), "computed_flags|RM99"),
        (lambda b: b["dont_know_rule"].update(questions=["Q99"]), "dont_know|Q99"),
        (lambda b: b["dont_know_rule"].update(at_least="soon"), "dont_know|soon"),
        (lambda b: b["incomplete_rule"].update(at_least="routine"), "must never be routine"),
        (lambda b: b["pt_hold"].update(combo_dispositions=["soon"]), "pt_hold|soon"),
        (lambda b: b.update(regions=b["regions"][3:]), "no region counts as back"),
        (lambda b: row(b, "regions", "hip").update(id="knee"), "Region id knee"),
        (lambda b: b.update(question_signoff=False), "question_signoff"),
        (lambda b: b.update(kind="lanes"), "red_flags"),
        (lambda b: b.update(version=1), "version"),
        (lambda b: b.update(signoff="Dr. No"), "signoff"),
        (lambda b: b.pop("incomplete_rule"), "incomplete_rule"),
    ],
)
def test_the_schema_refuses(change: Change, words: str) -> None:
    body = copy.deepcopy(RAW)
    change(body)
    with pytest.raises(ValidationError) as caught:
        RedFlagProtocol.model_validate(body)
    for word in words.split("|"):
        assert word in str(caught.value)


def test_all_holes_are_told_at_once() -> None:
    body = copy.deepcopy(RAW)
    row(body, "combos", "C01")["then"] = "soon"
    row(body, "flags", "RF07")["alone"] = "later"
    with pytest.raises(ValidationError) as caught:
        RedFlagProtocol.model_validate(body)
    assert "soon" in str(caught.value)
    assert "later" in str(caught.value)
