"""Whose chart: the one rule for access to patients. Fetching is authorizing.

Role says what somebody may do (core/accounts/roles.py); this says for whom:
- staff of a clinic: its patients;
- a partner practice's staff: patients whose care team they are on now, or whoever they cover for;
- anyone with an `AccessGrant` that runs now (a red flag, cover, an emergency): that one patient;
- a patient: their own record, through the portal only.
"""

import datetime as dt
import uuid

from django.db.models import DateField, Exists, F, OuterRef, Q, QuerySet, UUIDField, Value

from core.accounts.models import User
from core.audit.services import record
from core.lib.errors import NotFound
from core.people.cover import covers_by
from core.people.dates import local_day, running
from core.people.models import AccessGrant, CareTeamMember, Clinic, Patient, StaffMember
from core.people.reach import Reach, remembered


def posts_of(user: User, *, now: dt.datetime) -> QuerySet[StaffMember]:
    """Where somebody works today."""
    return StaffMember.objects.filter(running("clinic__zone", now=now), user=user)


def works_somewhere(user: User, *, now: dt.datetime) -> bool:
    """Has this member of staff a post today?"""
    return posts_of(user, now=now).exists()


def reach_of(user: User, *, now: dt.datetime) -> Reach:
    """Where somebody works, whom they cover for and what is granted to them, as values.

    The rules below put these into their SQL: a plain `IN` is quick to plan, a nest of subqueries
    is not.
    """
    return remembered(user, now=now, read=lambda: read_reach(user, now=now))


def read_reach(user: User, *, now: dt.datetime) -> Reach:
    """One query: the posts, covers and grants of the moment."""
    columns = ("what", "place", "practice", "person", "today")
    nobody = Value(None, output_field=UUIDField())
    no_day = Value(None, output_field=DateField())
    posts = posts_of(user, now=now).annotate(
        what=Value("post"), place=F("clinic_id"), practice=F("partner_practice"),
        person=F("user_id"), today=local_day("clinic__zone", now=now),
    )  # fmt: skip
    covers = covers_by(user, now=now).annotate(
        what=Value("cover"), place=F("clinic_id"), practice=Value(""), person=F("user_id"),
        today=no_day,
    )  # fmt: skip
    grants = AccessGrant.objects.filter(user=user, starts_at__lte=now, ends_at__gt=now).annotate(
        what=Value("grant"), place=F("patient_id"), practice=Value(""), person=nobody, today=no_day,
    )  # fmt: skip
    rows = posts.values_list(*columns).union(
        covers.values_list(*columns), grants.values_list(*columns), all=True
    )
    own, granted = set(), set()
    partner: dict[uuid.UUID, dt.date] = {}
    away: dict[uuid.UUID, set[uuid.UUID]] = {}
    for what, place, practice, person, today in rows:
        if what == "grant":
            granted.add(place)
        elif what == "cover":
            away.setdefault(place, set()).add(person)
        elif practice:
            partner[place] = today
        else:
            own.add(place)
    return Reach(
        own=frozenset(own),
        partner={clinic: day for clinic, day in partner.items() if clinic not in own},
        away={clinic: frozenset(people) for clinic, people in away.items()},
        granted=frozenset(granted),
    )


def clinics_of(user: User, *, now: dt.datetime) -> QuerySet[Clinic]:
    """Clinics somebody works at, partner practices included."""
    return Clinic.objects.filter(pk__in=reach_of(user, now=now).clinics)


def own_clinics_of(user: User, *, now: dt.datetime) -> QuerySet[Clinic]:
    """Clinics somebody works at for the clinic itself: what a manager runs."""
    return Clinic.objects.filter(pk__in=reach_of(user, now=now).own)


def visible_to(user: User, *, now: dt.datetime) -> QuerySet[Patient]:
    """Every patient this person may know of; every list starts here."""
    return Patient.objects.filter(known_to(user, now=now))


def known_to(user: User, *, now: dt.datetime, patient: str = "") -> Q:
    """The rule itself: on patients, or with `patient="patient"` on rows that are about one.

    A list of such rows joins its patients and asks this of them; `patient__in=visible_to(…)` would
    read every patient of the clinic to show fifty rows.
    """
    to = f"{patient}__" if patient else ""
    if not user.is_active:
        return Q(pk__in=[])
    if not user.is_staff_member:
        return Q(**{f"{to}user": user})
    reach = reach_of(user, now=now)
    known = Q(**{f"{to}clinic_id__in": reach.own})
    for clinic, today in reach.partner.items():
        # Their own place on the team, or that of who they cover for there.
        team = CareTeamMember.objects.filter(
            Q(to_on__isnull=True) | Q(to_on__gte=today),
            from_on__lte=today,
            patient=OuterRef(patient or "pk"),
            user__in={user.pk, *reach.away.get(clinic, ())},
        )
        known |= Q(**{f"{to}clinic_id": clinic}) & Q(Exists(team))
    return known | Q(**{f"{patient or 'pk'}__in": reach.granted})


def may_know(user: User, patient: Patient, *, now: dt.datetime) -> bool:
    """May this person know of this patient at this moment?"""
    return visible_to(user, now=now).filter(pk=patient.pk).exists()


def may_review(reviewer: User, author_id: uuid.UUID) -> bool:
    """Nobody reviews what they did themselves: emergency access, and whatever overrides a rule."""
    return reviewer.pk != author_id


def patient_for(
    user: User,
    pk: uuid.UUID | str,
    *,
    now: dt.datetime,
    action: str = "read",
    kind: str = "patient",
) -> Patient:
    """The patient, if this person may know of them; the look is audited. Raises NotFound.

    `kind` = what of the patient was looked at, where the trail has to tell it apart.
    """
    known = as_uuid(pk)
    found = visible_to(user, now=now).select_related("clinic")
    patient = found.filter(pk=known).first() if known else None
    if patient is None:
        record(
            by=user,
            action=action,
            object_kind="patient",
            object_id=known or "",
            now=now,
            outcome="refused",
        )
        raise NotFound("There is no such patient, or you are not on their care team.")
    if patient.merged_into_id:  # whatever still names the other chart leads to the one that is kept
        return patient_for(user, patient.merged_into_id, now=now, action=action, kind=kind)
    record(
        by=user,
        action=action,
        object_kind=kind,
        object_id=patient.pk,
        patient_id=patient.pk,
        now=now,
    )
    return patient


def as_uuid(value: uuid.UUID | str) -> uuid.UUID | None:
    """An id from an address or a form; None for what is none."""
    try:
        return uuid.UUID(str(value))
    except ValueError:
        return None
