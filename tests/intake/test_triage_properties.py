"""What must hold for every call: more findings never lower it, silence is never a no.

`Oracle` is a second, deliberately plain reading of domain facts §1 that shares no code with
`intake/rules.py`; the engine is compared with it over every subset of the flags combinations use.
"""

import itertools
import json
import random
from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st

from intake.rules import Answer, AnswersInvalid, Verdict, evaluate, evaluate_raw, rank
from tests.intake.test_triage_cases import ASKED_BY, PROTOCOL, QUESTIONS, answers_with

LEVELS = {"emergency_now": 4, "same_day_physician": 3, "urgent_24_72h": 2, "routine": 1}
BACK = {"low_back", "mid_back", "neck", None}

ages = st.none() | st.integers(0, 130)
regions = st.sampled_from([None, *PROTOCOL.regions_by_id])


def possible_answers(question_id: str) -> st.SearchStrategy[Answer]:
    question = PROTOCOL.questions_by_id[question_id]
    flags = st.lists(
        st.sampled_from(question.flags), unique=True, max_size=None if question.several else 1
    )
    return st.sampled_from([Answer("no"), Answer("dont_know")]) | flags.map(
        lambda names: Answer("yes", tuple(names))
    )


calls = st.fixed_dictionaries({}, optional={q: possible_answers(q) for q in QUESTIONS})


def level(verdict: Verdict) -> int:
    return LEVELS[verdict.disposition]


def ask(
    answers: dict[str, Answer], *, age: int | None = None, region: str | None = None
) -> Verdict:
    return evaluate(PROTOCOL, answers, age=age, region=region)


# --- the oracle ---------------------------------------------------------------------------------

ALONE_4 = {"RF01", "RF02", "RF03a", "RF08a", "RX03", "RX05"}
ALONE_3 = {"RF01b", "RF03b", "RF04", "RX01", "RX02", "RX04"}
ALONE_2 = {"RF05", "RF06", "RF08b", "RF09", "RM04"}
HOLDING = {"RF01", "RF02", "RF03a", "RF03b", "RF04", "RF08a", "RF08b"} | {
    f"RX0{number}" for number in range(1, 6)
}


def oracle_combos(f: set[str], *, back: bool) -> dict[str, int]:
    """Every true combination and its level, spelt as the table of domain §1.4 spells it."""
    rows = {
        "C01": ("RF01" in f or "RF02" in f, 4),
        "C02": ("RF03a" in f, 4),
        "C03": ("RM04" in f and ("RF03b" in f or "RF01b" in f), 4),
        "C04": ("RF04" in f and ("RF03b" in f or "RF07" in f), 4),
        "C05": ("RF04" in f and back, 3),
        "C06": ("RF05" in f and ("RF06" in f or "RF07" in f), 3),
        "C07": ("RF06" in f and ("RF09" in f or "RF03b" in f), 3),
        "C08": ("RF08a" in f or ("RF08b" in f and "RF03b" in f), 4),
        "C09": ("RF08b" in f and ("RM01" in f or "RM02" in f or "RM03" in f), 3),
        "C10": ("RF04" in f and "RX02" in f, 4),
        "C11": ("RF06" in f and "RF04" in f, 3),
    }
    return {name: height for name, (true, height) in rows.items() if true}


def oracle(f: set[str], *, back: bool) -> tuple[int, bool, set[str]]:
    """(level, hold, true combinations) of a finished call with these flags open."""
    combos = oracle_combos(f, back=back)
    height = 4 if f & ALONE_4 else 3 if f & ALONE_3 else 2 if f & ALONE_2 else 1
    height = max([height, *combos.values()])
    return height, bool(f & HOLDING) or any(value >= 3 for value in combos.values()), set(combos)


def combo_flag_sets() -> Iterator[set[str]]:
    """Every set of combination flags a call can open: one branch a question but for Q11, Q12."""
    choices = [
        *([(), ("RF01",), ("RF01b",)], [(), ("RF03a",), ("RF03b",)], [(), ("RF08a",), ("RF08b",)]),
        *([(), (flag,)] for flag in ("RF02", "RM04", "RF04", "RF07", "RF05", "RF06", "RF09")),
        *([(), (flag,)] for flag in ("RM01", "RM02", "RM03", "RX02")),
    ]
    for picked in itertools.product(*choices):
        yield {flag for flags in picked for flag in flags}


