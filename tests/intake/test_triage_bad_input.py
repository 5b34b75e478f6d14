"""Input that cannot be read is refused with a sentence for each thing wrong, never guessed at."""

import pytest

from intake.rules import (
    Answer,
    AnswersInvalid,
    evaluate,
    evaluate_raw,
    read_age,
    read_answers,
    read_region,
)
from tests.intake.test_triage_cases import PROTOCOL, answers_with

NO_TO_ALL = {question: {"answer": "no"} for question in answers_with()}


def problems(raw: object) -> list[str]:
    with pytest.raises(AnswersInvalid) as caught:
        evaluate_raw(PROTOCOL, raw)
    assert str(caught.value) == " ".join(caught.value.problems)
    return caught.value.problems


@pytest.mark.parametrize(
    ("question", "item", "words"),
    [
        ("Q13", {"answer": "no"}, ('"Q13"', "red_flags v1")),
        ("q1", {"answer": "no"}, ('"q1"',)),
        ("", {"answer": "no"}, ('""',)),
        ("Q1", {"answer": "maybe"}, ("Q1", '"maybe"', "dont_know")),
        ("Q1", {"answer": "YES"}, ("Q1", '"YES"')),
        ("Q1", {"answer": True}, ("Q1", "true")),
        ("Q1", {"answer": None}, ("Q1", "null")),
        ("Q1", {"answer": ["yes"]}, ("Q1", "a list")),
        ("Q1", {}, ("Q1", "null")),
        ("Q1", None, ('"Q1"', "null", "left out")),
        ("Q1", "yes", ('"Q1"', '"yes"')),
        ("Q1", {"answer": "yes", "flag": "RF02"}, ("Q1", '"RF02"', '"RF01", "RF01b"')),
        ("Q1", {"answer": "yes", "flag": "rf01"}, ("Q1", '"rf01"')),
        ("Q1", {"answer": "yes", "flag": ""}, ("Q1", '""')),
        ("Q1", {"answer": "yes", "flag": 1}, ("Q1", "1")),
        ("Q1", {"answer": "yes", "flag": {"id": "RF01"}}, ("Q1", "an object")),
        ("Q1", {"answer": "yes", "flag": [["RF01"]]}, ("Q1", "a list")),
        ("Q1", {"answer": "yes", "flag": ["RF01", "RF01b"]}, ("Q1", "one flag", "RF01b")),
        ("Q11", {"answer": "yes", "flag": ["RM02", "RX01"]}, ("Q11", '"RX01"')),
        ("Q1", {"answer": "no", "flag": "RF01"}, ("Q1", '"RF01"', "no")),
        ("Q1", {"answer": "dont_know", "flag": ["RF01"]}, ("Q1", '"RF01"', "dont_know")),
        ("Q1", {"answer": "no", "flags": "RF01"}, ("Q1", '"flags"')),
    ],
)
def test_one_bad_answer_is_named(question: str, item: object, words: tuple[str, ...]) -> None:
    found = problems({"answers": {**NO_TO_ALL, question: item}})
    assert len(found) == 1
    assert all(word in found[0] for word in words)
    assert found[0].endswith(".")
    # The same input without the slip is read: the refusal is about the slip.
    assert evaluate_raw(PROTOCOL, {"answers": NO_TO_ALL}).complete


@pytest.mark.parametrize(
    "age",
    [
        -1,
        131,
        pytest.param(10**6000, id="huge"),
        67.0,
        float("nan"),
        float("inf"),
        True,
        False,
        "67",
        [67],
        {"years": 67},
    ],
)
def test_a_bad_age_is_named(age: object) -> None:
    assert problems({"answers": {}, "age": age})[0].startswith("age must be whole years")
    with pytest.raises(AnswersInvalid, match="age"):
        read_age(age)


@pytest.mark.parametrize("region", ["back", "", "LOW_BACK", 1, True, ["low_back"], {}])
def test_a_bad_region_is_named(region: object) -> None:
    assert problems({"answers": {}, "region": region})[0].startswith("region must be low_back")
    with pytest.raises(AnswersInvalid, match="region"):
        read_region(PROTOCOL, region)


@pytest.mark.parametrize(
    "raw", [None, [], "yes", 3, 1.5, True, {}, {"answers": None}, {"answers": []}]
)
def test_a_bad_shape_is_refused(raw: object) -> None:
    assert len(problems(raw)) == 1


def test_everything_wrong_is_told_at_once() -> None:
    found = problems(
        {
            "answers": {
                "Q1": {"answer": "maybe", "flag": "RF02", "x": 1},
                "Q99": {"answer": "no"},
                "Q2": 7,
            },
            "age": "old",
            "region": "toe",
            "colour": "red",
        }
    )
    text = " ".join(found)
    assert len(found) == 8
    for word in ("maybe", "RF02", '"x"', "Q99", '"Q2"', "old", "toe", "colour"):
        assert word in text


def test_a_long_word_is_cut() -> None:
    assert len(problems({"answers": {"Q1": {"answer": "x" * 100_000}}})[0]) < 150


def test_absent_null_and_empty_flag_are_the_same() -> None:
    for item in ({"answer": "yes"}, {"answer": "yes", "flag": None}, {"answer": "yes", "flag": []}):
        assert read_answers(PROTOCOL, {"Q3": item}) == {"Q3": Answer("yes")}


def test_flags_are_read_in_script_order_once() -> None:
    read = read_answers(PROTOCOL, {"Q11": {"answer": "yes", "flag": ["RM03", "RM02", "RM03"]}})
    assert read == {"Q11": Answer("yes", ("RM02", "RM03"))}
    assert read_answers(PROTOCOL, {"Q1": {"answer": "yes", "flag": ["RF01b", "RF01b"]}}) == {
        "Q1": Answer("yes", ("RF01b",))
    }


def test_good_age_and_region_pass() -> None:
    assert [read_age(age) for age in (None, 0, 130)] == [None, 0, 130]
    assert [read_region(PROTOCOL, region) for region in (None, "knee")] == [None, "knee"]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Q99", Answer("no")),
        ("Q1", Answer("maybe")),
        ("Q1", Answer("yes", ("RF02",))),
        ("Q1", Answer("no", ("RF01",))),
    ],
)
def test_evaluate_refuses_the_same(question: str, answer: Answer) -> None:
    with pytest.raises(AnswersInvalid, match=question):
        evaluate(PROTOCOL, {**answers_with(), question: answer}, age=None, region=None)


def test_evaluate_refuses_a_bad_age_and_region_together() -> None:
    with pytest.raises(AnswersInvalid) as caught:
        evaluate(PROTOCOL, answers_with(), age=-1, region="toe")
    assert len(caught.value.problems) == 2
