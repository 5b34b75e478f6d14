"""Emergency access that runs now: for the banner, and to tag everything done under it."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models.functions import JSONObject

from core.accounts.models import User
from core.audit.context import current, set_current
from core.people.access import clinics_of
from core.people.models import AccessGrant, Clinic


@dataclass(frozen=True)
class Emergency:
    """One chart that is open to this person for the moment."""

    grant_id: uuid.UUID
    patient_id: uuid.UUID
    patient_name: str
    ends_at: dt.datetime


def workplace(user: User, *, now: dt.datetime) -> tuple[Clinic | None, list[Emergency]]:
    """Where somebody works today, and the charts open to them in an emergency: one query."""
    running = AccessGrant.objects.filter(
        user=user, kind=AccessGrant.Kind.BREAK_GLASS, starts_at__lte=now, ends_at__gt=now
    ).order_by("ends_at")
    columns = JSONObject(
        grant="pk",
        patient="patient_id",
        family="patient__family_name",
        given="patient__given_name",
        ends="ends_at",
    )
    clinic = (
        clinics_of(user, now=now)
        .annotate(emergencies=ArraySubquery(running.values(json=columns)))
        .order_by("name")
        .first()
    )
    if clinic is None:
        return None, []
    return clinic, [
        Emergency(
            grant_id=uuid.UUID(row["grant"]),
            patient_id=uuid.UUID(row["patient"]),
            patient_name=f"{row['family']}, {row['given']}",
            ends_at=dt.datetime.fromisoformat(row["ends"]),
        )
        for row in clinic.emergencies
    ]


def tag(grants: Mapping[uuid.UUID, uuid.UUID]) -> None:
    """From here on every audit row of this request about these patients names its grant.

    `grants` = patient → grant.
    """
    if grants:
        set_current(replace(current(), grants={**current().grants, **grants}))


def tag_all(emergencies: Sequence[Emergency]) -> None:
    tag({e.patient_id: e.grant_id for e in emergencies})


def at_work(user: User, *, now: dt.datetime) -> bool:
    """Has this member of staff a post today? Asked by the API's gate, which no middleware serves:
    a token's user is known only there, so what they do in an emergency is tagged from there."""
    clinic, emergencies = workplace(user, now=now)
    tag_all(emergencies)
    return clinic is not None
