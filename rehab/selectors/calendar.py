"""The calendar of a plan: which visits it asks for, and which of them stand."""

import datetime as dt

from django.db.models import Q

from core.accounts.models import User
from core.accounts.permissions import Perm
from core.lib.routes import url
from core.people.dates import today_at
from core.protocols.selectors import protocol_of
from intake.agenda import first_of, types_of
from intake.appointment_rules import STANDING
from intake.models import Appointment
from rehab.follow_up_rules import SERVES, Booked, FollowUp, gathered, matched, wanted_visits
from rehab.models import CarePlan, PathwayStep
from rehab.plan_body import PlanBody
from rehab.protocol_schema import LanesProtocol

OVER = (PathwayStep.State.DECIDED, PathwayStep.State.DROPPED)


def follow_ups_of(plan: CarePlan, body: PlanBody, *, now: dt.datetime) -> list[FollowUp]:
    """Every visit the plan asks for, each with the appointments that serve it. Two queries, one
    more for a plan that came without its lanes."""
    settled = plan.steps.filter(state__in=OVER).values_list("key", flat=True)
    lanes: LanesProtocol = protocol_of(plan.lanes)
    asked = wanted_visits(body, lanes.follow_ups, settled=settled)
    zone = plan.clinic.zone
    return matched(asked, _standing(plan, zone), today_at(zone, now=now))


def _standing(plan: CarePlan, zone: str) -> list[Booked]:
    """The patient's standing visits, not those for another problem."""
    rows = Appointment.objects.filter(
        Q(episode__isnull=True) | Q(episode=plan.episode_id),
        patient=plan.patient_id,
        state__in=STANDING,
    )
    found = rows.order_by("starts_at", "pk").values_list("pk", "visit_type__kind", "starts_at")
    return [Booked(pk, kind, today_at(zone, now=at), at) for pk, kind, at in found]


def calendar_of(
    viewer: User, plan: CarePlan, *, now: dt.datetime, body: PlanBody
) -> list[FollowUp]:
    """The calendar as a page or the printed sheet shows it: weeks of therapy in one row.

    For who reads charts, and for the patient whose plan it is.
    """
    if not viewer.may(Perm.CHART_VIEW) and viewer.pk != plan.patient.user_id:
        return []
    return gathered(follow_ups_of(plan, body, now=now))


def book_at(viewer: User, plan: CarePlan) -> dict[str, str]:
    """Kind of visit → the page that books one; {} for who does not book. One query."""
    if not viewer.may(Perm.SCHEDULE_BOOK) or plan.ended_at:
        return {}
    types = types_of(plan.clinic)
    found = {kind: first_of(types, (kind, *sorted(SERVES[kind]))) for kind in SERVES}
    page = url("intake:book", plan.patient_id)
    return {kind: f"{page}?type={row.pk}" for kind, row in found.items() if row}
