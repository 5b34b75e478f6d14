"""One worker's clock is ten minutes ahead: leases and retries go by the database's clock."""

import datetime as dt
import time

import pytest
from django.utils import timezone

from messaging.models import Delivery
from tests.faults import ahead
from tests.faults.stack import LEASE_SECONDS, Stack, eventually
from tests.processes import all_of

pytestmark = [pytest.mark.faults, pytest.mark.timeout(60)]


def test_no_row_is_claimed_twice_and_none_leaves_early(stack: Stack, figures) -> None:
    later = stack.cast.mbeki
    [early] = stack.nudge(1, to=stack.cast.cole)
    Delivery.objects.filter(pk=early).update(
        next_attempt_at=timezone.now() + dt.timedelta(minutes=5)
    )
    stack.sink.script(delay_rcpt=0.2, delay_data=0.2, replies={later.email: "451 later"})
    [refused] = stack.nudge(1, to=later)
    stack.nudge(30, to=stack.cast.amin)
    wrong = [ahead.worker(stack.env, seconds=600) for _ in range(2)]
    with all_of(*wrong):
        assert eventually(lambda: Delivery.objects.filter(pk=refused, attempts__gte=2).exists())
        with all_of(stack.worker(), stack.beat()):  # and others whose clock is right
            begun = time.time()
            stack.sink.script(delay_data=0.2)
            assert eventually(lambda: stack.states() == {"sent": 31, "pending": 1}, seconds=25)
            recovery = time.time() - begun
            time.sleep(LEASE_SECONDS + 1)
    ledger = stack.ledger()
    waiting = Delivery.objects.get(pk=early)
    figures(
        fault="F13",
        lost=ledger.lost - 1,  # the one that is not due yet
        duplicate=ledger.duplicate,
        silent=ledger.silent,
        uncertain=ledger.uncertain,
        recovery_s=round(recovery, 1),
    )
    assert (waiting.state, waiting.attempts) == ("pending", 0)
    assert (ledger.lost, ledger.duplicate, ledger.silent, ledger.uncertain) == (1, 0, 0, 0)
