"""Shape of the first visit's exam (kind `first_visit`): what is examined, in which answers, and
which lanes a finding speaks for or against.

Policy: an exam finding speaks for or against a hypothesis and decides nothing; a physician names
the lane. What passes here leaves no gap: every id resolves, every answer has words, everything a
lane names can be examined in one of its regions. Source: domain facts §1, §2, §4 and §5.
"""

from collections.abc import Iterator
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Literal, Self, get_args

from pydantic import Field, StringConstraints, model_validator

from core.protocols.schema import Id, ProtocolFile, Sourced, Strict, Text
from rehab.exam_checks import problems

AnswerId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+$")]
Region = Literal["low_back", "mid_back", "neck", "shoulder", "hip", "knee", "other"]
Regions = Annotated[tuple[Region, ...], Field(min_length=1)]
Part = Literal["strength", "sensation", "reflex"]
Group = Literal[
    "warning", "history", "strength", "sensation", "reflex", "provocation", "range", "direction",
    "claudication", "autonomic", "gait", "falls",
]  # fmt: skip
GROUPS: tuple[str, ...] = get_args(Group)  # in the order of the form and of the summary


class Answer(Strict):
    """One answer. `label` stands in the menu, `short` in a line of the summary.

    `usual`: nothing to be noticed. `deficit`: of strength, sensation or reflex.
    """

    id: AnswerId
    label: Text
    short: Text
    usual: bool = False
    deficit: bool = False


class Scale(Sourced):
    """The answers something is graded by; the last one is always `not_done`."""

    id: Id
    name: Text
    answers: Annotated[tuple[Answer, ...], Field(min_length=2)]

    @cached_property
    def by_id(self) -> dict[str, Answer]:
        return {row.id: row for row in self.answers}


class Number(Strict):
    """A number beside the answer, or instead of it. The range catches typing errors; it is no
    clinical limit and nothing is judged by it."""

    unit: Text
    low: Decimal
    high: Decimal


class Alarm(Sourced):
    """Answers that cannot wait: the red flag of the triage file they belong to, and what to do."""

    answers: Annotated[tuple[AnswerId, ...], Field(min_length=1)]
    flag: Id
    words: Text


class Item(Sourced):
    """One thing that is asked or examined. `metric`: its number also belongs into the ledger.

    `sided`: left and right have answers of their own. `level`: of strength, sensation, reflex.
    """

    id: Id
    name: Text
    group: Group
    regions: Regions
    sided: bool
    scale: Id
    how: str = ""
    number: Number | None = None
    metric: Id | None = None
    level: str = ""
    alarm: Alarm | None = None


class Level(Sourced):
    """A nerve root: the movement, the area of skin and, where there is one, the reflex."""

    id: Id
    regions: Regions
    movement: Text
    how: Text
    area: Text
    reflex: str = ""

    def items(self) -> Iterator[Item]:
        """`S1_strength`, `S1_sensation`, `S1_reflex`: each on its scale, each side by itself."""
        parts: list[tuple[Part, str, str]] = [
            ("strength", self.movement, self.how),
            ("sensation", self.area, ""),
        ]
        parts += [("reflex", self.reflex, "")] if self.reflex else []
        for part, name, how in parts:
            yield Item(
                id=f"{self.id}_{part}", name=name, group=part, how=how, scale=part, sided=True,
                level=self.id, regions=self.regions, sources=self.sources, signoff=self.signoff,
            )  # fmt: skip


class Sign(Sourced):
    """Several findings counted as one: present from `at_least` of them on the same side.

    `answers`: what counts; none = what their scales mark as a deficit. Absent only when the ones
    not done could not make it present any more. `one_sided`: what both sides have does not count.
    """

    id: Id
    name: Text
    absent: Text
    of: Annotated[tuple[Id, ...], Field(min_length=1)]
    answers: tuple[AnswerId, ...] = ()
    at_least: Annotated[int, Field(ge=1)]
    one_sided: bool = False


class Evidence(Sourced):
    """An exam finding, or a sign (`present`, `absent`), and why it speaks.

    `defining`: without it the lane is not proposed at all, with it it comes first.
    """

    finding: Id
    answers: Annotated[tuple[AnswerId, ...], Field(min_length=1)]
    words: Text
    defining: bool = False


