"""PostgreSQL drops every connection under load: web and worker go on without a human."""

import time

import pytest
from django.db import connection

from tests.faults.stack import LEASE_SECONDS, Stack, eventually
from tests.processes import all_of

pytestmark = [pytest.mark.faults, pytest.mark.timeout(90)]
CUT = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


def cut_everybody_off() -> int:
    with connection.cursor() as cursor:
        cursor.execute(CUT)
        return int(cursor.fetchone()[0])


def test_web_and_worker_survive_their_backends(stack: Stack, figures) -> None:
    stack.sink.script(delay_rcpt=0.05, delay_data=0.05)
    stack.nudge(120)
    worker, beat = stack.worker(), stack.beat()
    with stack.web() as web, all_of(worker, beat):
        desk = web.visitor(stack.cast.ana)
        assert desk.get("/today/").status == 200
        cut = 0
        for _ in range(8):
            eventually(stack.held, seconds=3)
            cut += cut_everybody_off()
            page = desk.get("/today/")
            assert page.status in (200, 503), page.status
            assert "Traceback" not in page.text
            time.sleep(0.5)
        ended = time.time()
        stack.sink.script()
        states = stack.settle()
        recovery = time.time() - ended
        stack.nudge(1)
        assert eventually(lambda: stack.states().get("sent") == states["sent"] + 1)
        assert worker.alive() and beat.alive()
        assert desk.get("/today/").status == 200
        time.sleep(LEASE_SECONDS + 1)
    ledger = stack.ledger()
    figures(
        fault="F8",
        **ledger.__dict__,
        recovery_s=round(recovery, 1),
        connections_cut=cut,
        states=states,
    )
    assert cut >= 8 and ledger.clean
    assert ledger.uncertain <= cut and set(states) <= {"sent", "uncertain"}
    assert recovery < 15
