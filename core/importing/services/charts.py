"""The clinic's charts as the matching rules read them: a few queries, however many rows."""

import uuid
from collections.abc import Iterator, Sequence
from typing import TypeVar

from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac

from core.importing.models import ExternalIdentifier
from core.importing.person import Person
from core.importing.rules import DECIDED, Charts, Known, key_of
from core.people.models import Clinic, Patient

CHUNK = 2000
COLUMNS = ("id", "mrn", "given_name", "family_name", "birth_date", "phone")
One = TypeVar("One")


def chunks(values: Sequence[One]) -> Iterator[Sequence[One]]:
    for start in range(0, len(values), CHUNK):
        yield values[start : start + CHUNK]


def fingerprint(person: Person) -> str:
    """Under which a decision about a row like this is remembered; keyed, so it names nobody."""
    given, family, born = key_of(person.given_name, person.family_name, person.born)
    said = [given, family, born.isoformat(), person.mrn, person.phone, *sorted(person.identifiers)]
    return salted_hmac("hallway.import", repr(said), algorithm="sha256").hexdigest()


def charts_for(clinic: Clinic, people: Sequence[Person]) -> Charts:
    """Charts of this clinic that any of these may be. Merged-away ones lead to the kept one."""
    rows: dict[uuid.UUID, tuple[Known, uuid.UUID]] = {}
    here = Patient.objects.filter(clinic=clinic).annotate(number=Lower("mrn"))

    def gather(column: str, values: set[object]) -> None:
        for part in chunks(list(values)):
            for v in here.filter(**{f"{column}__in": part}).values_list(*COLUMNS, "merged_into_id"):
                rows[v[0]] = (Known(*v[:-1]), v[-1] or v[0])

    gather("number", {p.mrn.lower() for p in people if p.mrn})
    gather("birth_date", {p.born for p in people})
    gather("phone", {p.phone for p in people if p.phone})
    identifiers = identifiers_for(clinic, people)
    asked: set[object] = set()
    missing: set[object] = set(identifiers.values())
    while missing := (missing | {kept for _, kept in rows.values()}) - set(rows) - asked:
        asked |= missing
        gather("id", missing)
    led = {pk: _last(pk, rows) for pk in rows}
    return Charts.of(
        [(known, led[pk]) for pk, (known, _) in rows.items()],
        {key: led[pk] for key, pk in identifiers.items() if pk in led},
    )


def _last(pk: uuid.UUID, rows: dict[uuid.UUID, tuple[Known, uuid.UUID]]) -> uuid.UUID:
    """The chart a chart was merged into at last: one merged away may lead to another such."""
    while rows[pk][1] != pk:
        pk = rows[pk][1]
    return pk


def identifiers_for(clinic: Clinic, people: Sequence[Person]) -> dict[tuple[str, str], uuid.UUID]:
    """What other systems call these, and what was decided about rows like these."""
    asked = {one for p in people for one in p.identifiers}
    asked |= {(DECIDED, fingerprint(p)) for p in people}
    found: dict[tuple[str, str], uuid.UUID] = {}
    here = ExternalIdentifier.objects.filter(clinic=clinic)
    for part in chunks(sorted({value for _, value in asked})):
        for system, value, pk in here.filter(value__in=part).values_list(
            "system", "value", "patient_id"
        ):
            if (system, value) in asked:
                found[system, value] = pk
    # All numbers of the charts found by name, so that another number in one system is noticed.
    born = here.filter(Q(patient__birth_date__in={p.born for p in people})).exclude(system=DECIDED)
    for system, value, pk in born.values_list("system", "value", "patient_id"):
        found.setdefault((system, value), pk)
    return found
