"""Shape of the metrics file (kind `metrics`), and the checks that make it safe to measure by.

Policy: what passes here can be entered, scored and compared without a gap: every figure has its
source, every range is a range, every detail that a rule names is asked for. A figure that rests on
general knowledge carries `signoff: true`. Source of the content: domain facts §5.
"""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from core.protocols.schema import Id, ProtocolFile, Sourced, Strict, Text

Points = Annotated[Decimal, Field(gt=0)]
SIDES = ("left", "right")


class Mdc(Sourced):
    """Minimal detectable change, in the metric's unit: below `low` it is measurement error."""

    low: Points
    high: Points | None = None
    words: str = ""


class BaselineBand(Strict):
    """What is important for who began between `from_value` and `to_value`, both included."""

    from_value: Decimal
    to_value: Decimal
    low: Points
    high: Points


class Mcid(Sourced):
    """Minimal clinically important difference, in the metric's unit.

    From `high` on a change counts as important, between `low` and `high` sources disagree.
    `by_baseline` goes before both. `percent` and `reported` are shown beside and decide nothing.
    """

    low: Points
    high: Points
    percent: str = ""
    reported: str = ""
    by_baseline: tuple[BaselineBand, ...] = ()


class Scoring(Strict):
    """How answered items become a score; `items` of 0 to `item_high` each.

    value: a number that was measured. mean: of the items. percent_of_answered: sum of what was
    possible in the answered ones, as percent. sum_imputed: what is missing counts as the mean of
    the answered. reversed_mean: 100 for the best, 0 for the worst. score_only: Hallway has no rule.
    """

    kind: Literal[
        "value", "mean", "percent_of_answered", "sum_imputed", "reversed_mean", "score_only"
    ]
    items: Annotated[int, Field(ge=1, le=40)] | None = None
    item_high: Annotated[int, Field(ge=1, le=10)] | None = None
    labels: tuple[Text, ...] = ()  # our own short words; none for a licensed instrument
    own_words: bool = False  # the patient names what is asked about, up to `items` of them


class Missing(Sourced):
    """What happens when something was not answered or could not be measured."""

    words: Text
    least_answered: Annotated[int, Field(ge=1)] | None = None


class Band(Strict):
    """Up to and including `to_value`; bands ascend and the last reaches the end of the range."""

    to_value: Decimal
    label: Text


class Alert(Sourced):
    """A single value that says something: below, or from a value on."""

    below: Decimal | None = None
    at_least: Decimal | None = None
    words: Text

    @model_validator(mode="after")
    def one_edge(self) -> Self:
        if (self.below is None) == (self.at_least is None):
            raise ValueError("give either below or at_least")
        return self


class Choice(Strict):
    id: Id
    label: Text


class Detail(Strict):
    """What must be stated beside the value. `splits`: other values make another series."""

    id: Id
    label: Text
    kind: Literal["words", "number", "choice"]
    needed: bool
    splits: bool = False
    unit: str = ""
    low: Decimal | None = None
    high: Decimal | None = None
    choices: tuple[Choice, ...] = ()


class ZeroWhen(Sourced):
    """A way of doing it that makes the score 0."""

    detail: Id
    choice: Id
    words: Text


class Code(Strict):
    system: Literal["loinc", "local"]
    code: Text
    what: Text


class Metric(Sourced):
    """One thing that is measured. `anchor`: progress is judged by it, never by pain alone."""

    id: Id
    name: Text
    group: Literal["function", "survey", "other"]
    unit: Text
    better: Literal["up", "down"]
    low: Decimal
    high: Decimal
    decimals: Annotated[int, Field(ge=0, le=3)]
    step: Points | None = None  # of progression, where the requirement names one; no MCID
    anchor: bool = False
    how: str = ""
    scoring: Scoring
    missing: Missing
    mdc: Mdc | None = None
    mcid: Mcid | None = None
    bands: tuple[Band, ...] = ()
    alerts: tuple[Alert, ...] = ()
    side: bool = False
    regions: tuple[Choice, ...] = ()
    version_needed: bool = False
    details: tuple[Detail, ...] = ()
    zero_when: ZeroWhen | None = None
    licence: Text
    codes: Annotated[tuple[Code, ...], Field(min_length=1)]

    @property
    def is_survey(self) -> bool:
        """Entered on a page of its own."""
        return self.group == "survey"

    @cached_property
    def details_by_id(self) -> dict[str, Detail]:
        return {row.id: row for row in self.details}

    @cached_property
    def regions_by_id(self) -> dict[str, str]:
        return {row.id: row.label for row in self.regions}

    @model_validator(mode="after")
    def is_consistent(self) -> Self:
        problems = [*_metric_problems(self), *_scoring_problems(self)]
        if problems:
            raise ValueError(f"{self.id}: " + " ".join(problems))
        return self


