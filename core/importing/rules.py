"""Is this somebody we know? What a file says, against the charts of one clinic. Pure.

- match: the number or the name and date of birth lead to one chart, and nothing contradicts;
- conflict: something leads to a chart and something else contradicts, or several charts fit.
  Never guessed: a person decides;
- new: nothing leads to any chart.
"""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from core.importing.person import Person
from core.people.names import folded

DECIDED = "hallway:decided"  # what a person said about a row like this, remembered


@dataclass(frozen=True)
class Known:
    """A chart as far as it tells people apart."""

    id: uuid.UUID
    mrn: str
    given_name: str
    family_name: str
    birth_date: dt.date
    phone: str


@dataclass(frozen=True)
class Verdict:
    """`status` new, match or conflict; `why` = sentences for a person; `chart` of a match."""

    status: str
    chart: uuid.UUID | None = None
    candidates: tuple[uuid.UUID, ...] = ()
    why: tuple[str, ...] = ()


@dataclass
class Charts:
    """The clinic's charts, found by what a file may say."""

    known: dict[uuid.UUID, Known] = field(default_factory=dict)
    by_mrn: dict[str, set[uuid.UUID]] = field(default_factory=lambda: defaultdict(set))
    by_identifier: dict[tuple[str, str], uuid.UUID] = field(default_factory=dict)
    by_person: dict[tuple[str, str, dt.date], set[uuid.UUID]] = field(
        default_factory=lambda: defaultdict(set)
    )
    by_phone: dict[str, set[uuid.UUID]] = field(default_factory=lambda: defaultdict(set))
    systems: dict[uuid.UUID, dict[str, set[str]]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        charts: Iterable[tuple[Known, uuid.UUID]],
        identifiers: Mapping[tuple[str, str], uuid.UUID],
    ) -> "Charts":
        """`charts`: (as registered, the chart it counts for: merged away leads to kept)."""
        found = cls()
        for one, counts_for in charts:
            if one.id == counts_for:
                found.known[one.id] = one
            found.by_mrn[one.mrn.lower()].add(counts_for)
            found.by_person[key_of(one.given_name, one.family_name, one.birth_date)].add(counts_for)
            if one.phone:
                found.by_phone[one.phone].add(counts_for)
        for (system, value), pk in identifiers.items():
            found.by_identifier[system, value] = pk
            found.systems.setdefault(pk, {}).setdefault(system, set()).add(value)
        return found


def key_of(given: str, family: str, born: dt.date) -> tuple[str, str, dt.date]:
    """Middle names come and go: the first given name counts."""
    return first_name(given), plain(family), born


def plain(name: str) -> str:
    return folded(name).replace("-", " ").replace("'", "").replace("’", "")


def first_name(given: str) -> str:
    return (plain(given).split() or [""])[0]


def verdict(person: Person, charts: Charts, *, decided: str) -> Verdict:
    """Whose chart. `decided` = the fingerprint under which a person's word is remembered."""
    if told := charts.by_identifier.get((DECIDED, decided)):
        return Verdict("match", told)
    strong = set(charts.by_mrn.get(person.mrn.lower(), ())) if person.mrn else set()
    strong |= {pk for one in person.identifiers if (pk := charts.by_identifier.get(one))}
    same = charts.by_person.get(key_of(person.given_name, person.family_name, person.born), set())
    if len(strong) > 1:
        return conflict(strong, "Its numbers lead to different charts.")
    if strong:
        chart = next(iter(strong))
        against = contradictions(person, charts.known[chart])
        if against:
            return conflict(strong | same, *against)
        return Verdict("match", chart)
    if len(same) > 1:
        return conflict(same, "Several charts have this name and date of birth.")
    if same:
        chart = next(iter(same))
        against = other_numbers(person, chart, charts)
        return conflict(same, *against) if against else Verdict("match", chart)
    return by_phone(person, charts)


def conflict(candidates: Iterable[uuid.UUID], *why: str) -> Verdict:
    return Verdict("conflict", None, tuple(sorted(set(candidates), key=str)), why)


def contradictions(person: Person, known: Known) -> list[str]:
    """A number leads here; does the rest agree?"""
    against = []
    if person.born != known.birth_date:
        against.append("The number leads to a chart with another date of birth.")
    if plain(person.family_name) != plain(known.family_name) or first_name(
        person.given_name
    ) != first_name(known.given_name):
        against.append("The number leads to a chart with another name.")
    return against


def other_numbers(person: Person, chart: uuid.UUID, charts: Charts) -> list[str]:
    """Name and date of birth lead here; do the numbers say it is somebody else?"""
    systems = charts.systems.get(chart, {})
    for system, value in person.identifiers:
        if systems.get(system) and value not in systems[system]:
            return ["Same name and date of birth, but another number in the other system."]
    elsewhere = any(value == person.mrn for _, value in person.identifiers)
    if person.mrn and not elsewhere and person.mrn.lower() != charts.known[chart].mrn.lower():
        return ["Same name and date of birth, but another MRN."]
    return []


def by_phone(person: Person, charts: Charts) -> Verdict:
    """A phone alone says nothing: families share one. With a name or a birthday it is asked."""
    near = set()
    for pk in charts.by_phone.get(person.phone, set()) if person.phone else ():
        known = charts.known.get(pk)
        if known and known.birth_date == person.born and (
            first_name(known.given_name) == first_name(person.given_name)
            or plain(known.family_name) == plain(person.family_name)
        ):  # fmt: skip
            near.add(pk)
        if known and key_of(known.given_name, known.family_name, person.born) == key_of(
            person.given_name, person.family_name, person.born
        ):
            near.add(pk)
    if near:
        return conflict(
            near, "Same phone and nearly the same person: name or date of birth differ."
        )
    return Verdict("new")
