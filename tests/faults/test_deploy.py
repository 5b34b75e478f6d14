"""A deploy under load: workers are asked to stop and started again, four times."""

import time

import pytest

from messaging.models import Delivery
from tests.faults.stack import LEASE_SECONDS, Stack, eventually
from tests.processes import all_of

pytestmark = [pytest.mark.faults, pytest.mark.timeout(120)]


def test_four_restarts_under_load_cost_nothing(stack: Stack, figures) -> None:
    stack.sink.script(delay_rcpt=0.05, delay_data=0.1)
    stack.nudge(40)
    [unknown] = stack.nudge(1)  # of a kind only the new code knows
    Delivery.objects.filter(pk=unknown).update(template="of_the_new_code")
    workers = [stack.worker(), stack.worker()]
    slowest = 0.0
    with all_of(*workers, stack.beat()):
        for round_ in range(4):
            stack.nudge(25)  # however slowly the last one started, there is work under way now
            assert eventually(stack.held)
            begun = time.monotonic()
            workers[round_ % 2].term(patience=25)
            slowest = max(slowest, time.monotonic() - begun)
            workers[round_ % 2].start()
        assert Delivery.objects.get(pk=unknown).state in {"pending", "claimed"}
        Delivery.objects.filter(pk=unknown).update(template="urgent")  # the new code is here
        stack.sink.script()
        started = time.time()
        states = stack.settle()
        last = max(at for _, at in stack.arrivals())
        time.sleep(LEASE_SECONDS + 1)
    ledger = stack.ledger()
    figures(
        fault="F19",
        **ledger.__dict__,
        recovery_s=round(max(0.0, last - started), 1),
        slowest_stop_s=round(slowest, 1),
    )
    assert states == {"sent": 141} and ledger.clean and ledger.uncertain == 0
