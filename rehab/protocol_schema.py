"""Shape of the lanes file (kind `lanes`): what a diagnosis proposes to a plan.

Policy: a lane proposes and nobody has to keep it. How often and for how long no source says, so
it does not either; a therapist can start from its order the same day. Source: domain facts §2.
"""

from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from core.protocols.schema import Id, ProtocolFile, Sourced, Strict, Text

Then = Literal["continue", "procedure", "imaging", "medication", "second_look",
               "behavioral_health", "surgical_referral", "discharge"]  # fmt: skip
Icd10 = Annotated[str, StringConstraints(pattern=r"^[A-TV-Z]\d[0-9A-Z](\.[0-9A-Z]{1,4})?$")]
Week = Annotated[int, Field(ge=1, le=104)]


class Said(Sourced):
    words: Text


class Avoid(Sourced):
    """A movement or a load, and until when it is avoided ("always")."""

    what: Text
    until: Text


class LaneMetric(Sourced):
    """What progress is measured by: an id of the metrics protocol, another one that does as well,
    and a goal as a patient might say it."""

    id: Id
    other: Id | None = None
    example: str = ""


class Order(Sourced):
    """The standing order: a therapist starts from it without waiting for one of their own.

    `stop` ends the exercise, `call` reaches the physician.
    """

    exercises: Annotated[tuple[Text, ...], Field(min_length=1)]
    progression: Text
    stop: tuple[Text, ...]
    call: tuple[Text, ...]


class Timeline(Sourced):
    """When change is to be expected, in weeks from the start; none where no source has a number."""

    from_week: Week | None = None
    to_week: Week | None = None
    words: Text

    @model_validator(mode="after")
    def both_or_none(self) -> Self:
        if (self.from_week is None) != (self.to_week is None):
            raise ValueError("give both weeks or none")
        if self.from_week and self.to_week and self.to_week < self.from_week:
            raise ValueError("the weeks end before they begin")
        return self


class LaneStep(Sourced):
    """One step of the pathway a lane proposes: what is tried, and what comes if it does not help.

    `weeks` none where no source has a number. `measured`: judged by the lane's measure, else a
    person decides. `service`: what will need an authorization. `words`: as the patient reads it.
    """

    id: Id
    title: Annotated[Text, Field(max_length=120)]
    weeks: Week | None = None
    measured: bool = False
    then: Then
    service: Annotated[str, Field(max_length=120)] = ""
    words: Annotated[Text, Field(max_length=300)]


class CareWindow(Sourced):
    """Weeks of conservative care before surgery is weighed."""

    weeks: Week


class LanePathway(Strict):
    """`window` where a source has one; the steps in their order. `early`: with the decision point
    of every lane before them."""

    window: CareWindow | None = None
    early: bool = True
    steps: Annotated[tuple[LaneStep, ...], Field(min_length=1, max_length=6)]


class DecisionPoint(Sourced):
    """When interventions come into focus in every lane: a person decides, nothing is measured."""

    title: Annotated[Text, Field(max_length=120)]
    from_week: Week
    to_week: Week
    then: Then
    words: Annotated[Text, Field(max_length=300)]


class NewDeficit(Sourced):
    """Findings of the safety questions (ids of red_flags) that end the wait at once."""

    flags: Annotated[tuple[Id, ...], Field(min_length=1)]


class NoteVisit(Sourced):
    """The visit at which a progress note is due, counted in therapy sessions of a block."""

    from_visit: Annotated[int, Field(ge=1)]
    to_visit: Annotated[int, Field(ge=1)]
    words: Text


class CheckIns(Sourced):
    """Quick contacts within a block of therapy: `times` in each `weeks`."""

    weeks: Week
    times: Annotated[int, Field(ge=1, le=8)]
    words: Text


class FollowUps(Strict):
    """Visits that belong to a block of therapy, whatever the lane."""

    note: NoteVisit
    check_ins: CheckIns


