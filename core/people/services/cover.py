"""Writes about cover: somebody is away and names who does their work meanwhile."""

import datetime as dt

from django.db import transaction

from core.accounts.models import User
from core.accounts.permissions import Perm
from core.audit.services import record
from core.lib.errors import Conflict, Forbidden, Refused
from core.people.dates import today_at
from core.people.models import Clinic, Delegation
from core.people.staff import possible_delegates, post_of

LONGEST = dt.timedelta(days=366)


@transaction.atomic
def set_cover(  # noqa: PLR0913 - who, whom, where, when
    *,
    user: User,
    delegate: User,
    clinic: Clinic,
    from_on: dt.date,
    to_on: dt.date,
    by: User,
    now: dt.datetime,
) -> Delegation:
    """`delegate` covers for `user` on these days of the clinic. Raises Refused: what to choose."""
    # Both rows, in one order: two plans at once are looked at one after the other.
    both = User.objects.select_for_update(no_key=True).filter(pk__in=[user.pk, delegate.pk])
    list(both.order_by("pk"))
    _check_by(user, by, clinic, now)
    _check_days(from_on, to_on, today_at(clinic.zone, now=now))
    if not possible_delegates(user, clinic, now=now).filter(pk=delegate.pk).exists():
        raise Refused(
            f"{delegate.full_name} cannot cover for {user.full_name}. Choose somebody who works "
            "at this clinic and shares a role with them."
        )
    standing = Delegation.objects.filter(ended_at=None, from_on__lte=to_on, to_on__gte=from_on)
    other = standing.filter(user=user, clinic=clinic).select_related("delegate").first()
    if other:
        raise Refused(
            f"{other.delegate.full_name} covers from {other.from_on} to {other.to_on} already. "
            "End that cover first, or choose other days."
        )
    if standing.filter(user=delegate, clinic=clinic).exists():
        raise Refused(f"{delegate.full_name} is away then too. Choose somebody who is there.")
    carried = standing.filter(delegate=user, clinic=clinic).select_related("user").first()
    if carried:
        raise Refused(
            f"{user.full_name} covers for {carried.user.full_name} in that time. "
            f"Let {carried.user.full_name} name somebody else first."
        )
    cover = Delegation.objects.create(
        user=user,
        delegate=delegate,
        clinic=clinic,
        from_on=from_on,
        to_on=to_on,
        set_by=by,
        set_at=now,
    )
    _audit("create", cover, by, now, f"{delegate.full_name}, {from_on} to {to_on}")
    return cover


def _check_by(user: User, by: User, clinic: Clinic, now: dt.datetime) -> None:
    """One's own cover, or a manager's of that clinic."""
    if by.pk == user.pk:
        return
    post = post_of(by, clinic, now=now)
    if not by.may(Perm.USER_ADMIN) or post is None or post.partner_practice:
        raise Forbidden("You can plan your own cover. A manager can plan it for others.")


def _check_days(from_on: dt.date, to_on: dt.date, today: dt.date) -> None:
    if to_on < from_on:
        raise Refused("The last day lies before the first. Please check both.")
    if from_on < today:
        raise Refused("The first day lies in the past. A cover can start today at the earliest.")
    if to_on - today > LONGEST:
        raise Refused("That is more than a year away. Check the year.")


@transaction.atomic
def end_cover(*, cover: Delegation, by: User, now: dt.datetime) -> Delegation:
    """End a cover at once, also one that has not begun. Ended twice is a Conflict."""
    row = Delegation.objects.select_for_update().get(pk=cover.pk)
    _check_by(row.user, by, row.clinic, now)
    if row.ended_at:
        raise Conflict("This cover was ended already. Nothing is left to do here.")
    row.ended_at = now
    row.save(update_fields=["ended_at"])
    _audit("end", row, by, now, "")
    return row


def end_covers_of(*, user: User, by: User, now: dt.datetime) -> None:
    """Somebody leaves: the covers they have and the ones they carry end."""
    rows = Delegation.objects.filter(ended_at=None)
    for row in rows.filter(user=user) | rows.filter(delegate=user):
        row.ended_at = now
        row.save(update_fields=["ended_at"])
        _audit("end", row, by, now, "left")


def _audit(action: str, cover: Delegation, by: User, now: dt.datetime, reason: str) -> None:
    record(
        by=by,
        action=action,
        object_kind="cover",
        object_id=cover.pk,
        now=now,
        fields=["delegate", "from_on", "to_on"] if action == "create" else ["ended_at"],
        reason=reason,
    )
