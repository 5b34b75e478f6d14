"""The broker is a doorbell: stopped or frozen, pages answer and nothing is lost."""

import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from intake.models import Call, RedFlag
from messaging.models import Delivery, Recipient
from tests.faults.stack import Answer, Stack, Visitor, Web, eventually
from tests.processes import all_of

pytestmark = [pytest.mark.faults, pytest.mark.timeout(90)]
PAGE_SECONDS, RECOVERY_SECONDS = 3.0, 15.0


def emergency_call(desk: Visitor, phone: str) -> tuple[str, list[Answer]]:
    """A whole call by POSTs: saddle numbness, caller told to dial 911, ended."""
    started = desk.post("/intake/new", form_key=str(uuid.uuid4()), phone=phone)
    place = started.location
    steps = [
        started,
        desk.post(f"{place}answers/Q1", Q1="no"),
        desk.post(f"{place}answers/Q2", Q2="yes"),
        desk.post(f"{place}action", kind="told_911"),
        desk.post(f"{place}close"),
    ]
    assert [step.status for step in steps] == [302] * 5, [step.text[-500:] for step in steps]
    return place.strip("/").rpartition("/")[2], steps


def calls_while_broken(stack: Stack, web: Web, count: int) -> float:
    """Red flags raised now are in the physician's inbox, row and page. Slowest POST in seconds."""
    cast, slowest = stack.cast, 0.0
    desk, physician = web.visitor(cast.ana), web.visitor(cast.amin)
    for n in range(count):
        pk, steps = emergency_call(desk, f"312 555 018{n}")
        slowest = max(slowest, *(step.seconds for step in steps))
        call = Call.objects.get(pk=pk)
        assert call.state == "closed"
        flag = RedFlag.objects.get(call=call)
        assert Recipient.objects.filter(message__thread=flag.thread, user=cast.amin).count() == 1
        today = physician.get("/today/")
        assert today.status == 200 and today.seconds < PAGE_SECONDS
        assert f"/flags/{flag.pk}/" in today.text and "Need you now" in today.text
    return slowest


@pytest.mark.parametrize(
    ("fault", "break_it", "mend_it"),
    [
        pytest.param("F4", lambda v: v.kill9(), lambda v: v.start(), id="stopped"),
        pytest.param("F5", lambda v: v.freeze(), lambda v: v.thaw(), id="frozen"),
    ],
)
def test_pages_answer_and_the_nudge_follows(
    stack: Stack,
    figures,
    fault: str,
    break_it: Callable[[Any], None],
    mend_it: Callable[[Any], object],
) -> None:
    with stack.web() as web, all_of(stack.worker(), stack.beat()):
        emergency_call(web.visitor(stack.cast.ana), "312 555 0180")
        stack.sink.wait_for(1)  # it worked before
        stack.sink.script(delay_data=1.2)
        stack.nudge(1)
        assert eventually(stack.held)  # a worker with something in hand that waits for more
        break_it(stack.valkey)
        stack.sink.script()
        try:
            slowest = calls_while_broken(stack, web, 4)
            time.sleep(7)  # longer than every socket time-out
            assert len(stack.sink.messages()) <= 6
        finally:
            mend_it(stack.valkey)
        mended = time.time()
        stack.nudge(1)  # also what is written after the mending needs no human
        mails = stack.sink.wait_for(7, seconds=30)
        states = stack.settle()
        time.sleep(2)
    ledger, recovery = stack.ledger(), max(0.0, max(m["at"] for m in mails) - mended)
    figures(
        fault=fault,
        **ledger.__dict__,
        recovery_s=round(recovery, 1),
        slowest_post_s=round(slowest, 2),
    )
    assert states == {"sent": 7} and Delivery.objects.count() == 7
    assert ledger.clean and ledger.uncertain == 0
    assert slowest < PAGE_SECONDS and recovery < RECOVERY_SECONDS


def test_a_flushed_broker_loses_nothing_and_signs_nobody_out(stack: Stack, figures) -> None:
    import redis

    with stack.web() as web, all_of(stack.worker(), stack.beat()):
        desk = web.visitor(stack.cast.ana)
        assert desk.get("/today/").status == 200
        stack.nudge(20)
        client = redis.from_url(stack.valkey.url)
        client.flushall()
        client.close()
        flushed = time.time()
        stack.nudge(20)
        mails = stack.sink.wait_for(40)
        assert stack.settle() == {"sent": 40}
        assert desk.get("/today/").status == 200
    ledger = stack.ledger()
    recovery = max(m["at"] for m in mails) - flushed
    figures(fault="F6", **ledger.__dict__, recovery_s=round(recovery, 1))
    assert ledger.clean and ledger.uncertain == 0 and recovery < RECOVERY_SECONDS
