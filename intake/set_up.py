"""Reads for the pages on which a manager sets what can be booked."""

import datetime as dt
import uuid
from typing import TypeVar

from core.accounts.models import User
from core.accounts.roles import STAFF
from core.lib.errors import NotFound
from core.people.access import own_clinics_of
from core.people.dates import today_at
from core.people.models import Clinic, StaffMember
from intake.models import Availability, AvailabilityException, Room, VisitType
from intake.slots import hours_between

Row = TypeVar("Row")


def set_up_by(viewer: User, clinic: Clinic, *, now: dt.datetime) -> Clinic:
    """The clinic, if this person runs it. Raises NotFound."""
    if not own_clinics_of(viewer, now=now).filter(pk=clinic.pk).exists():
        raise NotFound("There is no such page for you: the clinic's own manager sets this.")
    return clinic


def type_for(viewer: User, pk: uuid.UUID, *, now: dt.datetime) -> VisitType:
    """A visit type of a clinic this person runs. Raises NotFound."""
    mine = VisitType.objects.filter(clinic__in=own_clinics_of(viewer, now=now))
    return _there(mine.select_related("clinic").filter(pk=pk).first())


def room_of(viewer: User, pk: uuid.UUID, *, now: dt.datetime) -> Room:
    mine = Room.objects.filter(clinic__in=own_clinics_of(viewer, now=now))
    return _there(mine.select_related("clinic").filter(pk=pk).first())


def hours_for(viewer: User, pk: uuid.UUID, *, now: dt.datetime) -> Availability:
    mine = Availability.objects.filter(clinic__in=own_clinics_of(viewer, now=now))
    return _there(mine.select_related("clinic", "user").filter(pk=pk).first())


def exception_for(viewer: User, pk: uuid.UUID, *, now: dt.datetime) -> AvailabilityException:
    mine = AvailabilityException.objects.filter(clinic__in=own_clinics_of(viewer, now=now))
    return _there(mine.select_related("clinic", "user").filter(pk=pk).first())


def _there(row: Row | None) -> Row:
    if row is None:
        raise NotFound("There is no such row any more.")
    return row


def staff_choices(clinic: Clinic, *, now: dt.datetime) -> list[User]:
    """Everybody with a post at the clinic itself, by name."""
    posts = StaffMember.objects.filter(clinic=clinic, partner_practice="", user__is_active=True)
    rows = User.objects.filter(pk__in=posts.values("user_id"), roles__overlap=list(STAFF))
    return list(rows.order_by("full_name"))


def hours_and_exceptions(
    clinic: Clinic, *, now: dt.datetime
) -> tuple[list[Availability], list[AvailabilityException]]:
    """What holds from today on: weekly hours by person, exceptions by day."""
    today = today_at(clinic.zone, now=now)
    far = today + dt.timedelta(days=3660)
    hours = hours_between(clinic, first=today, last=far).select_related("user")
    off = AvailabilityException.objects.filter(
        clinic=clinic, ended_at__isnull=True, to_on__gte=today
    ).select_related("user")
    return (
        list(hours.order_by("user__full_name", "weekday", "starts")[:400]),
        list(off.order_by("from_on", "pk")[:200]),
    )
