"""The plan as its page shows it."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, Subquery
from django.db.models.functions import JSONObject

from core.accounts.models import User
from core.people.dates import today_at
from core.people.models import Episode, Patient
from core.protocols.selectors import protocol_of
from outcomes.protocol_schema import Metric, MetricsProtocol
from outcomes.rules import SeriesKey, plain
from outcomes.selectors import Value, metrics_at, series_of
from rehab.follow_up_rules import FollowUp
from rehab.models import CarePlan, PlanAck, PlanVersion
from rehab.pathway_rules import goal_series, reading
from rehab.plan_body import Goal, Names, PlanBody
from rehab.plan_rules import Change, differences, percent_of, said_now, week_of
from rehab.protocol_schema import Lane, LanesProtocol
from rehab.selectors.calendar import calendar_of
from rehab.selectors.fetching import visible
from rehab.selectors.pathway import PathwayLines, pathway_of

PAGE = 50  # of a list in the API
VERSIONS = 20  # on the page; older ones by their own link


@dataclass(frozen=True)
class Progress:
    """How far the goal is. `percent` None while there is no value or no baseline."""

    goal: Goal
    metric: Metric | None
    readings: list[Value]
    percent: int | None
    said: str  # how the goal is spoken of in this week

    @property
    def last(self) -> Value | None:
        return next((v for v in reversed(self.readings) if v.value is not None), None)

    @property
    def unit(self) -> str:
        return self.metric.unit if self.metric else ""

    @property
    def words(self) -> str:
        """`40 of 45 min (89%)`; what is missing while nothing was measured."""
        if self.goal.target is None:
            return "No number to reach yet"
        if self.last is None or self.last.value is None:
            return f"Not measured yet; to reach: {plain(self.goal.target)} {self.unit}"
        way = f" ({self.percent}% of the way)" if self.percent is not None else ""
        return f"{plain(self.last.value)} of {plain(self.goal.target)} {self.unit}{way}"


@dataclass(frozen=True)
class PlanPage:
    """Everything a plan's page says, for a reader it was let open to."""

    plan: CarePlan
    body: PlanBody
    lane: Lane | None
    lanes: LanesProtocol
    metrics: MetricsProtocol
    progress: Progress
    week: int
    versions: list[PlanVersion]
    acks: list[PlanAck]
    path: PathwayLines
    calendar: list[FollowUp]
    mine: PlanAck | None  # the reader's own line on the newest version, while it waits
    waits: dict[str, Any] | None  # to be co-signed: pk, number and who wrote it


def plans_of(viewer: User, patient: Patient, *, now: dt.datetime) -> list[CarePlan]:
    """A patient's plans, the running ones first."""
    rows = visible(CarePlan, viewer, now=now).filter(patient=patient)
    rows = rows.select_related("episode", "clinic", "lanes", "patient")
    return sorted(rows, key=lambda row: (row.ended_at is not None, -row.started_on.toordinal()))


def plans_page(
    viewer: User, patient: Patient, *, now: dt.datetime, after: str = ""
) -> tuple[list[CarePlan], str | None]:
    """(a page of a patient's plans, the newest first; the key after which older ones follow).

    `after` = `<day>_<id>` of the last one shown; anything else starts from the top.
    """
    rows = visible(CarePlan, viewer, now=now).filter(patient=patient)
    day, _, pk = after.partition("_")
    try:
        edge = (dt.date.fromisoformat(day), uuid.UUID(pk)) if after else None
    except ValueError:
        edge = None
    if edge:
        rows = rows.filter(Q(started_on__lt=edge[0]) | Q(started_on=edge[0], pk__lt=edge[1]))
    page = list(rows.order_by("-started_on", "-pk")[: PAGE + 1])
    last = page[PAGE - 1] if len(page) > PAGE else None
    return page[:PAGE], f"{last.started_on.isoformat()}_{last.pk}" if last else None


def episodes_without_plan(patient: Patient) -> list[Episode]:
    """Open problems nobody has begun a plan for."""
    planned = CarePlan.objects.filter(patient=patient, ended_at=None).values("episode")
    return list(patient.episodes.filter(closed_on=None).exclude(pk__in=planned))


