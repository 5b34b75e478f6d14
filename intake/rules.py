"""Red-flag triage: from the answers of a call to one verdict. Pure: no clock, database or Django.

Policy (domain facts §1.3-1.5; the clinical content is data, `intake/protocols/red_flags.yaml`):
- disposition = the highest rank among the level of each open flag alone, each true combination,
  the don't-know rule, the incomplete rule and the base level (routine);
- PT is held by an open flag with `hold_pt`, by a combination that raises one of
  `pt_hold.combo_dispositions`, or by a floor rule that says so (don't know);
- an unanswered question is never a "no", and nothing a caller adds can lower the verdict:
  combinations have no "not", and the highest rank wins.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from intake.protocol_schema import (
    BACK_OR_NECK,
    AllOf,
    AnyOf,
    Flag,
    FloorRule,
    Question,
    RedFlagProtocol,
)

YES, NO, DONT_KNOW = "yes", "no", "dont_know"
ANSWERS = (YES, NO, DONT_KNOW)
OLDEST = 130  # years; a typing error beyond it, not a clinical limit


@dataclass(frozen=True, slots=True)
class Answer:
    """What the caller said to one question; `flags` are the branches chosen under a "yes"."""

    answer: str
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule that spoke: its id, the open flags behind it, why in words, the level it wants."""

    rule: str
    flags: tuple[str, ...]
    why: str
    disposition: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome, worst reason first: `reasons[0].disposition` is always the disposition."""

    disposition: str
    complete: bool
    hold_pt: bool
    hold_reasons: tuple[str, ...]
    flags: tuple[str, ...]
    reasons: tuple[Reason, ...]
    unanswered: tuple[str, ...]
    protocol: str


class AnswersInvalid(ValueError):
    """The input cannot be read; `problems` holds one sentence for each thing wrong."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


class _Opened(NamedTuple):
    """An open flag, where in the script it was opened, and by what, in words."""

    flag: Flag
    position: int
    because: str


class _Finding(NamedTuple):
    """A reason, whether it holds PT, and where in the script it comes from."""

    reason: Reason
    holds: bool
    position: int


def rank(protocol: RedFlagProtocol, disposition: str) -> int:
    """Higher is worse."""
    if disposition not in protocol.dispositions_by_id:
        raise ValueError(f"{_show(disposition)} is not a disposition of {protocol.label}.")
    return protocol.dispositions_by_id[disposition].rank


def worst(protocol: RedFlagProtocol, *dispositions: str) -> str:
    """The highest-ranked of these; the base level when there are none."""
    return max((protocol.base, *dispositions), key=lambda name: rank(protocol, name))


def read_answers(protocol: RedFlagProtocol, raw: object) -> dict[str, Answer]:
    """The value of "answers" in the request, checked, in script order (flags too)."""
    _refuse(_answers_problems(protocol, raw))
    items = raw if isinstance(raw, dict) else {}
    found: dict[str, Answer] = {}
    for question in (row for row in protocol.questions if row.id in items):
        item, named = items[question.id], _as_list(items[question.id].get("flag"))
        flags = tuple(flag_id for flag_id in question.flags if flag_id in named)
        found[question.id] = Answer(item["answer"], flags)
    return found


def read_age(raw: object) -> int | None:
    """Age in whole years, or None when it is not known."""
    _refuse(_age_problems(raw))
    return raw if isinstance(raw, int) else None


def read_region(protocol: RedFlagProtocol, raw: object) -> str | None:
    """Where the pain is, or None when it is not known."""
    _refuse(_region_problems(protocol, raw))
    return raw if isinstance(raw, str) else None


def evaluate_raw(protocol: RedFlagProtocol, raw: object) -> Verdict:
    """The verdict on a request {"answers": {...}, "age": ..., "region": ...} as parsed from JSON.

    Total: any JSON gives a verdict, or AnswersInvalid with every problem in it.
    """
    if not isinstance(raw, dict):
        raise AnswersInvalid([f"The request must be an object with answers, not {_show(raw)}."])
    answers, age, region = raw.get("answers"), raw.get("age"), raw.get("region")
    problems = _unknown_keys("The request", raw, ("answers", "age", "region"))
    problems += [*_answers_problems(protocol, answers), *_age_problems(age)]
    _refuse([*problems, *_region_problems(protocol, region)])
    return evaluate(protocol, read_answers(protocol, answers), age=age, region=region)


