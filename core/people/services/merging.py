"""Two charts of one person become one: every row that names the other one moves, and back again.

The models are found by walking the foreign keys, so a new app's rows move without being named here.
What the database would refuse (two legal holds, two visits at one time), and what a higher app says
may not be (`settings.MERGE_CHECKS`), stops the merge with a sentence. Audit rows never move: the
trail of a chart is read together with that of the charts merged into it.

Everybody else locks a call or a request before its patient, and a patient before their visits; a
merge holds both charts and then needs all of it. So it takes every lock at once, right after the
charts', and gives up before the database would look for a deadlock and end somebody else's work.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import IntegrityError, OperationalError, connection, models, transaction
from django.utils.module_loading import import_string

from core.accounts.models import User
from core.audit.services import record
from core.events.models import DomainEvent
from core.events.services import emit
from core.lib.errors import Conflict
from core.people.merge_rules import DIED, STRICTER, disagree_on_death, taken_over
from core.people.models import Coverage, Merge, MovedRow, Patient
from core.people.related import charts_of
from core.people.services.sheets import next_priority, reason_of, refresh_search

LATE = dt.timedelta(minutes=2)  # no request and no task runs longer
# Constraint → "" when the other chart's row simply stays there as history, else what to do first.
WORDS = {
    "care_team_once": "",  # the same person on both teams
    "grant_once": "",
    "legal_hold_once": "Both charts are under legal hold. Lift one of them first.",
}
LONGEST_WAIT = "400ms"  # for each lock; less than deadlock_timeout, a second
LOCK_NOT_AVAILABLE = "55P03"
BUSY = (
    "Somebody is writing on one of these charts at this moment, so nothing was changed. Open the "
    "page again in a minute."
)
STOPS = "Both charts have {what} where one chart may have only one. End one of them first."


@dataclass
class Plan:
    """What a merge would do: rows by kind, and what stands in its way."""

    moves: dict[str, int] = field(default_factory=dict)
    stays: dict[str, int] = field(default_factory=dict)
    taken_over: dict[str, Any] = field(default_factory=dict)  # column → value the kept chart gets
    conflicts: list[str] = field(default_factory=list)


def columns_to_patient() -> Iterator[tuple[type[models.Model], str]]:
    """(model, column) of every direct link to a chart, histories and the merge log apart."""
    for model in apps.get_models():
        if model in (Patient, Merge) or model.__name__.startswith("Historical"):
            continue
        for column in model._meta.concrete_fields:
            if column.is_relation and column.related_model is Patient:
                yield model, column.name


class Rehearsed(Exception):
    """Carries nothing: it only takes the rehearsal back."""


def plan_merge(*, kept: Patient, gone: Patient, by: User, now: dt.datetime) -> Plan:
    """The merge rehearsed and taken back: the same steps, so the same conflicts."""
    plan = Plan()
    try:
        with impatiently():
            _merge(kept, gone, "rehearsal", by, now, plan)
            raise Rehearsed
    except Rehearsed:
        return plan
    except Conflict as busy:
        return Plan(conflicts=[str(busy)])


@contextmanager
def impatiently() -> Iterator[None]:
    """A transaction that waits for nobody for long. Raises Conflict: try again in a minute."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{LONGEST_WAIT}'")
            yield
            cursor.execute("SET LOCAL lock_timeout TO DEFAULT")
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", "") == LOCK_NOT_AVAILABLE:
            raise Conflict(BUSY) from error
        raise


@impatiently()
def merge(*, kept: Patient, gone: Patient, reason: str, by: User, now: dt.datetime) -> Merge:
    """`gone` becomes part of `kept`. Raises Conflict with everything that stands in the way."""
    plan = Plan()
    done = _merge(kept, gone, reason_of(reason), by, now, plan)
    if plan.conflicts or done is None:
        raise Conflict(" ".join(plan.conflicts))
    for patient in (kept, gone):
        record(by=by, action="merge", object_kind="merge", object_id=done.pk,
               patient_id=patient.pk, now=now, reason=done.reason)  # fmt: skip
    if plan.taken_over:
        record(by=by, action="change", object_kind="patient", object_id=done.kept_id,
               patient_id=done.kept_id, now=now, fields=sorted(plan.taken_over))  # fmt: skip
    if done.kept.status == Patient.Status.DECEASED:  # what moved here is called off too
        emit(name="people.status_changed", subject_id=done.kept_id, now=now, ring=True)
    late = emit(name="people.charts_merged", subject_id=done.pk, now=now)
    late.next_attempt_at = now + LATE
    late.save(update_fields=["next_attempt_at"])
    return done


