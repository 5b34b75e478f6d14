"""Red-flag triage, case by case: the 14 domain cases, each rule alone, the words of a reason."""

from pathlib import Path

import pytest
import yaml

from intake.protocol_schema import RedFlagProtocol
from intake.rules import Answer, Verdict, evaluate, rank, read_aloud, worst

FILE = Path(__file__).parents[2] / "intake" / "protocols" / "red_flags.yaml"
PROTOCOL = RedFlagProtocol.model_validate(yaml.safe_load(FILE.read_text("utf-8")))
QUESTIONS = tuple(f"Q{number}" for number in range(1, 13))
EMERGENCY, SAME_DAY, URGENT, ROUTINE = (
    "emergency_now",
    "same_day_physician",
    "urgent_24_72h",
    "routine",
)

# Which question opens which flag, written again here so that a slip in the file is seen.
ASKED_BY = {
    flag: question
    for question, flags in {
        "Q1": ("RF01", "RF01b"),
        "Q2": ("RF02",),
        "Q3": ("RF03a", "RF03b", "RF03c"),
        "Q4": ("RM04",),
        "Q5": ("RF04",),
        "Q6": ("RF07",),
        "Q7": ("RF05",),
        "Q8": ("RF06",),
        "Q9": ("RF09",),
        "Q10": ("RF08a", "RF08b"),
        "Q11": ("RM02", "RM03"),
        "Q12": ("RX01", "RX02", "RX03", "RX04", "RX05"),
    }.items()
    for flag in flags
}


def answers_with(*flags: str) -> dict[str, Answer]:
    """A finished call: yes with these flags, no to all else. RM01 comes from age, not from here."""
    chosen: dict[str, tuple[str, ...]] = {}
    for flag in flags:
        chosen[ASKED_BY[flag]] = (*chosen.get(ASKED_BY[flag], ()), flag)
    return {q: Answer("yes", chosen[q]) if q in chosen else Answer("no") for q in QUESTIONS}


def call(*flags: str, region: str | None = "low_back", age: int | None = None) -> Verdict:
    if "RM01" in flags:
        flags, age = tuple(flag for flag in flags if flag != "RM01"), 65
    return evaluate(PROTOCOL, answers_with(*flags), age=age, region=region)


def rules_of(verdict: Verdict) -> set[str]:
    return {reason.rule for reason in verdict.reasons}


@pytest.mark.parametrize(
    ("flags", "disposition", "hold"),
    [
        (("RF01", "RF02"), EMERGENCY, True),
        (("RF04",), SAME_DAY, True),
        (("RF04", "RF07"), EMERGENCY, True),
        (("RF05", "RF06"), SAME_DAY, True),
        (("RF05",), URGENT, False),
        (("RF08b", "RM02"), SAME_DAY, True),
        (("RF08b",), URGENT, True),
        (("RF03b",), SAME_DAY, True),
        (("RF03a",), EMERGENCY, True),
        (("RF03c",), ROUTINE, False),
        (("RF06",), URGENT, False),
        (("RF06", "RF09"), SAME_DAY, True),
        (("RM01", "RM02"), ROUTINE, False),
        ((), ROUTINE, False),
    ],
)
def test_the_fourteen_domain_cases(*, flags: tuple[str, ...], disposition: str, hold: bool) -> None:
    verdict = call(*flags)
    assert (verdict.disposition, verdict.hold_pt) == (disposition, hold)
    assert verdict.complete
    assert set(verdict.flags) == set(flags)
    assert bool(verdict.hold_reasons) == hold


@pytest.mark.parametrize(
    ("flag", "level", "hold"),
    [
        ("RF01", EMERGENCY, True),
        ("RF01b", SAME_DAY, False),
        ("RF02", EMERGENCY, True),
        ("RF03a", EMERGENCY, True),
        ("RF03b", SAME_DAY, True),
        ("RF03c", ROUTINE, False),
        ("RF04", SAME_DAY, True),
        ("RF05", URGENT, False),
        ("RF06", URGENT, False),
        ("RF07", ROUTINE, False),
        ("RF08a", EMERGENCY, True),
        ("RF08b", URGENT, True),
        ("RF09", URGENT, False),
        ("RM01", ROUTINE, False),
        ("RM02", ROUTINE, False),
        ("RM03", ROUTINE, False),
        ("RM04", URGENT, False),
        ("RX01", SAME_DAY, True),
        ("RX02", SAME_DAY, True),
        ("RX03", EMERGENCY, True),
        ("RX04", SAME_DAY, True),
        ("RX05", EMERGENCY, True),
    ],
)
def test_each_flag_alone(*, flag: str, level: str, hold: bool) -> None:
    # Outside the spine, so that fever stands alone and not with C05.
    verdict = call(flag, region="knee")
    assert (verdict.disposition, verdict.hold_pt) == (level, hold)
    assert verdict.flags == (flag,)
    assert verdict.reasons[0].rule == flag


