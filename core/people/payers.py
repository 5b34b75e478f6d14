"""Reads about the clinic's own list of payers. The viewer comes first."""

import datetime as dt
import uuid

from django.db.models import F, QuerySet
from django.db.models.functions import Lower

from core.accounts.models import User
from core.audit.services import record
from core.lib.errors import NotFound
from core.people.access import as_uuid, own_clinics_of
from core.people.models import Payer

MOST = 300  # of one clinic; a list longer than that is an import gone wrong


def payers_of(viewer: User, *, now: dt.datetime) -> QuerySet[Payer]:
    """Payers of the clinics somebody works at for the clinic itself, by name."""
    return (
        Payer.objects.filter(clinic__in=own_clinics_of(viewer, now=now))
        .annotate(clinic_name=F("clinic__name"))
        .order_by(Lower("name"), "pk")
    )


def payer_for(viewer: User, pk: uuid.UUID | str, *, now: dt.datetime) -> Payer:
    """One payer of the viewer's clinics; the look is on the trail. Raises NotFound."""
    known = as_uuid(pk)
    found = payers_of(viewer, now=now).filter(pk=known).first() if known else None
    record(by=viewer, action="read", object_kind="payer", object_id=known or "", now=now,
           outcome="done" if found else "refused")  # fmt: skip
    if found is None:
        raise NotFound("There is no such payer on your clinic’s list.")
    return found
