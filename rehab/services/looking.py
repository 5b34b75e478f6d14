"""The daily look at every running plan: where its pathway stands, which visits are to be booked.

Also at once, when something was measured or booked or the plan changed (handlers.py). Looking twice
changes nothing; a plan's own lock keeps two ticks apart, and each plan is its own transaction.
"""

import datetime as dt
import logging
import uuid

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from core.audit.services import record
from core.lib.states import next_state
from core.people.dates import local_day, today_at
from core.people.models import Patient
from intake.services.limits import on_hold
from messaging.models import WorkItem
from outcomes.selectors import metrics_at
from rehab.follow_up_rules import to_ask_for
from rehab.models import CarePlan, PathwayStep
from rehab.pathway_rules import OPEN, WAITING, Verdict, evaluate, side_of
from rehab.plan_body import PlanBody
from rehab.plan_rules import PATHWAY
from rehab.selectors.calendar import follow_ups_of
from rehab.selectors.pathway import readings_for
from rehab.services.limits import settle_lapsed_doubts
from rehab.services.steps import save_step
from rehab.services.versions import body_of, promise, settle

log = logging.getLogger(__name__)
BATCH = 200  # plans a tick; more wait for the next


def look(*, now: dt.datetime) -> int:
    """Every plan nobody has looked at on its clinic's today. How many; one that fails stops none.

    Raises the first failure once all had their turn, so that the tick's heartbeat stands still.
    """
    done, failure = 0, None
    for pk in due_plans(now=now):
        try:
            done += look_at(plan_id=pk, now=now)
        except Exception as error:  # noqa: BLE001 - told below
            log.warning("plan failed", extra={"plan_id": str(pk)})
            failure = failure or error
    settle_lapsed_doubts(now=now)
    if failure:
        raise failure
    return done


def due_plans(*, now: dt.datetime) -> list[uuid.UUID]:
    """Running plans with the oldest look first; a step that just changed counts as not looked at.

    In bounded batches; one that fails stays due, and only a whole batch of them could keep others
    from their turn.
    """
    today = local_day("clinic__zone", now=now)
    fresh = PathwayStep.objects.filter(plan=OuterRef("pk"), state__in=OPEN, looked_on=None)
    rows = CarePlan.objects.filter(
        Q(looked_on__isnull=True) | Q(looked_on__lt=today) | Exists(fresh), ended_at=None
    ).exclude(patient__status=Patient.Status.DECEASED)
    return list(rows.order_by("looked_on", "pk").values_list("pk", flat=True)[:BATCH])


@transaction.atomic
def look_at(*, plan_id: uuid.UUID, now: dt.datetime) -> bool:
    """One plan, under its lock: verdicts, work items, follow-ups. False for one that has ended."""
    plan = (
        CarePlan.objects.select_for_update(of=("self",))
        .select_related("patient__clinic", "clinic", "episode")
        .filter(pk=plan_id, ended_at=None)
        .first()
    )
    if plan is None:
        return False
    today = today_at(plan.clinic.zone, now=now)
    if plan.patient.status != Patient.Status.DECEASED:
        body = body_of(plan)
        look_at_steps(plan, body, today=today, now=now)
        ask_to_book(plan, body, today=today, now=now)
    if plan.looked_on != today:
        plan.looked_on = today
        plan.save_without_historical_record(update_fields=["looked_on"])  # type: ignore[attr-defined]
    return True


def look_at_steps(plan: CarePlan, body: PlanBody, *, today: dt.date, now: dt.datetime) -> None:
    """The verdict of each open step, kept; what waits for a decision is a physician's item."""
    said = {step.key: step for step in body.pathway.steps}
    rows = [row for row in plan.steps.filter(state__in=OPEN) if row.key in said]
    if not rows:
        return
    readings = readings_for(plan, {said[row.key].metric for row in rows})
    metrics = metrics_at(now, plan.clinic).by_id
    for row in rows:
        step = said[row.key]
        metric = metrics.get(step.metric)
        verdict = evaluate(
            step,
            readings,
            today,
            side=side_of(step.metric, body.goal, body.hypothesis),
            what=metric.name if metric else "",
            unit=metric.unit if metric else "",
        )
        _keep(plan, row, verdict, today=today, now=now)
        if row.state in WAITING:
            promise(plan, "pathway_step", row.pk, "A step of the plan waits for a decision",
                    None, now)  # fmt: skip
        else:
            settle("pathway_step", row.pk, "not_yet", None, now)


def _keep(
    plan: CarePlan, row: PathwayStep, verdict: Verdict, *, today: dt.date, now: dt.datetime
) -> None:
    """A look that found nothing new leaves no trace but its day."""
    was = (row.state, row.reason, row.due_on)
    found = (verdict.state, verdict.reason[:300], verdict.due_on)
    looked, row.looked_on = row.looked_on, today
    if was == found:
        if looked != today:
            row.save_without_historical_record(update_fields=["looked_on"])  # type: ignore[attr-defined]
        return
    if row.state != verdict.state:
        row.state = next_state(PATHWAY, row.state, f"find_{verdict.state}")
        row.state_at = now
        record(
            by=None,
            action=f"find_{verdict.state}",
            object_kind="pathway_step",
            object_id=row.pk,
            patient_id=plan.patient_id,
            now=now,
        )
    row.reason, row.due_on = found[1], verdict.due_on
    save_step(row, None)


def ask_to_book(plan: CarePlan, body: PlanBody, *, today: dt.date, now: dt.datetime) -> None:
    """One item of the desk's while a follow-up of the next two weeks is not booked.

    What a person closed by hand is asked again only for what came up since.
    """
    answered = (
        WorkItem.objects.filter(
            kind="follow_up", subject_id=plan.episode_id, close_event="done_by_hand"
        )
        .order_by("-closed_at")
        .values_list("closed_at", flat=True)
        .first()
    )
    wanted = to_ask_for(
        follow_ups_of(plan, body, now=now),
        today,
        held=on_hold(plan.patient),
        answered_on=today_at(plan.clinic.zone, now=answered) if answered else None,
    )
    if wanted:
        promise(
            plan, "follow_up", plan.episode_id, "Visits of the plan are to be booked", None, now
        )
    else:
        settle("follow_up", plan.episode_id, "booked", None, now)


def look_at_patient(patient_id: uuid.UUID, *, now: dt.datetime) -> None:
    """Something about this patient changed: their running plans are looked at now."""
    plans = CarePlan.objects.filter(patient=patient_id, ended_at=None).order_by("pk")
    for pk in plans.values_list("pk", flat=True):
        look_at(plan_id=pk, now=now)
