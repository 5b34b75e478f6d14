"""What would be nobody's if somebody left today."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from core.accounts.models import User
from core.accounts.roles import Role
from core.people.dates import running
from core.people.models import CareTeamMember, OnCallShift
from core.people.staff import memberships_of, own_posts, possible_delegates
from messaging.models import Recipient, Thread, WorkItem

CLINICIANS = (Role.PHYSICIAN, Role.THERAPIST, Role.BEHAVIORAL_HEALTH)
HANDED_OVER = "handed over to "  # how the inbox row of a flag says that somebody else answers


@dataclass(frozen=True)
class Waiting:
    """Counts of what somebody has in hand; all zero = they can leave."""

    items: int
    shifts: int
    flags: int
    patients: int

    def __bool__(self) -> bool:
        return any((self.items, self.shifts, self.flags, self.patients))

    def rows(self) -> list[tuple[str, int]]:
        named = (
            ("Open work that is theirs", self.items),
            ("On-call shifts, running or to come", self.shifts),
            ("Red flags that wait for their acknowledgement", self.flags),
            ("Patients who would have no clinician on their care team", self.patients),
        )
        return [(words, count) for words, count in named if count]


def waiting_for(user: User, *, now: dt.datetime) -> Waiting:
    """Four counts."""
    return Waiting(
        items=open_items_of(user).count(),
        shifts=shifts_of(user, now=now).count(),
        flags=flags_asking(user).count(),
        patients=only_clinician(user, now=now).values("patient_id").distinct().count(),
    )


def open_items_of(user: User) -> QuerySet[WorkItem]:
    """Open items somebody owns or has taken."""
    return WorkItem.objects.filter(owner=user, closed_at__isnull=True)


def shifts_of(user: User, *, now: dt.datetime) -> QuerySet[OnCallShift]:
    """Shifts that run or are to come."""
    return OnCallShift.objects.filter(user=user, ends_at__gt=now).order_by("starts_at")


def flags_asking(user: User) -> QuerySet[Recipient]:
    """Inbox rows of red flags nobody has acknowledged yet, that ask this person to."""
    waiting = WorkItem.objects.filter(kind="red_flag", closed_at__isnull=True)
    keys = [f"red_flag:{pk}" for pk in waiting.values_list("subject_id", flat=True)]
    return Recipient.objects.filter(
        user=user,
        message__dedupe_key__in=keys,
        message__thread__kind=Thread.Kind.RED_FLAG,
        acknowledged_at__isnull=True,
    ).exclude(why__startswith=HANDED_OVER)


def only_clinician(user: User, *, now: dt.datetime) -> QuerySet[CareTeamMember]:
    """Places on care teams that have no other clinician."""
    others = CareTeamMember.objects.filter(
        running("patient__clinic__zone", now=now),
        patient=OuterRef("patient"),
        role__in=CLINICIANS,
        user__is_active=True,
    ).exclude(user=user)
    return memberships_of(user, now=now).filter(~Q(Exists(others)), role__in=CLINICIANS)


def heirs(viewer: User, user: User, *, now: dt.datetime) -> list[User]:
    """Who can take everything over: at every clinic they share with the viewer, and in a role."""
    clinics = [p.clinic for p in own_posts(viewer, now=now).select_related("clinic")]
    theirs = set(user.posts.values_list("clinic_id", flat=True))
    found = {
        u.pk: u
        for clinic in clinics
        if clinic.pk in theirs
        for u in possible_delegates(user, clinic, now=now)
    }
    return sorted(found.values(), key=lambda u: u.full_name)