@impatiently()
def move_late_rows(event: DomainEvent, now: dt.datetime) -> None:
    """Rows of requests that had fetched the other chart before the merge and wrote after it."""
    row = Merge.objects.select_for_update().filter(pk=event.subject_id, undone_at=None).first()
    while row is not None:
        _both(row.kept, row.gone)
        _lock_rows(row.gone)
        for model, column in columns_to_patient():
            for item in model._default_manager.filter(**{column: row.gone}).order_by("pk"):
                _move(row, item, column, Plan())
        # The kept chart may have been merged away itself before this event came round.
        later = Merge.objects.select_for_update().filter(gone=row.kept_id, undone_at=None)
        row = later.first()


def _merge(
    kept: Patient, gone: Patient, reason: str, by: User, now: dt.datetime, plan: Plan
) -> Merge | None:
    kept, gone = _both(kept, gone)
    plan.conflicts += _stand_apart(kept, gone)
    for check in settings.MERGE_CHECKS:
        said: Callable[[Patient, Patient], Sequence[str]] = import_string(check)
        plan.conflicts += said(kept, gone)
    if plan.conflicts:
        return None
    _lock_rows(gone)
    row = Merge.objects.create(kept=kept, gone=gone, reason=reason, merged_at=now, merged_by=by)
    for model, column in columns_to_patient():
        for item in model._default_manager.filter(**{column: gone}).order_by("pk"):
            _move(row, item, column, plan)
    _sign_in(row, kept, gone)
    gone.merged_into = kept
    gone.version += 1
    gone.save()
    plan.taken_over = taken_over(kept, gone)
    _take_over(row, kept, plan.taken_over)
    refresh_search(kept)
    kept.version += 1
    kept.save()
    return row


def _both(kept: Patient, gone: Patient) -> tuple[Patient, Patient]:
    """Both charts locked, always in one order; whoever writes to either waits."""
    rows = {
        p.pk: p
        for p in Patient.objects.select_for_update()
        .filter(pk__in=[kept.pk, gone.pk])
        .order_by("pk")
    }
    return rows[kept.pk], rows[gone.pk]


def _lock_rows(gone: Patient) -> None:
    """Every row that will move, before the first one does: what follows waits for nobody."""
    for model, column in columns_to_patient():
        rows = model._default_manager.select_for_update(of=("self",), no_key=True)
        list(rows.filter(**{column: gone}).order_by("pk").values_list("pk", flat=True))


def _stand_apart(kept: Patient, gone: Patient) -> list[str]:
    found = []
    if kept.pk == gone.pk:
        return ["That is the same chart."]
    if kept.clinic_id != gone.clinic_id:
        found.append("The charts belong to two clinics. Each clinic keeps its own.")
    if kept.merged_into_id or gone.merged_into_id:
        found.append("One of them was merged before. Open the page again.")
    if kept.user_id and gone.user_id:
        found.append("Both have a sign-in of their own. Close one of them first.")
    if disagree_on_death(kept, gone):
        found.append(DIED)
    return found


def _move(row: Merge, item: Any, column: str, plan: Plan) -> None:
    kind = str(item._meta.verbose_name)
    wanted: dict[str, Any] = {column: row.kept}
    if isinstance(item, Coverage) and _place_taken(item, row.kept_id):
        wanted["priority"] = next_priority(row.kept_id)
    try:
        with transaction.atomic():
            _set(row, item, wanted)
    except IntegrityError as error:
        name = constraint_of(error)
        words = WORDS.get(name, STOPS.format(what=f"a {kind}"))
        if words:
            plan.conflicts.append(words)
        else:
            plan.stays[kind] = plan.stays.get(kind, 0) + 1
        return
    plan.moves[kind] = plan.moves.get(kind, 0) + 1


def constraint_of(error: IntegrityError) -> str:
    """The name of the rule the database upheld."""
    diagnosis = getattr(error.__cause__, "diag", None)
    named = getattr(diagnosis, "constraint_name", "") or ""
    return str(named) or "".join(re.findall(r'constraint "(\w+)"', str(error)))


def _place_taken(item: Coverage, kept_id: Any) -> bool:
    """Both charts may have a first insurance: the moved one takes the next free place."""
    if item.ended_at or item.ends_on:
        return False
    running = Coverage.objects.filter(patient=kept_id, ended_at=None, ends_on=None)
    return running.filter(priority=item.priority).exists()


def _set(row: Merge, item: Any, wanted: dict[str, Any]) -> None:
    """Columns of one row, written down first; saved, so that the row's history tells it."""
    for column, value in wanted.items():
        raw = item._meta.get_field(column).attname
        MovedRow.objects.create(
            merge=row, model=item._meta.label_lower, row_pk=str(item.pk), column=column,
            was=str(getattr(item, raw)),
        )  # fmt: skip
        setattr(item, column, value)
    item.save(update_fields=list(wanted))


def _sign_in(row: Merge, kept: Patient, gone: Patient) -> None:
    """The portal sign-in goes with the person."""
    user, gone.user = gone.user, None
    if user is None:
        return
    gone.save(update_fields=["user"])
    MovedRow.objects.create(
        merge=row, model="people.patient", row_pk=str(gone.pk), column="user", was=str(user.pk)
    )
    kept.user = user


