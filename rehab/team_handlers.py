"""What rehab does when somebody joins or leaves a care team. Idempotent: nobody is asked twice."""

import datetime as dt

from django.db.models import Q

from core.events.models import DomainEvent
from core.people.dates import today_at
from core.people.models import CareTeamMember
from rehab.models import CarePlan
from rehab.services.versions import ask_newcomer, let_go


def joined_team(event: DomainEvent, now: dt.datetime) -> None:
    """Whoever comes to the team later reads the plans that are running."""
    member = CareTeamMember.objects.filter(pk=event.subject_id).select_related("user").first()
    if member is None:
        return
    for plan in CarePlan.objects.filter(patient_id=member.patient_id, ended_at=None):
        ask_newcomer(plan=plan, user=member.user, now=now)


def left_team(event: DomainEvent, now: dt.datetime) -> None:
    """Whoever is on the team no more, in no other role either, owes it no reading."""
    row = CareTeamMember.objects.select_related("user", "patient__clinic")
    member = row.filter(pk=event.subject_id, to_on__isnull=False).first()
    if member is None:
        return
    today = today_at(member.patient.clinic.zone, now=now)
    still = CareTeamMember.objects.filter(
        Q(to_on__isnull=True) | Q(to_on__gte=today), patient=member.patient, user=member.user
    ).exclude(pk=member.pk)
    if still.exists():
        return
    for plan in CarePlan.objects.filter(patient=member.patient):
        let_go(plan=plan, user=member.user, now=now)
