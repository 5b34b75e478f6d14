"""What rehab does from the tick: a PT visit took place, a physician changed a plan."""

import datetime as dt

from core.events.models import DomainEvent
from intake.appointment_rules import PT_KINDS
from intake.models import Appointment
from rehab.models import PlanVersion
from rehab.services import updates


def visit_done(event: DomainEvent, now: dt.datetime) -> None:
    """After the second PT visit of a plan an update is due."""
    visit = Appointment.objects.filter(pk=event.subject_id, visit_type__kind__in=PT_KINDS).first()
    for plan in updates.plan_of_visit(visit) if visit else ():
        updates.sessions_counted(plan=plan, now=now)


def plan_changed(event: DomainEvent, now: dt.datetime) -> None:
    """What a physician changed is due in the next update."""
    version = (
        PlanVersion.objects.select_related("plan__clinic", "made_by")
        .filter(pk=event.subject_id)
        .first()
    )
    if version:
        updates.plan_changed(version=version, now=now)
