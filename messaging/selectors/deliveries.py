"""What left the house and what did not."""

import datetime as dt
import uuid

from django.db.models import Count, Q

from core.accounts.models import User
from core.lib.errors import NotFound
from core.people.access import own_clinics_of
from messaging.models import Delivery

PAGE = 50
TROUBLE = (Delivery.State.UNCERTAIN, Delivery.State.DEAD, Delivery.State.HELD)
ENDED = (Delivery.State.SENT, Delivery.State.CANCELLED)


def deliveries(
    viewer: User,
    *,
    now: dt.datetime,
    state: str = "",
    before: tuple[dt.datetime, uuid.UUID] | None = None,
    limit: int = PAGE,
) -> list[Delivery]:
    """Newest first, of the viewer's clinics; `state` filters; `before` = the last row's key."""
    own = own_clinics_of(viewer, now=now)
    rows = Delivery.objects.filter(clinic__in=own).select_related("user", "patient")
    if state in Delivery.State.values:
        rows = rows.filter(state=state)
    if before:
        rows = rows.filter(Q(created_at__lt=before[0]) | Q(created_at=before[0], id__gt=before[1]))
    return list(rows.order_by("-created_at", "id")[:limit])


def delivery_for(viewer: User, pk: uuid.UUID, *, now: dt.datetime) -> Delivery:
    row = (
        Delivery.objects.filter(clinic__in=own_clinics_of(viewer, now=now))
        .select_related("user", "patient", "item", "acted_by")
        .filter(pk=pk)
        .first()
    )
    if row is None:
        raise NotFound("There is no such delivery.")
    return row


def in_trouble(viewer: User, *, now: dt.datetime, limit: int = PAGE) -> list[Delivery]:
    """What waits for a person's decision, oldest first: uncertain, dead, held."""
    rows = Delivery.objects.filter(clinic__in=own_clinics_of(viewer, now=now), state__in=TROUBLE)
    return list(rows.select_related("user", "patient").order_by("created_at", "id")[:limit])


def trouble_count(viewer: User, *, now: dt.datetime) -> int:
    """How many wait for a person's decision: the badge beside “Deliveries”."""
    rows = Delivery.objects.filter(clinic__in=own_clinics_of(viewer, now=now), state__in=TROUBLE)
    return rows.count()


def counts(viewer: User, *, now: dt.datetime) -> dict[str, int]:
    """How many per state that has not ended; what was sent in all these years is not counted."""
    rows = Delivery.objects.filter(clinic__in=own_clinics_of(viewer, now=now)).order_by()
    open_rows = rows.exclude(state__in=ENDED)
    return dict(open_rows.values_list("state").annotate(n=Count("id")))
