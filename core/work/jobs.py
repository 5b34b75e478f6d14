"""Long work: asked for by a page, done by a worker, exactly once. PostgreSQL is the ledger.

The work and the mark “done” are one transaction, held by a lease: a worker that is killed leaves
nothing half done, and the next one begins anew; after three such deaths the job fails, visibly.
"""

import datetime as dt
import logging
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from celery import current_app
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.module_loading import import_string

from core.accounts.models import User
from core.audit.services import record
from core.lib import clock
from core.lib.errors import Conflict, Forbidden, NotFound, Refused
from core.lib.states import StateError, next_state
from core.people.models import Clinic
from core.work.job_rules import JOB, LEASE, MOST_ATTEMPTS
from core.work.models import Job, KeptFile
from core.work.progress import Lost, Reporter, Stopped, Tell

log = logging.getLogger(__name__)

FAULT = "It stopped at a fault of ours. Nothing was changed. Try again."
CLAIM = """
UPDATE work_job SET state = 'running', lease_token = %s, attempts = attempts + 1,
       version = version + 1, heartbeat_at = clock_timestamp(),
       started_at = COALESCE(started_at, clock_timestamp()),
       lease_until = clock_timestamp() + make_interval(secs => %s)
 WHERE id = (SELECT id FROM work_job WHERE state = 'waiting'
              ORDER BY created_at, id FOR UPDATE SKIP LOCKED LIMIT 1)
RETURNING id
"""
REAP = """
UPDATE work_job AS j
   SET state = next.state, version = j.version + 1, lease_token = NULL, lease_until = NULL,
       done = 0,
       finished_at = CASE next.state WHEN 'waiting' THEN NULL ELSE clock_timestamp() END,
       words = CASE next.state
         WHEN 'failed' THEN 'The worker stopped again and again. Nothing was changed.'
         WHEN 'cancelled' THEN 'Cancelled. Nothing was changed.'
         ELSE 'The worker stopped. It begins anew.' END
  FROM (SELECT id, CASE WHEN cancel_asked_at IS NOT NULL THEN 'cancelled'
                        WHEN attempts >= %s THEN 'failed' ELSE 'waiting' END AS state
          FROM work_job WHERE state = 'running' AND lease_until < clock_timestamp()
           FOR UPDATE SKIP LOCKED) AS next
 WHERE j.id = next.id
RETURNING j.id
"""


class Work(Protocol):
    """What a kind of job does: in one transaction, telling how far it is."""

    def __call__(self, *, job: Job, tell: Tell, now: dt.datetime) -> "Outcome": ...


@dataclass(frozen=True)
class Outcome:
    """How it ended: a sentence, counts and ids, a file to fetch."""

    words: str
    result: Mapping[str, Any]
    file: KeptFile | None = None


@dataclass(frozen=True)
class JobKind:
    """One line in config/jobs.py. `route` = the page of its subject."""

    words: str
    run: Work
    route: str


def kinds() -> Mapping[str, JobKind]:
    """What the composition root names: settings.JOBS."""
    found: Mapping[str, JobKind] = import_string(settings.JOBS)
    return found


def start_job(
    *, kind: str, clinic: Clinic, subject_id: uuid.UUID, by: User, now: dt.datetime, total: int = 0
) -> Job:
    """A job, in the caller's transaction. Raises Conflict while the same one has not ended."""
    try:
        with transaction.atomic():
            job = Job.objects.create(
                kind=kind, clinic=clinic, owner=by, subject_id=subject_id, total=total,
                words="Waiting for its turn", created_at=now,
            )  # fmt: skip
    except IntegrityError as error:
        raise Conflict("This is being done already. Wait for it, or cancel it.") from error
    record(by=by, action="start", object_kind=f"job:{kind}", object_id=job.pk, now=now)
    transaction.on_commit(ring)
    return job


@transaction.atomic
def ask_cancel(*, job: Job, by: User, now: dt.datetime) -> Job:
    """Stop it: at once while it waits, within a second while it runs. Nothing stays half done."""
    row = Job.objects.select_for_update().get(pk=job.pk)
    try:
        after = next_state(JOB, row.state, "cancel")
    except StateError as error:
        raise Refused("It has ended already. Read how on this page.") from error
    row.cancel_asked_at = row.cancel_asked_at or now
    if row.state == Job.State.WAITING:
        row.state, row.finished_at = after, now
        row.words = "Cancelled. Nothing was changed."
    row.version += 1
    row.save(update_fields=["cancel_asked_at", "state", "finished_at", "words", "version"])
    record(by=by, action="cancel", object_kind=f"job:{row.kind}", object_id=row.pk, now=now)
    return row


