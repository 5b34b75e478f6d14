"""What a filled-in questionnaire means: answers or a ready score become one reading. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from outcomes.protocol_schema import Metric
from outcomes.rules import (
    LONGEST,
    Entry,
    Reading,
    Unreadable,
    activities_variant,
    read,
    read_number,
    score,
)

ITEMS, SCORE = "items", "score"


@dataclass(frozen=True)
class Answers:
    """`items` = (activity or "", number as typed), in order; or `score` as typed; all text."""

    items: Sequence[tuple[str, str]] = ()
    score: str = ""
    about: Entry = field(default_factory=Entry)  # version, side, region, details, missing reason


@dataclass(frozen=True)
class Assessed:
    """A reading with what is kept behind it. `why` tells what the missing rule did, or why not."""

    reading: Reading
    entered: str
    items: list[dict[str, str | int | None]]
    answered: int
    why: str


def assess(metric: Metric, answers: Answers, *, stated: bool = True) -> Assessed:
    """Raises Unreadable; `stated` as in `read`.

    Too few answers is no error here: a reading without a value, and why.
    """
    if answers.items and answers.score.strip():
        raise Unreadable({"score": "Give the answers or the score, not both."})
    if metric.scoring.own_words and not answers.items:
        raise Unreadable({"items": "Write the activities with their numbers."})
    if not answers.items:
        reading = read(metric, replace(answers.about, value=answers.score), stated=stated)
        return Assessed(reading, SCORE, [], 0, "")
    own = metric.scoring.own_words
    named = _own_items(metric, answers.items) if own else _items(metric, answers.items)
    scored = score(metric, [number for _, number in named])
    reason = "" if scored.value is not None else answers.about.missing_reason.strip() or scored.why
    typed = "" if scored.value is None else str(scored.value)
    reading = read(
        metric, replace(answers.about, value=typed, missing_reason=reason), stated=stated
    )
    if own:
        reading = replace(reading, variant=activities_variant([label for label, _ in named]))
    kept: list[dict[str, str | int | None]] = [
        {"label": label, "value": None if number is None else int(number)}
        for label, number in named
    ]
    return Assessed(reading, ITEMS, kept, scored.answered, scored.why)


def _number(metric: Metric, text: str) -> Decimal | str:
    high = Decimal(metric.scoring.item_high or 0)
    return read_number(text, low=Decimal(0), high=high, decimals=0)


def _items(metric: Metric, items: Sequence[tuple[str, str]]) -> list[tuple[str, Decimal | None]]:
    """Items with our labels, or their numbers where the instrument's words are not ours."""
    found: list[tuple[str, Decimal | None]] = []
    problems: dict[str, str] = {}
    labels = metric.scoring.labels
    for at, (_, text) in enumerate(items):
        label = labels[at] if at < len(labels) else f"Item {at + 1}"
        number = None if not text.strip() else _number(metric, text)
        if isinstance(number, str):
            problems[f"item_{at}"] = f"{label}: {number}"
            number = None
        found.append((label, number))
    if problems:
        raise Unreadable(problems)
    return found


def _own_items(
    metric: Metric, items: Sequence[tuple[str, str]]
) -> list[tuple[str, Decimal | None]]:
    """Activities in the patient's words, each with its number; blank lines are left out."""
    found: list[tuple[str, Decimal | None]] = []
    problems: dict[str, str] = {}
    seen: set[str] = set()
    for at, (words, text) in enumerate(items):
        label = " ".join(words.split())
        if not label and not text.strip():
            continue
        number = _number(metric, text)
        if not label:
            problems[f"activity_{at}"] = "Write the activity, or take its number away."
        elif len(label.casefold()) > LONGEST["activity"]:  # “ß” folds to two letters
            problems[f"activity_{at}"] = f"At most {LONGEST['activity']} characters."
        elif label.casefold() in seen:
            problems[f"activity_{at}"] = "This activity stands there twice."
        if isinstance(number, str):
            problems[f"item_{at}"] = number
        else:
            found.append((label, number))
        seen.add(label.casefold())
    if problems:
        raise Unreadable(problems)
    return found