def evaluate(
    protocol: RedFlagProtocol, answers: Mapping[str, Answer], *, age: int | None, region: str | None
) -> Verdict:
    """Apply the protocol. The order of `answers` does not matter; what is unknown it refuses."""
    # The same refusals for callers that bring Answers: a typing error must not read as "no".
    problems = [*_age_problems(age), *_region_problems(protocol, region)]
    for question_id, answer in answers.items():
        problems += _problems(protocol, question_id, answer.answer, answer.flags)
    _refuse(problems)
    opened = _open_flags(protocol, answers, age=age)
    unanswered = tuple(row.id for row in protocol.questions if row.id not in answers)
    findings = [
        *_flags_alone(opened),
        *_true_combos(protocol, opened, region=region),
        *_dont_knows(protocol, answers),
        *_incomplete(protocol, unanswered),
    ]
    if not findings:
        nothing = Reason(protocol.base, (), "because every question was answered no", protocol.base)
        findings = [_Finding(nothing, holds=False, position=0)]
    # Worst first, then script order; a stable sort keeps flags before the combinations they make.
    findings.sort(key=lambda row: (-rank(protocol, row.reason.disposition), row.position))
    holds = [row.reason for row in findings if row.holds]
    return Verdict(
        disposition=worst(protocol, *(row.reason.disposition for row in findings)),
        complete=not unanswered,
        hold_pt=bool(holds),
        hold_reasons=tuple(f"{reason.rule}: {reason.why}" for reason in holds),
        flags=tuple(flag_id for flag_id in protocol.flags_by_id if flag_id in opened),
        reasons=tuple(row.reason for row in findings),
        unanswered=unanswered,
        protocol=protocol.label,
    )


def read_aloud(protocol: RedFlagProtocol, verdict: Verdict, *, is_open: bool) -> tuple[str, ...]:
    """What to read to the caller while the clinic is open or not: the level's, then the flags'."""
    level = protocol.dispositions_by_id[verdict.disposition]
    first = level.say if is_open else level.say_after_hours or level.say
    extra = (protocol.flags_by_id[flag_id].say for flag_id in verdict.flags)
    return (first, *(sentence for sentence in extra if sentence))


def _open_flags(
    protocol: RedFlagProtocol, answers: Mapping[str, Answer], *, age: int | None
) -> dict[str, _Opened]:
    """Every open flag by id. A bare "yes" opens its question's worst flags; age opens its own."""
    opened: dict[str, _Opened] = {}
    for position, question in enumerate(protocol.questions):
        answer = answers.get(question.id)
        if answer is None or answer.answer != YES:
            continue
        guessed = question.branches and not answer.flags
        said = f"{question.id} yes" + (", no detail so it counts as the worst" if guessed else "")
        named = answer.flags or _worst_flags(protocol, question)
        for flag_id in (it for it in question.flags if it in named):
            flag = protocol.flags_by_id[flag_id]
            opened[flag_id] = _Opened(flag, position, f"{said}: {flag.label}")
    for row in protocol.computed_flags:
        if age is not None and age >= row.age_from and row.flag not in opened:
            flag, last = protocol.flags_by_id[row.flag], len(protocol.questions)
            opened[row.flag] = _Opened(flag, last, f"{flag.label} (age {age} given)")
    return opened


def _worst_flags(protocol: RedFlagProtocol, question: Question) -> tuple[str, ...]:
    """All flags of the question tied at its highest level. Computed ones are facts, not guesses."""
    asked = [flag_id for flag_id in question.flags if flag_id not in protocol.computed_ids]
    levels = [rank(protocol, protocol.flags_by_id[flag_id].alone) for flag_id in asked]
    return tuple(it for it, level in zip(asked, levels, strict=True) if level == max(levels))


def _flags_alone(opened: Mapping[str, _Opened]) -> Iterator[_Finding]:
    for flag_id, row in opened.items():
        why = f"because {row.because} → {row.flag.suspect}"
        reason = Reason(flag_id, (flag_id,), why, row.flag.alone)
        yield _Finding(reason, row.flag.hold_pt, row.position)


def _true_combos(
    protocol: RedFlagProtocol, opened: Mapping[str, _Opened], *, region: str | None
) -> Iterator[_Finding]:
    words = {flag_id: row.because for flag_id, row in opened.items()}
    if fact := _back_or_neck(protocol, region):
        words[BACK_OR_NECK] = fact
    for combo in protocol.combos:
        causes = _causes(combo.when, words)
        if not causes:
            continue
        flags = tuple(name for name in causes if name in opened)
        why = f"because {', and '.join(words[name] for name in causes)} → {combo.why}"
        reason = Reason(combo.id, flags, why, combo.then)
        position = min((opened[name].position for name in flags), default=0)
        yield _Finding(reason, combo.then in protocol.pt_hold.combo_dispositions, position)


def _causes(condition: str | AllOf | AnyOf, holding: Collection[str]) -> tuple[str, ...]:
    """The names that make the condition true, each once; empty when it is not true."""
    if isinstance(condition, str):
        return (condition,) if condition in holding else ()
    parts = [_causes(part, holding) for part in condition.parts]
    if isinstance(condition, AllOf) and not all(parts):
        return ()
    return tuple(dict.fromkeys(name for part in parts for name in part))


