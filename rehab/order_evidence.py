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

from rehab.order_patterns import COUNT, COURSE, SENTENCE, WEEKLY
from rehab.therapy_words import (
    DEFERS,
    DIAGNOSIS,
    EVERYDAY,
    FAMILY,
    IDIOMS,
    PHRASES,
    UNSEEN,
    WORDS,
)
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

    def clear(self, *classes: str) -> frozenset[str]:
        """As `of`, without words that any letter may hold (run, lift, hold)."""
        return self.of(*classes) - EVERYDAY


# --- words ----------------------------------------------------------------------------------------

NOISE = re.compile(  # placeholders, billing and diagnosis codes; “if progress drops”: no sign
    r"\b(?:progress|attendance|motivation|mood|compliance|adherence|improvement|interest|effort|gains?)"
    r" (?:\w+ )?(?:drop|fall|slip|lag|stall|collapse)\w*|"
    r"\[[^\]]*\]|\{[^}]*\}|\*+|\b[a-z]\d{2}\.\d\w*|\b\d{5}\b|\bext\.? ?\d{3,}"
)
WORD = re.compile(r"\d(?:mwt|xsts)|(?:[a-z]+2max|vo2|spo2|ultt ?\d?)|[a-z]+(?:['’][a-z]+)*")
JOINED = re.compile(r"(?<=[a-z])[-/](?=[a-z])|(?<=[a-z0-9])-(?=[a-z]{3})")
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


@functools.lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """In small letters, one space between words, no placeholders, hyphens and slashes opened."""
    small = NOISE.sub(" ", text.casefold().replace("’", "'"))
    return " ".join(JOINED.sub(" ", small).split())


DOUBLES = re.compile(r"[^aeiou]*[aeiou][bdgmnprt]$")  # hop, hopping; “hopes” is no hop


def forms(word: str) -> Iterator[str]:
    """The word and what it may be made from: hopping, carries, raised, strengthening."""
    yield word
    if word.endswith("'s"):
        yield word[:-2]
    for end, ground in ENDINGS:
        stem = word.removesuffix(end)
        if stem != word and len(stem) > 2:
            if end in {"s", "ies", "ied"} or ground or not DOUBLES.match(stem):
                yield stem + ground
            if end in {"ing", "ed"} and len(stem) > 3 and stem[-1] == stem[-2]:
                yield stem[:-1]


ENDINGS = (
    ("s", ""), ("es", ""), ("ies", "y"), ("ied", "y"),
    ("ed", ""), ("d", ""), ("ing", ""), ("ing", "e"),
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
            if not (name == "muscle" and _complaint(rest, found)):
                named.setdefault(name, set()).add(found[1])
    rest = PHRASE.sub(" . ", rest)
    unknown, family, defers = set(), False, False
    for found in WORD.finditer(rest):
        word = known(found[0]) if len(found[0]) > 1 else "a"
        classes = CLASSES_OF.get(word, frozenset())
        if "muscle" in classes and _complaint(rest, found):
            classes -= {"muscle"}
        for name in classes:
            named.setdefault(name, set()).add(word)
        if not word:
            unknown.add(found[0])
        family |= word in FAMILY or found[0] in FAMILY
        defers |= word in DEFERS or found[0] in DEFERS
    by_class = {name: frozenset(words) for name, words in named.items()}
    return Evidence(by_class, frozenset(unknown), family, defers)


def _complaint(text: str, found: re.Match[str]) -> bool:
    """“Hamstring strain”, “tear of the supraspinatus”: what hurts, not what is trained."""
    after = BEHIND.match(text, found.end())
    return bool((after and after[1] in DIAGNOSIS) or BEFORE.search(text[: found.start()]))


BEHIND = re.compile(
    r"\s(?:(?:full|partial|thickness|high|low|grade|complete|small|medium|large|massive|muscle|tendon"
    r"|and|chronic|acute|\w{5,}(?:us|is)) )*([a-z]+)"
)
BEFORE = re.compile(
    r"\b(?:tear|repair|rupture|strain|torn|strained|ruptured|repaired) (?:of )?"
    r"(?:(?:the|his|her|l|r|left|right) )*$"
)


def unlisted(text: str) -> bool:
    """A short name in words the lexicon does not have: to be believed beside a dose or an end."""
    first = SENTENCE.split(plain(text))[0]
    said = read(first)
    short = len(first.split()) < 10
    return short and bool(said.unknown) and not (said.family or said.defers)


def holds_something(text: str) -> bool:
    """A sentence with a word that is no hedge and leaves nothing to others, or a figure."""
    said = [read(sentence) for sentence in SENTENCE.split(plain(text))]
    named = any((one.unknown or one.named) and not (one.defers or one.family) for one in said)
    return named or bool(COUNT.search(WEEKLY.sub(" ", COURSE.sub(" ", plain(text)))))


def seen(text: str) -> bool:
    """Something another person could see: a sign, a movement done, a test; in one sentence."""
    return any(_seen(read(sentence)) for sentence in SENTENCE.split(plain(text)))


def _seen(said: Evidence) -> bool:
    plain_words = said.of("sign", "move", "position") & EVERYDAY
    company = said.of("region", "muscle", "gear", "act", "skill") - plain_words - UNSEEN
    return bool(
        said.clear("sign", "move", "test", "position")
        or len(plain_words) > 1
        or (plain_words and company)
    )
