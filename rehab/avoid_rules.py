"""Does a line of “avoid” say what is spared, and until when? Pure.

An end is a day, a visit, something to be seen, a complaint that is gone under load, or the word of
a person who can be asked: a surgeon, a specialist, somebody by name. “Cleared”, “MD ok”, “healed”,
“the early phase is over” are none: nobody knows on which day they are true.

Limits: who cleared and whether it was said is not looked up here; a stage counts by its number,
not by what the stage holds; and a reason why nothing is spared counts by its words.
"""

from rehab.order_evidence import plain, read, seen, unlisted
from rehab.order_patterns import (
    ALLOWED,
    BECAUSE,
    CLEARED,
    CONSENTS,
    COUNT,
    EFFORT,
    FOR_GOOD,
    FREE,
    GONE,
    HEALED,
    KIND,
    LOAD,
    NOTHING,
    OFF,
    PERCENT,
    QUIET,
    RADIATES,
    RATED,
    RESTING,
    SENTENCE,
    STRETCHING,
    TIME,
)
from rehab.therapy_words import DOABLE, UNSEEN


def forbids_nothing(what: str) -> bool:
    return bool(NOTHING.match(plain(what)))


def forbids_rest(what: str) -> bool:
    """What is spared is sparing itself: it needs no end if what is allowed instead is named."""
    return bool(RESTING.match(plain(what)))


def names_avoided(what: str, *, bounded: bool) -> bool:
    """A movement, position, thing, activity or figure; unlisted words only with an end."""
    said = read(what)
    if said.of("move", "position", "gear", "act", "modality", "tech"):
        return True
    if said.of("skill") & DOABLE or LOAD.search(plain(what)) or RATED.search(plain(what)):
        return True
    if bounded and said.of("region") and EFFORT.search(plain(what)):
        return True
    name = KIND.sub("", what.casefold().strip())
    return bounded and (bool(STRETCHING.match(plain(what))) or unlisted(name))


def ends(until: str) -> bool:
    """For good, a day, a week, a visit, somebody's word, or something to be seen."""
    text = plain(until)
    if FOR_GOOD.search(text) or TIME.search(text) or LOAD.search(text) or RATED.search(text):
        return True
    if PERCENT.search(text) or CONSENTS.search(text):
        return True
    if HEALED.search(text):
        return False
    said = read(until)
    if said.of("event") or RADIATES.search(text):
        return True
    if said.of("test", "skill", "gear", "move") - UNSEEN and COUNT.search(text):  # “grip 55”
        return True
    if CLEARED.search(text):
        return False
    if said.of("region", "muscle") and QUIET.search(text):
        return True
    if seen(text) or said.clear("act", "skill") - UNSEEN:
        return True
    return any(each.search(text) for each in (FREE, GONE, OFF))


def gives_reason(what: str, until: str) -> bool:
    """Why nothing has to be avoided: a finding, a date, who released it, what is free to do."""
    both = f"{what} . {until}"
    said, text = read(both), plain(both)
    if said.of("reason", "event", "test", "skill", "sign"):
        return True
    if TIME.search(text) or CONSENTS.search(text) or any(map(_frees, SENTENCE.split(text))):
        return True
    why = BECAUSE.search(text)
    return bool(why and not said.defers and (unlisted(why[1]) or seen(why[1])))


def _frees(sentence: str) -> bool:
    """“Bending and twisting encouraged”: a movement by name, not “activity”."""
    said = read(sentence)
    named = said.of("move", "position", "act", "gear", "sign") or said.of("skill") & DOABLE
    return bool(named and ALLOWED.search(sentence))
