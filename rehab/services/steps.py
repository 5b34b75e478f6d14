"""The steps of a plan's pathway as rows: kept in step with the newest version."""

import datetime as dt

from core.accounts.models import User
from core.events.services import emit
from core.lib.states import next_state
from messaging.models import WorkItem
from messaging.services.work import close_item
from rehab.models import CarePlan, PathwayStep
from rehab.plan_body import PlanBody, Step
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
        row.position, row.service, row.due_on = position, step.service, ends_on(step)
        _name_service(row, now)
        if fresh or was != (row.position, row.service, row.due_on, row.state):
            row.looked_on = None  # the next round looks at it anew
            save_step(row, by)
    for row in there.values():
        if row.state not in OVER:
            row.state, row.state_at = next_state(PATHWAY, row.state, "drop"), now
            save_step(row, by)
            _close_items(row, by, now)


def ends_on(step: Step) -> dt.date | None:
    """The day on which its trial is over."""
    if step.starts_on is None or step.weeks is None:
        return None
    return step.starts_on + dt.timedelta(weeks=step.weeks)


def _name_service(row: PathwayStep, now: dt.datetime) -> None:
    if row.service and row.named_at is None:
        row.named_at = now
        emit(name="rehab.service_named", subject_id=row.pk, now=now)


def _close_items(row: PathwayStep, by: User | None, now: dt.datetime) -> None:
    for item in WorkItem.objects.filter(
        kind="pathway_step", subject_id=row.pk, closed_at__isnull=True
    ):
        close_item(item=item, by=by, now=now, event="step_dropped")


def save_step(row: PathwayStep, by: User | None) -> None:
    if not row._state.adding:
        row.version += 1
    row._history_user = by  # type: ignore[attr-defined]
    row.save()
