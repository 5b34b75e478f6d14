"""The calendar of a plan: which visits it asks for, and which of them stand."""

import datetime as dt

from django.db.models import Q

from core.accounts.models import User
from core.people.dates import today_at
from core.protocols.selectors import protocol_of
from intake.appointment_rules import STANDING
from intake.models import Appointment, VisitKind
from rehab.follow_up_rules import Booked, FollowUp, gathered, matched, wanted_visits
from rehab.models import CarePlan, PathwayStep
from rehab.plan_body import PlanBody
from rehab.protocol_schema import LanesProtocol

STATES = {"booked": ("Booked", "good", "calendar-check"), "to_book": ("To book", "warn", None),
          "past": ("Not booked, over", "neutral", "calendar-x")}  # fmt: skip


def follow_ups_of(plan: CarePlan, body: PlanBody, *, now: dt.datetime) -> list[FollowUp]:
    """Every visit the plan asks for, each with the appointments that serve it. Three queries."""
    over = plan.steps.filter(state__in=(PathwayStep.State.DECIDED, PathwayStep.State.DROPPED))
    lanes: LanesProtocol | None = protocol_of(plan.lanes) if plan.lanes else None
    asked = wanted_visits(
        body, lanes.follow_ups if lanes else None, settled=over.values_list("key", flat=True)
    )
    zone = plan.clinic.zone
    return matched(asked, _standing(plan, zone), today_at(zone, now=now))


def _standing(plan: CarePlan, zone: str) -> list[Booked]:
    """The patient's standing visits, not those for another problem."""
    rows = Appointment.objects.filter(patient=plan.patient_id, state__in=STANDING)
    rows = rows.filter(Q(episode__isnull=True) | Q(episode=plan.episode_id))
    found = rows.order_by("starts_at", "pk").values_list("pk", "visit_type__kind", "starts_at")
    return [Booked(pk, kind, today_at(zone, now=at), at) for pk, kind, at in found]


def calendar_of(
    viewer: User, plan: CarePlan, *, now: dt.datetime, body: PlanBody
) -> list[FollowUp]:
    """The calendar as a page or the printed sheet shows it: weeks of therapy in one row.

    For a viewer whom the plan was let open to.
    """
    return gathered(follow_ups_of(plan, body, now=now))


def kind_words(kind: str) -> str:
    return str(VisitKind(kind).label)
