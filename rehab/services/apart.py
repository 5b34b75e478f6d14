"""Two charts are two again: what was written meanwhile about a problem goes to the problem's chart.

An undone merge moves back what it had moved, and the problems with it. A plan, a first visit or a
limit that was begun in between stood on the kept chart and would stay on somebody else's.
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import F

from core.audit.services import record
from core.people.access import may_know
from core.people.models import Patient
from messaging.models import Thread, WorkItem
from rehab.models import CarePlan, FirstVisit, PathwayStep, PlanAck, PlanVersion, Restriction
from rehab.services.versions import let_go, locked, team_that_reads

# model → its name on the trail
MOVES: dict[Any, str] = {
    CarePlan: "care_plan", FirstVisit: "first_visit", Restriction: "restriction",
}  # fmt: skip


@transaction.atomic
def with_their_problems(*, charts: Sequence[Patient], now: dt.datetime) -> int:
    """Every such row of these charts to its problem's, with its promises and messages. How many.

    Twice is once.
    """
    ids = [chart.pk for chart in charts]
    list(Patient.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk"))
    count = 0
    for model, name in MOVES.items():
        rows = model.objects.select_for_update(of=("self",)).filter(patient__in=ids)
        apart = rows.filter(episode__isnull=False).exclude(episode__patient=F("patient"))
        for row in apart.select_related("episode__patient__clinic", "patient").order_by("pk"):
            _move(row, name, now)
            count += 1
    return count


def _move(row: Any, name: str, now: dt.datetime) -> None:
    was, row.patient = row.patient, row.episode.patient
    row.version += 1
    row._history_user = None
    row.save()
    for chart in (was, row.patient):
        record(
            by=None, action="refile", object_kind=name, object_id=row.pk, patient_id=chart.pk,
            now=now, reason="The merge of the two charts was undone",
        )  # fmt: skip
    subjects = {row.pk, row.episode_id}
    if isinstance(row, CarePlan):
        subjects |= _of_plan(row)
        for thread in Thread.objects.filter(messages__update__plan=row, patient=was).distinct():
            thread.patient = row.patient
            thread.save(update_fields=["patient"])
    for item in WorkItem.objects.select_for_update(of=("self",)).filter(
        subject_id__in=subjects, patient=was
    ):
        _move_item(item, row.patient, now)
    if isinstance(row, CarePlan) and row.ended_at is None:
        _readers(row, now)


def _of_plan(plan: CarePlan) -> set[uuid.UUID]:
    """What the promises of a plan are about, beside itself and its problem."""
    found: set[uuid.UUID] = set()
    for rows in (
        PathwayStep.objects.filter(plan=plan),
        PlanVersion.objects.filter(plan=plan),
        PlanAck.objects.filter(plan_version__plan=plan),
    ):
        found.update(rows.values_list("pk", flat=True))
    return found


def _move_item(item: WorkItem, patient: Patient, now: dt.datetime) -> None:
    """An owner who may not know of this chart would have a promise they cannot open."""
    item.patient = patient
    if item.closed_at is None and item.owner and not may_know(item.owner, patient, now=now):
        item.owner, item.taken_at = None, None
    item.version += 1
    item.save(update_fields=["patient", "owner", "taken_at", "version"])


def _readers(plan: CarePlan, now: dt.datetime) -> None:
    """The other chart's team reads it no more."""
    row = locked(plan)
    team = team_that_reads(row, now=now)
    waiting = PlanAck.objects.filter(
        plan_version__plan=row, acknowledged_at=None, overtaken_at=None
    ).select_related("user")
    for ack in waiting:
        if ack.user not in team:
            let_go(plan=row, user=ack.user, now=now)
