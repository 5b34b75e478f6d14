"""The clinician's own patients of today: when, within which limits, and what changed in a line."""

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject

from core.accounts.models import User
from core.accounts.permissions import Perm
from core.lib.routes import url
from core.people.access import known_to
from core.people.dates import today_at
from core.people.fields import Part, shows
from core.people.models import Clinic
from intake.appointment_rules import STANDING
from intake.models import Appointment, BookingLimit, Call, VisitKind
from intake.services.limits import calls_that_hold
from outcomes.selectors import metrics_at
from rehab.lane_rules import is_safe_to_start
from rehab.models import CarePlan, PlanAck, PlanVersion, Update
from rehab.plan_body import Names, PlanBody
from rehab.plan_rules import differences, in_a_line
from rehab.selectors.limits import LimitLine, limits_of
from rehab.selectors.plans import names_with

SHOWN = 40


@dataclass(frozen=True)
class Change:
    """What somebody changed since this reader read the plan, else what the newest update says."""

    words: str = ""
    link: str = ""
    unread: bool = False


@dataclass(frozen=True)
class Visit:
    """One line of the day. `start`: (safe, why) of a first therapy visit. `first`: where an
    initial visit is written."""

    row: Appointment
    limits: list[LimitLine]
    change: Change
    goal: str
    start: tuple[bool, str] | None
    first: str


def own_day(viewer: User, clinic: Clinic, *, now: dt.datetime) -> list[Visit]:
    """In order of time; a fixed number of queries however many come."""
    visits = list(_visits(viewer, clinic, now=now))
    patients = {visit.patient_id: visit.patient for visit in visits}
    limits = limits_of(viewer, patients.values(), now=now)
    waiting = _unread(viewer, patients)
    names = _names(clinic, [ack for acks in waiting.values() for ack in acks], now=now)
    told = _told(patients) if shows(viewer, Part.PLANS) else {}
    return [
        Visit(
            row=visit,
            limits=limits[visit.patient_id],
            change=_change(
                _about(visit, waiting.get(visit.patient_id, [])),
                told.get(visit.patient_id),
                names,
            ),
            goal=" / ".join(plan["goal"] for plan in _plans_for(visit) if plan["goal"]),
            start=_start(visit, clinic),
            first=_first(viewer, visit),
        )
        for visit in visits
    ]


def _visits(viewer: User, clinic: Clinic, *, now: dt.datetime) -> QuerySet[Appointment]:
    zone = ZoneInfo(clinic.zone)
    today = today_at(clinic.zone, now=now)
    begin = dt.datetime.combine(today, dt.time(), tzinfo=zone)
    end = dt.datetime.combine(today + dt.timedelta(days=1), dt.time(), tzinfo=zone)
    about = {"patient": OuterRef("patient")}
    # Rows and no EXISTS: that would be asked of every plan there is, and hashed.
    ordered = PlanVersion.objects.filter(
        ~Q(body__therapy__emphasis=""), plan=OuterRef("pk"), number=OuterRef("head")
    )
    plans = CarePlan.objects.filter(ended_at=None, **about).order_by("-started_on", "pk")
    said = JSONObject(
        episode="episode_id", goal="goal_words", order=Subquery(ordered.values("pk")[:1])
    )
    held = BookingLimit.objects.filter(source="red_flag", ended_at=None, **about)
    asked = Call.objects.filter(state=Call.State.CLOSED, spoke_at__isnull=False, **about)
    return (
        Appointment.objects.filter(known_to(viewer, now=now, patient="patient"))
        .filter(provider=viewer, state__in=STANDING, starts_at__gte=begin, starts_at__lt=end)
        .select_related("patient__clinic", "visit_type", "room")
        .annotate(
            plans=ArraySubquery(plans.values(said=said)),
            hold=Subquery(held.values("pk")[:1]),
            line=Subquery(calls_that_hold().filter(**about).values("pk")[:1]),
            screened_at=Subquery(asked.order_by("-spoke_at").values("spoke_at")[:1]),
        )
        .order_by("starts_at", "pk")[:SHOWN]
    )


