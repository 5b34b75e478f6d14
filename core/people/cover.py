"""Who covers for whom today: read at every look, nothing is copied when a cover starts or ends.

A cover counts at its own clinic alone, on the clinic's own days, and while the delegate may
sign in. The urgent ladder does not ask here: the on-call roster decides who answers a red flag.
"""

import datetime as dt
import uuid

from django.db.models import DateField, F, Func, OuterRef, Q, QuerySet
from django.db.models.functions import Cast

from core.accounts.models import User
from core.people.dates import running
from core.people.models import Clinic, Delegation


def covers_running(*, now: dt.datetime) -> QuerySet[Delegation]:
    """Every cover that counts today."""
    return Delegation.objects.filter(
        running("clinic__zone", now=now), ended_at__isnull=True, delegate__is_active=True
    )


def covers_by(delegate: User, *, now: dt.datetime) -> QuerySet[Delegation]:
    """The covers somebody carries today."""
    return covers_running(now=now).filter(delegate=delegate)


def begun_before(instant: str) -> Q:
    """Covers that had begun, on the clinic's wall, at the instant of this outer column."""
    local = Func(F("clinic__zone"), OuterRef(instant), function="timezone")
    return Q(from_on__lte=Cast(local, DateField()))


def planned_for(user: User, clinic: Clinic, *, on: dt.date) -> list[Delegation]:
    """Covers of somebody at a clinic that run or are still to come, first day first."""
    rows = Delegation.objects.filter(user=user, clinic=clinic, ended_at=None, to_on__gte=on)
    return list(rows.select_related("delegate", "clinic", "set_by").order_by("from_on"))


def carried_by(user: User, clinic: Clinic, *, on: dt.date) -> list[Delegation]:
    """Covers somebody carries or will carry at a clinic, first day first."""
    rows = Delegation.objects.filter(delegate=user, clinic=clinic, ended_at=None, to_on__gte=on)
    return list(rows.select_related("user", "clinic").order_by("from_on"))


def own_cover(user: User, pk: uuid.UUID) -> Delegation | None:
    """One of somebody's own covers."""
    return Delegation.objects.filter(pk=pk, user=user).select_related("clinic", "delegate").first()