def run_here(job: Job, *, now: dt.datetime, look: Callable[[Job], None] | None = None) -> Job:
    """For commands: do this very job now; when a worker was faster, watch it. The ended job."""
    token = uuid.uuid4()
    mine = Job.objects.filter(pk=job.pk, state=Job.State.WAITING).update(
        state=next_state(JOB, "waiting", "take"), lease_token=token, lease_until=Now() + LEASE,
        started_at=now, heartbeat_at=Now(), attempts=F("attempts") + 1, version=F("version") + 1,
    )  # fmt: skip
    if mine:
        run(Job.objects.select_related("clinic", "owner").get(pk=job.pk), token, now=now)
    row = Job.objects.get(pk=job.pk)
    while not row.over:
        if look:
            look(row)
        time.sleep(0.5)
        reap()
        row.refresh_from_db()
    return row


def claim() -> tuple[Job, uuid.UUID] | None:
    """The oldest that waits, held by a lease; committed before the work begins."""
    token = uuid.uuid4()
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, [token, LEASE.total_seconds()])
        found = cursor.fetchone()
    if not found:
        return None
    return Job.objects.select_related("clinic", "owner").get(pk=found[0]), token


def reap() -> int:
    """Work whose worker is gone waits again, or is given up in sight of its owner."""
    with connection.cursor() as cursor:
        cursor.execute(REAP, [MOST_ATTEMPTS])
        return len(cursor.fetchall())


def work_off(*, now: Callable[[], dt.datetime] = clock.now) -> int:
    """Everything that waits, one after the other."""
    count = 0
    while held := claim():
        run(*held, now=now())
        count += 1
    return count


def run(job: Job, token: uuid.UUID, *, now: dt.datetime) -> None:
    """Do it, or say why not. What the work wrote and the mark are one transaction."""
    try:
        with Reporter(job, token) as report, transaction.atomic():
            outcome = kinds()[job.kind].run(job=job, tell=report.tell, now=now)
            report.tell(*report.latest)  # somebody may have asked to stop just now
            report.stop()
            job.total = report.latest[1]
            if not _end(job, token, "finish", outcome.words, outcome):
                raise Lost
    except Stopped:
        _end(job, token, "cancel", "Cancelled. Nothing was changed.")
    except Lost:
        log.warning("job lost", extra={"job_id": str(job.pk)})
    except (Refused, Conflict, NotFound, Forbidden, StateError) as refusal:
        _end(job, token, "fail", str(refusal))
    except IntegrityError:  # the database's own rule said no: it would again
        log.exception("job refused by the database", extra={"job_id": str(job.pk)})
        _end(job, token, "fail", FAULT)
    except DatabaseError as error:  # a lock, a lost line: its lease runs out and it begins anew
        log.warning("job database", extra={"job_id": str(job.pk), "error": type(error).__name__})
        if connection.in_atomic_block:
            raise
        connection.close()
    except Exception:
        log.exception("job failed", extra={"job_id": str(job.pk)})
        _end(job, token, "fail", FAULT)


@transaction.atomic
def _end(
    job: Job, token: uuid.UUID, action: str, words: str, outcome: Outcome | None = None
) -> bool:
    """The last step, by whoever still holds the lease."""
    held = Job.objects.select_for_update().filter(pk=job.pk, lease_token=token).first()
    if held is None:
        return False
    held.state = next_state(JOB, held.state, action)
    held.lease_token = held.lease_until = None
    held.finished_at, held.words = clock.now(), words[:200]
    if outcome:
        held.result, held.file = dict(outcome.result), outcome.file
        held.done = held.total = job.total
    held.version += 1
    held.save()
    return True


_bell = threading.Lock()


def ring() -> None:
    """Wake the worker without making the page wait; the tick is the net."""
    if _bell.acquire(blocking=False):
        threading.Thread(target=_ring, daemon=True).start()


def _ring() -> None:
    try:
        current_app.send_task("core.work.tasks.work", retry=False, expires=60, queue="jobs")
    except Exception as error:  # noqa: BLE001 - whatever the broker does, the row is there
        log.warning("doorbell failed", extra={"error": type(error).__name__})
    finally:
        _bell.release()