class Lane(Strict):
    """One diagnosis: what therapy stresses, what it avoids, what helps at once, how it is judged.

    `region`: a value of core.people's Episode.Region. `sided`: it has a side. `patient`: each line
    of the order and each `what` of the avoid list → how a patient reads it; "" for one that speaks
    to the clinician alone. None: nobody has said it (versions before 3).
    """

    id: Id
    name: Text
    region: Literal["low_back", "mid_back", "neck", "shoulder", "hip", "knee", "other"]
    sided: bool
    emphasis: Annotated[tuple[Said, ...], Field(min_length=1)]
    avoid: Annotated[tuple[Avoid, ...], Field(min_length=1)]
    early_wins: Annotated[tuple[Said, ...], Field(min_length=1)]
    metric: LaneMetric
    order: Order
    patient: dict[Text, Annotated[str, Field(max_length=300)]] | None = None
    timeline: Timeline
    pathway: LanePathway | None = None  # versions before 2 have none
    icd10: Annotated[tuple[Icd10, ...], Field(min_length=1)]

    def lines(self) -> Iterator[str]:
        """What a plan takes over from it and a patient may be shown."""
        yield from (*self.order.exercises, self.order.progression, *self.order.stop)
        yield from (*self.order.call, *(row.what for row in self.avoid))

    def parts(self) -> Iterator[Sourced]:
        """Everything in it that has sources."""
        yield from (*self.emphasis, *self.avoid, *self.early_wins)
        yield from (self.metric, self.order, self.timeline)
        if self.pathway:
            yield from self.pathway.steps
            yield from (part for part in (self.pathway.window,) if part)


class Contingency(Timeline):
    """What every plan says openly: what happens when it does not help by then."""


class LanesProtocol(ProtocolFile):
    """One version of the lanes: a clinic default until a named clinician signs it off."""

    kind: Literal["lanes"]
    contingency: Contingency
    decision_point: DecisionPoint | None = None
    new_deficit: NewDeficit | None = None
    follow_ups: FollowUps | None = None
    lanes: Annotated[tuple[Lane, ...], Field(min_length=1)]

    @cached_property
    def by_id(self) -> dict[str, Lane]:
        return {lane.id: lane for lane in self.lanes}

    @property
    def speaks_to_patients(self) -> bool:
        """Does it say which of its lines a patient reads (from version 3 on)?"""
        return any(lane.patient is not None for lane in self.lanes)

    def common(self) -> Iterator[Sourced]:
        """What holds for every lane."""
        follow = (self.follow_ups.note, self.follow_ups.check_ins) if self.follow_ups else ()
        for part in (self.contingency, self.decision_point, self.new_deficit, *follow):
            if part:
                yield part

    @model_validator(mode="after")
    def is_consistent(self) -> Self:
        problems = list(_problems(self))
        if problems:
            raise ValueError(" ".join(problems))
        return self


def _problems(protocol: LanesProtocol) -> Iterator[str]:
    for name, count in Counter(lane.id for lane in protocol.lanes).items():
        if count > 1:
            yield f"The lane {name} stands there {count} times."
    for lane in protocol.lanes:
        yield from _of_lane(protocol, lane)
    yield from _of_patient_words(protocol)
    for part in protocol.common():
        for source in set(part.sources) - set(protocol.sources):
            yield f"{type(part).__name__} refers to the source {source}, which does not exist."


def _of_lane(protocol: LanesProtocol, lane: Lane) -> Iterator[str]:
    for part in lane.parts():
        for source in set(part.sources) - set(protocol.sources):
            yield f"{lane.id} refers to the source {source}, which does not exist."
    for code, count in Counter(lane.icd10).items():
        if count > 1:
            yield f"{lane.id}: the code {code} stands there {count} times."
    ids = [step.id for step in lane.pathway.steps] if lane.pathway else []
    for name, count in Counter(["decision_point", *ids]).items():
        if count > 1:
            yield f"{lane.id}: the step {name} stands there {count} times."


def _of_patient_words(protocol: LanesProtocol) -> Iterator[str]:
    """A line without a word on whether a patient reads it would reach them, or not, by chance."""
    said: dict[str, str] = {}
    for lane in protocol.lanes:
        if lane.patient is None:
            continue
        for line in sorted(set(lane.lines()) - set(lane.patient)):
            yield f'{lane.id}: say how a patient reads “{line}”, or "" if they do not.'
        for line in sorted(set(lane.patient) - set(lane.lines())):
            yield f"{lane.id}: patient names “{line}”, which is no line of the order or avoid list."
        for line, words in lane.patient.items():
            if said.setdefault(line, words) != words:
                yield f"{lane.id}: another lane has other patient words for “{line}”."
