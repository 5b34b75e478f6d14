"""What an entry means: read, score, compare. Pure: no row, no clock; figures come as protocol.

Change rule (domain section 5, [general]): improved when the change reaches the important difference
(MCID), possible when it reaches the detectable change (MDC) or lies where sources disagree about
the MCID, else no real change; the same the other way round for worse. Without a figure the numbers
stand alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from core.lib.errors import Refused
from outcomes.protocol_schema import SIDES, Detail, Metric, MetricsProtocol, Norm

LONGEST = {"words": 120, "reason": 200, "version": 40, "activity": 60}
SIDE_WORDS = {"": "", "left": "Left", "right": "Right"}


class Unreadable(Refused):
    """An entry that cannot be kept; `problems` = field → what to do about it."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = dict(problems)


class SeriesKey(NamedTuple):
    """Only values with the same key are ever compared or drawn together."""

    metric: str
    instrument: str
    side: str
    region: str
    variant: str


@dataclass(frozen=True)
class Entry:
    """What somebody typed about one metric; everything is text."""

    value: str = ""
    missing_reason: str = ""
    instrument: str = ""
    side: str = ""
    region: str = ""
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Reading:
    """An entry that passed. `value` None comes with `missing_reason`, and only then."""

    metric: str
    value: Decimal | None
    missing_reason: str
    instrument: str
    side: str
    region: str
    variant: str
    details: dict[str, str]

    @property
    def key(self) -> SeriesKey:
        return SeriesKey(self.metric, self.instrument, self.side, self.region, self.variant)


@dataclass(frozen=True)
class Score:
    """`value` None = no score, and `why` says so; else `why` tells what was filled in."""

    value: Decimal | None
    why: str
    answered: int


@dataclass(frozen=True)
class Verdict:
    """`key`: improved, possible, none, possibly_worse, worse or no_figure. `difference` is signed,
    in the metric's unit; `why` = one sentence with the figures."""

    key: str
    words: str
    difference: Decimal
    why: str


WORDS = {"improved": "Improved", "possible": "Possible improvement", "none": "No real change",
         "possibly_worse": "Possibly worse", "worse": "Worse",
         "no_figure": "No figure for a real change"}  # fmt: skip


def plain(number: Decimal) -> str:
    """`34`, `7.5`: no trailing zeros, never an exponent."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def rounded(number: Decimal, decimals: int) -> Decimal:
    return number.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def read_number(text: str, *, low: Decimal, high: Decimal, decimals: int) -> Decimal | str:
    """The number, or the sentence that says what to type."""
    text = text.strip()
    kind = "a whole number" if decimals == 0 else "a number"
    wanted = f"Type {kind} from {plain(low)} to {plain(high)}."
    digits = text.removeprefix("-").replace(".", "", 1)
    if not (digits.isascii() and digits.isdecimal()) or len(text) > 12:
        return wanted
    number = Decimal(text)
    if not low <= number <= high:
        return wanted
    if number != rounded(number, decimals):
        return wanted if decimals == 0 else f"Type at most {decimals} digits after the point."
    return rounded(number, decimals)


def normal_version(text: str) -> str:
    """How a questionnaire's version is kept: “Version 2.1A”, “v2.1a” and “2.1a” are one."""
    words = " ".join(text.split()).casefold()
    for prefix in ("version", "v"):
        rest = words.removeprefix(prefix).lstrip(". ")
        if rest != words and rest[:1].isdigit():
            return rest
    return words


def read(metric: Metric, entry: Entry, *, stated: bool = True) -> Reading:
    """The entry as it will be kept. Raises Unreadable with a sentence per field.

    `stated=False`: only the value counts; for a score that is computed and not kept.
    """
    problems: dict[str, str] = {}
    details = _details(metric, entry, problems)
    instrument, side, region = _conditions(metric, entry, problems)
    reason = " ".join(entry.missing_reason.split())
    value = _value(metric, entry, details, reason, problems)
    if value is None and reason:  # what was not measured needs only what says to which series
        series = {"side", "region", "instrument", "value", "missing_reason"}
        series |= {row.id for row in metric.details if row.splits}
        problems = {k: v for k, v in problems.items() if k in series}
    if len(reason) > LONGEST["reason"]:
        problems["missing_reason"] = f"The reason has at most {LONGEST['reason']} characters."
    if not stated:
        problems = {k: v for k, v in problems.items() if k == "value"}
    if problems:
        raise Unreadable(problems)
    return Reading(
        metric=metric.id,
        value=value,
        missing_reason=reason if value is None else "",
        instrument=instrument,
        side=side,
        region=region,
        variant=variant_of(metric, details),
        details=details,
    )


