"""Two beats and two workers do what one of each does, once."""

import collections
import time

import pytest

from messaging.models import Delivery, Recipient, WorkItem
from tests.faults.stack import Stack, eventually
from tests.processes import all_of

pytestmark = [pytest.mark.faults, pytest.mark.timeout(90)]
FLAGS = 12


def test_two_beats_and_two_workers_tell_everybody_once(stack: Stack, figures) -> None:
    cast = stack.cast
    flags = [stack.flag(minutes_ago=31) for _ in range(FLAGS)]
    stack.sink.script(delay_data=0.05)
    fast = {"TICK_SECONDS": "0.3"}
    workers = [stack.worker(**fast), stack.worker(**fast)]
    with all_of(*workers, stack.beat(**fast), stack.beat(**fast)):
        assert eventually(lambda: not unspoken())
        stack.settle()
        stack.nudge(30)
        stack.settle()
        time.sleep(3)
    told = collections.Counter(
        Recipient.objects.filter(message__thread__in=[f.thread for f in flags]).values_list(
            "user__email", flat=True
        )
    )
    everyone = {cast.amin, cast.novak, cast.mbeki, cast.cole}
    assert told == {user.email: FLAGS for user in everyone}
    flagged = Delivery.objects.filter(item__kind="red_flag")
    assert flagged.count() == FLAGS * (len(everyone) + 1)  # Amin's row of the opening besides
    mailed = collections.Counter(flagged.filter(state="sent").values_list("item", "user"))
    assert len(mailed) == FLAGS * len(everyone)
    twice = {user for (_, user), count in mailed.items() if count > 1}
    assert twice <= {cast.amin.pk}  # when one worker sends the opening while the other tells all
    ledger = stack.ledger()
    figures(fault="F9", **ledger.__dict__)
    assert ledger.clean and ledger.uncertain == 0
    sent = Delivery.objects.filter(state="sent").count()
    assert len(stack.sink.messages()) == sent
    assert WorkItem.objects.filter(kind="on_call_gap").count() <= 2  # at most one per clinic


def unspoken() -> bool:
    return WorkItem.objects.filter(kind="red_flag", rungs__sent_at__isnull=True).exists()
