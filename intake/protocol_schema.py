"""Shape of the red-flag protocol file (kind `red_flags`), and the checks that make it safe to use.

Policy: a protocol that passes here can be applied to any answers without a gap: every id resolves,
every question can open a flag, no answer offered means nothing. What fails is told in sentences.
Source of the content: domain facts §1; see `intake/protocols/red_flags.yaml`.
"""

from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import (
    Discriminator,
    Field,
    StrictBool,
    StrictInt,
    Tag,
    model_validator,
)

from core.protocols.schema import UNVERIFIED, Id, ProtocolFile, Sourced, Strict, Text

BACK_OR_NECK = "back_or_neck_pain"


class Disposition(Sourced):
    """A level. Higher rank is worse; `say` is read aloud, `say_after_hours` when we are closed."""

    id: Id
    rank: Annotated[StrictInt, Field(ge=1)]
    label: Text
    say: Text
    say_after_hours: Text | None = None
    action: Text
    sla_minutes: Annotated[StrictInt, Field(ge=0)] | None


class Flag(Sourced):
    """A finding. `alone` = its level with nothing else open; `say` is read after the level's."""

    id: Id
    name: Id
    label: Text
    suspect: Text
    alone: Id
    hold_pt: StrictBool
    say: Text | None = None


class Branch(Strict):
    """A button under a "yes"."""

    flag: Id
    label: Text


class Question(Strict):
    """`text` is read word for word, `note` is for who asks, `several` allows several branches."""

    id: Id
    topic: Text
    text: Text
    note: Text | None = None
    flags: Annotated[tuple[Id, ...], Field(min_length=1)]
    branches: tuple[Branch, ...] = ()
    several: StrictBool = False


class ComputedFlag(Sourced):
    """A flag opened by the patient's age in whole years, never by a bare "yes"."""

    flag: Id
    age_from: Annotated[StrictInt, Field(ge=0, le=130)]


class FloorRule(Sourced):
    """A level the verdict cannot go below, with its reason in words."""

    id: Id
    at_least: Id
    hold_pt: StrictBool
    text: Text
    mark: Text


class DontKnowRule(FloorRule):
    questions: Annotated[tuple[Id, ...], Field(min_length=1)]


class AllOf(Strict):
    all: Annotated[tuple["Condition", ...], Field(min_length=2)]

    @property
    def parts(self) -> "tuple[Condition, ...]":
        return self.all


class AnyOf(Strict):
    any: Annotated[tuple["Condition", ...], Field(min_length=2)]

    @property
    def parts(self) -> "tuple[Condition, ...]":
        return self.any


def _condition_tag(value: Any) -> str | None:
    """Which of the three spellings a condition uses, so that an error speaks of that one only."""
    if isinstance(value, str):
        return "id"
    spelling = value if isinstance(value, dict) else getattr(type(value), "model_fields", {})
    return next((key for key in ("all", "any") if key in spelling), None)


Condition = Annotated[
    Annotated[Id, Tag("id")] | Annotated[AllOf, Tag("all")] | Annotated[AnyOf, Tag("any")],
    Discriminator(
        _condition_tag,
        custom_error_type="condition",
        custom_error_message="A condition is a flag id, {all: [...]} or {any: [...]}",
    ),
]


class Combo(Sourced):
    id: Id
    when: Condition
    then: Id
    why: Text


class PtHold(Sourced):
    text: Text
    combo_dispositions: tuple[Id, ...]


class Region(Strict):
    id: Id
    label: Text
    back_or_neck: StrictBool


class RedFlagProtocol(ProtocolFile):
    """One version of the protocol."""

    kind: Literal["red_flags"]
    dispositions: Annotated[tuple[Disposition, ...], Field(min_length=2)]
    flags: Annotated[tuple[Flag, ...], Field(min_length=1)]
    questions: Annotated[tuple[Question, ...], Field(min_length=1)]
    question_sources: Annotated[tuple[Id, ...], Field(min_length=1)]
    question_signoff: StrictBool
    computed_flags: tuple[ComputedFlag, ...]
    dont_know_rule: DontKnowRule
    incomplete_rule: FloorRule
    combos: tuple[Combo, ...]
    pt_hold: PtHold
    regions: Annotated[tuple[Region, ...], Field(min_length=1)]

    @cached_property
    def dispositions_by_id(self) -> dict[str, Disposition]:
        return {row.id: row for row in self.dispositions}

    @cached_property
    def flags_by_id(self) -> dict[str, Flag]:
        return {row.id: row for row in self.flags}

    @cached_property
    def questions_by_id(self) -> dict[str, Question]:
        return {row.id: row for row in self.questions}

    @cached_property
    def regions_by_id(self) -> dict[str, Region]:
        return {row.id: row for row in self.regions}

    @cached_property
    def computed_ids(self) -> frozenset[str]:
        return frozenset(row.flag for row in self.computed_flags)

    @cached_property
    def base(self) -> str:
        """The lowest level: what is left when no rule says more."""
        return min(self.dispositions, key=lambda row: row.rank).id

    @model_validator(mode="after")
    def is_consistent(self) -> Self:
        problems = [*_repeats(self), *_loose_ends(self), *_dead_flags(self), *_unsafe(self)]
        for question in self.questions:
            problems += _question_problems(self, question)
        if problems:
            raise ValueError(" ".join(problems))
        return self