def test_the_engine_agrees_with_the_oracle_on_every_set_of_combination_flags() -> None:
    sets = list(combo_flag_sets())
    assert len(sets) == 3**3 * 2**11
    for flags in sets:
        answers = answers_with(*(flags - {"RM01"}))
        # RF04 is the only flag that asks where the pain is, so the second region is for it alone.
        for region in ("neck", "hip") if "RF04" in flags else ("neck",):
            verdict = ask(answers, age=65 if "RM01" in flags else 64, region=region)
            height, hold, combos = oracle(flags, back=region == "neck")
            spoke = {row.rule for row in verdict.reasons}
            assert (level(verdict), verdict.hold_pt) == (height, hold), flags
            assert spoke - {"routine"} == flags | combos, flags


@given(answers=calls, age=ages, region=regions)
def test_the_engine_agrees_with_the_oracle_on_any_call(
    answers: dict[str, Answer], age: int | None, region: str | None
) -> None:
    worst_of = {
        "Q1": ["RF01"],
        "Q3": ["RF03a"],
        "Q10": ["RF08a"],
        "Q11": ["RM02", "RM03"],
        "Q12": ["RX03", "RX05"],
    }
    flags: set[str] = {"RM01"} if age is not None and age >= 65 else set()
    for question, answer in answers.items():
        if answer.answer == "yes":
            only = [flag for flag, asked in ASKED_BY.items() if asked == question]
            flags |= set(answer.flags or worst_of.get(question, only))
    height, hold, _ = oracle(flags, back=region in BACK)
    forced = any(answers.get(q) == Answer("dont_know") for q in ("Q1", "Q2", "Q3", "Q5"))
    height = max(height, 3 if forced else 1, 2 if len(answers) < 12 else 1)
    verdict = ask(answers, age=age, region=region)
    assert (level(verdict), verdict.hold_pt) == (height, hold or forced)
    assert set(verdict.flags) == flags
    assert verdict.complete == (len(answers) == 12)


# --- laws ---------------------------------------------------------------------------------------


@given(answers=calls, age=ages, region=regions, data=st.data())
def test_turning_a_no_into_yes_or_dont_know_never_lowers(
    answers: dict[str, Answer], age: int | None, region: str | None, data: st.DataObject
) -> None:
    question = data.draw(st.sampled_from(QUESTIONS))
    answers[question] = Answer("no")
    before = ask(answers, age=age, region=region)
    after = ask(
        {**answers, question: data.draw(possible_answers(question))}, age=age, region=region
    )
    assert level(after) >= level(before)
    assert after.hold_pt >= before.hold_pt


@given(answers=calls, age=ages, region=regions, data=st.data())
def test_naming_one_more_flag_never_lowers(
    answers: dict[str, Answer], age: int | None, region: str | None, data: st.DataObject
) -> None:
    question = data.draw(st.sampled_from(["Q11", "Q12"]))
    flags = PROTOCOL.questions_by_id[question].flags
    named = data.draw(st.lists(st.sampled_from(flags), unique=True, min_size=1))
    more = data.draw(st.sampled_from(flags))
    before = ask({**answers, question: Answer("yes", tuple(named))}, age=age, region=region)
    both = tuple(dict.fromkeys([*named, more]))
    after = ask({**answers, question: Answer("yes", both)}, age=age, region=region)
    assert level(after) >= level(before)
    assert set(after.flags) >= set(before.flags)
    assert after.hold_pt >= before.hold_pt


@given(answers=calls, age=ages, region=regions)
def test_a_bare_yes_is_at_least_any_single_branch(
    answers: dict[str, Answer], age: int | None, region: str | None
) -> None:
    for question in PROTOCOL.questions:
        bare = ask({**answers, question.id: Answer("yes")}, age=age, region=region)
        for flag in set(question.flags) - PROTOCOL.computed_ids:
            named = ask({**answers, question.id: Answer("yes", (flag,))}, age=age, region=region)
            assert level(bare) >= level(named)


