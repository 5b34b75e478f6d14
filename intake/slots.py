"""Real free times: the rows of a clinic's schedule, read once and put to the rules.

For pages and for the booking itself, which asks again under its lock.
"""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from core.accounts.models import User
from core.accounts.roles import Role
from core.lib.business_days import Calendar
from core.people.models import Clinic, Patient, StaffMember
from core.people.selectors import calendar_of
from intake.appointment_rules import STANDING, Change, Hours, Provider, Span, Wish, free
from intake.models import (
    Appointment,
    Availability,
    AvailabilityException,
    Room,
    VisitType,
)

AHEAD = 14  # days offered on one page
FARTHEST = 366  # days ahead that may be booked


@dataclass(frozen=True)
class Slot:
    """One time that is free: with whom, and in the words a form sends back."""

    provider: User
    starts_at: dt.datetime
    ends_at: dt.datetime

    @property
    def span(self) -> Span:
        return self.starts_at, self.ends_at

    @property
    def value(self) -> str:
        return f"{self.provider.pk}_{self.starts_at.isoformat()}"


@dataclass(frozen=True)
class Ground:
    """Everything the rules need about one visit type for some days."""

    visit_type: VisitType
    calendar: Calendar
    people: dict[uuid.UUID, User]
    providers: dict[uuid.UUID, Provider]
    wish: Wish
    not_before: dt.datetime


def ground(  # noqa: PLR0913 - one wish, its sides
    visit_type: VisitType,
    *,
    first: dt.date,
    last: dt.date,
    now: dt.datetime,
    video: bool = False,
    patient: Patient | None = None,
    without: Appointment | None = None,
) -> Ground:
    """A fixed number of queries. `without`: an appointment that gives up its time (it is moved)."""
    clinic = visit_type.clinic
    calendar = calendar_of(clinic)
    people = {u.pk: u for u in _staff_of(clinic, Role(visit_type.role), first=first, last=last)}
    since = calendar.local(first, dt.time(0))
    until = calendar.local(last + dt.timedelta(days=1), dt.time(0))
    # Of another clinic only that its people are busy then: not where, nor with whom.
    taken = Appointment.objects.filter(
        Q(clinic=clinic) | Q(provider__in=list(people)),
        state__in=STANDING, starts_at__lt=until, ends_at__gt=since,
    )  # fmt: skip
    if without:
        taken = taken.exclude(pk=without.pk)
    rows = list(taken.values_list("provider_id", "room_id", "patient_id", "starts_at", "ends_at"))
    needs_room = bool(visit_type.room_kind) and not video
    rooms = list(
        Room.objects.filter(clinic=clinic, kind=visit_type.room_kind, active=True)
        .order_by("name")
        .values_list("pk", flat=True)
        if needs_room
        else ()
    )
    return Ground(
        visit_type=visit_type,
        calendar=calendar,
        people=people,
        providers=providers_between(clinic, list(people), rows, first=first, last=last),
        wish=Wish(
            kind=visit_type.kind,
            minutes=visit_type.minutes,
            video=video,
            rooms={pk: [(s, e) for _, r, _, s, e in rows if r == pk] for pk in rooms}
            if needs_room
            else None,
            patient_busy=tuple((s, e) for _, _, p, s, e in rows if patient and p == patient.pk),
        ),
        not_before=now + dt.timedelta(minutes=visit_type.notice_minutes),
    )


def _staff_of(clinic: Clinic, role: Role, *, first: dt.date, last: dt.date) -> QuerySet[User]:
    """Active people with `role` and a post at the clinic itself on some day of these."""
    stays = Q(to_on__isnull=True) | Q(to_on__gte=first)
    posts = StaffMember.objects.filter(stays, clinic=clinic, partner_practice="", from_on__lte=last)
    return User.objects.filter(
        is_active=True, roles__contains=[role], pk__in=posts.values("user_id")
    ).order_by("full_name")


Posts = dict[uuid.UUID, tuple[dt.date, dt.date | None]]


def posts_at(clinic: Clinic, people: Iterable[uuid.UUID]) -> Posts:
    """First and last day of each person's post at the clinic itself; who has none is left out."""
    rows = StaffMember.objects.filter(clinic=clinic, partner_practice="", user__in=list(people))
    return {pk: (since, until) for pk, since, until in rows.values_list("user", "from_on", "to_on")}


def providers_between(
    clinic: Clinic,
    people: Sequence[uuid.UUID],
    taken: Iterable[tuple[Any, ...]] = (),
    *,
    first: dt.date,
    last: dt.date,
    posts: Posts | None = None,
) -> dict[uuid.UUID, Provider]:
    """Three queries: weekly hours, exceptions, and posts; outside of one's post one is away."""
    hours: dict[uuid.UUID, list[Hours]] = {pk: [] for pk in people}
    for row in hours_between(clinic, first=first, last=last).filter(user__in=people):
        hours[row.user_id].append(hours_of(row))
    changes: dict[uuid.UUID, list[Change]] = {pk: [] for pk in people}
    for off in exceptions_between(clinic, first=first, last=last).filter(user__in=people):
        changes[off.user_id].append(change_of(off))
    posts = posts_at(clinic, people) if posts is None else posts
    for pk in people:
        since, until = posts.get(pk, (last + dt.timedelta(days=1), None))
        if since > first:
            to_on = min(last, since - dt.timedelta(days=1))
            changes[pk].append(Change(extra=False, from_on=first, to_on=to_on))
        if until and until < last:
            gone = max(first, until + dt.timedelta(days=1))
            changes[pk].append(Change(extra=False, from_on=gone, to_on=last))
    busy: dict[uuid.UUID, list[Span]] = {pk: [] for pk in people}
    for provider, _, _, starts, ends in taken:
        if provider in busy:
            busy[provider].append((starts, ends))
    return {pk: Provider(tuple(hours[pk]), tuple(changes[pk]), tuple(busy[pk])) for pk in people}


def hours_between(clinic: Clinic, *, first: dt.date, last: dt.date) -> Any:
    """Weekly hours that are valid on some day of these."""
    valid = Q(valid_to__isnull=True) | Q(valid_to__gte=first)
    return Availability.objects.filter(valid, clinic=clinic, valid_from__lte=last)


def exceptions_between(clinic: Clinic, *, first: dt.date, last: dt.date) -> Any:
    return AvailabilityException.objects.filter(
        clinic=clinic, ended_at__isnull=True, from_on__lte=last, to_on__gte=first
    )


def hours_of(row: Availability) -> Hours:
    return Hours(
        weekday=row.weekday,
        starts=row.starts,
        ends=row.ends,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        kinds=frozenset(row.kinds),
        telehealth=row.telehealth,
    )


def change_of(row: AvailabilityException) -> Change:
    extra = row.kind == AvailabilityException.Kind.EXTRA
    return Change(extra, row.from_on, row.to_on, row.starts, row.ends)


def offers(
    found: Ground, *, first: dt.date, last: dt.date, provider: uuid.UUID | None = None
) -> list[Slot]:
    """Free times from `first` to `last`, in order of time, then of name."""
    slots = [
        Slot(found.people[pk], at, at + found.wish.length)
        for step in range((last - first).days + 1)
        for pk, who in found.providers.items()
        if provider in (None, pk)
        for at in free(
            found.calendar,
            first + dt.timedelta(days=step),
            who,
            found.wish,
            not_before=found.not_before,
        )
    ]
    return sorted(slots, key=lambda s: (s.starts_at, s.provider.full_name))
