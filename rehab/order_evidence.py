"""What a part of a therapy order names: words of the lexicon by class, figures. Pure.

A text is read once: turns of speech are taken out, then the longest phrases of the lexicon, then
its words in their ground form, small slips of the pen forgiven. What is not in the lexicon is no
evidence, however long or polite; it is only kept as `unknown`.
"""

import difflib
import functools
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from rehab.therapy_words import DEFERS, DIAGNOSIS, FAMILY, IDIOMS, PHRASES, WORDS
from rehab.vague_words import EMPTY, PLACES, THERAPY, WORSE


@dataclass(frozen=True)
class Evidence:
    """`named`: class → the words of it. `unknown`: words neither in the lexicon nor empty.

    `family`: names a family of things (strengthening, precautions). `defers`: leaves it to others.
    """

    named: Mapping[str, frozenset[str]]
    unknown: frozenset[str]
    family: bool
    defers: bool

    def of(self, *classes: str) -> frozenset[str]:
        return frozenset().union(*(self.named.get(name, frozenset()) for name in classes))


# --- words ----------------------------------------------------------------------------------------

NOISE = re.compile(  # placeholders, billing and diagnosis codes: not said by anybody
    r"\[[^\]]*\]|\{[^}]*\}|\*+|\b[a-z]\d{2}\.\d\w*|\b\d{5}\b"
)
WORD = re.compile(r"6mwt|(?:[a-z]+2max|vo2|spo2|ultt ?\d?)|[a-z]+(?:['’][a-z]+)*")
SHORT = 6  # letters up to which a word is not guessed at


def _alternation(phrases: Collection[str]) -> re.Pattern[str]:
    longest = sorted(phrases, key=len, reverse=True)
    return re.compile(r"\b(" + "|".join(re.escape(each) for each in longest) + r")(?:s|es)?\b")


CLASSES_OF: dict[str, frozenset[str]] = {
    word: frozenset(name for name, words in WORDS.items() if word in words)
    for word in frozenset().union(*WORDS.values())
}
PHRASE_CLASSES: dict[str, frozenset[str]] = {
    phrase: frozenset(name for name, phrases in PHRASES.items() if phrase in phrases)
    for phrase in frozenset().union(*PHRASES.values())
}
PHRASE, IDIOM = _alternation(PHRASE_CLASSES), _alternation(IDIOMS)
SAYS_NOTHING = EMPTY | THERAPY | PLACES | WORSE | FAMILY | DEFERS | DIAGNOSIS
VOCABULARY = SAYS_NOTHING | CLASSES_OF.keys()
# Words that may be meant when one is misspelt, by first letter and length: looked up, not scanned.
NEAR: dict[tuple[str, int], list[str]] = {}
for _word in sorted(VOCABULARY):
    if len(_word) > SHORT:
        NEAR.setdefault((_word[0], len(_word)), []).append(_word)


def plain(text: str) -> str:
    """In small letters, one space between words, no placeholders, hyphens and slashes opened."""
    small = NOISE.sub(" ", text.casefold().replace("’", "'"))
    return " ".join(re.sub(r"(?<=[a-z])[-/](?=[a-z])|(?<=[a-z0-9])-(?=[a-z]{3})", " ", small).split())


def forms(word: str) -> Iterator[str]:
    """The word and what it may be made from: hopping, carries, raised, strengthening."""
    yield word
    if word.endswith("'s"):
        yield word[:-2]
    for end, ground in ENDINGS:
        stem = word.removesuffix(end)
        if stem != word and len(stem) > 2:
            yield stem + ground
            if end in {"ing", "ed"} and len(stem) > 3 and stem[-1] == stem[-2]:
                yield stem[:-1]


ENDINGS = (
    ("s", ""), ("es", ""), ("ies", "y"), ("ied", "y"), ("ed", ""), ("d", ""), ("ing", ""), ("ing", "e"),
)  # fmt: skip


@functools.lru_cache(maxsize=8192)
def known(word: str) -> str:
    """The entry a word belongs to, "" if none. What the lexicon names comes before what says
    nothing, and both before a guess."""
    for entries in (CLASSES_OF, SAYS_NOTHING):
        for form in forms(word):
            if form in entries:
                return form
    if len(word) <= SHORT:
        return ""
    near = [each for more in (-1, 0, 1) for each in NEAR.get((word[0], len(word) + more), ())]
    guess = difflib.get_close_matches(word, near, n=1, cutoff=0.86)
    return guess[0] if guess else ""


