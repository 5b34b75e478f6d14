"""The calendar of a plan: which visits it asks for, and which of them stand."""

import datetime as dt
import uuid
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Greatest, TruncDate

from core.accounts.models import User
from core.accounts.permissions import Perm
from core.lib.routes import url
from core.people.dates import today_at
from core.people.models import Episode
from core.protocols.selectors import protocol_of
from intake.agenda import first_of, types_of
from intake.appointment_rules import STANDING
from intake.models import Appointment
from intake.services.limits import on_hold
from rehab.follow_up_rules import (
    SERVES,
    Booked,
    FollowUp,
    gathered,
    matched,
    serves,
    to_ask_for,
    wanted_visits,
)
from rehab.models import CarePlan, PathwayStep
from rehab.plan_body import PlanBody
from rehab.protocol_schema import LanesProtocol
from rehab.selectors.fetching import visible

OVER = (PathwayStep.State.DECIDED, PathwayStep.State.DROPPED)


def follow_ups_of(plan: CarePlan, body: PlanBody, *, now: dt.datetime) -> list[FollowUp]:
    """Every visit the plan asks for, each with the appointments that serve it. Two queries, one
    more for a plan that came without its lanes."""
    return _matched(plan, body, now=now)[0]


def _matched(
    plan: CarePlan, body: PlanBody, *, now: dt.datetime
) -> tuple[list[FollowUp], list[Booked]]:
    """(every visit asked for, the visits that might be one if somebody said for which problem)."""
    settled = plan.steps.filter(state__in=OVER).values_list("key", flat=True)
    lanes: LanesProtocol = protocol_of(plan.lanes)
    asked = wanted_visits(body, lanes.follow_ups, settled=settled)
    zone = plan.clinic.zone
    found = standing_visits(plan).order_by("starts_at", "pk")
    own: list[Booked] = []
    unsaid: list[Booked] = []
    columns = ("pk", "visit_type__kind", "starts_at", "unsaid")
    for pk, kind, at, is_unsaid in found.values_list(*columns):
        (unsaid if is_unsaid else own).append(Booked(pk, kind, today_at(zone, now=at), at))
    fits = [visit for visit in unsaid if any(serves(visit, row) for row in asked)]
    return matched(asked, own, today_at(zone, now=now)), fits


def standing_visits(plan: CarePlan) -> QuerySet[Any]:
    """The patient's standing visits but those of another problem. `unsaid` = it names none, and
    another plan ran beside this one: it serves neither until somebody says which.

    A visit that names no problem serves the plan that was the only one when it was booked, or the
    first one begun since.
    """
    beside = CarePlan.objects.filter(
        Q(ended_at__isnull=True) | Q(ended_at__gt=OuterRef("starts_at")),
        patient=plan.patient_id,
        started_on__lte=Greatest(OuterRef("booked_on"), Value(plan.started_on)),
    ).exclude(pk=plan.pk)
    rows = Appointment.objects.annotate(
        booked_on=TruncDate("booked_at", tzinfo=ZoneInfo(plan.clinic.zone))
    ).annotate(unsaid=Q(episode__isnull=True) & Exists(beside))
    ours = Q(episode=plan.episode_id)
    during = {"starts_at__lt": plan.ended_at} if plan.ended_at else {}
    return rows.filter(
        ours | Q(episode__isnull=True, **during), patient=plan.patient_id, state__in=STANDING
    )


def calendar_of(
    viewer: User, plan: CarePlan, *, now: dt.datetime, body: PlanBody
) -> list[FollowUp]:
    """The calendar as a page or the printed sheet shows it: weeks of therapy in one row.

    For who reads charts, and for the patient whose plan it is.
    """
    return calendar_and_unsaid(viewer, plan, now=now, body=body)[0]


def calendar_and_unsaid(
    viewer: User, plan: CarePlan, *, now: dt.datetime, body: PlanBody
) -> tuple[list[FollowUp], list[Booked]]:
    """The same, and the visits of these days that name no problem while two plans run."""
    if not viewer.may(Perm.CHART_VIEW) and viewer.pk != plan.patient.user_id:
        return [], []
    rows, unsaid = _matched(plan, body, now=now)
    return gathered(rows), unsaid


def book_at(viewer: User, plan: CarePlan) -> dict[str, str]:
    """Kind of visit → the page that books one; {} for who does not book. One query."""
    if not viewer.may(Perm.SCHEDULE_BOOK) or plan.ended_at:
        return {}
    types = types_of(plan.clinic)
    found = {kind: first_of(types, (kind, *sorted(SERVES[kind]))) for kind in SERVES}
    return {
        kind: f"{_book(plan.patient_id, plan.episode_id)}&type={row.pk}"
        for kind, row in found.items()
        if row
    }


def _book(patient_id: uuid.UUID, episode_id: uuid.UUID) -> str:
    return f"{url('intake:book', patient_id)}?problem={episode_id}"


def book_next(viewer: User, episode: Episode, *, now: dt.datetime) -> str:
    """The page that books what this problem's plan asks for first: its kind, from its first day.

    For who books. A visit that may be the one already comes first: the desk says for which problem
    it is. Where nothing is asked for any more, the page of free times for the problem.
    """
    plan = visible(CarePlan, viewer, now=now).filter(episode=episode, ended_at=None)
    row = plan.select_related("clinic", "lanes", "patient", "episode").first()
    plain = _book(episode.patient_id, episode.pk)
    if row is None:
        return plain
    body = PlanBody.model_validate(row.versions.get(number=row.head).body)
    today = today_at(row.clinic.zone, now=now)
    rows, unsaid = _matched(row, body, now=now)
    asked = to_ask_for(rows, today, held=on_hold(row.patient), answered_on=None)
    maybe = next((v for v in unsaid if any(serves(v, one.wanted) for one in asked)), None)
    if maybe:
        return f"{url('intake:appointment', maybe.id)}#problem"
    pages = book_at(viewer, row)
    first = next((one.wanted for one in asked if one.wanted.kind in pages), None)
    return f"{pages[first.kind]}&from={first.from_on.isoformat()}" if first else plain
