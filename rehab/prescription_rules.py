"""Is a therapy order concrete enough to work from? Parts are judged, not only known phrases. Pure.

“PT as tolerated” makes a therapist read minds. An order says what to stress, with which exercises
and doses, how load goes up, what to avoid until when, how often, for how long, what stops a
session and what it is for. A part of hedges, deferrals and words that fit every patient counts as
missing: what is left without them is what it says.
"""

import difflib
import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rehab.vague_words import EMPTY, PLACES, THERAPY, WORSE

PER_WEEK, WEEKS = range(1, 15), range(1, 53)
CLEAR = 2  # words of content from which a text says something


@dataclass(frozen=True)
class Exercise:
    name: str
    dose: str


@dataclass(frozen=True)
class Avoided:
    what: str
    until: str


@dataclass(frozen=True)
class Prescription:
    """An order as it was typed. `metric`: id of the metrics protocol; `target` in its unit."""

    emphasis: str = ""
    exercises: Sequence[Exercise] = field(default=())
    progression: str = ""
    avoid: Sequence[Avoided] = field(default=())
    per_week: int | None = None
    weeks: int | None = None
    stop: Sequence[str] = field(default=())
    goal: str = ""
    metric: str = ""
    target: float | None = None


@dataclass(frozen=True)
class Gap:
    """A part that says nothing yet, and a sentence that says what to write."""

    part: str
    sentence: str


def gaps(order: Prescription) -> list[Gap]:
    """What is missing or empty of content, in the order of the form; [] = it can be worked from."""
    return [gap for judge in JUDGES for gap in judge(order)]


def _emphasis(order: Prescription) -> Iterator[Gap]:
    if len(says(order.emphasis, THERAPY | PLACES)) < CLEAR:
        yield Gap(
            "emphasis",
            "Write what therapy stresses for this person: a direction, a structure, a skill "
            "(hip hinge, nerve sliders in supine, single-leg balance).",
        )


def _exercises(order: Prescription) -> Iterator[Gap]:
    if not order.exercises:
        yield Gap("exercises", "Name at least one exercise with its dose (bridge, 3 x 10).")
    for number, row in enumerate(order.exercises, start=1):
        called = row.name.strip()[:60] or f"no. {number}"
        if not _named(row.name):
            yield Gap("exercises", f"Exercise “{called}”: write which movement it is.")
        elif not (DIGIT.search(row.dose.casefold()) or says(row.dose, THERAPY | WORSE)):
            yield Gap(
                "exercises",
                f"Exercise “{called}”: write its dose in repetitions, seconds, minutes or pounds.",
            )


def _named(exercise: str) -> bool:
    """“Bridge”; “knees to chest” by its two places; not “knee exercises”."""
    there = says(exercise) - says(exercise, PLACES)
    return bool(says(exercise, THERAPY | PLACES)) or (
        len(there) > 1 and says(exercise, THERAPY) == says(exercise)
    )


def _progression(order: Prescription) -> Iterator[Gap]:
    text = order.progression
    tied = CONDITION.search(text.casefold()) and says(text, THERAPY | PLACES | WORSE)
    if not (figure(text) or tied):
        yield Gap(
            "progression",
            "Write how load goes up and when: an amount (5 minutes a week), or what has to hold "
            "first (both legs load without a limp).",
        )


def _avoid(order: Prescription) -> Iterator[Gap]:
    if not order.avoid:
        yield Gap(
            "avoid",
            "Write what to avoid and until when; if nothing, write “nothing” and why.",
        )
    for row in order.avoid:
        what = row.what.strip()[:60]
        named = figure(what) or says(what, THERAPY | WORSE | PLACES)
        if what.casefold() != "nothing" and not named:
            yield Gap("avoid", f"“{what}” fits every patient: name the movement, load or position.")
        elif not (ENDS.search(row.until.casefold()) or figure(row.until) or says(row.until)):
            yield Gap("avoid", f"“{what}”: write until when, or what has to hold first.")


def _frequency(order: Prescription) -> Iterator[Gap]:
    if order.per_week not in PER_WEEK:
        yield Gap("frequency", "Write how many sessions a week, 1 to 14.")


