"""Which restrictions hold on a day, how one reads, what speaks of them. Pure: no row, no clock."""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from core.lib.day_words import day_words
from core.people.names import folded

AT_MOST = {
    "lb": "lb at most",
    "min": "minutes at most",
    "deg": "degrees at most",
    "times": "times a day at most",
    "%": "% of the weight at most",
}
ANYTHING = "other"  # the activity that only its sentence names
# How a unit is written in a sentence.
SPELT = {
    "lb": r"lbs?|pounds?",
    "min": r"mins?|minutes?",
    "deg": r"deg|degrees?|°",
    "times": r"times",
    "%": r"%|percent",
}
NUMBERS = {
    unit: re.compile(rf"(\d+(?:\.\d+)?)\s*(?:{spelt})(?![a-z])") for unit, spelt in SPELT.items()
}
# Kinds of document: one that always speaks of limits, those that do when a surgeon wrote them.
ALWAYS = frozenset({"operative_note"})
BY_A_SURGEON = frozenset({"letter", "visit_note"})
SURGEON = re.compile(r"surgeon|surger|surgical|orthop")


@dataclass(frozen=True)
class Limit:
    """One restriction as it was typed. `value` in `unit` = the most allowed; none = not at all."""

    activity: str
    sentence: str
    from_on: dt.date
    to_on: dt.date | None = None
    until: str = ""
    value: Decimal | None = None
    unit: str = ""


def holds(limit: Limit, day: dt.date) -> bool:
    return limit.from_on <= day and (limit.to_on is None or day <= limit.to_on)


def ends(limit: Limit) -> str:
    """“to Wed 4 Nov 2026”, “until cleared in writing”."""
    return f"to {day_words(limit.to_on)}" if limit.to_on else f"until {limit.until}"


def span(limit: Limit) -> str:
    """“from Wed 4 Nov 2026 to Wed 25 Nov 2026”: the same words on every day."""
    return f"from {day_words(limit.from_on)} {ends(limit)}"


def resumes_on(limit: Limit) -> dt.date | None:
    """The first day without it; none while nobody knows."""
    return limit.to_on + dt.timedelta(days=1) if limit.to_on else None


def plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def amount(limit: Limit, label: str) -> str:
    """What a machine compares, in words: “Lifting: 15 lb at most”, “Driving: not at all”.

    `label` = the activity's. Empty where only the sentence says what it is.
    """
    if limit.value is None:
        return "" if limit.activity == ANYTHING else f"{label}: not at all"
    most = f"{plain(limit.value)} {AT_MOST[limit.unit]}"
    return most if limit.activity == ANYTHING else f"{label}: {most}"


def contradiction(limit: Limit) -> str:
    """What to correct where the sentence and the number do not say the same; "" = they do.

    People act on the sentence, Hallway compares the number: one of them would be wrong.
    """
    said = {
        unit: [Decimal(number) for number in pattern.findall(folded(limit.sentence))]
        for unit, pattern in NUMBERS.items()
    }
    if limit.value is None:
        named = [number for numbers in said.values() for number in numbers]
        if named and limit.activity != ANYTHING:
            return f"“{limit.sentence}”: write the number {plain(named[0])} in its own field too."
        return ""
    numbers = said.get(limit.unit, [])
    if numbers and limit.value not in numbers:
        return (
            f"“{limit.sentence}” says {plain(numbers[0])}, the number beside it "
            f"{plain(limit.value)}. Correct one of them."
        )
    return ""


def breaks(limit: Limit, *, activity: str, value: Decimal | None, day: dt.date) -> bool:
    """Would this much of an activity go over the limit on that day? `value` in the limit's unit;
    unknown counts as over: nobody plans a load they cannot name."""
    if limit.activity != activity or not holds(limit, day):
        return False
    return limit.value is None or value is None or value > limit.value


def speaks_of_limits(
    *, kind: str, source: str, surgeons: Iterable[str] = (), asked_a_surgeon: bool = False
) -> bool:
    """Must a clinician look for limits in this document the same day?

    `surgeons` = names in the clinic's directory; `asked_a_surgeon`: it answers a request to one.
    """
    if kind in ALWAYS:
        return True
    if kind not in BY_A_SURGEON:
        return False
    text = folded(source)
    known = any(name and name in text for name in map(folded, surgeons))
    return asked_a_surgeon or known or bool(SURGEON.search(text))
