"""Doors of the parts of a plan: one form for each, and the lane's standing order."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from core.accounts.access import requires
from core.accounts.permissions import Perm
from core.lib.clock import now
from core.lib.errors import NotFound, Refused
from core.lib.forms import version_of
from core.people.dates import today_at
from core.people.http import StaffRequest
from core.people.models import Clinic
from core.protocols.selectors import protocol_of
from outcomes.selectors import metrics_at
from rehab.lane_rules import proposed_goal, proposed_therapy
from rehab.models import CarePlan
from rehab.part_forms import Column, Options, Typed, columns_of, read, texts_of
from rehab.pathway_rules import propose_steps
from rehab.plan_body import PARTS, Goal, Pathway, PlanBody, PriorCare, Therapy, Written, part_of
from rehab.plan_rules import may_be_kept
from rehab.protocol_schema import LanesProtocol
from rehab.selectors.fetching import row_for
from rehab.selectors.plans import body_at, measured_goal
from rehab.services.plans import PartRefused, lanes_now, revise, start_standing_order

FORM = require_http_methods(["GET", "POST"])


def options_of(clinic: Clinic, *, at: dt.datetime) -> Options:
    """The choices that come from protocols: the lanes, and what is measured."""
    lanes: LanesProtocol = lanes_now(clinic, now=at)[1]
    metrics = metrics_at(at, clinic)
    return {
        "lane": (("", "No lane fits"), *((row.id, row.name) for row in lanes.lanes)),
        "metric": (
            ("", "Not by a number"),
            *((row.id, f"{row.name} ({row.unit})") for row in metrics.metrics),
        ),
        "icd10": (),
    }


@requires(Perm.PLAN_WRITE)
@FORM
def part(request: StaffRequest, pk: uuid.UUID, part: str) -> HttpResponse:
    """One part of the plan: its form, or a new version that says so."""
    at = now()
    plan = row_for(CarePlan, request.user, pk, now=at)
    if part not in PARTS:
        raise NotFound("The plan has no such part.")
    body = body_at(plan, plan.head)
    written = part_of(body, part)
    columns = columns_of(type(written), options_of(plan.clinic, at=at))
    if request.method != "POST":
        shown, hint = begun(request, plan, body, part, at)
        return form(request, plan, part, columns, texts_of(shown, columns), hint=hint)
    typed = read(type(written), columns, request.POST)
    if "more" in request.POST:  # another empty row, nothing else
        return form(request, plan, part, columns, typed.texts, status=200)
    if typed.value is None:
        return form(request, plan, part, columns, typed.texts, typed=typed)
    try:
        revise(
            plan=plan,
            part=part,
            value=typed.value,
            base=began_with(request.POST.get("was_head", "")) or version_of(request),
            seen=version_of(request),
            by=request.user,
            now=at,
            why=request.POST.get("why", ""),
        )
    except PartRefused as refusal:
        asked = may_be_kept(typed.value, body.goal) if isinstance(typed.value, Therapy) else []
        problem = Typed(typed.texts, problems=refusal.problems)
        return form(request, plan, part, columns, typed.texts, typed=problem, asked=asked)
    except Refused as refusal:
        problem = Typed(typed.texts, problems={"": str(refusal)})
        return form(request, plan, part, columns, typed.texts, typed=problem)
    messages.success(request, "Saved. The care team is told.")
    return redirect("rehab:plan", plan.pk)


def began_with(text: str) -> int:
    """The version the form began with, the same when one’s own is sent once more; 0 for none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0


def begun(
    request: StaffRequest, plan: CarePlan, body: PlanBody, part: str, at: dt.datetime
) -> tuple[Written, str]:
    """What the form begins with: what is written, else what the lane proposes."""
    written = part_of(body, part)
    lanes: LanesProtocol = protocol_of(plan.lanes)  # those the plan came from
    lane = lanes.by_id.get(plan.lane)
    today = today_at(plan.clinic.zone, now=at)
    if lane and isinstance(written, Therapy) and written == Therapy():
        said = f"Proposed by the lane “{lane.name}”. Bend it to this patient; doses are yours."
        return proposed_therapy(lane, today=today), said
    if lane and isinstance(written, Pathway) and written == Pathway():
        steps = propose_steps(lane, lanes, goal=body.goal, started_on=today)
        said = f"Proposed by the lane “{lane.name}”. What no source names is left for you to write."
        return Pathway(steps=steps), said
    window = lane.pathway.window if lane and lane.pathway else None
    if lane and window and isinstance(written, PriorCare) and written == PriorCare():
        said = f"Proposed by the lane “{lane.name}”. Care before counts where a record shows it."
        return PriorCare(window_weeks=window.weeks, started_on=plan.started_on), said
    if isinstance(written, Goal) and written == Goal():
        goal = proposed_goal(lane) if lane else Goal()
        goal = measured_goal(request.user, plan.patient, goal, now=at)
        example = lane.metric.example if lane else ""
        return goal, f"For example: {example}." if example else ""
    return written, ""


def form(  # noqa: PLR0913 - one page, what it shows
    request: StaffRequest,
    plan: CarePlan,
    part: str,
    columns: tuple[Column, ...],
    texts: Mapping[str, Any],
    *,
    typed: Typed | None = None,
    hint: str = "",
    asked: Sequence[str] = (),
    status: int | None = None,
) -> HttpResponse:
    problems = typed.problems if typed else {}
    context = {
        "patient": plan.patient,
        "tab": "plan",
        "plan": plan,
        "part": part,
        "title": PARTS[part],
        "columns": columns,
        "texts": texts,
        "problems": problems,
        "hint": hint,
        "asked": asked,
        "base": request.POST.get("version", plan.head),
        "was_head": request.POST.get("was_head", plan.head),
        "why": request.POST.get("why", ""),
    }
    return render(request, "rehab/part.html", context, status=status or (422 if problems else 200))


@requires(Perm.PLAN_WRITE)
@require_POST
def standing(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """Begin the lane's standing order: therapy starts the same day."""
    at = now()
    plan = row_for(CarePlan, request.user, pk, now=at)
    start_standing_order(plan=plan, by=request.user, now=at, base=version_of(request))
    messages.success(
        request, "Begun. Write doses and how often before the first session; a physician co-signs."
    )
    return redirect("rehab:plan", plan.pk)