def _take_over(row: Merge, kept: Patient, facts: dict[str, Any]) -> None:
    """Onto the kept chart. The log names the history row before it: values stand in no log."""
    if not facts:
        return
    if not kept.history.exists():
        kept.save()
    before = kept.history.order_by("-history_id").values_list("history_id", flat=True)[0]
    for column, value in facts.items():
        MovedRow.objects.create(
            merge=row, model="people.patient", row_pk=str(kept.pk), column=column, was=str(before)
        )
        setattr(kept, column, value)


@dataclass
class Undone:
    """What an undo moved back, and what it had to leave."""

    back: int = 0
    left: int = 0


@impatiently()
def undo_merge(*, merge: Merge, reason: str, by: User, now: dt.datetime) -> Undone:
    """Every moved row goes back that still is where the merge put it; what was written since stays.

    Raises Conflict when it was undone before, or when the kept chart was itself merged since.
    """
    kept, gone = _both(merge.kept, merge.gone)
    row = Merge.objects.select_for_update().get(pk=merge.pk)
    if row.undone_at:
        raise Conflict("This merge was undone before. Open the page again.")
    if kept.merged_into_id:
        raise Conflict(
            "The chart that was kept was merged into another one since. Undo that first."
        )
    words = reason_of(reason)
    done = Undone()
    _lock_moved(row)
    gone.merged_into = None
    for (model, pk), columns in _by_row(row).items():
        if _back(model, pk, columns, kept, gone):
            done.back += 1
        else:
            done.left += 1
    gone.version += 1
    refresh_search(gone)
    gone.save()
    refresh_search(kept)
    kept.version += 1
    kept.save()
    row.undone_at, row.undone_by, row.undo_reason = now, by, words
    row.save(update_fields=["undone_at", "undone_by", "undo_reason"])
    for patient in (kept, gone):
        record(by=by, action="undo_merge", object_kind="merge", object_id=row.pk,
               patient_id=patient.pk, now=now, reason=words)  # fmt: skip
    emit(name="people.merge_undone", subject_id=row.pk, now=now)
    return done


def _lock_moved(row: Merge) -> None:
    """As `_lock_rows`, of what goes back."""
    keys: dict[str, list[str]] = {}
    for label, pk in _by_row(row):
        keys.setdefault(label, []).append(pk)
    for name in sorted(set(keys) - {"people.patient"}):
        model = apps.get_model(name)
        rows = model._default_manager.select_for_update(of=("self",), no_key=True)
        list(rows.filter(pk__in=keys[name]).order_by("pk").values_list("pk", flat=True))


def _by_row(row: Merge) -> dict[tuple[str, str], dict[str, str]]:
    """(model, key) → column → what stood there, in the order in which they moved."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for moved in row.moved.order_by("pk"):
        found.setdefault((moved.model, moved.row_pk), {})[moved.column] = moved.was
    return found


def _back(model: str, pk: str, columns: dict[str, str], kept: Patient, gone: Patient) -> bool:
    """One row as it stood before the merge; False when it went elsewhere since, or cannot."""
    if model == "people.patient" and "user" not in columns:
        return _facts_back(columns, kept, gone)
    if model == "people.patient":  # the sign-in
        if str(kept.user_id) != columns["user"]:
            return False  # somebody else's sign-in since
        user, kept.user = kept.user, None
        kept.save(update_fields=["user"])
        gone.user = user
        return True
    item: Any = apps.get_model(model)._default_manager.filter(pk=pk).first()
    if item is None:
        return False
    for name, was in columns.items():
        column = item._meta.get_field(name)
        if column.is_relation and getattr(item, column.attname) != kept.pk:
            return False
        setattr(item, column.attname, column.to_python(was))
    try:
        with transaction.atomic():
            item.save(update_fields=list(columns))
    except IntegrityError:
        return False
    return True


def _facts_back(columns: dict[str, str], kept: Patient, gone: Patient) -> bool:
    """What the kept chart took over, as its history has it; False when some was changed since, or
    another chart that stays merged says the same."""
    number = int(next(iter(columns.values())))
    states = kept.history.filter(history_id__gte=number).order_by("history_id")
    before, after = states[:2]
    others = Patient.objects.filter(pk__in=set(charts_of(kept.pk)) - set(charts_of(gone.pk)))
    others = others.exclude(pk=kept.pk)
    whole = True
    for name in columns:
        column: Any = Patient._meta.get_field(name)
        raw = column.attname
        said = name in STRICTER and others.filter(**{name: STRICTER[name]}).exists()
        if said or getattr(kept, raw) != getattr(after, raw):
            whole = False
        else:
            setattr(kept, raw, getattr(before, raw))
    return whole