@given(answers=calls, age=ages, region=regions, data=st.data())
def test_skipping_a_question_never_lowers_and_is_never_routine(
    answers: dict[str, Answer], age: int | None, region: str | None, data: st.DataObject
) -> None:
    question = data.draw(st.sampled_from(QUESTIONS))
    answers[question] = Answer("no")
    skipped = {q: answer for q, answer in answers.items() if q != question}
    after = ask(skipped, age=age, region=region)
    assert level(after) >= level(ask(answers, age=age, region=region))
    assert level(after) >= LEVELS["urgent_24_72h"]
    assert question in after.unanswered


@given(answers=calls, age=ages, region=regions)
def test_not_giving_the_region_never_lowers(
    answers: dict[str, Answer], age: int | None, region: str | None
) -> None:
    unknown = ask(answers, age=age, region=None)
    assert level(unknown) >= level(ask(answers, age=age, region=region))


@given(answers=calls, age=ages, region=regions, seed=st.randoms(use_true_random=False))
def test_order_does_not_matter(
    answers: dict[str, Answer], age: int | None, region: str | None, seed: random.Random
) -> None:
    items = list(answers.items())
    seed.shuffle(items)
    shuffled = {
        q: Answer(answer.answer, tuple(seed.sample(answer.flags, len(answer.flags))))
        for q, answer in items
    }
    assert ask(shuffled, age=age, region=region) == ask(answers, age=age, region=region)


@given(answers=calls, age=ages, region=regions)
def test_the_verdict_is_explained(
    answers: dict[str, Answer], age: int | None, region: str | None
) -> None:
    verdict = ask(answers, age=age, region=region)
    ranks = [rank(PROTOCOL, row.disposition) for row in verdict.reasons]
    assert verdict.reasons[0].disposition == verdict.disposition
    assert ranks == sorted(ranks, reverse=True)
    assert all(row.why for row in verdict.reasons)
    assert {flag for row in verdict.reasons for flag in row.flags} == set(verdict.flags)
    assert verdict.hold_pt == bool(verdict.hold_reasons)
    holding = [
        row.rule
        for row in verdict.reasons
        if (row.rule in PROTOCOL.flags_by_id and PROTOCOL.flags_by_id[row.rule].hold_pt)
        or (row.rule not in PROTOCOL.flags_by_id and rank(PROTOCOL, row.disposition) >= 3)
    ]
    assert [why.split(":")[0] for why in verdict.hold_reasons] == holding


# --- any JSON -----------------------------------------------------------------------------------

any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
words = st.sampled_from(["yes", "no", "dont_know", "RF01", "RM02", "RX05"]) | any_json
near_item = st.fixed_dictionaries({}, optional={"answer": words, "flag": words | st.lists(words)})
near_json = st.fixed_dictionaries(
    {},
    optional={
        "answers": st.dictionaries(st.sampled_from([*QUESTIONS, "Q0"]), near_item | any_json),
        "age": ages | any_json,
        "region": regions | any_json,
        "extra": any_json,
    },
)


@settings(max_examples=300)
@given(raw=any_json | near_json)
def test_any_json_gives_a_verdict_or_named_problems(raw: object) -> None:
    problems: list[str] = []
    try:
        verdict = evaluate_raw(PROTOCOL, raw)
    except AnswersInvalid as invalid:
        problems = invalid.problems or ["no problem was named"]
    else:
        assert verdict.disposition in LEVELS
    assert all(line.endswith(".") for line in problems)


@given(answers=calls, age=ages, region=regions)
def test_every_good_call_is_read_from_json_unchanged(
    answers: dict[str, Answer], age: int | None, region: str | None
) -> None:
    raw = {
        "answers": {
            q: {"answer": row.answer, "flag": list(row.flags)} for q, row in answers.items()
        },
        "age": age,
        "region": region,
    }
    verdict = evaluate_raw(PROTOCOL, json.loads(json.dumps(raw)))
    assert verdict == ask(answers, age=age, region=region)