class Hypothesis(Strict):
    """What speaks for and against one lane, and the regions of pain in which it is weighed."""

    lane: Id
    regions: Regions
    speaks_for: Annotated[tuple[Evidence, ...], Field(min_length=1)]
    speaks_against: tuple[Evidence, ...]


class Activity(Strict):
    """Something the person can do for so long, so far or so heavy."""

    id: Id
    name: Text
    unit: Text
    metric: Id | None = None


class Tolerance(Sourced):
    """Movement tolerance: what stops the person, at which number of which activity."""

    question: Text
    scale: Id
    activities: Annotated[tuple[Activity, ...], Field(min_length=1)]


class Asked(Sourced):
    """The limits asked about on day one, as ids of the metrics protocol."""

    region: Region
    metrics: Annotated[tuple[Id, ...], Field(min_length=1)]


class Wording(Sourced):
    """What to write for a limit in this unit."""

    unit: Text
    sentence: Text


class Limits(Sourced):
    """Functional limits in numbers: what is asked, what is too vague, what to write instead."""

    asked: Annotated[tuple[Asked, ...], Field(min_length=1)]
    vague: Annotated[tuple[Text, ...], Field(min_length=1)]
    write: Annotated[tuple[Wording, ...], Field(min_length=1)]
    one_number: Text

    @cached_property
    def asked_in(self) -> dict[str, tuple[str, ...]]:
        return {row.region: row.metrics for row in self.asked}

    @cached_property
    def sentences(self) -> dict[str, str]:
        return {row.unit: row.sentence for row in self.write}


class Falls(Sourced):
    """Fall risk: the questions are the items of the group; measures speak by their own norms."""

    metrics: Annotated[tuple[Id, ...], Field(min_length=1)]
    words: Text


class FirstVisitProtocol(ProtocolFile):
    """One version of the exam: a clinic default until a named clinician signs it off."""

    kind: Literal["first_visit"]
    scales: Annotated[tuple[Scale, ...], Field(min_length=1)]
    levels: Annotated[tuple[Level, ...], Field(min_length=1)]
    items: Annotated[tuple[Item, ...], Field(min_length=1)]
    signs: tuple[Sign, ...]
    hypotheses: Annotated[tuple[Hypothesis, ...], Field(min_length=1)]
    tolerance: Tolerance
    limits: Limits
    falls: Falls

    @cached_property
    def scales_by_id(self) -> dict[str, Scale]:
        return {row.id: row for row in self.scales}

    @cached_property
    def examined(self) -> tuple[Item, ...]:
        """Everything that can be answered, in the order of the form and of the summary."""
        levels = (item for level in self.levels for item in level.items())
        return tuple(sorted((*levels, *self.items), key=lambda row: GROUPS.index(row.group)))

    @cached_property
    def by_id(self) -> dict[str, Item]:
        return {row.id: row for row in self.examined}

    @cached_property
    def signs_by_id(self) -> dict[str, Sign]:
        return {row.id: row for row in self.signs}

    @cached_property
    def hypotheses_by_lane(self) -> dict[str, Hypothesis]:
        return {row.lane: row for row in self.hypotheses}

    def items_for(self, region: str) -> tuple[Item, ...]:
        """What is examined when the pain is there."""
        return tuple(row for row in self.examined if region in row.regions)

    def answers_of(self, item: Item) -> dict[str, Answer]:
        return self.scales_by_id[item.scale].by_id

    def parts(self) -> Iterator[tuple[str, Sourced]]:
        """Everything in it that has sources, with the name it is told by."""
        yield from ((row.id, row) for row in self.scales)
        yield from ((row.id, row) for row in self.levels)
        yield from ((row.id, row) for row in self.items)
        yield from ((row.id, row) for row in self.signs)
        yield from ((row.id, row.alarm) for row in self.items if row.alarm)
        for lane in self.hypotheses:
            yield from ((lane.lane, row) for row in (*lane.speaks_for, *lane.speaks_against))
        yield from (("tolerance", self.tolerance), ("limits", self.limits), ("falls", self.falls))
        yield from (("limits", row) for row in (*self.limits.asked, *self.limits.write))

    @model_validator(mode="after")
    def is_consistent(self) -> Self:
        found = list(problems(self))
        if found:
            raise ValueError(" ".join(found))
        return self
