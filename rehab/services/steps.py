"""The steps of a plan's pathway as rows: kept in step with the newest version."""

import datetime as dt

from core.accounts.models import User
from core.events.services import emit
from core.lib.states import next_state
from messaging.models import WorkItem
from messaging.services.work import close_item
from rehab.models import CarePlan, PathwayStep
from rehab.pathway_rules import ends_on
from rehab.plan_body import PlanBody
from rehab.plan_rules import PATHWAY

OVER = (PathwayStep.State.DECIDED, PathwayStep.State.DROPPED)


def sync_steps(plan: CarePlan, body: PlanBody, *, by: User | None, now: dt.datetime) -> None:
    """A row for each step the version names; what it names no more is dropped.

    A service is told to who prepares it as soon as the plan names it, long before it is needed.
    The caller holds the plan's lock.
    """
    there = {row.key: row for row in plan.steps.all()}
    for position, step in enumerate(body.pathway.steps):
        row = there.pop(step.key, None)
        fresh = row is None
        row = row or PathwayStep(plan=plan, key=step.key, state_at=now, position=position)
        was = (row.position, row.service, row.due_on, row.state)
        if row.state == PathwayStep.State.DROPPED:
            row.state, row.state_at = next_state(PATHWAY, row.state, "reopen"), now
            row.reason = ""
        row.position, row.due_on = position, ends_on(step)
        _name_service(row, step.service, now)
        if fresh or was != (row.position, row.service, row.due_on, row.state):
            row.looked_on = None  # the next round looks at it anew
            save_step(row, by)
    for row in there.values():
        if row.state not in OVER:
            row.state, row.state_at = next_state(PATHWAY, row.state, "drop"), now
            save_step(row, by)
            _close_items(row, by, now)


def _name_service(row: PathwayStep, service: str, now: dt.datetime) -> None:
    """Told once; another service in the same step is told anew."""
    if row.service == service and (row.named_at or not service):
        return
    row.service, row.named_at = service, now if service else None
    if service:
        emit(name="rehab.service_named", subject_id=row.pk, now=now)


def _close_items(row: PathwayStep, by: User | None, now: dt.datetime) -> None:
    """Not `settle` of versions.py, which calls this module."""
    for item in WorkItem.objects.filter(
        kind="pathway_step", subject_id=row.pk, closed_at__isnull=True
    ):
        close_item(item=item, by=by, now=now, event="step_dropped")


def save_step(row: PathwayStep, by: User | None) -> None:
    if not row._state.adding:
        row.version += 1
    row._history_user = by  # type: ignore[attr-defined]
    row.save()
