"""The limits of a first visit: what is asked, what number was typed, what the ledger gets. Pure.

Policy: a limit is a number or it is sent back with what to write. What an activity asks to be
stated beside its number is the metric's own (outcomes/protocols/metrics.yaml).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from outcomes.protocol_schema import SIDES, Metric, MetricsProtocol
from outcomes.rules import Entry, Reading, Unreadable, plain, read
from rehab.amount_rules import UNITS, read_limit
from rehab.exam_rules import vague_limit
from rehab.exam_schema import FirstVisitProtocol
from rehab.protocol_schema import LanesProtocol
from rehab.visit_body import OTHER, Amount, VisitBody, slot, unslot

BARE = re.compile(r"(\d{1,4}(?:\.\d{1,2})?)\s*(?:s|sec|secs|seconds?|deg|degrees?|°|reps?)?")


@dataclass(frozen=True)
class AskedRow:
    """One line of the limits: a metric and its side, or an activity that has no metric."""

    key: str
    name: str
    unit: str
    side: str = ""
    metric: Metric | None = None

    @property
    def label(self) -> str:
        return f"{self.name}, {self.side}" if self.side else self.name


def asked_rows(
    region: str, exam: FirstVisitProtocol, metrics: MetricsProtocol, lanes: LanesProtocol
) -> tuple[list[AskedRow], list[AskedRow]]:
    """(asked when the pain is there, what else can be measured): each line once."""
    first = [*exam.limits.asked_in.get(region, ())]
    first += [lane.metric.id for lane in lanes.lanes if lane.region == region]
    first += exam.falls.metrics
    rest = [row.id for row in metrics.metrics if row.group == "function"]
    lists: list[list[AskedRow]] = []
    seen: set[str] = set()
    for names in (first, rest):
        found = []
        for name in dict.fromkeys(names):
            metric = metrics.by_id.get(name)
            if metric and not metric.is_survey and name not in seen:
                seen.add(name)
                found += rows_of(metric)
        lists.append(found)
    free = [row for row in exam.tolerance.activities if row.metric is None]
    lists[0] += [AskedRow(row.id, row.name, row.unit) for row in free]
    return lists[0], lists[1]


def rows_of(metric: Metric) -> list[AskedRow]:
    sides = SIDES if metric.side else ("",)
    return [
        AskedRow(slot(metric.id, side), metric.name, metric.unit, side, metric) for side in sides
    ]


def row_of(key: str, exam: FirstVisitProtocol, metrics: MetricsProtocol) -> AskedRow | None:
    """The line an amount belongs to; None for a key that is none."""
    name, side = unslot(key)
    if metric := metrics.by_id.get(name):
        return next((row for row in rows_of(metric) if row.side == side), None)
    free = (row for row in exam.tolerance.activities if row.metric is None and row.id == name)
    found = next(free, None)
    return AskedRow(found.id, found.name, found.unit) if found and not side else None


def read_amount(text: str, unit: str, exam: FirstVisitProtocol) -> tuple[Decimal | None, str]:
    """(the number in `unit`, "") or (None, what to write)."""
    if unit not in UNITS:
        found = BARE.fullmatch(text.casefold().strip())
        return (Decimal(found[1]), "") if found else (None, f"Write a number ({unit}).")
    if sentence := vague_limit(text, unit, exam):
        return None, sentence
    return read_limit(text, unit).value, ""


def reading_of(key: str, amount: Amount, row: AskedRow) -> Reading | None:
    """An amount as the ledger takes it; None where there is no metric. Raises Unreadable."""
    if row.metric is None or amount.value is None:
        return None
    return read(row.metric, entry_of(key, amount))


def entry_of(key: str, amount: Amount) -> Entry:
    value = plain(amount.value) if amount.value is not None else ""
    return Entry(
        value=value, side=unslot(key)[1], region=amount.region, details=dict(amount.details)
    )


def checked_limits(
    fields: Mapping[str, Any], exam: FirstVisitProtocol, metrics: MetricsProtocol
) -> dict[str, Any]:
    """The limits with their numbers read. Raises Unreadable: field → what to write.

    A field is a line's key, or key:detail for what has to be stated beside the number.
    """
    kept: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for key, amount in fields.items():
        if key == OTHER:
            kept[OTHER] = amount
            if vague := next((line for line in amount if not has_number(line)), None):
                wrong[OTHER] = (
                    f"“{vague}” cannot be measured or compared. Write a number with its unit, for "
                    "example “carries a tray 20 meters”."
                )
            continue
        row = row_of(key, exam, metrics)
        if row is None:
            wrong[key] = "This is no limit on file. Reload the page."
        elif amount is None or not amount.text:
            if amount and amount.blocker:
                wrong[key] = exam.limits.sentences.get(row.unit, f"Write a number ({row.unit}).")
            kept[key] = None
        else:
            kept[key] = _checked(key, amount, row, exam, wrong)
    if wrong:
        raise Unreadable(wrong)
    return kept


def _checked(
    key: str, amount: Amount, row: AskedRow, exam: FirstVisitProtocol, wrong: dict[str, str]
) -> Amount:
    value, sentence = read_amount(amount.text, row.unit, exam)
    if sentence:
        wrong[key] = sentence
    found = amount.model_copy(update={"value": value})
    try:
        if value is not None:
            reading_of(key, found, row)
    except Unreadable as refusal:
        for name, what in refusal.problems.items():
            wrong[key if name in {"value", "side"} else f"{key}:{name}"] = what
    return found


def has_number(line: str) -> bool:
    """Does a limit in words say how much, in any unit that limits have?"""
    found = [read_limit(line, unit) for unit in UNITS]
    return any(one.value is not None or one.several for one in found)


def measured(
    body: VisitBody, exam: FirstVisitProtocol, metrics: MetricsProtocol
) -> Iterator[tuple[Metric, str, Decimal]]:
    """(metric, side, value) of what goes into the ledger."""
    for key, entry in entries(body, exam, metrics).items():
        name, side = unslot(key)
        yield metrics.by_id[name], side, Decimal(entry.value)


def entries(
    body: VisitBody, exam: FirstVisitProtocol, metrics: MetricsProtocol
) -> dict[str, Entry]:
    """Key → what the ledger gets when the visit is signed: the limits, and numbers of the exam
    whose metric asks for nothing beside them."""
    found = {
        key: entry_of(key, amount)
        for key, amount in body.limits.items()
        if amount.value is not None and unslot(key)[0] in metrics.by_id
    }
    for key, given in body.exam.items():
        name, side = unslot(key)
        item = exam.by_id.get(name)
        metric = metrics.by_id.get(item.metric) if item and item.metric else None
        if metric is None or given.number is None or any(row.needed for row in metric.details):
            continue
        found.setdefault(slot(metric.id, side), Entry(value=plain(given.number), side=side))
    return found


def amount_words(
    key: str, amount: Amount, exam: FirstVisitProtocol, metrics: MetricsProtocol
) -> str:
    """“Comfortable standing time: 10 min (pins and needles in the calf), capacity”."""
    row = row_of(key, exam, metrics)
    name, unit = (row.label, row.unit) if row else (key, "")
    metric = row.metric if row else None
    stated = [metric.regions_by_id.get(amount.region, "")] if metric else []
    for detail in metric.details if metric else ():
        if text := amount.details.get(detail.id):
            choice = {c.id: c.label for c in detail.choices}.get(text)
            label = f"{detail.label.lower()}: " if choice or detail.kind == "number" else ""
            stated.append(f"{label}{choice or text} {detail.unit}".strip())
    beside = ", ".join(word for word in stated if word)
    number = plain(amount.value) if amount.value is not None else amount.text
    said = f"{name}: {number} {unit}" + (f" ({beside})" if beside else "")
    stops = {"capacity": "capacity", "fear": "fear", "both": "capacity and fear"}
    return f"{said}, {stops[amount.blocker]}" if amount.blocker else said