@pytest.mark.parametrize(
    ("combo", "flags", "level"),
    [
        ("C01", ("RF01",), EMERGENCY),
        ("C01", ("RF02",), EMERGENCY),
        ("C02", ("RF03a",), EMERGENCY),
        ("C03", ("RM04", "RF03b"), EMERGENCY),
        ("C03", ("RM04", "RF01b"), EMERGENCY),
        ("C04", ("RF04", "RF03b"), EMERGENCY),
        ("C04", ("RF04", "RF07"), EMERGENCY),
        ("C05", ("RF04",), SAME_DAY),
        ("C06", ("RF05", "RF06"), SAME_DAY),
        ("C06", ("RF05", "RF07"), SAME_DAY),
        ("C07", ("RF06", "RF09"), SAME_DAY),
        ("C07", ("RF06", "RF03b"), SAME_DAY),
        ("C08", ("RF08a",), EMERGENCY),
        ("C08", ("RF08b", "RF03b"), EMERGENCY),
        ("C09", ("RF08b", "RM01"), SAME_DAY),
        ("C09", ("RF08b", "RM02"), SAME_DAY),
        ("C09", ("RF08b", "RM03"), SAME_DAY),
        ("C10", ("RF04", "RX02"), EMERGENCY),
        ("C11", ("RF06", "RF04"), SAME_DAY),
    ],
)
def test_each_combination(combo: str, flags: tuple[str, ...], level: str) -> None:
    verdict = call(*flags)
    reason = next(row for row in verdict.reasons if row.rule == combo)
    assert verdict.disposition == reason.disposition == level
    assert set(reason.flags) == set(flags)
    assert verdict.hold_pt
    for missing in flags:
        fewer = call(*(flag for flag in flags if flag != missing))
        assert combo not in rules_of(fewer)


@pytest.mark.parametrize("region", ["low_back", "mid_back", "neck", None])
def test_fever_with_back_or_neck_pain_names_the_spine(region: str | None) -> None:
    assert "C05" in rules_of(call("RF04", region=region))


@pytest.mark.parametrize("region", ["shoulder", "hip", "knee", "other"])
def test_fever_elsewhere_does_not(region: str) -> None:
    assert "C05" not in rules_of(call("RF04", region=region))


@pytest.mark.parametrize(
    ("question", "opened"),
    [
        ("Q1", ("RF01",)),
        ("Q2", ("RF02",)),
        ("Q3", ("RF03a",)),
        ("Q4", ("RM04",)),
        ("Q5", ("RF04",)),
        ("Q6", ("RF07",)),
        ("Q7", ("RF05",)),
        ("Q8", ("RF06",)),
        ("Q9", ("RF09",)),
        ("Q10", ("RF08a",)),
        ("Q11", ("RM02", "RM03")),
        ("Q12", ("RX03", "RX05")),
    ],
)
def test_a_bare_yes_counts_as_the_worst(question: str, opened: tuple[str, ...]) -> None:
    verdict = evaluate(PROTOCOL, {**answers_with(), question: Answer("yes")}, age=40, region="knee")
    assert verdict.flags == opened
    guessed = bool(PROTOCOL.questions_by_id[question].branches)
    assert ("counts as the worst" in verdict.reasons[0].why) == guessed


@pytest.mark.parametrize(("age", "opens"), [(None, False), (64, False), (65, True), (130, True)])
def test_age_opens_its_flag_whatever_q11_says(*, age: int | None, opens: bool) -> None:
    assert ("RM01" in call(age=age).flags) == opens
    assert call("RF08b", age=age).disposition == (SAME_DAY if opens else URGENT)