def _duration(order: Prescription) -> Iterator[Gap]:
    if order.weeks not in WEEKS:
        yield Gap("duration", "Write for how many weeks, 1 to 52.")


def _stop(order: Prescription) -> Iterator[Gap]:
    if not any(figure(rule) or says(rule, THERAPY | WORSE | PLACES) for rule in order.stop):
        yield Gap(
            "stop",
            "Write what ends a session in something to be seen or counted: a sign (the foot "
            "drops), a rating (above 5 of 10), a time (not settled after 2 hours).",
        )


def _goal(order: Prescription) -> Iterator[Gap]:
    if not says(order.goal, THERAPY | WORSE | PLACES):
        yield Gap("goal", "Write what the patient wants to do again, in their own words.")
    elif not order.metric or order.target is None:
        yield Gap("goal", "Choose what the goal is measured by, and write the number to reach.")


JUDGES = (_emphasis, _exercises, _progression, _avoid, _frequency, _duration, _stop, _goal)


# --- what a text says -----------------------------------------------------------------------------

WORD = re.compile(r"[a-z]+(?:['’-][a-z]+)*")
UNIT = (
    r"(?:x|×|reps?|repetitions?|sets?|rounds?|times?|s|secs?|seconds?|min|mins|minutes?|h|hrs?|"
    r"hours?|d|days?|wks?|weeks?|months?|lbs?|pounds?|kg|%|percent|deg|degrees?|°|cm|mm|in|inch|"
    r"inches|ft|feet|m|meters?|metres?|miles?|blocks?|steps?|stairs?|cycles?|breaths?|/\s?10|"
    r"of\s?10|out\s?of\s?10|am|pm)(?![a-z])"
)
NUMBER = r"(?:\d+(?:[.,]\d+)?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty)"
DIGIT = re.compile(NUMBER)  # whatever is counted by it: "6' qid", "four lengths each way"
FIGURE = re.compile(
    rf"(?<![a-z0-9]){NUMBER}\s?(?:-|–|to)?\s?(?:{NUMBER})?[\s-]?{UNIT}"
    r"|(?:week|wk|day|month)\s?\d|q\s?\d+\s?h|\d\s?/\s?(?:wk|week|day|d)\b|\brm\b.*\d|\d.*\brm\b"
    r"|\brpe\s?\d|\bbid\b|\btid\b|\d{1,2}\s(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
    r"|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\s\d{1,2}|\d{1,2}/\d{1,2}"
)
ENDS = re.compile(r"\balways\b|\bdischarge|\bd/c\b|\bend of (the )?(treatment|therapy|care)\b")
CONDITION = re.compile(
    r"\b(when|once|if|after|as soon as|until|till|before|only with|unless|while|as long as|from"
    r"|then|every|each|weekly|daily)\b|→|->|>"
)


def figure(text: str) -> bool:
    """A number with its unit, a day, a week: something that can be counted."""
    return FIGURE.search(text.casefold()) is not None


def says(text: str, also_empty: frozenset[str] = frozenset()) -> set[str]:
    """The words that are left without those that fit every order."""
    empty = EMPTY | also_empty
    return {word for word in WORD.findall(text.casefold()) if not _is_empty(word, empty)}


def _is_empty(word: str, empty: frozenset[str]) -> bool:
    return len(word) == 1 or any(form in empty for form in _forms(word)) or _misspelt(word, empty)


def _forms(word: str) -> Iterator[str]:
    """The word and what it may be made from: exercises, strengthening, tolerated."""
    yield word
    for end in ("s", "es", "ed", "d", "ing", "ly", "’s", "'s"):
        if word.endswith(end):
            yield word.removesuffix(end)
            yield word.removesuffix(end) + "e"
    yield from word.split("-") if "-" in word and len(set(word.split("-"))) == 1 else ()


@functools.lru_cache(maxsize=4096)
def _misspelt(word: str, empty: frozenset[str]) -> bool:
    """“Apropriate” says as little as “appropriate”. Short words are not guessed at."""
    long = [each for each in empty if abs(len(each) - len(word)) <= 2 and len(each) > 6]
    return len(word) > 6 and bool(difflib.get_close_matches(word, long, n=1, cutoff=0.88))
