"""Writes about who may open a chart: the care team, grants for a time."""

import datetime as dt
import uuid
from collections.abc import Collection

from django.db import transaction

from core.accounts.models import User
from core.accounts.roles import Role
from core.audit.services import record
from core.events.services import emit
from core.people.dates import today_at
from core.people.models import AccessGrant, CareTeamMember, Patient
from core.people.staff import memberships_of


@transaction.atomic
def join_care_team(
    *, patient: Patient, user: User, role: Role, by: User, now: dt.datetime
) -> CareTeamMember:
    """Put somebody on a patient's care team from today; twice is once."""
    member, fresh = CareTeamMember.objects.get_or_create(
        patient=patient,
        user=user,
        role=role,
        to_on=None,
        defaults={"from_on": today_at(patient.clinic.zone, now=now)},
    )
    if fresh:
        record(
            by=by,
            action="create",
            object_kind="care_team",
            object_id=member.pk,
            patient_id=patient.pk,
            now=now,
            fields=["role", "from_on"],
        )
        emit(name="people.joined_team", subject_id=member.pk, now=now)
    return member


@transaction.atomic
def leave_care_team(*, member: CareTeamMember, by: User, now: dt.datetime) -> CareTeamMember:
    """Take one person off one team: yesterday was the last day. Twice is once."""
    row = CareTeamMember.objects.select_for_update(of=("self",)).get(pk=member.pk)
    if row.to_on is None:
        _end(row, by, now)
    return row


def grant_access(  # noqa: PLR0913 - who, whom, why, until when
    *,
    patient: Patient,
    user: User,
    kind: AccessGrant.Kind,
    subject_id: uuid.UUID,
    reason: str,
    by: User | None,
    now: dt.datetime,
    hours: int,
) -> AccessGrant:
    """Open one chart to one person until it ends by itself; again starts the time anew."""
    grant, fresh = AccessGrant.objects.get_or_create(
        patient=patient,
        user=user,
        kind=kind,
        subject_id=subject_id,
        defaults={
            "reason": reason,
            "granted_by": by,
            "starts_at": now,
            "ends_at": now + dt.timedelta(hours=hours),
        },
    )
    until = now + dt.timedelta(hours=hours)
    if not fresh and grant.ends_at < until:  # told again: the time starts anew
        grant.ends_at = until
        grant.save(update_fields=["ends_at"])
        fresh = True
    if fresh:
        record(
            by=by,
            action="grant_access",
            object_kind="access_grant",
            object_id=grant.pk,
            patient_id=patient.pk,
            now=now,
            reason=reason,
        )
    return grant


def end_emergencies(*, user: User, by: User, now: dt.datetime) -> None:
    """Charts opened in an emergency close: their roles changed, or they are gone."""
    running = AccessGrant.objects.select_for_update().filter(
        user=user, kind=AccessGrant.Kind.BREAK_GLASS, ends_at__gt=now
    )
    for grant in running.order_by("pk"):
        grant.ends_at = max(now, grant.starts_at + dt.timedelta(microseconds=1))
        grant.save(update_fields=["ends_at"])
        record(
            by=by,
            action="break_glass_end",
            object_kind="access_grant",
            object_id=grant.pk,
            patient_id=grant.patient_id,
            now=now,
        )


@transaction.atomic
def leave_care_teams(*, user: User, by: User, now: dt.datetime) -> int:
    """Somebody leaves: their memberships end today. Returns how many."""
    rows = list(memberships_of(user, now=now).select_related("patient__clinic"))
    for member in rows:
        _end(member, by, now)
    return len(rows)


@transaction.atomic
def replace_on_care_teams(
    *, user: User, heir: User, clinics: Collection[uuid.UUID], by: User, now: dt.datetime
) -> int:
    """`heir` takes the places somebody has at these clinics, in roles the heir has. Returns how
    many; the other places stay theirs."""
    places = memberships_of(user, now=now).filter(
        patient__clinic__in=clinics, role__in=list(heir.roles)
    )
    rows = list(places.select_related("patient__clinic"))
    for member in rows:
        _end(member, by, now)
        join_care_team(patient=member.patient, user=heir, role=Role(member.role), by=by, now=now)
    return len(rows)


def _end(member: CareTeamMember, by: User, now: dt.datetime) -> None:
    """Yesterday was the last day, so that today's team is the new one; never before the first."""
    today = today_at(member.patient.clinic.zone, now=now)
    member.to_on = max(member.from_on, today - dt.timedelta(days=1))
    member.save(update_fields=["to_on"])
    record(
        by=by,
        action="end",
        object_kind="care_team",
        object_id=member.pk,
        patient_id=member.patient_id,
        now=now,
        fields=["to_on"],
    )
    emit(name="people.left_team", subject_id=member.pk, now=now)
