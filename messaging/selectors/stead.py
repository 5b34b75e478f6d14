"""In somebody's stead: what a cover opens today, and what is nobody's because its owner is gone.

All of it is read from the covers and posts of the moment; no row moves when a cover starts or ends.
"""

import datetime as dt

from django.db.models import Case, CharField, Exists, OuterRef, Q, QuerySet, Value, When

from core.accounts.models import User
from core.accounts.roles import Role
from core.people.access import clinics_of, reach_of
from core.people.cover import begun_before, covers_by, covers_running
from core.people.dates import running
from core.people.models import StaffMember
from messaging.models import Recipient, WorkItem


def covered_items(viewer: User, *, now: dt.datetime) -> Q:
    """Work items of somebody the viewer covers for, at the clinic of the cover."""
    covered = Q(pk__in=[])
    for clinic, people in reach_of(viewer, now=now).away.items():
        covered |= Q(owner_id__in=people, clinic_id=clinic)
    return covered


def ownerless_items(viewer: User, *, now: dt.datetime) -> Q:
    """Items that are personally somebody's who is gone, with nobody covering: for their role.

    The manager sees them all, since nobody else may have the role.
    """
    there = StaffMember.objects.filter(
        running("clinic__zone", now=now),
        user=OuterRef("owner_id"),
        clinic=OuterRef("clinic_id"),
        user__is_active=True,
    )
    cover = covers_running(now=now).filter(user=OuterRef("owner_id"), clinic=OuterRef("clinic_id"))
    gone = Q(~Exists(there), ~Exists(cover), owner__isnull=False, taken_at__isnull=True)
    if viewer.has_role(Role.MANAGER):
        return gone
    return gone & Q(owner__roles__overlap=list(viewer.roles))


def stead_of(viewer: User, *, now: dt.datetime) -> Case:
    """Why a row of somebody else's is on the viewer's list: "covering", "gone", or ""."""
    return Case(
        When(covered_items(viewer, now=now), then=Value("covering")),
        When(ownerless_items(viewer, now=now), then=Value("gone")),
        default=Value(""),
        output_field=CharField(),
    )


def may_act_for_owner(viewer: User, item: WorkItem, *, now: dt.datetime) -> bool:
    """May the viewer do what only the item's owner may? One query."""
    rows = WorkItem.objects.filter(pk=item.pk, clinic__in=clinics_of(viewer, now=now))
    both = covered_items(viewer, now=now) | ownerless_items(viewer, now=now)
    return rows.filter(both).exists()


def covers_for(viewer: User, item: WorkItem, *, now: dt.datetime) -> bool:
    """Does the viewer cover for the item's owner?"""
    return WorkItem.objects.filter(covered_items(viewer, now=now), pk=item.pk).exists()


def covered_rows(viewer: User, *, now: dt.datetime) -> QuerySet[Recipient]:
    """Inbox rows of somebody the viewer covers for, from the first day of the cover on.

    What the viewer wrote, got themselves or has read already (threads.mark_read) is not said twice.
    """
    if not reach_of(viewer, now=now).away:
        return Recipient.objects.none()
    cover = covers_by(viewer, now=now)
    own = Recipient.objects.filter(message=OuterRef("message_id"), user=viewer)
    begun = cover.filter(
        begun_before("delivered_at"),
        user=OuterRef("user_id"),
        clinic=OuterRef("message__thread__clinic_id"),
    )
    # The people first: their few rows are found by index before each is looked at.
    return Recipient.objects.filter(
        Exists(begun), ~Exists(own), user__in=cover.values("user_id")
    ).exclude(message__author=viewer)
