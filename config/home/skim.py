"""The patient's page for whoever treats them: read in thirty seconds, from a fixed few queries.

What changed, function against the goal, limits now, what is next, the pathway, what happened.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import F, OuterRef
from markupsafe import Markup

from config.home.chart import ChartRows, More, chart_rows, goal_words
from config.home.since import PAGE, SAME_LOOK, Known, Looked, Since, since_of
from core.accounts.models import User
from core.accounts.permissions import Perm
from core.audit.models import AuditEvent
from core.audit.selectors import views_by
from core.documents.models import Document
from core.lib.routes import url
from core.lib.svg import Goal as GoalLine
from core.lib.svg import Mark, Window, data_rows, line
from core.lib.ui import day
from core.people.dates import today_at
from core.people.fields import Part, shows
from core.people.models import Patient
from core.protocols.models import ProtocolVersion
from core.protocols.selectors import day_at, in_force, protocol_of
from intake.appointment_rules import STANDING
from intake.models import Appointment
from messaging.models import WorkItem
from messaging.selectors.worklist import BESIDE, WorkRow, in_words, open_rows
from outcomes.protocol_schema import Metric, MetricsProtocol
from outcomes.rules import SeriesKey, plain
from outcomes.selectors import Value, metrics_at, series_of, where_of
from rehab.models import CarePlan, PlanVersion, Restriction
from rehab.plan_body import PlanBody
from rehab.plan_rules import week_of
from rehab.selectors.limits import LimitLine, line_of
from rehab.selectors.pathway import PathwayLines, pathway_lines
from rehab.selectors.plans import Progress, progress_with, series_of_goal

NEXT, PAPERS, LIMITS = 3, 4, 30


@dataclass(frozen=True)
class Drawn:
    """A chart with its data table."""

    id: str
    svg: Markup
    caption: str
    columns: list[str]
    rows: list[Any]


@dataclass(frozen=True)
class Skim:
    """What the page shows; `body`, `progress`, `pathway` None while there is no plan."""

    rows: ChartRows
    since: Since
    body: PlanBody | None
    progress: Progress | None
    week: int
    charts: list[Drawn]
    limits: list[LimitLine]
    next_visits: list[Any]
    papers: list[Any]
    pathway: PathwayLines | None
    others: list[tuple[str, str, str]]  # further running plans: the problem, its address, its goal
    may_plan: bool


def wanted(viewer: User, patient: Patient, *, at: dt.datetime) -> list[More]:
    """What stands beside the patient on this page alone."""
    here = OuterRef("pk")
    metrics = in_force("metrics", day=day_at(patient.clinic, now=at)).defer("body")
    seen = views_by(viewer.pk, kind=PAGE, before=at - SAME_LOOK).filter(patient_id=here)
    versions = PlanVersion.objects.filter(
        plan__patient=here, plan__ended_at=None, number=F("plan__head")
    )
    visits = Appointment.objects.filter(patient=here, state__in=STANDING, ends_at__gte=at)
    papers = Document.objects.filter(patient=here, state=Document.State.CLEAN)
    limits = Restriction.objects.filter(patient=here).order_by(
        # what was lifted is shaded in the chart, and takes no place from what holds
        F("lifted_at").desc(nulls_first=True), F("to_on").desc(nulls_first=True), "pk",
    )  # fmt: skip
    return [
        ("bodies", versions, {}),
        ("visits", visits.order_by("starts_at")[:NEXT],
         {"words": "visit_type__words", "who": "provider__full_name"}),
        ("papers", papers.order_by("-uploaded_at")[:PAPERS], {}),
        ("limits", limits[:LIMITS], {"filed_on": "document__patient_id"}),
        ("metrics", metrics[:1], {}),
        ("looks", seen.order_by("-at")[:1], {}),
        ("merged", Patient.objects.filter(merged_into=here).only("pk").order_by("mrn"), {}),
    ]  # fmt: skip


def skim(viewer: User, patient: Patient, *, now: dt.datetime) -> Skim:
    """For somebody who reads plans and was let open this patient's page."""
    more = [*open_work(viewer), *wanted(viewer, patient, at=now)]
    rows = chart_rows(patient, at=now, more=more)
    today = today_at(patient.clinic.zone, now=now)
    version = next((row for row in rows.more["metrics"] if isinstance(row, ProtocolVersion)), None)
    metrics = protocol_of(version) if version else metrics_at(now, patient.clinic)
    plan = rows.plan
    bodies = {row.plan_id: row for row in rows.more["bodies"] if isinstance(row, PlanVersion)}
    body = PlanBody.model_validate(bodies[plan.pk].body) if plan else None
    limits = [row for row in rows.more["limits"] if isinstance(row, Restriction)]
    for row in limits:
        _with_document(row)
    series = series_of(viewer, patient, _drawn_metrics(metrics, body), now=now)
    week = week_of(plan.started_on, today) if plan else 1
    goal = body.goal if body else None
    of_goal = series_of_goal(series, goal, zone=patient.clinic.zone) if goal else None
    lines = [line_of(row, today=today) for row in limits]
    return Skim(
        rows=rows,
        since=since_of(viewer, patient, plan, now=now, known=Known(body, metrics, _look(rows))),
        body=body,
        progress=progress_with(goal, metrics, series[of_goal] if of_goal else [], week=week)
        if goal
        else None,
        week=week,
        charts=list(_charts(series, of_goal, metrics, body,
                            list(_windows(limits, patient.clinic.zone)), rows, today)),
        limits=sorted(
            (one for one in lines if one.when in {"now", "coming"}),
            key=lambda one: (one.begins_later, one.row.from_on),
        ),
        next_visits=rows.more["visits"],
        papers=rows.more["papers"] if shows(viewer, Part.DOCUMENTS) else [],
        pathway=pathway_lines(plan, body, [s for s in rows.steps if s.plan_id == plan.pk],
                              today=today) if plan and body else None,
        others=[(_about(one, rows), url("rehab:plan", one.pk), goal_words(one))
                for one in rows.plans[1:]],
        may_plan=viewer.may(Perm.PLAN_WRITE),
    )  # fmt: skip