def _unread(viewer: User, patients: Iterable[uuid.UUID]) -> dict[uuid.UUID, list[PlanAck]]:
    """Patient → the version of each plan this reader has still to read, with the body they read
    last."""
    read = PlanAck.objects.filter(
        user=viewer, acknowledged_at__isnull=False,
        plan_version__plan=OuterRef("plan_version__plan"),
    ).order_by("-plan_version__number")  # fmt: skip
    rows = PlanAck.objects.filter(
        user=viewer, acknowledged_at=None, overtaken_at=None,
        plan_version__plan__patient__in=list(patients),
    )  # fmt: skip
    rows = rows.select_related("plan_version__plan__lanes").defer("plan_version__plan__lanes__body")
    rows = rows.annotate(was=Subquery(read.values("plan_version__body")[:1]))
    found: dict[uuid.UUID, list[PlanAck]] = {}
    for row in rows.order_by("-asked_at", "pk"):
        found.setdefault(row.plan_version.plan.patient_id, []).append(row)
    return found


def _about(visit: Appointment, waiting: Sequence[PlanAck]) -> PlanAck | None:
    """What is unread in the plan of the visit's own problem, else in another one."""
    own = (a for a in waiting if a.plan_version.plan.episode_id == visit.episode_id)
    return next(own, waiting[0] if waiting else None)


def _names(
    clinic: Clinic, waiting: Iterable[PlanAck], *, now: dt.datetime
) -> dict[uuid.UUID, Names]:
    """Plan → how its protocols call lanes and metrics; one query, none while nothing waits."""
    plans = {ack.plan_version.plan_id: ack.plan_version.plan for ack in waiting}
    metrics = metrics_at(now, clinic) if plans else None
    return {pk: names_with(plan, metrics) for pk, plan in plans.items() if metrics}


def _told(patients: Iterable[uuid.UUID]) -> dict[uuid.UUID, Update]:
    """Patient → the newest update about a plan that runs."""
    rows = Update.objects.filter(plan__patient__in=list(patients), plan__ended_at=None)
    found = rows.select_related("plan").order_by("plan__patient", "-at").distinct("plan__patient")
    return {row.plan.patient_id: row for row in found}


def _change(ack: PlanAck | None, update: Update | None, names: Mapping[uuid.UUID, Names]) -> Change:
    if ack:
        was = PlanBody.model_validate(ack.was or {})  # type: ignore[attr-defined]  # annotated
        now = PlanBody.model_validate(ack.plan_version.body)
        words = in_a_line(differences(was, now, names.get(ack.plan_version.plan_id)))
        return Change(words or "The plan was written.", url("rehab:changed", ack.pk), unread=True)
    if update:
        return Change(update.changed, url("rehab:updates", update.plan_id))
    return Change()


def _first(viewer: User, visit: Appointment) -> str:
    if visit.visit_type.kind != VisitKind.INITIAL or not viewer.may(Perm.VISIT_WRITE):
        return ""
    return url("rehab:visit_of", visit.patient_id)


def _plans_for(visit: Appointment) -> list[dict[str, str | None]]:
    """The plan of the problem the visit is for; every running one where it names no problem."""
    plans: list[dict[str, str | None]] = visit.plans  # type: ignore[attr-defined]  # annotated
    if visit.episode_id is None:
        return plans
    return [plan for plan in plans if plan["episode"] == str(visit.episode_id)]


def _start(visit: Appointment, clinic: Clinic) -> tuple[bool, str] | None:
    if visit.visit_type.kind != VisitKind.PT_EVAL:
        return None
    asked = visit.screened_at  # type: ignore[attr-defined]  # annotated
    plans = _plans_for(visit)
    return is_safe_to_start(
        has_order=any(plan["order"] for plan in plans),
        which=len(plans) <= 1,
        held=visit.hold is not None,  # type: ignore[attr-defined]
        held_on_the_line=visit.line is not None,  # type: ignore[attr-defined]
        screened_on=today_at(clinic.zone, now=asked) if asked else None,
    )
