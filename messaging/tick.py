"""One round of everything that falls due. Interval ticks call it; two at once do no harm.

Every part is tried although another fails; a part's heartbeat stands still when it failed.
"""

import datetime as dt
import logging
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress

from django.db import Error as DatabaseError
from django.db import connection
from django.db.models import F

from core.audit.anchors import anchor_daily
from core.audit.seals import seal
from core.documents.files import sweep
from core.documents.services import check_waiting
from core.events.services import beat, dispatch
from core.people.models import Clinic
from core.people.selectors import Gap, gaps
from messaging.models import WorkItem
from messaging.selectors.urgent import URGENT
from messaging.services.alerts import hand_over, speak
from messaging.services.deliveries import deliver_one, reap
from messaging.services.work import close_item, open_item

log = logging.getLogger(__name__)
LOOK_AHEAD = dt.timedelta(days=7)
ROUND = 500  # deliveries a round; more wait for the next
ROUND_SECONDS = 20.0  # a slow mail server must not keep the worker from the next tick's rungs


def tick(*, now: dt.datetime) -> None:
    """Rungs and hand-overs, roster gaps, events, audit seals, leases, deliveries, documents: in
    this order."""
    with alone("rungs") as mine:
        if mine:
            _part("tick", due_rungs, hand_overs, roster_gaps, now=now)
    if not mine:
        return  # another worker speaks the rungs at this moment, and delivers when it has
    _part("events", dispatch, now=now)
    _part("audit", seal, anchor_daily, now=now)
    _part("deliver", reap, deliver_due, now=now)
    with alone("documents") as mine:
        if mine:
            _part("documents", check_waiting, sweep, now=now)


@contextmanager
def alone(what: str) -> Iterator[bool]:
    """True for one worker at a time. The connection holds it, so a killed worker frees it.

    After a standstill, two at once would send two mails about one flag: each has its own `now`, and
    what was written before would leave while the more urgent rung is being spoken.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [what])
        mine = bool(cursor.fetchone()[0])
    try:
        yield mine
    finally:
        if mine:
            with suppress(DatabaseError), connection.cursor() as cursor:  # gone with the line
                cursor.execute("SELECT pg_advisory_unlock(hashtext(%s))", [what])


def _part(loop: str, *steps: Callable[..., object], now: dt.datetime) -> None:
    if _tried(loop, *steps, now=now):
        beat(loop=loop, now=now)


def _tried(loop: str, *steps: Callable[..., object], now: dt.datetime) -> bool:
    """Every step has its turn. False when one failed."""
    failed = False
    for step in steps:
        try:
            step(now=now)
        except Exception:
            failed = True
            log.exception("loop failed", extra={"loop": loop})
            if connection.in_atomic_block:
                raise
            if not connection.is_usable():  # a good one holds `alone`'s lock: it stays
                connection.close()
    return not failed


def due_rungs(*, now: dt.datetime) -> int:
    """Speak every rung whose time has come."""
    items = (
        WorkItem.objects.filter(
            closed_at__isnull=True, rungs__sent_at__isnull=True, rungs__at__lte=now
        )
        .distinct()
        .order_by("due_at", "id")
    )
    return _each(items, speak, now=now)


def hand_overs(*, now: dt.datetime) -> int:
    """Open urgent items follow the roster to whoever is on call now."""
    items = WorkItem.objects.filter(kind__in=URGENT, closed_at__isnull=True)
    return _each(items, hand_over, now=now)


def _each(items: Iterable[WorkItem], act: Callable[..., int], *, now: dt.datetime) -> int:
    """Every item gets its turn although one fails; then the failure is told, so that it is seen."""
    done, failure = 0, None
    for item in items:
        try:
            done += act(item=item, now=now)
        except Exception as error:  # noqa: BLE001 - told below
            log.warning("item failed", extra={"work_item_id": str(item.pk)})
            failure = failure or error
    if failure:
        raise failure
    return done


def gap_words(gap: Gap) -> str:
    return (
        f"Nobody is on call as {gap.position} in part of the coming week; "
        "until then red flags go to every physician"
    )


def roster_gaps(*, now: dt.datetime) -> None:
    """A hole in the coming week is a manager's work item; a filled one closes it."""
    for clinic in Clinic.objects.all():
        holes = gaps(clinic, starts_at=now, ends_at=now + LOOK_AHEAD)
        item = WorkItem.objects.filter(
            kind="on_call_gap", subject_id=clinic.pk, closed_at__isnull=True
        ).first()
        if holes and not item:
            first = holes[0]
            open_item(
                kind="on_call_gap",
                subject_id=clinic.pk,
                clinic=clinic,
                patient=None,
                reason=gap_words(first),
                by=None,
                now=now,
                due=first.starts_at,
            )
        if item and holes and holes[0].starts_at < item.due_at:
            edge = holes[0].starts_at
            WorkItem.objects.filter(pk=item.pk).update(
                due_at=edge,
                next_action_at=edge,
                reason=gap_words(holes[0]),
                version=F("version") + 1,
            )
        if item and not holes:
            close_item(item=item, by=None, now=now, event="gap_filled")


def deliver_due(*, now: dt.datetime) -> int:
    """Send what is due, one by one, for at most ROUND_SECONDS and a delivery."""
    sent, until = 0, time.monotonic() + ROUND_SECONDS
    while sent < ROUND and time.monotonic() < until and deliver_one(now=now):
        sent += 1
    return sent


def answer_bell(*, now: dt.datetime) -> None:
    """Between two ticks: events that could not wait become deliveries, and those leave."""
    dispatch(now=now)
    with alone("rungs") as mine:
        if mine:  # what is due by now replaces what was written before
            _tried("tick", due_rungs, now=now)
    if mine:
        deliver_due(now=now)
