"""Doors of the three-element update: write one, read those that were sent."""

import datetime as dt
import uuid
from collections.abc import Mapping

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from core.accounts.access import requires
from core.accounts.permissions import Perm
from core.lib.clock import now
from core.lib.errors import Conflict, Refused
from core.lib.forms import key_of
from core.people.http import StaffRequest
from outcomes.posted import instant_and_id
from rehab.models import CarePlan
from rehab.selectors import updates as found
from rehab.selectors.fetching import row_for
from rehab.services.updates import Unwritten, send
from rehab.update_rules import ELEMENT, LABELS


@requires(Perm.UPDATE_SEND)
@require_http_methods(["GET", "POST"])
def write_update(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """Three short elements, drafted; a refused one is shown again as it was typed."""
    at = now()
    plan = row_for(CarePlan, request.user, pk, now=at)
    if request.method == "GET":
        return update_page(request, plan, at)
    people = {str(user.pk): user for user in found.reached_by(plan, request.user, now=at)}
    try:
        chosen = request.POST.getlist("to")
        if set(chosen) - set(people):
            raise Refused(
                "Not sent: somebody you chose cannot get it any more. Look whom it reaches now, "
                "then send it."
            )
        send(
            plan=plan,
            **{name: request.POST.get(name, "") for name in LABELS},
            to=[people[one] for one in chosen],
            by=request.user,
            now=at,
            key=key_of(request),
            head=head_of(request),
        )
    except Conflict as conflict:
        if conflict.version is None:  # the plan has ended: its own page says so
            raise
        return update_page(request, plan, at, status=409, conflict=conflict)
    except Unwritten as refusal:
        return update_page(request, plan, at, status=422, problems=refusal.problems)
    except Refused as refusal:
        return update_page(request, plan, at, status=422, problems={"to": str(refusal)})
    messages.success(request, "The update is sent.")
    return redirect("rehab:updates", plan.pk)


def head_of(request: StaffRequest) -> int:
    """The version of the plan as the page showed it."""
    text = request.POST.get("head", "")
    if not (text.isascii() and text.isdecimal() and len(text) < 9):
        raise Refused("This form was incomplete. Reload the page and try again.")
    return int(text)


def update_page(
    request: StaffRequest,
    plan: CarePlan,
    at: dt.datetime,
    *,
    status: int = 200,
    problems: Mapping[str, str] | None = None,
    conflict: Conflict | None = None,
) -> HttpResponse:
    if conflict is not None:
        plan.refresh_from_db(fields=["head", "version"])
    ground = found.ground_of(request.user, plan, now=at)
    people = found.reached_by(plan, request.user, now=at)
    fresh = {name: getattr(ground.draft, name) for name in LABELS}
    kept = found.unsent(request.user, plan) if request.method == "GET" else {}
    kept = {name: said for name, said in kept.items() if said[0] != fresh[name]}
    anew = "anew" in request.GET  # the new draft, although there is unsent text
    typed = {} if anew else {name: text for name, (text, _) in kept.items()}
    if request.method == "POST":
        typed = {name: request.POST[name] for name in LABELS if name in request.POST}
    chosen = (
        request.POST.getlist("to")
        if request.method == "POST"
        else [str(user.pk) for user in found.referrers(people)]
    )
    return render(
        request,
        "rehab/write_update.html",
        {
            "patient": plan.patient,
            "tab": "plan",
            "plan": plan,
            "ground": ground,
            "people": people,
            "chosen": chosen,
            "words": fresh | typed,
            "unsent_at": min((when for _, when in kept.values()), default=None),
            "anew": anew,
            "problems": problems or {},
            "conflict": conflict,
            "longest": ELEMENT,
        },
        status=status,
    )


@requires(Perm.CHART_VIEW)
@require_GET
def updates(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """Every update of a plan, the newest on top, with who saw it."""
    plan = row_for(CarePlan, request.user, pk, now=now())
    rows = found.updates_page(plan, before=instant_and_id(request.GET.get("before", "")))
    more = len(rows) > found.PAGE
    rows = rows[: found.PAGE]
    return render(
        request,
        "rehab/updates.html",
        {
            "patient": plan.patient,
            "tab": "plan",
            "plan": plan,
            "rows": rows,
            "older": f"{rows[-1].at.isoformat()}_{rows[-1].pk}" if more else "",
            "may_send": request.user.may(Perm.UPDATE_SEND) and plan.ended_at is None,
        },
    )