def plan_page(viewer: User, plan: CarePlan, *, now: dt.datetime) -> PlanPage:
    """A fixed number of queries, however many versions there are."""
    versions = list(
        PlanVersion.objects.filter(plan=plan)
        .select_related("made_by", "cosigned_by")
        .defer("body")
        .order_by("-number")[:VERSIONS]
    )
    head = PlanVersion.objects.annotate(waits=_waiting(plan)).get(plan=plan, number=plan.head)
    body = PlanBody.model_validate(head.body)
    acks = list(
        PlanAck.objects.filter(plan_version__plan=plan, plan_version__number=plan.head)
        .select_related("user")
        .order_by("user__full_name")
    )
    lanes: LanesProtocol = protocol_of(plan.lanes)
    metrics = metrics_at(now, plan.clinic)
    today = today_at(plan.clinic.zone, now=now)
    week = week_of(plan.started_on, today)
    return PlanPage(
        plan=plan,
        body=body,
        lane=lanes.by_id.get(plan.lane),
        lanes=lanes,
        metrics=metrics,
        progress=progress_of(viewer, plan, body.goal, metrics, week=week, now=now),
        week=week,
        versions=versions,
        acks=acks,
        path=pathway_of(viewer, plan, now=now, body=body),
        calendar=calendar_of(viewer, plan, now=now, body=body),
        mine=next((a for a in acks if a.user_id == viewer.pk and not a.acknowledged_at), None),
        waits=head.waits,
    )


def _waiting(plan: CarePlan) -> Subquery:
    """The newest version that waits for a co-signature: it may be older than the newest one."""
    rows = PlanVersion.objects.filter(plan=plan, cosign_needed=True, cosigned_at=None)
    said = JSONObject(pk="pk", number="number", who="made_by__full_name")
    return Subquery(rows.order_by("-number").values(said=said)[:1])


def progress_of(
    viewer: User,
    plan: CarePlan,
    goal: Goal,
    metrics: MetricsProtocol,
    *,
    week: int,
    now: dt.datetime,
) -> Progress:
    """One query: the values of the series the goal is bound to."""
    series = series_of(viewer, plan.patient, [goal.metric], now=now) if goal.metric else {}
    key = series_of_goal(series, goal, zone=plan.clinic.zone)
    return progress_with(goal, metrics, series[key] if key else [], week=week)


def series_of_goal(
    series: Mapping[SeriesKey, Sequence[Value]], goal: Goal, *, zone: str
) -> SeriesKey | None:
    """Which of the series the goal is bound to: like with like, by the clinic’s days."""
    found = (
        reading(key, one.value, one.measured_at, zone)
        for key, values in series.items()
        for one in values
        if one.value is not None
    )
    return goal_series(found, goal) if goal.metric else None


def progress_with(
    goal: Goal, metrics: MetricsProtocol, readings: list[Value], *, week: int
) -> Progress:
    """The same from values that were read already."""
    last = next((v.value for v in reversed(readings) if v.value is not None), None)
    return Progress(
        goal=goal,
        metric=metrics.by_id.get(goal.metric),
        readings=readings,
        percent=percent_of(goal, last) if last is not None else None,
        said=said_now(goal, week=week),
    )


def names_of(plan: CarePlan, *, now: dt.datetime) -> Names:
    """How the protocols call lanes and metrics."""
    return names_with(plan, metrics_at(now, plan.clinic))


def names_with(plan: CarePlan, metrics: MetricsProtocol) -> Names:
    """The same with metrics that were read already."""
    lanes: LanesProtocol = protocol_of(plan.lanes)
    return {
        "lane": {row.id: row.name for row in lanes.lanes},
        "metric": {row.id: row.name for row in metrics.metrics},
    }


def goal_of(plan: CarePlan) -> Goal:
    """The goal as the plan's own columns repeat it: for banners and lists."""
    columns = ("words", "metric", "side", "baseline", "target", "from_on", "by_on")
    return Goal.model_validate({name: getattr(plan, f"goal_{name}") for name in columns})


def body_at(plan: CarePlan, number: int) -> PlanBody:
    """What a version says; an empty plan before the first."""
    row = PlanVersion.objects.filter(plan=plan, number=number).first()
    return PlanBody.model_validate(row.body) if row else PlanBody()


def changes_between(plan: CarePlan, old: int, new: int, *, now: dt.datetime) -> list[Change]:
    """What a reader of version `old` has to know of version `new`."""
    return differences(body_at(plan, old), body_at(plan, new), names_of(plan, now=now))


def last_read(viewer: User, plan: CarePlan, *, before: int) -> int:
    """The newest version before this one that somebody acknowledged; 0 for none."""
    rows = PlanAck.objects.filter(
        plan_version__plan=plan,
        user=viewer,
        acknowledged_at__isnull=False,
        plan_version__number__lt=before,
    )
    found = rows.order_by("-plan_version__number").values_list("plan_version__number", flat=True)
    return found.first() or 0


def measured_goal(viewer: User, patient: Patient, goal: Goal, *, now: dt.datetime) -> Goal:
    """A goal that starts at the last measured value of its metric, on the side measured last."""
    for key, values in series_of(viewer, patient, [goal.metric], now=now).items():
        known = [one for one in values if one.value is not None]
        if known:
            day = today_at(patient.clinic.zone, now=known[-1].measured_at)
            day = min(day, today_at(patient.clinic.zone, now=now))
            start = {"side": key.side, "baseline": known[-1].value, "from_on": day}
            return goal.model_copy(update=start)
    return goal