def _back_or_neck(protocol: RedFlagProtocol, region: str | None) -> str | None:
    """The fact in words, or None. A region not given counts, as nothing unasked is ever "no"."""
    if region is None:
        return "where the pain is was not given, so it counts as back or neck"
    row = protocol.regions_by_id[region]
    return f"the pain is in the {row.label.lower()}" if row.back_or_neck else None


def _dont_knows(protocol: RedFlagProtocol, answers: Mapping[str, Answer]) -> Iterator[_Finding]:
    """Each "don't know": raised where the rule names the question, and shown where it does not."""
    rule = protocol.dont_know_rule
    for position, question in enumerate(protocol.questions):
        if question.id not in answers or answers[question.id].answer != DONT_KNOW:
            continue
        said = f"{question.id} don't know: {question.topic}"
        if question.id in rule.questions:
            reason = _floor(protocol, rule, f"because {said} cannot be ruled out")
            yield _Finding(reason, rule.hold_pt, position)
        else:
            why = f"{said} was noted and does not raise the level"
            yield _Finding(Reason(rule.id, (), why, protocol.base), holds=False, position=position)


def _incomplete(protocol: RedFlagProtocol, unanswered: tuple[str, ...]) -> Iterator[_Finding]:
    if unanswered:
        rule = protocol.incomplete_rule
        why = f"because not answered yet is never a no: {', '.join(unanswered)}"
        yield _Finding(_floor(protocol, rule, why), rule.hold_pt, len(protocol.questions))


def _floor(protocol: RedFlagProtocol, rule: FloorRule, why: str) -> Reason:
    label = protocol.dispositions_by_id[rule.at_least].label
    return Reason(rule.id, (), f"{why} → at least {label}", rule.at_least)


def _answers_problems(protocol: RedFlagProtocol, raw: object) -> list[str]:
    if not isinstance(raw, dict):
        return [f"answers must be an object, empty while nothing is answered, not {_show(raw)}."]
    problems = []
    for question_id, item in raw.items():
        if not isinstance(item, dict):
            like = '{"answer": "no"} or left out'
            problems.append(f"{_show(question_id)} must be like {like}, not {_show(item)}.")
            continue
        problems += _unknown_keys(_show(question_id), item, ("answer", "flag"))
        answer, flags = item.get("answer"), _as_list(item.get("flag"))
        problems += _problems(protocol, question_id, answer, flags)
    return problems


def _problems(
    protocol: RedFlagProtocol, question_id: object, answer: object, flags: Sequence[object]
) -> list[str]:
    """What is wrong with one answer, in sentences. Takes anything, as it judges raw JSON too."""
    question = protocol.questions_by_id.get(question_id) if isinstance(question_id, str) else None
    if question is None:
        return [f"{_show(question_id)} is not a question of {protocol.label}."]
    problems = []
    if answer not in ANSWERS:
        problems.append(f"{question.id}: answer must be {_names(ANSWERS)}, not {_show(answer)}.")
    elif answer != YES and flags:
        problems.append(f"{question.id}: {_names(flags)} needs the answer yes, not {answer}.")
    if foreign := [name for name in flags if name not in question.flags]:
        problems.append(f"{question.id}: {_names(foreign)} is none of {_names(question.flags)}.")
    if not question.several and any(name != flags[0] for name in flags):
        problems.append(f"{question.id} takes one flag, not {_names(flags)}: name the worst.")
    return problems


def _age_problems(raw: object) -> list[str]:
    # type() and not isinstance(): True is an int to Python, but not an age.
    if raw is None or (type(raw) is int and 0 <= raw <= OLDEST):
        return []
    return [f"age must be whole years from 0 to {OLDEST}, or null, not {_show(raw)}."]


def _region_problems(protocol: RedFlagProtocol, raw: object) -> list[str]:
    if raw is None or (isinstance(raw, str) and raw in protocol.regions_by_id):
        return []
    return [f"region must be {', '.join(protocol.regions_by_id)} or null, not {_show(raw)}."]


def _unknown_keys(where: str, item: dict[object, object], known: tuple[str, ...]) -> list[str]:
    names = ", ".join(known)
    return [f"{where}: {_show(key)} is not a field ({names})." for key in item if key not in known]


def _names(flags: Sequence[object]) -> str:
    return ", ".join(_show(name) for name in flags)


def _as_list(flag: object) -> list[object]:
    return [] if flag is None else flag if isinstance(flag, list) else [flag]


def _refuse(problems: list[str]) -> None:
    if problems:
        raise AnswersInvalid(problems)


def _show(value: object) -> str:
    """A short spelling of anything, as JSON, without the inside of nested values."""
    plain = isinstance(value, int | float) and abs(value) < 10**15  # Python may not spell longer
    if value is None or isinstance(value, str) or plain:
        text = json.dumps(value)
        return text if len(text) <= 50 else f'{text[:45]}..."'
    return {"dict": "an object", "list": "a list"}.get(type(value).__name__, "another value")
