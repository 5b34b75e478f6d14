"""Writes about the on-call roster."""

import datetime as dt

from django.db import IntegrityError, transaction

from core.accounts.models import User
from core.accounts.roles import Role
from core.audit.services import record
from core.events.services import emit
from core.lib.errors import Conflict, Refused
from core.lib.instants import within_reason
from core.people.models import Clinic, OnCallShift
from core.people.selectors import staff_with


@transaction.atomic
def put_on_call(  # noqa: PLR0913 - who, where, when
    *,
    clinic: Clinic,
    position: str,
    user: User,
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    by: User | None,
    now: dt.datetime,
) -> OnCallShift:
    """A shift on the roster. Only a physician of this clinic; never two people at one position."""
    if ends_at <= starts_at:
        raise Refused("The shift must end after it starts.")
    within_reason(starts_at, now=now)
    within_reason(ends_at, now=now)
    if not staff_with(clinic, Role.PHYSICIAN, now=now).filter(pk=user.pk).exists():
        raise Refused(f"{user.full_name} is not a physician of this clinic. Choose a physician.")
    other = (
        OnCallShift.Position.BACKUP
        if position == OnCallShift.Position.FIRST
        else OnCallShift.Position.FIRST
    )
    if OnCallShift.objects.filter(
        clinic=clinic, position=other, user=user, starts_at__lt=ends_at, ends_at__gt=starts_at
    ).exists():
        raise Refused(
            f"{user.full_name} is already {other} in that time. "
            "First and backup must be two people."
        )
    shift = OnCallShift(
        clinic=clinic, position=position, user=user, starts_at=starts_at, ends_at=ends_at
    )
    try:
        with transaction.atomic():
            shift.save()
    except IntegrityError as error:
        raise Conflict(
            f"Somebody is already {position} in part of that time. Remove that shift first."
        ) from error
    record(by=by, action="create", object_kind="on_call_shift", object_id=shift.pk, now=now)
    emit(name="people.roster_changed", subject_id=clinic.pk, now=now)
    return shift


@transaction.atomic
def take_off_call(*, shift: OnCallShift, by: User, now: dt.datetime) -> None:
    """Remove a shift; its history stays."""
    record(by=by, action="delete", object_kind="on_call_shift", object_id=shift.pk, now=now)
    emit(name="people.roster_changed", subject_id=shift.clinic_id, now=now)
    shift.delete()


@transaction.atomic
def take_over_shift(*, shift: OnCallShift, heir: User, by: User, now: dt.datetime) -> OnCallShift:
    """`heir` answers for the rest of a shift; what is past of it stays with who answered then."""
    rest, ends_at = max(shift.starts_at, now), shift.ends_at
    cut_short(shift=shift, by=by, now=now)
    return put_on_call(
        clinic=shift.clinic,
        position=shift.position,
        user=heir,
        starts_at=rest,
        ends_at=ends_at,
        by=by,
        now=now,
    )


@transaction.atomic
def cut_short(*, shift: OnCallShift, by: User, now: dt.datetime) -> None:
    """Off call from now on: a shift to come goes, a running one ends."""
    if shift.starts_at >= now:
        take_off_call(shift=shift, by=by, now=now)
        return
    shift.ends_at = now
    shift.save(update_fields=["ends_at"])
    record(by=by, action="change", object_kind="on_call_shift", object_id=shift.pk, now=now,
           fields=["ends_at"])  # fmt: skip
    emit(name="people.roster_changed", subject_id=shift.clinic_id, now=now)