class NormRow(Strict):
    """From `from_age` to `to_age`, whole years, both included."""

    from_age: Annotated[int, Field(ge=0, le=130)]
    to_age: Annotated[int, Field(ge=0, le=130)]
    below: Decimal


class Norm(Sourced):
    """What is below average for somebody of this sex and age."""

    metric: Id
    sex: Literal["male", "female"]
    words: Text
    rows: Annotated[tuple[NormRow, ...], Field(min_length=1)]


class MetricsProtocol(ProtocolFile):
    """One version of the metrics: a clinic default until a named clinician signs it off."""

    kind: Literal["metrics"]
    change_rule: Text
    metrics: Annotated[tuple[Metric, ...], Field(min_length=1)]
    norms: tuple[Norm, ...]

    @cached_property
    def by_id(self) -> dict[str, Metric]:
        return {row.id: row for row in self.metrics}

    @model_validator(mode="after")
    def is_consistent(self) -> Self:
        problems = list(_protocol_problems(self))
        if problems:
            raise ValueError(" ".join(problems))
        return self


def _metric_problems(metric: Metric) -> Iterator[str]:
    if metric.low >= metric.high:
        yield "the range ends before it begins."
    yield from _figure_problems(metric)
    yield from _detail_problems(metric)


def _figure_problems(metric: Metric) -> Iterator[str]:
    ends = [band.to_value for band in metric.bands]
    if ends and (ends != sorted(set(ends)) or ends[-1] != metric.high):
        yield "bands ascend, and the last one reaches the end of the range."
    for band in metric.mcid.by_baseline if metric.mcid else ():
        if not metric.low <= band.from_value <= band.to_value <= metric.high:
            yield "a baseline band lies outside the range."
    for figure in (metric.mdc, metric.mcid):
        if figure and figure.high is not None and figure.high < figure.low:
            yield "a figure's high end lies below its low end."


def _detail_problems(metric: Metric) -> Iterator[str]:
    for detail in metric.details:
        if (detail.kind == "choice") != bool(detail.choices):
            yield f"detail {detail.id}: choices belong to a choice, and only there."
        if detail.splits and detail.kind == "words":
            yield f"detail {detail.id}: words differ every time, so they cannot split a series."
    if metric.zero_when:
        row = metric.details_by_id.get(metric.zero_when.detail)
        if row is None or metric.zero_when.choice not in {c.id for c in row.choices}:
            yield "zero_when names a detail or a choice that is not asked for."
        if metric.low > 0:
            yield "zero_when needs 0 in the range."


def _scoring_problems(metric: Metric) -> Iterator[str]:
    scoring, least = metric.scoring, metric.missing.least_answered
    counted = scoring.kind not in {"value", "score_only"}
    if counted and (scoring.items is None or scoring.item_high is None or least is None):
        yield "scoring by items needs items, item_high and missing.least_answered."
    if least is not None and scoring.items is not None and least > scoring.items:
        yield "missing.least_answered is more than there are items."
    if scoring.labels and len(scoring.labels) != scoring.items:
        yield "labels: one for each item."
    if scoring.own_words and (scoring.labels or scoring.kind != "mean"):
        yield "the patient's own words are scored by their mean and have no labels of ours."


def sourced(metric: Metric) -> Iterator[Sourced]:
    """The metric and every figure of it that carries sources."""
    yield metric
    yield metric.missing
    for part in (metric.mdc, metric.mcid, metric.zero_when, *metric.alerts):
        if part is not None:
            yield part


def _protocol_problems(protocol: MetricsProtocol) -> Iterator[str]:
    for name, count in Counter(metric.id for metric in protocol.metrics).items():
        if count > 1:
            yield f"The metric {name} stands there {count} times."
    for metric in protocol.metrics:
        for part in sourced(metric):
            for source in set(part.sources) - set(protocol.sources):
                yield f"{metric.id} refers to the source {source}, which does not exist."
    yield from _norm_problems(protocol)


def _norm_problems(protocol: MetricsProtocol) -> Iterator[str]:
    for norm in protocol.norms:
        if norm.metric not in protocol.by_id:
            yield f"A norm refers to the metric {norm.metric}, which does not exist."
        for source in set(norm.sources) - set(protocol.sources):
            yield f"A norm refers to the source {source}, which does not exist."
        for before, after in zip(norm.rows, norm.rows[1:], strict=False):
            if after.from_age != before.to_age + 1:
                yield f"The norm of {norm.metric} has a gap after age {before.to_age}."
