"""PostgreSQL is stopped at once and started again under load: nobody has to help."""

import contextlib
import threading
import time
import uuid

import pytest
from django.db import Error as DatabaseError
from django.db import connection

from intake.models import Call
from messaging.models import Delivery
from tests.faults.stack import LEASE_SECONDS, Answer, Stack, Visitor, eventually
from tests.processes import Postgres, all_of

pytestmark = [pytest.mark.faults, pytest.mark.timeout(120)]
DOWN_SECONDS = 2.0


class Desk(threading.Thread):
    """A front desk that starts call after call; what it was answered."""

    def __init__(self, visitor: Visitor) -> None:
        super().__init__(daemon=True)
        self.visitor, self.answers, self.over = visitor, list[Answer](), threading.Event()

    def run(self) -> None:
        while not self.over.wait(0.15):
            with contextlib.suppress(OSError):
                key = str(uuid.uuid4())
                self.answers.append(
                    self.visitor.post("/intake/new", form_key=key, phone="3125550188")
                )

    def stop(self) -> list[str]:
        """Ids of the calls whose writing was confirmed."""
        self.over.set()
        self.join(30)
        begun = [a.location for a in self.answers if a.status == 302]
        return [place.strip("/").rpartition("/")[2] for place in begun]


def reads_again(postgres: Postgres) -> bool:
    """This test's own connection is a casualty too."""
    try:
        connection.ensure_connection()
        return Delivery.objects.exists()
    except DatabaseError:
        connection.close()
        return False


def test_restarted_at_once_under_load(own_postgres: Postgres, stack: Stack, figures) -> None:
    stack.sink.script(delay_rcpt=0.1, delay_data=0.1)
    stack.nudge(60)
    worker, beat = stack.worker(), stack.beat()
    with stack.web() as web, all_of(worker, beat):
        visitor = web.visitor(stack.cast.ana)
        assert visitor.get("/today/").status == 200
        desk = Desk(visitor)
        desk.start()
        assert eventually(lambda: stack.states().get("sent", 0) >= 10 and len(desk.answers) >= 5)
        connection.close()
        own_postgres.crash()
        time.sleep(DOWN_SECONDS)
        own_postgres.start()
        back = time.time()
        assert eventually(lambda: reads_again(own_postgres))
        stack.nudge(5)
        stack.sink.script()
        states = stack.settle(seconds=40)
        confirmed = desk.stop()
        first = min(at for _, at in stack.arrivals() if at > back)
        assert worker.alive() and beat.alive()  # nobody started them again
        assert visitor.get("/today/").status == 200
        time.sleep(LEASE_SECONDS + 1)
        log = [line for line in web.process.output().splitlines() if "ERROR" in line]
    statuses = [answer.status for answer in desk.answers]
    ledger = stack.ledger()
    found = set(map(str, Call.objects.values_list("pk", flat=True)))
    missing = [pk for pk in confirmed if pk not in found]
    figures(
        fault="F7",
        lost=ledger.lost + len(missing),
        duplicate=ledger.duplicate,
        silent=ledger.silent,
        uncertain=ledger.uncertain,
        recovery_s=round(first - back, 1),
        calls_confirmed=len(confirmed),
        refused_meanwhile=statuses.count(503),
        states=states,
    )
    assert set(statuses) == {302, 503}, log[-3:]
    assert not any("Traceback" in answer.text for answer in desk.answers)
    assert not missing and len(confirmed) >= 5
    assert ledger.clean and sum(states.values()) == 65
    assert ledger.uncertain <= 2 and first - back <= 15