def _about(plan: CarePlan, rows: ChartRows) -> str:
    """What a plan is about, in few words."""
    problem = next((row.problem for row in rows.episodes if row.pk == plan.episode_id), "")
    return problem or plan.goal_words or f"begun {day(plan.started_on)}"


def open_work(viewer: User) -> list[More]:
    """The patient's open work, for whoever looks."""
    return [("items", open_rows(viewer, OuterRef("pk")), BESIDE)]


def items_in(viewer: User, rows: ChartRows) -> list[WorkRow]:
    return in_words(viewer, (row for row in rows.more["items"] if isinstance(row, WorkItem)))


def _look(rows: ChartRows) -> Looked:
    at = next((row.at for row in rows.more["looks"] if isinstance(row, AuditEvent)), None)
    return Looked(at, [row.pk for row in rows.more["merged"] if isinstance(row, Patient)])


def _with_document(row: Restriction) -> None:
    """What a line asks of the document it came from: on whose chart it lies now."""
    if row.document_id:
        row.document = Document(pk=row.document_id, patient_id=_uuid(row))


def _uuid(row: Restriction) -> Any:
    return Document._meta.get_field("patient").target_field.to_python(getattr(row, "filed_on"))  # noqa: B009 - of `beside`


def is_drawn_survey(metric: Metric) -> bool:
    """A questionnaire; one rating of pain alone is too volatile to stand there (domain §5)."""
    return metric.is_survey and metric.scoring.kind != "value"


def _drawn_metrics(metrics: MetricsProtocol, body: PlanBody | None) -> set[str]:
    surveys = {row.id for row in metrics.metrics if is_drawn_survey(row)}
    anchors = {row.id for row in metrics.metrics if row.anchor}
    return surveys | anchors | ({body.goal.metric} if body and body.goal.metric else set())


def _charts(  # noqa: PLR0913 - two pictures and what they are drawn from
    series: dict[SeriesKey, list[Value]],
    of_goal: SeriesKey | None,
    metrics: MetricsProtocol,
    body: PlanBody | None,
    windows: list[Window],
    rows: ChartRows,
    today: dt.date,
) -> Any:
    """The goal's series with everything around it, then the survey that was taken last."""
    known = {key: metrics.by_id.get(key.metric) for key in series}
    first = of_goal or next((k for k, m in known.items() if m and m.anchor), None)
    second = next((k for k, m in known.items() if m and is_drawn_survey(m) and k != first), None)
    if first:
        metric = known[first]
        if metric:
            yield _goal_chart(first, metric, series[first], body if of_goal else None, windows,
                              rows, today)  # fmt: skip
    if second:
        metric = known[second]
        if metric:
            yield _chart("chart-survey", second, metric, series[second], today)


def _windows(limits: list[Restriction], zone: str) -> Iterator[Window]:
    """One window for each source, from its first limit's day to the last one's end."""
    by_source: dict[str, list[tuple[dt.date, dt.date | None]]] = {}
    for row in limits:
        until = _held_until(row, zone)
        if until is None or until >= row.from_on:  # else it was lifted before it began
            by_source.setdefault(row.source_words, []).append((row.from_on, until))
    for words, days in by_source.items():
        ends = [until for _, until in days if until]
        yield Window(
            min(begin for begin, _ in days), max(ends) if len(ends) == len(days) else None, words
        )


def _held_until(row: Restriction, zone: str) -> dt.date | None:
    """Its last day, or the day it was lifted if that came first."""
    lifted = today_at(zone, now=row.lifted_at) if row.lifted_at else None
    return min((day for day in (row.to_on, lifted) if day), default=None)


def _goal_chart(  # noqa: PLR0913 - one picture, its parts
    key: SeriesKey,
    metric: Metric,
    values: list[Value],
    body: PlanBody | None,
    windows: list[Window],
    rows: ChartRows,
    today: dt.date,
) -> Drawn:
    goal = body.goal if body else None
    begun = rows.plan.started_on if rows.plan else None
    around: dict[str, Any] = {
        "windows": windows,
    }
    if goal and goal.target is not None:
        around["goal"] = GoalLine(goal.target, f"goal {plain(goal.target)}")
        if goal.baseline is not None and goal.from_on and goal.by_on:
            around["expected"] = [(goal.from_on, goal.baseline), (goal.by_on, goal.target)]
        if begun:
            around["marks"] = [
                Mark(begun + dt.timedelta(weeks=p.from_week - 1), f"from week {p.from_week}")
                for p in goal.phases
                if p.from_week > 1
            ]
    return _chart("chart-goal", key, metric, values, today, **around)


def _chart(
    id_: str, key: SeriesKey, metric: Metric, values: list[Value], today: dt.date, **around: Any
) -> Drawn:
    points = [(v.measured_at, v.value) for v in values]
    where = where_of(key, metric)
    lower = "" if metric.better == "up" else ", lower is better"
    caption = f"{metric.name}{f' ({where})' if where else ''}, {metric.unit}{lower}"
    svg = line(points, unit=metric.unit, better=metric.better, title=caption, id=id_, today=today,
               **around)  # fmt: skip
    return Drawn(id_, svg, caption, ["When", "Value"], data_rows(points, unit=metric.unit))
