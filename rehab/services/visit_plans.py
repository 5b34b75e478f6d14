"""From a signed first visit into the plan: what hurts and why, tolerance, work, care so far."""

import datetime as dt

from django.db import transaction

from core.accounts.models import User
from core.lib.errors import Refused
from core.protocols.selectors import protocol_of
from outcomes.services.measures import metrics_now
from rehab.models import CarePlan, FirstVisit
from rehab.plan_body import PriorCare, Work, Written, part_of
from rehab.services.plans import check_may_write, lanes_now, start_plan
from rehab.services.versions import add_version, locked
from rehab.services.versions import body_of as plan_body_of
from rehab.services.visits import body_of
from rehab.visit_body import findings_of
from rehab.visit_rules import chosen_of, plan_hypothesis, plan_tolerance, weighed

WHY = "Taken over from the first visit"


@transaction.atomic
def plan_from_visit(*, visit: FirstVisit, by: User, now: dt.datetime) -> CarePlan:
    """The plan of the visit's problem, in one version. Taken over twice is once.

    Where a plan runs already only what nobody wrote in it yet is filled in. Raises Refused for a
    visit that is not signed.
    """
    check_may_write(by)
    row = (
        FirstVisit.objects.select_for_update(of=("self",))
        .select_related("episode__patient__clinic", "patient__clinic", "clinic", "exam")
        .get(pk=visit.pk)
    )
    body = body_of(row)
    chosen = chosen_of(body)
    if row.state != FirstVisit.State.SIGNED or chosen is None:
        raise Refused("Sign the first visit first; then the plan takes it over.")
    exam, metrics = protocol_of(row.exam), metrics_now(row.clinic, now=now)[1]
    lanes = lanes_now(row.clinic, now=now)[1]
    hypothesis = plan_hypothesis(weighed(chosen, findings_of(body), exam, lanes))
    parts: dict[str, Written] = {
        "tolerance": plan_tolerance(body, exam, metrics),
        "work": body.work,
        "prior_care": body.prior_care,
    }
    parts = {name: part for name, part in parts.items() if part not in (Work(), PriorCare())}
    there = CarePlan.objects.filter(episode=row.episode, ended_at=None).first()
    if there is None:
        return start_plan(episode=row.episode, hypothesis=hypothesis, by=by, now=now, more=parts)
    plan = locked(there)
    saved = plan_body_of(plan)
    empty = {k: p for k, p in parts.items() if part_of(saved, k) == type(p)() and p != type(p)()}
    if empty:
        filled = saved.model_copy(update=empty)
        add_version(plan, filled, part=next(iter(empty)), why=WHY, by=by, now=now)
    return plan
