"""Reads about payer rules. They say what a source asked for, never that a service is covered."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Min, Q, QuerySet

from core.accounts.models import User
from core.people.models import Payer, PayerClass
from core.people.payers import MOST, payers_of
from core.protocols.models import ProtocolVersion
from core.protocols.selectors import in_force, protocol_of
from intake.models import PayerPolicy
from intake.payers.schema import PayerPolicies
from intake.payers.services import KIND

CLASSES: dict[str, str] = dict(PayerClass.choices)


def held_on(day: dt.date) -> QuerySet[PayerPolicy]:
    """The rules of the version that decides on a day, in the order of the file."""
    return (
        PayerPolicy.objects.filter(
            Q(held_until__isnull=True) | Q(held_until__gt=day), held_from__lte=day
        )
        .select_related("last_checked_by", "payer")
        .order_by("rank", "payer_class", "pk")
    )


def policies_for(
    payer_class: str,
    service: str,
    *,
    on: dt.date,
    payer: Payer | None = None,
) -> list[PayerPolicy]:
    """What is known for a service at a class of payers on a day.

    The payer's own rules come first, then the class's, then examples of named insurers, at last
    what goes for any payer. Two rows may contradict each other: both are returned.
    """
    own = Q(payer=payer) if payer else Q(pk__in=[])
    rows = (
        held_on(on)
        .filter(Q(payer__isnull=True) | own, payer_class__in=(payer_class, ""), service=service)
        .filter(Q(from_on__isnull=True) | Q(from_on__lte=on))
        .filter(Q(to_on__isnull=True) | Q(to_on__gte=on))
    )
    return sorted(rows, key=weight)


def weight(row: PayerPolicy) -> int:
    """The more specific first: payer, class, a named insurer, any payer."""
    if row.payer_id:
        return 0
    if not row.payer_class:
        return 3
    return 2 if row.insurer else 1


@dataclass(frozen=True)
class ClassRow:
    """One class on the list: how many rules, which services, the oldest check, whose payers."""

    payer_class: str
    label: str
    rules: int
    unchecked: int
    checked_on: dt.date | None
    payers: list[Payer]


def class_rows(
    viewer: User, *, now: dt.datetime, day: dt.date, payer_class: str = "", service: str = ""
) -> list[ClassRow]:
    """The classes, each with the clinic's payers of it (three queries)."""
    rules = held_on(day).filter(payer__isnull=True).exclude(payer_class="").order_by()
    if service:
        rules = rules.filter(service=service)
    counted: dict[str, dict[str, Any]] = {
        row["payer_class"]: dict(row)
        for row in rules.values("payer_class").annotate(
            rules=Count("pk"),
            unchecked=Count("pk", filter=Q(last_checked_on__isnull=True)),
            checked_on=Min("last_checked_on"),
        )
    }
    payers: dict[str, list[Payer]] = {}
    for payer in payers_of(viewer, now=now)[:MOST]:
        payers.setdefault(payer.payer_class, []).append(payer)
    none: dict[str, Any] = {"rules": 0, "unchecked": 0, "checked_on": None}
    return [
        ClassRow(
            payer_class=key,
            label=label,
            rules=counted.get(key, none)["rules"],
            unchecked=counted.get(key, none)["unchecked"],
            checked_on=counted.get(key, none)["checked_on"],
            payers=payers.get(key, []),
        )
        for key, label in CLASSES.items()
        if payer_class in ("", key) and (not service or key in counted)
    ]


@dataclass(frozen=True)
class ServiceRules:
    """All rules of one service on a page."""

    service: str
    label: str
    rows: list[PayerPolicy]

    @property
    def checked(self) -> PayerPolicy | None:
        """The rule whose check is the oldest; None while one was never checked."""
        if not self.rows or any(row.last_checked_on is None for row in self.rows):
            return None
        return min(self.rows, key=lambda row: row.last_checked_on or dt.date.max)


def rules_of(payer_class: str, *, on: dt.date, payer: Payer | None = None) -> list[ServiceRules]:
    """Every rule of a class by service, what is not yet or no more in effect included."""
    own = Q(payer=payer) if payer else Q(pk__in=[])
    rows = held_on(on).filter(Q(payer__isnull=True) | own, payer_class__in=(payer_class, ""))
    return grouped(rows, day=on)


def grouped(rows: Iterable[PayerPolicy], *, day: dt.date) -> list[ServiceRules]:
    found: dict[str, list[PayerPolicy]] = {}
    for row in sorted(rows, key=weight):
        found.setdefault(row.service, []).append(row)
    return [
        ServiceRules(key, label, found[key])
        for key, label in services_on(day).items()
        if key in found
    ]


def services_on(day: dt.date) -> dict[str, str]:
    """Services by their id, in the order of the version in force; {} while none is loaded."""
    protocol = protocol_on(day)
    return protocol.service_labels if protocol else {}


def version_on(day: dt.date) -> ProtocolVersion | None:
    return in_force(KIND, day=day).first()


def protocol_on(day: dt.date) -> PayerPolicies | None:
    version = version_on(day)
    found: PayerPolicies | None = protocol_of(version) if version else None
    return found
