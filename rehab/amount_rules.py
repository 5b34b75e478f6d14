"""From a limit as it was typed to one number in its unit. Pure.

“Sits 15 minutes before needing to stand” is a limit, “severe” is none, and neither is “8 of 10”:
a rating says nothing about time or load. What cannot be read for sure is not guessed; it is sent
back with what to write (exam_rules.vague_limit).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

# What people write → (what is measured, its size); all exact by definition.
SIZES: dict[str, tuple[str, Decimal]] = {
    word: (kind, Decimal(size))
    for kind, size, words in (
        ("time", "1", "s sec secs second seconds"),
        ("time", "60", "min mins minute minutes"),
        ("time", "3600", "h hr hrs hour hours"),
        ("load", "0.45359237", "lb lbs pound pounds #"),
        ("load", "1", "kg kgs kilo kilos kilogram kilograms"),
        ("way", "1", "m meter meters metre metres"),
        ("way", "0.3048", "ft foot feet"),
        ("way", "0.9144", "yd yds yard yards"),
        ("way", "1609.344", "mi mile miles"),
        ("way", "1000", "km kilometer kilometers kilometre kilometres"),
        ("steps", "1", "step steps stair stairs"),
        ("reps", "1", "rep reps repetition repetitions time times"),
    )
    for word in words.split()
}
# Unit of a limit → the word that means it.
UNITS = {name: name for name in ("min", "h", "lb", "m", "steps", "reps")} | {"min/day": "min"}
ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
VALUES = {word: value for value, word in enumerate(ONES)} | {
    word: 10 * value for value, word in enumerate(TENS, start=2)
}
# Words beside a bare number that leave no doubt that it is the limit.
PLAIN = re.compile(
    "about|approx|approximately|around|at|below|bends|ca|can|climbs|could|for|has|he|just|kneels|"
    "kneeling|less|lifts?|lifting|max|maximum|maximal|more|most|night|no|not|now|only|overhead|"
    "patient|reach|reaches|reaching|roughly|she|sits?|sitting|sleeps?|sleeping|stands?|standing|"
    "than|the|then|they|to|under|up|uses|walks?|walking"
)

NUMBER = r"\d{1,3}(?:,\d{3}){1,2}(?:\.\d{1,4})?|\d{1,6}(?:\.\d{1,4})?"
SPAN = rf"(?<![\w.,/-])(?P<low>{NUMBER})(?:\s*(?:-|–|to|or)\s*(?P<high>{NUMBER}))?"
UNIT = "|".join(re.escape(word) for word in sorted(SIZES, key=len, reverse=True))
FIGURE = re.compile(rf"{SPAN}[\s-]*(?P<unit>{UNIT})(?![a-z])")
BARE = re.compile(rf"{SPAN}(?![\w/%:'\"′″-]|[.,]\d)")  # 300' are feet or minutes
TOGETHER = re.compile(
    r"(?<![\w.,/-])(\d{1,3})\s*h(?:rs?|ours?)?\s*(?:and\s+)?(\d{1,2})"
    r"(?:\s*m(?:ins?|inutes?)?(?![a-z])|(?=\s*(?:[.,;]|$)))"
)
# “2 hours 30 standing”: which of them? “5 minutes more than last week”: how many is that?
TRAILING = re.compile(
    rf"\s*\d+(?!\d|\s*(?:{UNIT})(?![a-z]))"
    r"|\s*(?:less|fewer|more|longer|shorter|further|heavier|lighter|better|worse|ago)\b"
)
PARTS = (  # → digits; “an hour and a half” first, or it would be read as an hour
    (re.compile(rf"\b(?:an?|1) ({UNIT}) and a half\b"), r"1.5 \1"),
    (re.compile(rf"\b(\d+) ({UNIT}) and a half\b"), r"\1.5 \2"),
    (re.compile(rf"\b(\d+) and a half ({UNIT})\b"), r"\1.5 \2"),
    (re.compile(rf"\b(?:half an?|an? half|half) ({UNIT})\b"), r"0.5 \1"),
    (re.compile(rf"\b3[ -]quarters? of an? ({UNIT})\b"), r"0.75 \1"),
    (re.compile(rf"\b(?:an? )?quarter of an? ({UNIT})\b"), r"0.25 \1"),
    (re.compile(rf"(?<!\bat )(?<!\bof )\ban? ({UNIT})\b(?! (?:or|and))"), r"1 \1"),
)


@dataclass(frozen=True, slots=True)
class Limit:
    """What was read, in the limit's unit; `several`: more than one number could be meant."""

    value: Decimal | None
    several: bool = False


