"""What left the house and what did not."""

import datetime as dt
import uuid

from django.db.models import Count, Q

from core.accounts.models import User
from core.lib.errors import NotFound
from core.people.access import clinics_of
from messaging.models import Delivery

PAGE = 50
TROUBLE = (Delivery.State.UNCERTAIN, Delivery.State.DEAD)


def deliveries(
    viewer: User,
    *,
    now: dt.datetime,
    state: str = "",
    before: tuple[dt.datetime, uuid.UUID] | None = None,
    limit: int = PAGE,
) -> list[Delivery]:
    """Newest first, of the viewer's clinics; `state` filters; `before` = the last row's key."""
    rows = Delivery.objects.filter(clinic__in=clinics_of(viewer, now=now)).select_related("user")
    if state in Delivery.State.values:
        rows = rows.filter(state=state)
    if before:
        rows = rows.filter(Q(created_at__lt=before[0]) | Q(created_at=before[0], id__gt=before[1]))
    return list(rows.order_by("-created_at", "id")[:limit])


def delivery_for(viewer: User, pk: uuid.UUID, *, now: dt.datetime) -> Delivery:
    row = (
        Delivery.objects.filter(clinic__in=clinics_of(viewer, now=now))
        .select_related("user", "item")
        .filter(pk=pk)
        .first()
    )
    if row is None:
        raise NotFound("There is no such delivery.")
    return row


def counts(viewer: User, *, now: dt.datetime) -> dict[str, int]:
    """How many per state."""
    rows = Delivery.objects.filter(clinic__in=clinics_of(viewer, now=now)).order_by()
    return dict(rows.values_list("state").annotate(n=Count("id")))
