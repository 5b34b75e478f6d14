"""Doors of the plan: read, begun, compared, acknowledged, co-signed, ended, printed."""

import uuid
from typing import Any

from csp.decorators import csp_update
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.accounts.access import requires
from core.accounts.permissions import Perm
from core.lib.clock import now
from core.lib.errors import NotFound, Refused
from core.lib.forms import version_of
from core.people.access import patient_for
from core.people.http import StaffRequest
from core.people.models import Episode
from core.work.limits import limited
from intake.letter_views import VIEWER
from rehab.documents import print_sheet
from rehab.models import CarePlan, PlanAck, PlanVersion
from rehab.part_forms import Typed, columns_of, read, texts_of
from rehab.part_views import options_of
from rehab.plan_body import PARTS, Hypothesis, part_of
from rehab.plan_rules import readable
from rehab.selectors import plans as selectors
from rehab.selectors.calendar import book_at, book_next
from rehab.selectors.fetching import row_for
from rehab.selectors.limits import limits_now
from rehab.services import plans as services


@requires(Perm.CHART_VIEW)
@require_GET
def plans(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """A patient's plan; where there are several, or with `?all=1`, each problem's with those that
    ended, and what has none yet."""
    at = now()
    patient = patient_for(request.user, pk, now=at)
    rows = selectors.plans_of(request.user, patient, now=at)
    running = [row for row in rows if row.ended_at is None]
    missing = selectors.episodes_without_plan(patient)
    if len(running) == 1 and not missing and not request.GET.get("all"):
        return plan_page(request, running[0])
    context = {
        "patient": patient,
        "tab": "plan",
        "rows": rows,
        "missing": missing,
        "may_write": request.user.may(Perm.PLAN_WRITE),
    }
    return render(request, "rehab/plans.html", context)


@requires(Perm.CHART_VIEW)
@require_GET
def plan(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """One plan as it is now."""
    return plan_page(request, row_for(CarePlan, request.user, pk, now=now()))


def plan_page(request: StaffRequest, row: CarePlan) -> HttpResponse:
    at = now()
    before = request.GET.get("before", "")
    shown = int(before) if before.isdecimal() and len(before) < 7 else None
    page = selectors.plan_page(request.user, row, now=at, before=shown)
    names = selectors.names_of(row, now=at)
    user = request.user
    context = {
        "patient": row.patient,
        "tab": "plan",
        "plan": row,
        "page": page,
        "titles": PARTS,
        "parts": [
            (key, title, readable(part_of(page.body, key), names)) for key, title in PARTS.items()
        ],
        "limits": limits_now(user, row.patient, now=at),
        "may_write": user.may(Perm.PLAN_WRITE) and row.ended_at is None,
        "may_cosign": user.may(Perm.PLAN_COSIGN),
        "book": book_at(user, row),
    }
    return render(request, "rehab/plan.html", context)


@requires(Perm.SCHEDULE_BOOK)
@require_GET
def book_visit(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """The page of “follow-ups to book”: free times for what that problem’s plan asks for first."""
    at = now()
    episode = Episode.objects.filter(pk=pk).first()
    patient_for(request.user, episode.patient_id if episode else uuid.UUID(int=0), now=at)
    if episode is None:
        raise NotFound("There is no such problem.")
    return redirect(book_next(request.user, episode, now=at))


@requires(Perm.PLAN_WRITE)
@require_http_methods(["GET", "POST"])
def start(request: StaffRequest, pk: uuid.UUID, episode_pk: uuid.UUID) -> HttpResponse:
    """Begin the plan of a problem with what hurts and why."""
    at = now()
    patient = patient_for(request.user, pk, now=at)
    episode = patient.episodes.filter(pk=episode_pk).select_related("patient__clinic").first()
    if episode is None:
        raise NotFound("This patient has no such problem.")
    columns = columns_of(Hypothesis, options_of(patient.clinic, at=at))
    side = episode.side or ""
    blank = Hypothesis.model_validate({"words": episode.problem, "side": side})
    typed = Typed(texts_of(blank, columns))
    if request.method == "POST":
        typed = read(Hypothesis, columns, request.POST)
        try:
            if isinstance(typed.value, Hypothesis):
                made = services.start_plan(
                    episode=episode,
                    hypothesis=typed.value,
                    by=request.user,
                    now=at,
                    only_mine=True,
                )
                messages.success(request, "Begun. Write the goal and the therapy order next.")
                return redirect("rehab:plan", made.pk)
        except services.PartRefused as refusal:
            typed = Typed(typed.texts, problems=refusal.problems)
        except Refused as refusal:
            typed = Typed(typed.texts, problems={"": str(refusal)})
    context: dict[str, Any] = {
        "patient": patient,
        "tab": "plan",
        "episode": episode,
        "title": "Begin the plan",
        "columns": columns,
        "texts": typed.texts,
        "problems": typed.problems,
        "hint": "",
    }
    return render(request, "rehab/part.html", context, status=422 if typed.problems else 200)


@requires(Perm.CHART_VIEW)
@require_GET
def version(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """What one version said, and what it changed."""
    at = now()
    row = row_for(PlanVersion, request.user, pk, now=at)
    body = selectors.body_at(row.plan, row.number)
    names = selectors.names_of(row.plan, now=at)
    parts = [(title, readable(part_of(body, key), names)) for key, title in PARTS.items()]
    context = {
        "patient": row.plan.patient,
        "tab": "plan",
        "plan": row.plan,
        "row": row,
        "changes": selectors.changes_between(row.plan, row.number - 1, row.number, now=at),
        "parts": [(title, lines) for title, lines in parts if lines],
        "limits": body.limits,
        "near": selectors.beside(row),
        "acks": row.acks.select_related("user").order_by("user__full_name"),
        "may_cosign": request.user.may(Perm.PLAN_COSIGN)
        and row.cosign_needed
        and row.cosigned_at is None
        and row.made_by_id != request.user.pk,
    }
    return render(request, "rehab/plan_version.html", context)


@requires(Perm.PLAN_COSIGN, reauth=True)
@require_POST
def cosign(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """A physician stands by a version somebody else wrote."""
    at = now()
    row = row_for(PlanVersion, request.user, pk, now=at)
    services.cosign(plan_version=row, by=request.user, now=at)
    messages.success(request, "Co-signed.")
    return redirect("rehab:plan_version", pk)


@requires(Perm.CHART_VIEW)
@require_GET
def changed(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """What changed since this reader acknowledged the plan last."""
    at = now()
    ack = row_for(PlanAck, request.user, pk, now=at)
    plan, number = ack.plan_version.plan, ack.plan_version.number
    since = selectors.last_read(request.user, plan, before=number)
    context = {
        "patient": plan.patient,
        "tab": "plan",
        "plan": plan,
        "ack": ack,
        "since": since,
        "changes": selectors.changes_between(plan, since, number, now=at),
        "mine": ack.user_id == request.user.pk,
    }
    return render(request, "rehab/changed.html", context)


@requires(Perm.CHART_VIEW)
@require_POST
def acknowledge(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """“I have read it.”"""
    at = now()
    ack = row_for(PlanAck, request.user, pk, now=at)
    services.acknowledge(ack=ack, by=request.user, now=at)
    messages.success(request, "Noted: you have read it.")
    return redirect("rehab:plan", ack.plan_version.plan_id)


@requires(Perm.PLAN_WRITE)
@require_POST
def end_plan(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """The plan is over, with the reason."""
    at = now()
    row = row_for(CarePlan, request.user, pk, now=at)
    services.end_plan(
        plan=row,
        reason=request.POST.get("reason", ""),
        by=request.user,
        now=at,
        version=version_of(request),
    )
    messages.success(request, "Ended. It stays readable here.")
    return redirect("rehab:plan", pk)


@requires(Perm.CHART_VIEW)
@require_GET
@limited("letter", 20, per=60)  # type: ignore[arg-type]  # csp's types know no arguments
@csp_update(VIEWER)  # type: ignore[arg-type]  # likewise
def plan_pdf(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """The sheet the patient leaves with: plan, pathway, calendar; its file name names nobody."""
    at = now()
    row = row_for(CarePlan, request.user, pk, now=at)
    response = HttpResponse(print_sheet(request.user, row, now=at), content_type="application/pdf")
    response["Content-Disposition"] = 'inline; filename="plan.pdf"'
    return response
