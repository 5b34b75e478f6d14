"""What rehab does when somebody joins a care team. Idempotent: nobody is asked twice."""

import datetime as dt

from core.events.models import DomainEvent
from core.people.models import CareTeamMember
from rehab.models import CarePlan
from rehab.services.versions import ask_newcomer


def joined_team(event: DomainEvent, now: dt.datetime) -> None:
    """Whoever comes to the team later reads the plans that are running."""
    member = CareTeamMember.objects.filter(pk=event.subject_id).select_related("user").first()
    if member is None:
        return
    for plan in CarePlan.objects.filter(patient_id=member.patient_id, ended_at=None):
        ask_newcomer(plan=plan, user=member.user, now=now)