def _value(
    metric: Metric, entry: Entry, details: Mapping[str, str], reason: str, problems: dict[str, str]
) -> Decimal | None:
    zero = metric.zero_when
    if zero and details.get(zero.detail) == zero.choice and not reason:
        return rounded(Decimal(0), metric.decimals)
    if not entry.value.strip():
        if not reason:
            problems["value"] = "Type the value, or why there is none."
        return None
    if reason:
        problems["value"] = "Leave the value empty, or take the reason away: only one can be."
        return None
    number = read_number(entry.value, low=metric.low, high=metric.high, decimals=metric.decimals)
    if isinstance(number, str):
        problems["value"] = number
        return None
    return number


def _conditions(metric: Metric, entry: Entry, problems: dict[str, str]) -> tuple[str, str, str]:
    """(version, side, region): asked for by the metric, empty where it does not ask."""
    instrument = normal_version(entry.instrument) if metric.version_needed else ""
    if metric.version_needed and not instrument:
        problems["instrument"] = "Type the version of the form, as printed on it."
    elif len(instrument) > LONGEST["version"]:
        problems["instrument"] = f"The version has at most {LONGEST['version']} characters."
    if metric.side and entry.side not in SIDES:
        problems["side"] = "Choose left or right."
    if metric.regions and entry.region not in metric.regions_by_id:
        problems["region"] = "Choose where."
    return (
        instrument,
        entry.side if metric.side else "",
        entry.region if metric.regions else "",
    )


def _details(metric: Metric, entry: Entry, problems: dict[str, str]) -> dict[str, str]:
    kept: dict[str, str] = {}
    for row in metric.details:
        text = " ".join(entry.details.get(row.id, "").split())
        if not text:
            if row.needed:
                problems[row.id] = _asked(row)
            continue
        told = _detail(row, text)
        if told[1]:
            problems[row.id] = told[1]
        else:
            kept[row.id] = told[0]
    return kept


def _detail(row: Detail, text: str) -> tuple[str, str]:
    """(as kept, "") or ("", what to do)."""
    if row.kind == "choice":
        return (text, "") if text in {c.id for c in row.choices} else ("", _asked(row))
    if row.kind == "words":
        if len(text) > LONGEST["words"]:
            return "", f"{row.label}: at most {LONGEST['words']} characters."
        return text, ""
    low = row.low if row.low is not None else Decimal(0)
    high = row.high if row.high is not None else Decimal(9999)
    number = read_number(text, low=low, high=high, decimals=1)
    return ("", f"{row.label}: {number}") if isinstance(number, str) else (plain(number), "")


def _asked(row: Detail) -> str:
    verb = {"choice": "Choose", "number": "Type", "words": "Write"}[row.kind]
    return f"{verb}: {row.label.lower()}."


def variant_of(metric: Metric, details: Mapping[str, str]) -> str:
    """The stated conditions that make another series, in words: “chair height 17 in”."""
    parts = []
    for row in metric.details:
        if row.splits and row.id in details:
            said = {c.id: c.label for c in row.choices}.get(details[row.id], details[row.id])
            parts.append(f"{row.label} {said} {row.unit}".strip().lower())
    return ", ".join(parts)


def activities_variant(activities: Sequence[str]) -> str:
    """PSFS: other activities are another series, whatever their order or capitals."""
    return "; ".join(sorted({" ".join(a.split()).casefold() for a in activities}))


