"""What frames every page of one patient: the banner and the tabs, from several apps' rows.

Lower apps draw their own pages of a patient with `_layouts/patient.html`; they pass `patient` and
`tab`, and the layout asks `chart(patient, tab)`, so that none of them has to know the others.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet
from django.http import HttpRequest

from core.accounts.models import User
from core.accounts.permissions import Perm
from core.lib.beside import beside, revived
from core.lib.clock import now
from core.lib.routes import url
from core.lib.ui import day
from core.people.dates import running, today_at
from core.people.fields import Part, shows
from core.people.models import Allergy, CareTeamMember, Episode, Patient
from intake.models import RedFlag
from rehab.models import CarePlan, PathwayStep
from rehab.pathway_rules import OPEN
from rehab.plan_rules import week_of
from rehab.selectors.plans import goal_of

# (key, label, route with the patient's id, who may enter). A new page of a patient adds its line.
TABS: tuple[tuple[str, str, str, Perm], ...] = (
    ("overview", "Overview", "home:patient", Perm.PATIENT_ADMIN_VIEW),
    ("registration", "Registration", "home:registration", Perm.PATIENT_ADMIN_VIEW),
    ("first_visit", "First visit", "rehab:visit_of", Perm.CHART_VIEW),
    ("plan", "Plan", "rehab:plans", Perm.CHART_VIEW),
    ("limits", "Limits", "rehab:limits", Perm.CHART_VIEW),
    ("visits", "Visits", "intake:visits", Perm.SCHEDULE_VIEW),
    ("measures", "Measures", "outcomes:measures", Perm.CHART_VIEW),
    ("records", "Records", "intake:records", Perm.PATIENT_ADMIN_VIEW),
    ("documents", "Documents", "documents:chart", Perm.DOCUMENT_VIEW),
)
STATUS = {"inactive": "Inactive", "transferred": "Transferred elsewhere", "deceased": "Deceased"}
More = tuple[str, QuerySet[Any], dict[str, str]]  # name, rows, further columns
SOON = dt.timedelta(days=7)  # a decision this near is drawn as a warning


@dataclass(frozen=True)
class ChartRows:
    """What stands beside a patient, read in one query. Team: (role, name)."""

    team: list[tuple[str, str]]
    episodes: list[Episode]
    flags: list[RedFlag]  # undecided, or holding therapy
    allergies: list[Allergy]
    plans: list[CarePlan]  # running, the newest first
    steps: list[PathwayStep]  # of those plans
    more: dict[str, list[object]] = field(default_factory=dict)

    @property
    def plan(self) -> CarePlan | None:
        return self.plans[0] if self.plans else None


@dataclass(frozen=True)
class ChartHead:
    """The banner of a patient and the tabs of their pages, as this viewer reads them."""

    team: list[tuple[str, str]]
    line: str
    goal: str  # in the patient's words, with its day; "" for who reads no plan
    decision: str  # the one next decision with its date
    decision_tone: str
    decision_url: str
    flag: RedFlag | None
    status: str  # what must be known before anybody phones: "Deceased since 3 Nov 2026"
    allergies: str | None | bool  # None: not asked yet; "": none known; False: not theirs to read
    tabs: list[tuple[str, str, bool, int | None]]


def chart_rows(patient: Patient, *, at: dt.datetime, more: Sequence[More] = ()) -> ChartRows:
    """One query, once for a request. `more`: what a page wants beside it, by name; its rows are
    tied to the patient by OuterRef("pk") and come back in `ChartRows.more`."""
    kept: ChartRows | None = getattr(patient, "_chart_rows", None)
    if kept is not None and not more:
        return kept
    here = OuterRef("pk")
    plans = CarePlan.objects.filter(patient=here, ended_at=None)
    steps = PathwayStep.objects.filter(plan__patient=here, plan__ended_at=None)
    flags = RedFlag.objects.filter(
        Q(decided_at=None) | Q(hold_pt=True, hold_released_at=None), patient=here
    )
    team = CareTeamMember.objects.filter(running("patient__clinic__zone", now=at), patient=here)
    row: dict[str, Any] = dict(
        Patient.objects.filter(pk=patient.pk)
        .annotate(
            beside_team=beside(
                team.order_by("role", "from_on"),
                name="user__full_name",
                credentials="user__credentials",
            ),
            beside_episodes=beside(
                Episode.objects.filter(patient=here, closed_on=None).order_by("-opened_on", "pk")
            ),
            beside_flags=beside(flags.order_by("-opened_at")),
            beside_allergies=beside(
                Allergy.objects.filter(patient=here, ended_at=None).order_by(
                    "-severity", "substance"
                )
            ),
            beside_plans=beside(plans.order_by("-started_on", "pk")),
            beside_steps=beside(steps.order_by(F("due_on").asc(nulls_last=True), "position")),
            **{f"more_{name}": beside(rows, **columns) for name, rows, columns in more},
        )
        .values()
        .get()
    )
    found = ChartRows(
        team=[
            (m["role"], f"{m['name']}, {m['credentials']}" if m["credentials"] else m["name"])
            for m in row["beside_team"]
        ],
        episodes=revived(Episode, row["beside_episodes"]),
        flags=revived(RedFlag, row["beside_flags"]),
        allergies=revived(Allergy, row["beside_allergies"]),
        plans=revived(CarePlan, row["beside_plans"]),
        steps=revived(PathwayStep, row["beside_steps"]),
        more={name: revived(rows.model, row[f"more_{name}"]) for name, rows, _ in more},
    )
    for plan in found.plans:  # what they hang on is here already
        plan.patient, plan.clinic = patient, patient.clinic
    patient._chart_rows = found  # type: ignore[attr-defined]  # kept for this request alone
    return found


def head(viewer: User, patient: Patient, tab: str) -> ChartHead:
    """The banner; nothing is asked that the page has asked already."""
    at = now()
    rows = chart_rows(patient, at=at)
    clinical = shows(viewer, Part.PROBLEM)
    today = today_at(patient.clinic.zone, now=at)
    planned = shows(viewer, Part.PLANS) and rows.plan is not None
    words, tone, where = next_decision(rows, today=today) if planned else ("", "", "")
    return ChartHead(
        team=rows.team,
        line=" · ".join(episode.problem for episode in rows.episodes) if clinical else "",
        goal=goal_words(rows.plan) if planned and rows.plan else "",
        decision=words,
        decision_tone=tone,
        decision_url=where,
        flag=next((flag for flag in rows.flags if flag.decided_at is None), None),
        status=STATUS.get(patient.status, ""),
        allergies=allergies_of(patient, rows) if shows(viewer, Part.BACKGROUND) else False,
        tabs=[
            (label, url(route, patient.pk), key == tab, None)
            for key, label, route, perm in TABS
            if viewer.may(perm)
        ],
    )


def goal_words(plan: CarePlan) -> str:
    """The goal as it stands on every page of the patient."""
    goal = goal_of(plan)
    if not goal.words:
        return ""
    return f"{goal.words}, by {day(goal.by_on)}" if goal.by_on else goal.words


def next_decision(rows: ChartRows, *, today: dt.date) -> tuple[str, str, str]:
    """(words, tone, address): a new deficit, else the step that is over first; empty for none."""
    worse = [(p.deficit_on, p.pk) for p in rows.plans if p.deficit_on]
    if worse:
        on, pk = max(worse)
        return f"New deficit {day(on)}: surgery is weighed now", "danger", url("rehab:plan", pk)
    step = next((s for s in rows.steps if s.due_on and s.state in OPEN), None)
    plan = next((p for p in rows.plans if step and p.pk == step.plan_id), None)
    if step is None or plan is None or step.due_on is None:
        return "", "", ""
    whole = max((step.due_on - plan.started_on).days // 7, 1)
    week = week_of(plan.started_on, today)
    what = f"Week {week} of {whole}: decision" if week <= whole else "Decision"
    verb = "was due" if step.due_on < today else "due"
    tone = "warn" if step.due_on <= today + SOON else "info"
    return f"{what} {verb} {day(step.due_on)}", tone, url("rehab:plan", plan.pk)


def allergies_of(patient: Patient, rows: ChartRows) -> str | None:
    """In one line; "" when asked and there are none; None when nobody has asked."""
    named = [f"{a.substance} ({a.reaction})" if a.reaction else a.substance for a in rows.allergies]
    if named:
        return ", ".join(named)
    return "" if patient.allergies_asked_at else None


def chart(request: HttpRequest) -> dict[str, Callable[[Patient, str], ChartHead]]:
    """Context processor; nothing is asked of the database until a page of a patient calls it."""

    def of(patient: Patient, tab: str) -> ChartHead:
        viewer = request.user
        assert isinstance(viewer, User)  # noqa: S101 - behind the gates of every patient page
        return head(viewer, patient, tab)

    return {"chart": of}
