"""Which restrictions hold, and as the plan repeats them."""

import datetime as dt

from core.people.models import Patient
from rehab.limit_rules import Limit, ends, holds
from rehab.models import Restriction


def in_force(patient: Patient, *, today: dt.date) -> list[Restriction]:
    """What holds today or from a later day on, the earliest end first."""
    rows = Restriction.objects.filter(patient=patient, lifted_at=None).order_by(
        "to_on", "from_on", "pk"
    )
    rows = rows.order_by("to_on", "from_on", "pk")
    return [row for row in rows if row.to_on is None or row.to_on >= today]


def limits_in_words(patient: Patient, *, today: dt.date) -> tuple[str, ...]:
    """The same as the plan repeats it."""
    return tuple(
        f"{row.sentence} ({row.source_words}, {ends(limit_of(row))})"
        for row in in_force(patient, today=today)
    )


def limit_of(row: Restriction) -> Limit:
    """A row as the rules read it."""
    return Limit(
        activity=row.activity,
        sentence=row.sentence,
        from_on=row.from_on,
        to_on=row.to_on,
        until=row.until,
        value=row.value,
        unit=row.unit,
    )


def holds_today(row: Restriction, *, today: dt.date) -> bool:
    return row.lifted_at is None and holds(limit_of(row), today)
