"""What a first visit says: sections that people write, save by themselves and merge. Pure.

The exam is one answer for each finding and side; a limit is an amount as it was typed beside the
number that was read from it. Nothing is in it that a lane proposes: a physician takes a hypothesis
up, and what speaks for it is worked out from the answers (rehab/visit_rules.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from core.people.editing import merged
from rehab.exam_rules import ExamFinding, Findings
from rehab.exam_schema import FirstVisitProtocol
from rehab.plan_body import (
    MOST_ROWS,
    Line,
    Number,
    PriorCare,
    Row,
    Short,
    Side,
    Work,
    Written,
    named,
)
from rehab.plan_rules import text_of

Key = Annotated[str, Field(max_length=60)]
BLOCKERS = {"": "", "capacity": "Capacity", "fear": "Fear", "both": "Both"}
STANDINGS = {"": "Possible", "chosen": "What we treat", "out": "Ruled out"}


class Given(Written):
    """One answer of the exam; `number` beside it, such as degrees."""

    answer: Annotated[str, Field(max_length=20)] = ""
    number: Number | None = None


class Amount(Written):
    """One limit: `text` as typed, `value` read from it in its unit, `blocker` what stops there.

    `region` and `details`: what its metric asks to be stated beside the number.
    """

    text: Short = ""
    value: Number | None = None
    region: Annotated[str, Field(max_length=20)] = ""
    details: Annotated[dict[str, Short], Field(max_length=6)] = {}
    blocker: Literal["", "capacity", "fear", "both"] = ""


class Thought(Row):
    """A hypothesis. What the exam says for and against it comes beside what is written here."""

    head: ClassVar[str] = "line"
    lane: Annotated[str, Field(max_length=40)] = named("Lane")
    line: Line = named("In one line", hint="L5-S1 radicular pain, left")
    side: Side = named("Side")
    standing: Literal["", "chosen", "out"] = named("What about it")
    icd10: Annotated[tuple[Annotated[str, Field(max_length=8)], ...], Field(max_length=8)] = named(
        "ICD-10 codes", (), "one a line"
    )
    speaks_for: Annotated[tuple[Line, ...], Field(max_length=MOST_ROWS)] = named(
        "Also speaks for it", (), "one a line, beside the exam"
    )
    speaks_against: Annotated[tuple[Line, ...], Field(max_length=MOST_ROWS)] = named(
        "Also speaks against it", (), "one a line, beside the exam"
    )

    @property
    def words(self) -> str:
        said = [self.line, "; ".join(self.speaks_for), "; ".join(self.speaks_against)]
        return ", ".join(word for word in (*said, STANDINGS[self.standing].lower()) if word)


class Hypotheses(Written):
    rows: Annotated[tuple[Thought, ...], Field(max_length=8)] = named("Hypotheses", ())


class VisitBody(Written):
    """The whole visit. `exam`: "slr.left" or "preference" → answer; `limits`: a metric, or an
    activity without one, with its side → amount; `other`: limits in words, each with a number."""

    exam: dict[Key, Given] = {}
    limits: dict[Key, Amount] = {}
    other: Annotated[tuple[Line, ...], Field(max_length=12)] = ()
    hypotheses: Hypotheses = Hypotheses()
    work: Work = Work()
    prior_care: PriorCare = PriorCare()


@dataclass(frozen=True)
class Block:
    """One card of the exam. `fill`: “all normal” makes sense, for it is looked at and not asked."""

    title: str
    groups: tuple[str, ...]
    fill: bool = False


BLOCKS: dict[str, Block] = {
    "history": Block("What points somewhere", ("history",)),
    "warning": Block("Warning signs", ("warning",), fill=True),
    "neuro": Block("Nerves, level by level", ("strength", "sensation", "reflex"), fill=True),
    "provocation": Block("Provocative tests", ("provocation",), fill=True),
    "range": Block("Range of motion", ("range",), fill=True),
    "direction": Block("Direction and walking", ("direction", "claudication")),
    "autonomic": Block("Autonomic signs", ("autonomic",), fill=True),
    "gait": Block("Gait and balance", ("gait",), fill=True),
    "falls": Block("Fall risk", ("falls",)),
}
WRITTEN: dict[str, str] = {
    "limits": "What they can do, in numbers",
    "hypotheses": "Hypotheses",
    "work": "Work",
    "prior_care": "Care so far",
}
SECTIONS: dict[str, str] = {key: block.title for key, block in BLOCKS.items()} | WRITTEN
OTHER = "other"


def slot(name: str, side: str) -> str:
    """`slr.left`, `preference`: how an answer or an amount is filed."""
    return f"{name}.{side}" if side else name


def unslot(key: str) -> tuple[str, str]:
    name, _, side = key.partition(".")
    return name, side


def lines_of(problems: Mapping[str, str]) -> set[str]:
    """The lines that sentences are about: `sts_reps:chair` is about what is beside `sts_reps`."""
    return {name.partition(":")[0] for name in problems}


def findings_of(body: VisitBody) -> Findings:
    """The answers as the rules of the exam read them."""
    rows = []
    for key, given in body.exam.items():
        name, side = unslot(key)
        rows.append(ExamFinding(name, side, given.answer, given.number))
    return Findings.of(rows)


def section_of(body: VisitBody, section: str) -> dict[str, Any]:
    """A section as flat fields, as two editors are merged."""
    if section in BLOCKS:
        return dict(body.exam)
    if section == "limits":
        return {**body.limits, OTHER: body.other}
    return dict(getattr(body, section))


def with_section(body: VisitBody, section: str, fields: Mapping[str, Any]) -> VisitBody:
    """The body with these fields of a section; None = not answered."""
    kept = {name: value for name, value in fields.items() if value is not None}
    if section in BLOCKS:
        return body.model_copy(update={"exam": dict(sorted(kept.items()))})
    if section == "limits":
        other = kept.pop(OTHER, ())
        return body.model_copy(update={"limits": dict(sorted(kept.items())), "other": other})
    part = type(getattr(body, section))
    return body.model_copy(update={section: part(**dict(fields))})


@dataclass(frozen=True)
class _Said:
    """A value beside the words it has for a person who compares two."""

    value: Any
    words: str = field(default="", compare=False)

    def __str__(self) -> str:
        return self.words or "nothing"


def met(  # noqa: PLR0913 - one section, what was typed and what had been shown
    *,
    section: str,
    mine: Mapping[str, Any],
    base: VisitBody,
    saved: VisitBody,
    exam: FirstVisitProtocol,
    labels: Mapping[str, str],
    version: int,
) -> dict[str, Any]:
    """Two people in one section: each field that only one of them changed is kept.

    `base` = what the form showed. Raises Conflict with both texts where both changed one field.
    """

    def said(fields: Mapping[str, Any]) -> dict[str, _Said]:
        names = dict.fromkeys([*fields, *mine])
        return {n: _Said(fields.get(n), words_of(n, fields.get(n), exam)) for n in names}

    wanted = merged(
        mine={name: _Said(value, words_of(name, value, exam)) for name, value in mine.items()},
        shown=said(section_of(base, section)),
        saved=said(section_of(saved, section)),
        labels=labels,
        words={},
        version=version,
    )
    return {name: one.value for name, one in wanted.items()}


def words_of(name: str, value: Any, exam: FirstVisitProtocol) -> str:
    """One field as a person reads it."""
    if isinstance(value, Given):
        item = exam.by_id.get(unslot(name)[0])
        answer = exam.answers_of(item).get(value.answer) if item else None
        unit = item.number.unit if item and item.number else ""
        number = f"{text_of('', value.number)} {unit}" if value.number is not None else ""
        return ", ".join(word for word in (answer.short if answer else "", number) if word)
    if isinstance(value, Amount):
        said = [value.text, value.region, *value.details.values()]
        return ", ".join(word for word in (*said, value.blocker) if word)
    return text_of(name, value)
