"""What can be booked, set by a manager: visit types, rooms, who is there when."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from core.accounts.models import User
from core.accounts.permissions import Perm
from core.accounts.roles import STAFF
from core.audit.services import record
from core.lib.errors import Conflict, Forbidden, Refused
from core.people.access import own_clinics_of
from core.people.models import Clinic, StaffMember
from intake.models import (
    Availability,
    AvailabilityException,
    Room,
    RoomKind,
    VisitKind,
    VisitType,
)
from intake.services.refit import refit

Row = VisitType | Room | Availability | AvailabilityException


def check_setup(by: User, clinic: Clinic, *, now: dt.datetime) -> None:
    here = own_clinics_of(by, now=now).filter(pk=clinic.pk).exists()
    if not by.may(Perm.SCHEDULE_SETUP) or not here:
        raise Forbidden("Only a manager of this clinic sets what can be booked.")


def _audit(action: str, row: Row, by: User, now: dt.datetime, fields: Sequence[str] = ()) -> None:
    kind = re.sub(r"(?<!^)(?=[A-Z])", "_", type(row).__name__).lower()
    record(by=by, action=action, object_kind=kind, object_id=row.pk, now=now, fields=fields)


def _check_version(row: VisitType | Room | Availability, version: int | None) -> None:
    if version is not None and version != row.version:
        raise Conflict(
            "Somebody changed this since you opened the page. Look at it again, then save."
        )


def _save(row: Row, sentence: str) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise Conflict(sentence) from error


@dataclass(frozen=True)
class TypeForm:
    """A visit type as typed."""

    words: str
    kind: str
    minutes: int
    room_kind: str
    role: str
    telehealth: bool
    notice_minutes: int
    active: bool = True

    def check(self) -> None:
        if not self.words.strip():
            raise Refused("Write what this visit is called.")
        if self.kind not in VisitKind.values:
            raise Refused("Choose what the visit is for.")
        if not 5 <= self.minutes <= 480:
            raise Refused("A visit takes between 5 and 480 minutes.")
        if self.room_kind and self.room_kind not in RoomKind.values:
            raise Refused("Choose a kind of room, or none.")
        if self.role not in STAFF:
            raise Refused("Choose whose visit this is.")
        if not 0 <= self.notice_minutes <= 20160:
            raise Refused("The notice is between 0 minutes and 14 days.")
        if self.kind == VisitKind.TELEHEALTH_CHECK and not self.telehealth:
            raise Refused("A telehealth check is held by video. Allow it by video.")


@transaction.atomic
def save_visit_type(
    *,
    clinic: Clinic,
    form: TypeForm,
    by: User,
    now: dt.datetime,
    row: VisitType | None = None,
    version: int | None = None,
) -> VisitType:
    """A new type, or a changed one. Visits already booked keep their length."""
    check_setup(by, clinic, now=now)
    form.check()
    if row is None:
        key = re.sub(r"[^a-z0-9]+", "-", form.words.lower()).strip("-")[:40] or "visit"
        row = VisitType(clinic=clinic, key=key, version=0)
    else:
        row = VisitType.objects.select_for_update().get(pk=row.pk, clinic=clinic)
        _check_version(row, version)
    role_was = row.role
    for name in ("kind", "minutes", "room_kind", "role", "telehealth", "notice_minutes", "active"):
        setattr(row, name, getattr(form, name))
    row.words = form.words.strip()[:80]
    row.version += 1
    _save(row, "There is a visit type of that name already. Change that one.")
    _audit("create" if row.version == 1 else "change", row, by, now)
    if role_was not in ("", row.role):  # whose visit it is now, the old person may not hold
        refit(clinic=clinic, by=by, now=now)
    return row


@transaction.atomic
def save_room(  # noqa: PLR0913 - one row, its form
    *,
    clinic: Clinic,
    name: str,
    kind: str,
    active: bool,
    by: User,
    now: dt.datetime,
    row: Room | None = None,
    version: int | None = None,
) -> Room:
    """A new room, or a changed one. A room that closes keeps the visits booked in it."""
    check_setup(by, clinic, now=now)
    if not name.strip():
        raise Refused("Write the room's name or number.")
    if kind not in RoomKind.values:
        raise Refused("Choose what kind of room it is.")
    if row is None:
        row = Room(clinic=clinic, version=0)
    else:
        row = Room.objects.select_for_update().get(pk=row.pk, clinic=clinic)
        _check_version(row, version)
    row.name, row.kind, row.active = name.strip()[:60], kind, active
    row.version += 1
    _save(row, "There is a room of that name already. Give it another name.")
    _audit("create" if row.version == 1 else "change", row, by, now)
    return row


def _check_person(user: User, clinic: Clinic) -> None:
    """Somebody with a post here; when it ends, their free times end with it."""
    if not StaffMember.objects.filter(user=user, clinic=clinic, partner_practice="").exists():
        raise Refused("Choose somebody who works at this clinic.")


@transaction.atomic
def add_hours(  # noqa: PLR0913 - one row, its columns
    *,
    clinic: Clinic,
    user: User,
    weekdays: Sequence[int],
    starts: dt.time,
    ends: dt.time,
    valid_from: dt.date,
    by: User,
    now: dt.datetime,
    kinds: Sequence[str] = (),
    telehealth: bool = False,
    valid_to: dt.date | None = None,
) -> list[Availability]:
    """Weekly hours on these weekdays (Monday = 0). Hours that overlap count once; booked visits
    that fit again need no moving."""
    check_setup(by, clinic, now=now)
    _check_person(user, clinic)
    if not weekdays or set(weekdays) - set(range(7)):
        raise Refused("Choose at least one weekday.")
    if ends <= starts:
        raise Refused("The hours must end after they start.")
    if valid_to and valid_to < valid_from:
        raise Refused("The last day lies before the first.")
    if set(kinds) - set(VisitKind.values):
        raise Refused("Choose kinds of visit from the list.")
    made = []
    for weekday in sorted(set(weekdays)):
        row = Availability.objects.create(
            clinic=clinic, user=user, weekday=weekday, starts=starts, ends=ends,
            valid_from=valid_from, valid_to=valid_to, kinds=list(kinds), telehealth=telehealth,
        )  # fmt: skip
        _audit("create", row, by, now)
        made.append(row)
    refit(clinic=clinic, user=user, by=by, now=now)
    return made


@transaction.atomic
def end_hours(
    *,
    row: Availability,
    last: dt.date | None,
    by: User,
    now: dt.datetime,
    version: int | None = None,
) -> int:
    """These hours end with `last`; with None they were entered by mistake and are removed.

    Returns how many booked visits the desk has to move.
    """
    check_setup(by, row.clinic, now=now)
    fresh = Availability.objects.select_for_update(of=("self",)).get(pk=row.pk)
    _check_version(fresh, version)
    if last is None:
        _audit("delete", fresh, by, now)
        fresh.delete()
    elif last < fresh.valid_from:
        raise Refused(
            "The last day lies before the first. To take these hours out altogether, remove them."
        )
    else:
        fresh.valid_to = last
        fresh.version += 1
        fresh.save()
        _audit("change", fresh, by, now, ["valid_to"])
    return refit(clinic=fresh.clinic, user=fresh.user, by=by, now=now)


@transaction.atomic
def add_exception(  # noqa: PLR0913 - one row, its columns
    *,
    clinic: Clinic,
    user: User,
    kind: str,
    from_on: dt.date,
    to_on: dt.date,
    starts: dt.time | None,
    ends: dt.time | None,
    reason: str,
    by: User,
    now: dt.datetime,
) -> tuple[AvailabilityException, int]:
    """Away or extra hours. Returns it, and how many booked visits the desk has to move."""
    check_setup(by, clinic, now=now)
    _check_person(user, clinic)
    if kind not in AvailabilityException.Kind.values:
        raise Refused("Choose: away, or extra hours.")
    if to_on < from_on:
        raise Refused("The last day lies before the first.")
    if (to_on - from_on).days > 366:
        raise Refused("That is longer than a year. Check the dates.")
    if (starts is None) != (ends is None) or (kind == "extra" and starts is None):
        raise Refused("Write both times; away without times is the whole day.")
    if starts and ends and ends <= starts:
        raise Refused("The hours must end after they start.")
    row = AvailabilityException.objects.create(
        clinic=clinic, user=user, kind=kind, from_on=from_on, to_on=to_on, starts=starts,
        ends=ends, reason=reason.strip()[:120], made_by=by, made_at=now,
    )  # fmt: skip
    _audit("create", row, by, now)
    return row, refit(clinic=clinic, user=user, by=by, now=now)


@transaction.atomic
def end_exception(*, row: AvailabilityException, by: User, now: dt.datetime) -> None:
    """It does not hold after all; visits that fit again need no moving."""
    check_setup(by, row.clinic, now=now)
    fresh = (
        AvailabilityException.objects.select_for_update(of=("self",))
        .select_related("clinic", "user")
        .get(pk=row.pk)
    )
    if fresh.ended_at:
        return
    fresh.ended_at, fresh.ended_by = now, by
    fresh.save()
    _audit("end", fresh, by, now)
    refit(clinic=fresh.clinic, user=fresh.user, by=by, now=now)


def read_type(posted: Mapping[str, str]) -> TypeForm:
    """A visit type from a form. Raises Refused for what is no number."""
    return TypeForm(
        words=posted.get("words", ""),
        kind=posted.get("kind", ""),
        minutes=whole(posted.get("minutes", ""), "the minutes"),
        room_kind=posted.get("room_kind", ""),
        role=posted.get("role", ""),
        telehealth=bool(posted.get("telehealth")),
        notice_minutes=whole(posted.get("notice_minutes", "0") or "0", "the notice in minutes"),
        active=posted.get("active", "1") == "1",
    )


def whole(text: str, what: str) -> int:
    text = text.strip()
    if not (text.isascii() and text.isdecimal() and len(text) < 7):
        raise Refused(f"Write {what} as a whole number.")
    return int(text)


def read_time(text: str) -> dt.time | None:
    """A time of day as a form sends it; None for none. Raises Refused for what is none."""
    if not text.strip():
        return None
    try:
        return dt.time.fromisoformat(text.strip()).replace(tzinfo=None)
    except ValueError as error:
        raise Refused("Write the time as 08:30.") from error
