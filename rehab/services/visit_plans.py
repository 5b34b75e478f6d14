"""From a signed first visit into the plan: what hurts and why, tolerance, work, care so far."""

import datetime as dt

from django.db import transaction

from core.accounts.models import User
from core.lib.errors import Refused
from rehab.models import CarePlan, FirstVisit
from rehab.plan_body import Hypothesis, part_of
from rehab.selectors.visit_plans import parts_of
from rehab.services.plans import check_may_write, lanes_now, start_plan
from rehab.services.versions import add_version, locked
from rehab.services.versions import body_of as plan_body_of

WHY = "Taken over from the first visit"


@transaction.atomic
def plan_from_visit(*, visit: FirstVisit, by: User, now: dt.datetime) -> CarePlan:
    """The plan of the visit's problem, in one version. Taken over twice is once.

    Where a plan runs already only what nobody wrote in it yet is filled in; where the two differ
    is for people to read (`beside_plan`). Raises Refused for a visit that is not signed.
    """
    check_may_write(by)
    row = (
        FirstVisit.objects.select_for_update(of=("self",))
        .select_related("episode__patient__clinic", "patient__clinic", "clinic", "exam")
        .get(pk=visit.pk)
    )
    parts = parts_of(row, now=now)
    hypothesis = parts.pop("hypothesis", None)
    if row.state != FirstVisit.State.SIGNED or not isinstance(hypothesis, Hypothesis):
        raise Refused("Sign the first visit first; then the plan takes it over.")
    if hypothesis.lane not in lanes_now(row.clinic, now=now)[1].by_id:  # offered no longer
        hypothesis = hypothesis.model_copy(update={"lane": ""})
    there = CarePlan.objects.filter(episode=row.episode, ended_at=None).first()
    if there is None:
        return start_plan(episode=row.episode, hypothesis=hypothesis, by=by, now=now, more=parts)
    plan = locked(there)
    saved = plan_body_of(plan)
    empty = {k: p for k, p in parts.items() if part_of(saved, k) == type(p)()}
    if empty:
        filled = saved.model_copy(update=empty)
        add_version(plan, filled, part=next(iter(empty)), why=WHY, by=by, now=now)
    return plan
