"""What would be nobody's if somebody left today."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db.models import Exists, OuterRef, Q, QuerySet

from core.accounts.models import User
from core.accounts.permissions import Perm
from core.accounts.roles import Role
from core.people.dates import running
from core.people.models import CareTeamMember, Clinic, OnCallShift
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


def waiting_for(user: User, *, now: dt.datetime, clinic: Clinic | None = None) -> Waiting:
    """Four counts; of one clinic when somebody leaves only that one."""
    here, of_thread, of_patient = (
        ({"clinic": clinic}, {"message__thread__clinic": clinic}, {"patient__clinic": clinic})
        if clinic
        else ({}, {}, {})
    )
    places = only_clinician(user, now=now).filter(**of_patient)
    return Waiting(
        items=open_items_of(user).filter(**here).count(),
        shifts=shifts_of(user, now=now).filter(**here).count(),
        flags=flags_asking(user).filter(**of_thread).count(),
        patients=places.values("patient_id").distinct().count(),
    )


def waiting_without(user: User, lost: Sequence[str], *, now: dt.datetime) -> Waiting:
    """What somebody has in hand only because of roles they are about to give up."""
    physician = Role.PHYSICIAN in lost
    places = only_clinician(user, now=now).filter(role__in=lost)
    return Waiting(
        items=open_items_of(user).filter(owner_role__in=lost, taken_at__isnull=False).count(),
        shifts=shifts_of(user, now=now).count() if physician else 0,
        flags=flags_asking(user).count() if physician else 0,
        patients=places.values("patient_id").distinct().count(),
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
    if not user.may(Perm.FLAG_ACKNOWLEDGE):  # a manager was told, and not asked
        return Recipient.objects.none()
    return Recipient.objects.filter(
        user=user,
        message__dedupe_key__in=keys,
        message__thread__kind=Thread.Kind.RED_FLAG,
        acknowledged_at__isnull=True,
    ).exclude(why__startswith=HANDED_OVER)


def only_clinician(user: User, *, now: dt.datetime) -> QuerySet[CareTeamMember]:
    """Places on care teams without another clinician, by the roles people have today."""
    still = reduce(or_, (Q(role=role, user__roles__contains=[role]) for role in CLINICIANS))
    others = CareTeamMember.objects.filter(
        still,
        running("patient__clinic__zone", now=now),
        patient=OuterRef("patient"),
        user__is_active=True,
    ).exclude(user=user)
    return memberships_of(user, now=now).filter(~Q(Exists(others)), role__in=CLINICIANS)


def heirs(viewer: User, user: User, *, now: dt.datetime) -> list[User]:
    """Who can take over what is of at least one clinic the viewer manages."""
    found = {u.pk: u for _, u in _heirs(viewer, user, now)}
    return sorted(found.values(), key=lambda u: u.full_name)


def clinics_to_hand(viewer: User, user: User, heir: User, *, now: dt.datetime) -> set[uuid.UUID]:
    """The viewer's clinics whose work this heir can take over; nothing of another goes to them."""
    return {clinic.pk for clinic, u in _heirs(viewer, user, now) if u.pk == heir.pk}


def _heirs(viewer: User, user: User, now: dt.datetime) -> list[tuple[Clinic, User]]:
    theirs = user.posts.values("clinic_id")
    shared = own_posts(viewer, now=now).filter(clinic__in=theirs).select_related("clinic")
    return [(p.clinic, u) for p in shared for u in possible_delegates(user, p.clinic, now=now)]
