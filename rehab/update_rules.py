"""The three-element update: drafted from what was measured, planned and ordered. Pure.

What changed, what matters next week, what should prompt a call (requirement S0: colleagues skim).
The draft only repeats what stands somewhere: no word of its own about the patient, and never a
number that is not there. A therapist reads, changes and sends it.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rehab.plan_body import Exercise, Therapy
from rehab.plan_rules import LIMITS, Change, in_words

ELEMENT = 280  # characters: it is read between two rooms
LABELS = {"changed": "Changed", "next_week": "Next week", "call_if": "Call if"}
EMPTY = {
    "changed": "Write what changed since the last update, in minutes, pounds or repetitions.",
    "next_week": "Write what matters next week: what begins, which limit holds.",
    "call_if": "Write what should make somebody call: a sign, a number, for how long.",
}
SESSIONS = 2  # the therapist replies after the first two sessions (S0)


@dataclass(frozen=True)
class Draft:
    """Three elements, each at most ELEMENT characters; "" where nothing is known to say."""

    changed: str = ""
    next_week: str = ""
    call_if: str = ""


@dataclass(frozen=True)
class Sources:
    """What a draft is made of, as text, the most important first."""

    measured: Sequence[str] = field(default=())  # the goal's series first
    changes: Sequence[Change] = field(default=())  # of the plan
    begins: Sequence[str] = field(default=())  # exercises that begin in the coming week
    goes_on: str = ""  # emphasis, said where nothing begins
    limits: Sequence[str] = field(default=())
    visits: Sequence[str] = field(default=())
    call: Sequence[str] = field(default=())
    stop: Sequence[str] = field(default=())


def draft(sources: Sources) -> Draft:
    """The same sources are always the same draft."""
    changed = ["; ".join(sources.measured)]
    if sources.changes:
        changed.append(f"Plan: {told(sources.changes)}")
    ahead = [
        f"Begins: {'; '.join(sources.begins)}"
        if sources.begins
        else _after("Goes on", sources.goes_on),
        f"Limits: {'; '.join(sources.limits)}" if sources.limits else "",
        f"Booked: {'; '.join(sources.visits)}" if sources.visits else "",
    ]
    prompts = [
        "; ".join(sources.call),
        f"A session ends for: {'; '.join(sources.stop)}" if sources.stop else "",
    ]
    return Draft(cut(sentences(changed)), cut(sentences(ahead)), cut(sentences(prompts)))


def told(changes: Sequence[Change]) -> str:
    """“Work, what matters there: light duty. Medication: …”: read without the plan beside it."""
    said = []
    for one in changes:
        if one.part == LIMITS:
            said.append(in_words(one))
            continue
        label = "" if one.label == one.part else f", {one.label[:1].lower()}{one.label[1:]}"
        said.append(f"{one.part}{label}: {one.new.replace(chr(10), '; ') or 'taken out'}")
    return ". ".join(said)


def _after(label: str, text: str) -> str:
    return f"{label}: {text}" if one_line(text) else ""


def sentences(parts: Sequence[str]) -> str:
    """“A. B.” of what there is; the first letter is a capital."""
    said = [text for part in parts if (text := one_line(part).strip(" .;"))]
    text = ". ".join(part[:1].upper() + part[1:] for part in said)
    return f"{text}." if text and not text.endswith(("…", "!", "?")) else text


def cut(text: str, longest: int = ELEMENT) -> str:
    """At most `longest` characters, cut at a word with “…”; never within a number, never between
    a number and its unit: “15 …” would say something else than “15 lb”."""
    text = one_line(text)
    if len(text) <= longest:
        return text
    kept = text[: longest - 1]
    if text[longest - 1] != " ":  # the cut falls into a word
        kept = kept.rpartition(" ")[0]
    while kept.rstrip(".,")[-1:].isdigit():
        kept = kept.rpartition(" ")[0]
    if not kept:  # one word longer than all of it
        kept = text[: longest - 1].partition(" ")[0]
        while kept[-1:].isdigit() or kept[-1:] in {".", ","}:
            kept = kept[:-1]
    return kept.rstrip(" ,;:(") + "…"


def one_line(text: str) -> str:
    return " ".join(text.split())


def problems(elements: Mapping[str, str]) -> dict[str, str]:
    """Element → what to do about it; {} = it can be sent."""
    found: dict[str, str] = {}
    for name, words in elements.items():
        over = len(one_line(words)) - ELEMENT
        if not one_line(words):
            found[name] = EMPTY[name]
        elif over > 0:
            more = "1 character" if over == 1 else f"{over} characters"
            found[name] = f"Shorten it by {more}: {ELEMENT} are read between two rooms."
    return found


def in_message(elements: Mapping[str, str]) -> str:
    """The three lines as the referrer's inbox shows them."""
    return "\n".join(f"{LABELS[name]}: {one_line(elements[name])}" for name in LABELS)


def beginning(
    therapy: Therapy, *, started_on: dt.date, today: dt.date, days: int = 7
) -> list[Exercise]:
    """Exercises whose first day lies within the coming days; weeks count from the order's start."""
    start = therapy.starts_on or started_on
    last = today + dt.timedelta(days=days)
    return [
        row
        for row in therapy.exercises
        if today < start + dt.timedelta(weeks=row.from_week - 1) <= last
    ]