@functools.lru_cache(maxsize=2048)
def read(text: str) -> Evidence:
    """What a text names."""
    named: dict[str, set[str]] = {}
    rest = IDIOM.sub(" . ", plain(text))
    for found in PHRASE.finditer(rest):
        for name in PHRASE_CLASSES[found[1]]:
            if not (name == "muscle" and _complaint(rest[found.end() :])):
                named.setdefault(name, set()).add(found[1])
    rest = PHRASE.sub(" . ", rest)
    unknown, family, defers = set(), False, False
    for found in WORD.finditer(rest):
        word = known(found[0]) if len(found[0]) > 1 else "a"
        classes = CLASSES_OF.get(word, frozenset())
        if "muscle" in classes and _complaint(rest[found.end() :]):
            classes -= {"muscle"}
        for name in classes:
            named.setdefault(name, set()).add(word)
        if not word:
            unknown.add(found[0])
        family |= word in FAMILY or found[0] in FAMILY
        defers |= word in DEFERS or found[0] in DEFERS
    return Evidence(
        {name: frozenset(words) for name, words in named.items()}, frozenset(unknown), family, defers
    )


def _complaint(behind: str) -> bool:
    """“Hamstring strain”, “hip flexor pain”: what hurts, not what is trained."""
    after = re.match(r"\s([a-z]+)", behind)
    return after is not None and after[1] in DIAGNOSIS


# --- figures --------------------------------------------------------------------------------------

NUMBER = (
    r"(?:\d+(?:[.,]\d+)?|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty"
    r"|thirty|half)\b)"
)
COUNT = re.compile(NUMBER)
LOAD = re.compile(  # an amount of what is done: weight, length, angle, repetitions, short times, %
    rf"{NUMBER}\s?-?\s?(?:(?:clean|good|full|more|extra|slow) )?(?:x|×|reps?|repetitions?|s|secs?|seconds?|min|mins|minutes?|['′]|lbs?|pounds?"
    r"|kgs?|kilos?|deg|degrees?|°|cm|mm|mmhg|in|inch|inches|ft|feet|m|km|meters?|metres?|mph|km/h|"
    r"miles?|blocks?|laps?|flights?|lengths?|bouts?|rounds?|watts?|w|g|oz|breaths?|bpm|cycles?|"
    r"levels? (?:up|higher))(?![a-z])"
    r"|[+\-−±]\s?\d|\bby \d+(?:[.,]\d+)? ?%|\d ?% (?:per|a|each|every|of)\b|\d ?% ?/|\d\s?[x×]\s?\d"
)
TIME = re.compile(
    rf"{NUMBER}[\s-]?(?:more )?(?:h|hrs?|hours?|d|days?|nights?|wks?|weeks?|mos?|mths?|months?|yrs?|"
    rf"years?|visits?|sessions?|pod)(?![a-z])|\b(?:weeks?|wks?|months?|days?|pod|visit)\s?{NUMBER}"
    r"|\d{1,2}/\d{1,2}|\d{1,2}(?:st|nd|rd|th)?\s(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
    r"|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\s\d{1,2}"
    r"|\b(?:an?|few) (?:hour|day|week|fortnight|month)|\bfortnight"
)
RATED = re.compile(  # pain of 10, strength of 5, over or under a number, a scale with its number
    r"\d\s?(?:/|of|out of)\s?10\b|[0-5][+-]?\s?/\s?5\b|(?<!-)[<>≤≥=]\s?\d|<=|>="
    r"|\b(?:over|above|past|under|below|beyond|exceeds?|than|reaches|passes)\s\d"
    r"|\b(?:nprs|nrs|vas|borg|rpe|hr|sbp|lsi|ndi|odi|tsk|bmi)\b\s?[a-z ]{0,12}\d"
)
WEEKLY = re.compile(  # how often therapy is, not how much of it
    r"\d(?:\s?-\s?\d)?\s?(?:x|times|sessions|visits)?\s?(?:/|per|a|each)\s?(?:wk|week)s?\b"
    r"|\b(?:x|for|over|in|within|during|throughout) (?:the )?(?:next |course of )?"
    rf"{NUMBER}(?:\s?(?:-|to)\s?\d+)?\s?(?:wk|week|month)s?\b|{NUMBER}\s?-?\s?(?:week|month) (?:course"
    r"|program|programme|block|period|plan)\b"
)
RADIATES = re.compile(
    r"\b(?:down|into|below|past|beyond|distal to|above) (?:(?:the|an?|his|her|one|either|left|right) )*"
    r"(?:leg|knee|arm|elbow|hand|foot|calf|thigh|buttock|groin|ankle|wrist|shoulder|toe|finger)s?\b"
)
AGE = re.compile(r"\b\d{2}[ -]?(?:yo|yrs?|y/o|years?(?: old)?|year old|[fm])\b|\baged \d{2}\b")
ROOT = re.compile(r"\b[clst]\d{1,2}(?:\s?[-/]\s?[clst]?\d{1,2})*\b")
