"""In what context something was measured or happened: episode and payer of the day."""

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db.models import Q

from core.people.dates import today_at
from core.people.models import Coverage, Episode, Patient


@dataclass(frozen=True)
class Context:
    episode: Episode | None
    payer_id: uuid.UUID | None


def context_of(patient: Patient, *, at: dt.datetime, episode: Episode | None = None) -> Context:
    """The episode named, or the only one open that day; who paid for it, or first of all."""
    on = today_at(patient.clinic.zone, now=at)
    if episode is None:
        running = Episode.objects.filter(
            Q(closed_on__isnull=True) | Q(closed_on__gte=on), patient=patient, opened_on__lte=on
        ).select_related("coverage")
        found = list(running[:2])
        episode = found[0] if len(found) == 1 else None  # of two problems nobody can tell which
    if episode is not None and episode.coverage is not None:
        return Context(episode, episode.coverage.payer_id)
    covering = Coverage.objects.filter(
        Q(starts_on__isnull=True) | Q(starts_on__lte=on),
        Q(ends_on__isnull=True) | Q(ends_on__gte=on),
        patient=patient,
        ended_at__isnull=True,
    )
    payer = covering.order_by("priority").values_list("payer_id", flat=True).first()
    return Context(episode, payer)
