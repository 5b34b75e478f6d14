"""The inbox row and its nudge are written together or not at all, whatever strikes at COMMIT."""

import signal
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from messaging.models import Delivery, Recipient
from tests.faults.stack import Stack, eventually
from tests.processes import Process

pytestmark = [pytest.mark.faults, pytest.mark.timeout(90)]
COMMITTING = """
SELECT pid FROM pg_stat_activity
 WHERE datname = current_database() AND state = 'active' AND query ILIKE 'COMMIT%%'
"""
FLAGS = 6


@pytest.fixture
def slow_commit(stack: Stack) -> Iterator[list[Any]]:
    """Flags whose backup must be told now; every commit that writes a nudge takes 0.7 s."""
    flags = overdue(stack)
    with connection.cursor() as cursor:
        cursor.execute("""
            CREATE FUNCTION slow() RETURNS trigger AS
            $$ BEGIN PERFORM pg_sleep(0.7); RETURN NULL; END $$ LANGUAGE plpgsql;
            CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON messaging_delivery
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION slow();
        """)
    yield flags
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER slow ON messaging_delivery; DROP FUNCTION slow()")


def overdue(stack: Stack) -> list[Any]:
    return [stack.flag(minutes_ago=16) for _ in range(FLAGS)]


def committing() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(COMMITTING)
        return [pid for (pid,) in cursor.fetchall()]


def halves(flags: list[Any]) -> list[tuple[Any, Any]]:
    """(flag, person) with an inbox row and no nudge, or the other way round."""
    inbox = Recipient.objects.filter(message__thread__in=[f.thread for f in flags])
    told = {(str(pk), u) for pk, u in inbox.values_list("message__thread", "user")}
    thread_of = {f.pk: str(f.thread_id) for f in flags}
    nudged = {
        (thread_of[subject], user)
        for subject, user in Delivery.objects.values_list("item__subject_id", "user")
    }
    return sorted(told ^ nudged)


def cut(_: Process) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [committing()[0]])


def ended(number: signal.Signals, worker: Process) -> None:
    worker.send(number)
    worker.term(patience=15)
    worker.start()


STRIKES = {
    "connection cut": cut,
    "cut again": cut,
    "TERM": lambda worker: ended(signal.SIGTERM, worker),
    "QUIT": lambda worker: ended(signal.SIGQUIT, worker),
    "kill -9": lambda worker: (worker.kill9(), worker.start()),
}


def test_no_inbox_row_without_its_nudge(stack: Stack, slow_commit: list[Any], figures) -> None:
    struck = []
    with stack.beat(), stack.worker() as worker:
        for name, strike in STRIKES.items():
            if not unspoken(slow_commit):  # all were told before the last strike
                slow_commit += overdue(stack)
            assert eventually(committing, seconds=10), struck
            strike(worker)
            struck.append(name)
            assert halves(slow_commit) == []
        assert eventually(lambda: not unspoken(slow_commit), seconds=25)
        stack.settle()
    told = Recipient.objects.filter(message__thread__in=[f.thread for f in slow_commit])
    ledger = stack.ledger()
    figures(fault="F8", **ledger.__dict__, struck=struck)
    assert halves(slow_commit) == [] and ledger.clean
    # The first on call and the backup, each once a flag.
    assert told.count() == len(slow_commit) * 2
    assert struck == list(STRIKES)


def unspoken(flags: list[Any]) -> bool:
    from messaging.models import Rung

    due = Rung.objects.filter(item__subject_id__in=[f.pk for f in flags], name="backup")
    return due.filter(sent_at__isnull=True).exists()