def read_limit(text: str, unit: str) -> Limit:
    """One number in `unit` (a key of UNITS), or none.

    Of a span (“15 to 20 minutes”) the lower end: nobody is promised more than is sure. Another
    unit of the same kind is converted and rounded down, below 1 to two decimals.
    """
    said = _in_digits(" ".join(text.casefold().replace("−", "-").split()))
    kind, size = SIZES[UNITS[unit]]
    found = [amount for what, amount in _figures(said, unit) if what == kind]
    values = set(found) or {value * size for value in _bare(said)}
    if len(values) != 1:
        return Limit(None, several=len(values) > 1)
    return Limit(_rounded(values.pop() / size, "0.1" if unit == "h" else "1", text))


def _rounded(value: Decimal, step: str, text: str) -> Decimal:
    value = value.quantize(Decimal("0.0001")).normalize()
    as_typed = f"{value:f}" in text
    step = "0.01" if value < 1 or as_typed else step
    return Decimal(f"{value.quantize(Decimal(step), ROUND_DOWN).normalize():f}")


def _figures(said: str, unit: str) -> Iterator[tuple[str, Decimal]]:
    """(kind, amount in the kind's smallest unit) of every number with a unit."""
    for match in FIGURE.finditer(said):
        if said[: match.start()].rstrip(" ,")[-1:].isdigit():
            continue  # “10, 15 minutes”: which of them?
        if TRAILING.match(said, match.end()):
            continue
        # “15m” where time is asked for are minutes.
        short = match["unit"] == "m" and SIZES[UNITS[unit]][0] == "time"
        kind, size = SIZES["min" if short else match["unit"]]
        yield kind, _lower(match) * size


def _bare(said: str) -> set[Decimal]:
    """Numbers without a unit, when nothing beside them could make them something else."""
    rest = BARE.sub(" ", said)
    if re.search(r"[\d-]", rest) or _doubtful(rest):
        return set()
    return {_lower(match) for match in BARE.finditer(said)}


def _doubtful(rest: str) -> bool:
    return any(not PLAIN.fullmatch(word) for word in re.findall(r"\w+", rest))


def _lower(match: re.Match[str]) -> Decimal:
    ends = (match["low"], match["high"] or match["low"])
    return min(Decimal(digits.replace(",", "")) for digits in ends)


def _in_digits(said: str) -> str:
    """“Twenty-five minutes” → “25 minutes”, “half an hour” → “0.5 hour”."""
    words = re.split(r"(\W+)", said)
    out: list[str] = []
    at = 0
    while at < len(words):
        value, used = _spelt(words[at:])
        out.append(str(value) if used else words[at])
        at += used or 1
    said = TOGETHER.sub(lambda m: f"{60 * int(m[1]) + int(m[2])} min", "".join(out))
    for pattern, digits in PARTS:
        said = pattern.sub(digits, said)
    return said


def _spelt(words: list[str]) -> tuple[int, int]:
    """The number at the beginning of words and gaps in turn, and how many of them it takes.

    Only what makes one number: “twenty five”, “two hundred and ten”, not “fifteen twenty”.
    """
    first = words[0]
    second = words[2] if len(words) > 2 and words[1] in {" ", "-"} else ""
    if second == "hundred" and (first in ONES[1:] or first == "a"):
        base, after = 100 * VALUES.get(first, 1), 6 if words[4:5] == ["and"] else 4
        more, taken = _spelt(words[after:]) if len(words) > after else (0, 0)
        return (base + more, after + taken) if taken and more < 100 else (base, 3)
    if first in TENS and second in ONES[1:10]:
        return VALUES[first] + VALUES[second], 3
    return (VALUES[first], 1) if first in VALUES else (0, 0)