def score(metric: Metric, items: Sequence[Decimal | None]) -> Score:
    """The score of answered items (None = not answered), by the metric's rule for missing ones.

    Raises Unreadable when the number of items, or an item, cannot be of this metric.
    """
    rule = metric.scoring
    if rule.kind in {"value", "score_only"} or rule.items is None or rule.item_high is None:
        raise Unreadable({"items": f"{metric.name} is not scored from items: give its score."})
    if len(items) > rule.items or (len(items) < rule.items and not rule.own_words):
        raise Unreadable({"items": f"{metric.name} has {rule.items} items, in their order."})
    given = [item for item in items if item is not None]
    if any(not 0 <= item <= rule.item_high or item != int(item) for item in given):
        raise Unreadable({"items": f"Each item is a whole number from 0 to {rule.item_high}."})
    least = metric.missing.least_answered or rule.items
    if len(given) < least:
        why = f"No score: {len(given)} of {rule.items} answered. {metric.missing.words}"
        return Score(None, why, len(given))
    total, count = sum(given, Decimal(0)), Decimal(len(given))
    value = {
        "mean": total / count,
        "percent_of_answered": total / (rule.item_high * count) * 100,
        "sum_imputed": total / count * rule.items,
        "reversed_mean": 100 - total / count * 100 / rule.item_high,
    }[rule.kind]
    missing = 0 if rule.own_words else rule.items - len(given)
    why = f"{missing} not answered. {metric.missing.words}" if missing else ""
    return Score(rounded(value, metric.decimals), why, len(given))


def band(metric: Metric, value: Decimal) -> str:
    """The severity in words; "" for a metric without bands."""
    return next((row.label for row in metric.bands if value <= row.to_value), "")


def alerts(metric: Metric, value: Decimal) -> list[str]:
    """What this one value says by itself."""
    return [
        row.words
        for row in metric.alerts
        if (row.below is not None and value < row.below)
        or (row.at_least is not None and value >= row.at_least)
    ]


def below_norm(
    protocol: MetricsProtocol, metric: Metric, value: Decimal, *, sex: str, age: int
) -> str:
    """The sentence when a value is below average for this sex and age; "" when not, or no norm."""
    for norm in protocol.norms:
        edge = _edge(norm, age) if (norm.metric, norm.sex) == (metric.id, sex) else None
        if edge is not None and value < edge:
            return f"{norm.words} (below {plain(edge)})"
    return ""


def _edge(norm: Norm, age: int) -> Decimal | None:
    return next((row.below for row in norm.rows if row.from_age <= age <= row.to_age), None)


def important(metric: Metric, baseline: Decimal) -> tuple[Decimal, Decimal] | None:
    """(low, high) of the important difference for who began at `baseline`."""
    if metric.mcid is None:
        return None
    for row in metric.mcid.by_baseline:
        if row.from_value <= baseline <= row.to_value:
            return row.low, row.high
    return metric.mcid.low, metric.mcid.high


def change(metric: Metric, first: Decimal, last: Decimal) -> Verdict:
    """From the first value of a series to its last."""
    difference = last - first
    gain = difference if metric.better == "up" else -difference
    edges, mdc = important(metric, first), metric.mdc.low if metric.mdc else None
    if edges is None and mdc is None:
        why = "No detectable or important difference is known for this; the numbers stand alone."
        return Verdict("no_figure", WORDS["no_figure"], difference, why)
    size, key = abs(gain), "none"
    if edges and size >= edges[1]:
        key = "improved" if gain > 0 else "worse"
    elif (edges and size >= edges[0]) or (mdc is not None and size >= mdc):
        key = "possible" if gain > 0 else "possibly_worse"
    return Verdict(key, WORDS[key], difference, _figures(metric, edges, mdc, size))


def _figures(
    metric: Metric, edges: tuple[Decimal, Decimal] | None, mdc: Decimal | None, size: Decimal
) -> str:
    """The figures behind a verdict, in one sentence."""
    unit = "" if metric.unit.startswith("of ") else f" {metric.unit}"
    parts = [f"Changed by {plain(size)}{unit}"]
    if edges:
        span = (
            plain(edges[0]) if edges[0] == edges[1] else f"{plain(edges[0])} to {plain(edges[1])}"
        )
        parts.append(f"important from {span}")
    if mdc is not None:
        parts.append(f"measurement error below {plain(mdc)}")
    return "; ".join(parts) + "."
