"""A section of a first visit as a form: drawn from what is saved, read back as it was typed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from pydantic import ValidationError

from outcomes.protocol_schema import MetricsProtocol
from rehab.exam_schema import FirstVisitProtocol
from rehab.part_forms import Column, Options, columns_of, read, texts_of
from rehab.plan_body import Written
from rehab.plan_rules import text_of
from rehab.protocol_schema import LanesProtocol
from rehab.visit_amount_rules import row_of
from rehab.visit_body import (
    BLOCKERS,
    BLOCKS,
    OTHER,
    STANDINGS,
    Amount,
    Given,
    VisitBody,
)

# Before the key of an answer or of a limit, in the names of fields.
ANSWER, NUMBER, TEXT, REGION, DETAIL, BLOCKER = "a:", "n:", "t:", "r:", "d:", "b:"


def line_in(name: str) -> str:
    """The line of the card that a field belongs to: `sts_reps` of `d:sts_reps:chair`."""
    kind, _, rest = name.partition(":")
    return rest.partition(":")[0] if rest and len(kind) == 1 else name


def field_of(section: str, name: str) -> str:
    """The field that a sentence is about: `d:sts_reps:chair` for `sts_reps:chair`."""
    if section in BLOCKS:
        return ANSWER + name
    if section != "limits" or name == OTHER:
        return name
    key, _, beside = name.partition(":")
    if beside == "region":
        return REGION + key
    return DETAIL + name if beside else TEXT + key


@dataclass(frozen=True)
class SectionForm:
    """One card as its form shows it. `texts`: field → as it stands there; `problems` likewise, ""
    = the whole card. `version`: of the visit that is shown; `more`: tests of other regions too."""

    section: str
    title: str
    version: int
    texts: Mapping[str, Any]
    columns: tuple[Column, ...] = ()
    problems: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    more: bool = False
    shut: bool = False  # only as it reads, with a way to write it

    @property
    def is_exam(self) -> bool:
        return self.section in BLOCKS

    @property
    def wrong(self) -> list[str]:
        """The names of the fields that `problems` are about."""
        return [field_of(self.section, name) for name in self.problems if name]


def options_of(lanes: LanesProtocol) -> Options:
    return {
        "lane": (("", "No lane fits"), *((row.id, row.name) for row in lanes.lanes)),
        "standing": tuple(STANDINGS.items()),
        "icd10": (),
    }


def blockers() -> tuple[tuple[str, str], ...]:
    return tuple(BLOCKERS.items())


def columns_for(body: VisitBody, section: str, lanes: LanesProtocol) -> tuple[Column, ...]:
    """The fields of a card that is written in words; () for the others."""
    if section in BLOCKS or section == "limits":
        return ()
    return columns_of(type(getattr(body, section)), options_of(lanes))


def texts_in(body: VisitBody, section: str, columns: tuple[Column, ...]) -> dict[str, Any]:
    """A section as its form begins with it."""
    if section in BLOCKS:
        texts = {ANSWER + key: given.answer for key, given in body.exam.items()}
        return texts | {NUMBER + key: text_of("", given.number) for key, given in body.exam.items()}
    if section == "limits":
        texts = {OTHER: "\n".join(body.other)}
        for key, amount in body.limits.items():
            texts |= {TEXT + key: amount.text, REGION + key: amount.region}
            texts |= {BLOCKER + key: amount.blocker}
            texts |= {f"{DETAIL}{key}:{name}": text for name, text in amount.details.items()}
        return texts
    found = texts_of(getattr(body, section), columns)
    for column in columns:  # one empty row below the written ones is enough
        if column.kind == "rows":
            written = len(getattr(getattr(body, section), column.name))
            found[column.name] = found[column.name][: written + 1]
    return found


@dataclass(frozen=True)
class Read:
    """What was sent: `values` as the service takes them, or `problems` field → what to do."""

    values: Mapping[str, Any]
    texts: Mapping[str, Any]
    problems: Mapping[str, str]


def read_section(
    section: str,
    said: Mapping[str, str],
    exam: FirstVisitProtocol,
    metrics: MetricsProtocol,
    lanes: LanesProtocol,
) -> Read:
    """One card as it was sent; only what stood on the form counts as answered or not."""
    if section in BLOCKS:
        return _exam(section, said, exam)
    if section == "limits":
        return _limits(said, exam, metrics)
    blank = VisitBody()
    columns = columns_for(blank, section, lanes)
    if section == "hypotheses":
        said = _named(said, lanes)
    part: type[Written] = type(getattr(blank, section))
    typed = read(part, columns, said)
    values = dict(typed.value) if typed.value is not None else {}
    return Read(values, typed.texts, typed.problems)


def _exam(section: str, said: Mapping[str, str], exam: FirstVisitProtocol) -> Read:
    values: dict[str, Given | None] = {}
    problems = {}
    groups = BLOCKS[section].groups
    for name, answer in said.items():
        key = name.removeprefix(ANSWER)
        item = exam.by_id.get(key.partition(".")[0])
        if key == name or item is None or item.group not in groups:
            continue
        number = said.get(NUMBER + key, "").strip()
        try:
            given = Given(answer=answer, number=Decimal(number) if number else None)
            values[key] = given if given.answer or number else None
        except (InvalidOperation, ValidationError):
            problems[key] = f"{item.name}: write a number."
    return Read(values, {name: said[name] for name in said}, problems)


def _limits(said: Mapping[str, str], exam: FirstVisitProtocol, metrics: MetricsProtocol) -> Read:
    values: dict[str, Any] = {}
    problems = {}
    for name, text in said.items():
        key = name.removeprefix(TEXT)
        row = row_of(key, exam, metrics) if key != name else None
        if row is None:
            continue
        details = {
            one.id: " ".join(said.get(f"{DETAIL}{key}:{one.id}", "").split())
            for one in (row.metric.details if row.metric else ())
        }
        amount = {
            "text": text,
            "region": said.get(REGION + key, ""),
            "details": {name: words for name, words in details.items() if words},
            "blocker": said.get(BLOCKER + key, ""),
        }
        try:
            found = Amount.model_validate(amount)
        except ValidationError:
            problems[key] = "This is too long. Shorten it."
            continue
        values[key] = found if found.text or found.blocker else None
    if OTHER in said:
        values[OTHER] = tuple(line.strip() for line in said[OTHER].splitlines() if line.strip())
        if len(values[OTHER]) > 12 or any(len(line) > 300 for line in values[OTHER]):
            problems[OTHER] = "At most 12 lines of 300 characters. Shorten it."
    return Read(values, {name: said[name] for name in said}, problems)


def _named(said: Mapping[str, str], lanes: LanesProtocol) -> dict[str, str]:
    """A row of which only the lane was chosen is called by it; an empty row is none."""
    named = {name: said[name] for name in said}  # of a request: the last word of each field
    for name, lane in said.items():
        at = name.removeprefix("rows-").removesuffix("-lane")
        if f"rows-{at}-lane" == name and lane in lanes.by_id:
            line = f"rows-{at}-line"
            named[line] = named.get(line, "").strip() or lanes.by_id[lane].name
    return named