def condition_ids(condition: "str | AllOf | AnyOf") -> Iterator[str]:
    """Every flag or fact a condition names, left to right."""
    if isinstance(condition, str):
        yield condition
        return
    for part in condition.parts:
        yield from condition_ids(part)


def _repeats(protocol: RedFlagProtocol) -> Iterator[str]:
    # One list, because a reason is named by its rule alone and the floor rules make reasons too.
    rules = [row.id for row in protocol.flags]
    rules += [row.id for row in protocol.combos]
    rules += [row.id for row in protocol.dispositions]
    rules += [protocol.dont_know_rule.id, protocol.incomplete_rule.id, BACK_OR_NECK]
    for what, values in (
        ("Rule id", rules),
        ("Rank", [row.rank for row in protocol.dispositions]),
        ("Question id", [row.id for row in protocol.questions]),
        ("Region id", [row.id for row in protocol.regions]),
        ("Computed flag", [row.flag for row in protocol.computed_flags]),
    ):
        for value, count in Counter(values).items():
            if count > 1:
                yield f"{what} {value} is used {count} times; each must be unique."
    # One question per flag: otherwise "which answer caused it" has two answers.
    for flag, count in Counter(f for row in protocol.questions for f in row.flags).items():
        if count > 1:
            yield f"Flag {flag} is listed {count} times in the questions; it may be asked once."


def _references(protocol: RedFlagProtocol) -> Iterator[tuple[str, str, str]]:
    """(who refers, to what kind, to which id), for every reference in the file."""
    for flag in protocol.flags:
        yield f"Flag {flag.id} (alone)", "disposition", flag.alone
    for question in protocol.questions:
        for flag_id in (*question.flags, *(branch.flag for branch in question.branches)):
            yield f"Question {question.id}", "flag", flag_id
    for computed in protocol.computed_flags:
        yield "computed_flags", "flag", computed.flag
    for combo in protocol.combos:
        yield f"Combination {combo.id} (then)", "disposition", combo.then
        for name in condition_ids(combo.when):
            yield f"Combination {combo.id} (when)", "flag or fact", name
    yield from _rule_references(protocol)
    for key in _source_keys(protocol):
        yield "A sources list", "source", key


def _rule_references(protocol: RedFlagProtocol) -> Iterator[tuple[str, str, str]]:
    for rule in (protocol.dont_know_rule, protocol.incomplete_rule):
        yield f"Rule {rule.id} (at_least)", "disposition", rule.at_least
    for question_id in protocol.dont_know_rule.questions:
        yield f"Rule {protocol.dont_know_rule.id}", "question", question_id
    for disposition_id in protocol.pt_hold.combo_dispositions:
        yield "pt_hold", "disposition", disposition_id


def _source_keys(protocol: RedFlagProtocol) -> Iterator[str]:
    rows: list[Sourced] = [*protocol.dispositions, *protocol.flags, *protocol.computed_flags]
    rows += [*protocol.combos, protocol.dont_know_rule, protocol.incomplete_rule, protocol.pt_hold]
    for row in rows:
        yield from row.sources
    yield from protocol.question_sources


def _loose_ends(protocol: RedFlagProtocol) -> Iterator[str]:
    flags = set(protocol.flags_by_id)
    known = {
        "disposition": set(protocol.dispositions_by_id),
        "flag": flags,
        "flag or fact": flags | {BACK_OR_NECK},
        "question": set(protocol.questions_by_id),
        "source": set(protocol.sources),
    }
    for who, kind, name in dict.fromkeys(_references(protocol)):
        if name not in known[kind]:
            yield f"{who} refers to the {kind} {name}, which does not exist."


def _dead_flags(protocol: RedFlagProtocol) -> Iterator[str]:
    asked = {flag for question in protocol.questions for flag in question.flags}
    for flag in protocol.flags:
        if flag.id not in asked | protocol.computed_ids:
            yield f"Flag {flag.id} is in no question and not computed, so nothing can open it."


def _unsafe(protocol: RedFlagProtocol) -> Iterator[str]:
    if protocol.incomplete_rule.at_least == protocol.base:
        yield f"An incomplete call must never be {protocol.base}: raise incomplete_rule.at_least."
    facts = {name for combo in protocol.combos for name in condition_ids(combo.when)}
    if BACK_OR_NECK in facts and not any(row.back_or_neck for row in protocol.regions):
        yield f"A combination uses {BACK_OR_NECK}, but no region counts as back or neck."
    if UNVERIFIED in protocol.question_sources and not protocol.question_signoff:
        yield f"The question wording rests on {UNVERIFIED}, so question_signoff must be true."


def _question_problems(protocol: RedFlagProtocol, question: Question) -> Iterator[str]:
    answerable = [flag for flag in question.flags if flag not in protocol.computed_ids]
    offered = [branch.flag for branch in question.branches]
    if not answerable:
        yield f"Question {question.id} has only computed flags, so a yes to it would mean nothing."
    if len(answerable) > 1 and not offered:
        yield f"Question {question.id} has several flags and needs a branch for each."
    if offered and sorted(offered) != sorted(answerable):
        yield (
            f"Question {question.id} must offer each of its flags once as a branch: "
            f"it has {', '.join(answerable)} and offers {', '.join(offered)}."
        )
    if question.several and len(offered) < 2:
        yield f"Question {question.id} allows several branches but offers fewer than two."