def test_age_may_be_named_on_q11() -> None:
    answers = {**answers_with("RF08b"), "Q11": Answer("yes", ("RM01",))}
    verdict = evaluate(PROTOCOL, answers, age=None, region="knee")
    assert verdict.disposition == SAME_DAY
    assert verdict.flags == ("RF08b", "RM01")


@pytest.mark.parametrize("question", QUESTIONS)
def test_dont_know(question: str) -> None:
    answers = {**answers_with(), question: Answer("dont_know")}
    verdict = evaluate(PROTOCOL, answers, age=40, region="low_back")
    forced = question in {"Q1", "Q2", "Q3", "Q5"}
    assert verdict.disposition == (SAME_DAY if forced else ROUTINE)
    assert verdict.hold_pt == forced
    assert verdict.complete
    # Even where it raises nothing it is shown, never taken for a no.
    assert rules_of(verdict) == {"dont_know"}
    assert f"{question} don't know" in verdict.reasons[0].why


@pytest.mark.parametrize("question", QUESTIONS)
def test_one_unanswered_question_is_never_routine(question: str) -> None:
    answers = {q: answer for q, answer in answers_with().items() if q != question}
    verdict = evaluate(PROTOCOL, answers, age=40, region="low_back")
    assert (verdict.disposition, verdict.hold_pt) == (URGENT, False)
    assert not verdict.complete
    assert verdict.unanswered == (question,)
    assert verdict.reasons[0].rule == "incomplete"
    assert question in verdict.reasons[0].why


def test_nothing_answered_yet() -> None:
    verdict = evaluate(PROTOCOL, {}, age=None, region=None)
    assert verdict.disposition == URGENT
    assert verdict.unanswered == QUESTIONS
    assert verdict.protocol == "red_flags v1"


def test_a_reason_names_the_answer_and_the_suspicion() -> None:
    verdict = call("RF02")
    assert verdict.reasons[0].why == "because Q2 yes: saddle numbness → possible cauda equina"
    assert verdict.hold_reasons[0].startswith("RF02: because Q2 yes")


def test_a_combination_names_every_answer_behind_it() -> None:
    c04 = next(row for row in call("RF04", "RF07").reasons if row.rule == "C04")
    assert c04.why == (
        "because Q5 yes: unexplained fever, and Q6 yes: infection risk"
        " → epidural abscess / discitis"
    )
    c09 = next(row for row in call("RF08b", age=70).reasons if row.rule == "C09")
    assert c09.flags == ("RF08b", "RM01")
    assert "age 65 or more (age 70 given)" in c09.why
    unknown = next(row for row in call("RF04", region=None).reasons if row.rule == "C05")
    assert "counts as back or neck" in unknown.why
    assert unknown.flags == ("RF04",)


def test_a_routine_call_says_why_too() -> None:
    assert [row.why for row in call().reasons] == ["because every question was answered no"]


def test_reasons_come_worst_first_then_in_script_order() -> None:
    verdict = call("RF05", "RF06", "RF02", "RF07", "RM03")
    order = [row.rule for row in verdict.reasons]
    assert order == ["RF02", "C01", "C06", "RF05", "RF06", "RF07", "RM03"]


def test_what_is_read_aloud() -> None:
    emergency = " ".join(read_aloud(PROTOCOL, call("RF02"), is_open=False))
    for words in ("911", "nearest emergency department", "Stay on the line"):
        assert words in emergency
    assert "988" not in emergency
    assert "988" in read_aloud(PROTOCOL, call("RX05"), is_open=True)[1]
    open_now, closed = (
        read_aloud(PROTOCOL, call("RF04"), is_open=is_open) for is_open in (True, False)
    )
    assert "clinic is closed" in closed[0]
    assert "go to the emergency department" in closed[0]
    assert "clinic is closed" not in open_now[0]


def test_levels() -> None:
    assert worst(PROTOCOL) == ROUTINE
    assert worst(PROTOCOL, URGENT, EMERGENCY, SAME_DAY) == EMERGENCY
    assert [rank(PROTOCOL, name) for name in (EMERGENCY, SAME_DAY, URGENT, ROUTINE)] == [4, 3, 2, 1]
    with pytest.raises(ValueError, match="soon"):
        rank(PROTOCOL, "soon")
