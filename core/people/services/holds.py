"""Legal hold: nothing of a patient is purged while it stands."""

import datetime as dt

from django.db import transaction

from core.accounts.models import User
from core.audit.services import record
from core.lib.errors import Conflict, Refused
from core.people.models import LegalHold, Patient

SHORTEST = 10


def _words(text: str) -> str:
    words = " ".join(text.split())
    if len(words) < SHORTEST:
        raise Refused("Write why, in a few words: who asked for it and the matter's name.")
    return words[:500]


@transaction.atomic
def place_hold(*, patient: Patient, reason: str, by: User, now: dt.datetime) -> LegalHold:
    """Keep everything of this patient until it is lifted. Raises Refused, or Conflict: it is."""
    words = _words(reason)
    Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
    standing = LegalHold.objects.filter(patient=patient, lifted_at__isnull=True).first()
    if standing:
        raise Conflict(
            f"{standing.placed_by.full_name} placed a hold on this chart already.",
            versions=[("Reason", words, standing.reason)],
            who=standing.placed_by.full_name,
        )
    hold = LegalHold.objects.create(patient=patient, reason=words, placed_by=by, placed_at=now)
    _audit("place_hold", hold, by, now)
    return hold


@transaction.atomic
def lift_hold(*, patient: Patient, reason: str, by: User, now: dt.datetime) -> LegalHold:
    """End the hold that stands, with a reason. Raises Refused, or Conflict: none stands."""
    words = _words(reason)
    hold = LegalHold.objects.select_for_update().filter(patient=patient, lifted_at=None).first()
    if hold is None:
        raise Conflict("No hold stands on this chart any more. Reload the page.")
    hold.lifted_at, hold.lifted_by, hold.lift_reason = now, by, words
    hold.save(update_fields=["lifted_at", "lifted_by", "lift_reason"])
    _audit("lift_hold", hold, by, now)
    return hold


def _audit(action: str, hold: LegalHold, by: User, now: dt.datetime) -> None:
    record(
        by=by,
        action=action,
        object_kind="legal_hold",
        object_id=hold.pk,
        patient_id=hold.patient_id,
        now=now,
    )
