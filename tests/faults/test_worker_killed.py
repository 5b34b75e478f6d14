"""A killed worker loses nothing, sends nothing twice, and says what it does not know."""

import contextlib
import datetime as dt
import os
import random
import signal
import time
from pathlib import Path

import pytest

from messaging.models import Delivery
from tests.faults.stack import DEEP, LEASE_SECONDS, Stack, eventually
from tests.processes import Process, all_of

pytestmark = [pytest.mark.faults, pytest.mark.timeout(90)]
# What is killed: one pool child, the main process alone (its children outlive it for a moment), or
# everything at once as when the machine loses power.
KILLS = ["child"] * 8 + ["main"] * 2 + ["group"] * 2


def children_of(pid: int) -> list[int]:
    with contextlib.suppress(OSError):
        return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def kill(worker: Process, what: str, rng: random.Random) -> None:
    """Kill -9, and start again what a supervisor would start again."""
    if what == "child":
        if children := children_of(worker.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(rng.choice(children), signal.SIGKILL)
        return
    orphans = children_of(worker.pid) if what == "main" else []
    if what == "main":
        worker.send(signal.SIGKILL)
        worker.popen.wait()
    else:
        worker.kill9()
    worker.start()
    for pid in orphans:  # those still there hang on a pipe nobody writes to
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("seed", range(10) if DEEP else [7, 11])
def test_killed_again_and_again_amid_two_hundred_nudges(stack: Stack, figures, seed: int) -> None:
    rng = random.Random(seed)
    kills = rng.sample(KILLS, len(KILLS))
    stack.sink.script(delay_rcpt=0.1, delay_data=0.1)
    stack.nudge(200)
    workers = [stack.worker(), stack.worker()]
    struck: list[tuple[float, list]] = []
    with all_of(*workers, stack.beat()):
        assert eventually(stack.held)
        for what in kills:
            time.sleep(rng.uniform(0.2, 0.6))
            eventually(stack.held, seconds=3)
            struck.append((time.time(), stack.held()))
            kill(rng.choice(workers), what, rng)
        waiting = Delivery.objects.filter(state="pending").count()
        stack.sink.script()
        states = stack.settle()
        time.sleep(LEASE_SECONDS + 1.5)  # whatever would come twice comes now
    ledger = stack.ledger()
    arrived = dict(stack.arrivals())
    settled = dict(Delivery.objects.values_list("pk", "settled_at"))
    recovery = max(
        max(arrived.get(str(pk), 0.0), settled[pk].timestamp()) - at
        for at, held in struck
        for pk in held
    )
    figures(
        fault="F1",
        lost=ledger.lost,
        duplicate=ledger.duplicate,
        silent=ledger.silent,
        uncertain=ledger.uncertain,
        recovery_s=round(recovery, 1),
        kills=len(kills),
        waiting_at_last_kill=waiting,
        states=states,
    )
    assert ledger.clean
    assert set(states) <= {"sent", "uncertain"} and sum(states.values()) == 200
    assert ledger.uncertain <= 2 * len(kills)
    assert sum(bool(held) for _, held in struck) >= 10  # it was busy when it was hit
    assert recovery <= 60  # the limit after kill -9; the figure itself is printed


def test_killed_between_body_and_answer_is_uncertain_until_a_person_decides(
    stack: Stack, figures
) -> None:
    stack.sink.script(delay_data=30)
    [pk] = stack.nudge(1)
    with stack.web() as web, stack.beat(), stack.worker() as worker:
        manager = web.visitor(stack.cast.cole)
        stack.sink.wait_for(1)
        assert Delivery.objects.get(pk=pk).state == "handing"  # committed before the body went out
        worker.kill9()
        begun = time.monotonic()
        stack.sink.script()
        worker.start()
        assert eventually(lambda: stack.states() == {"uncertain": 1})
        recovery = time.monotonic() - begun
        stack.nudge(1)
        stack.sink.wait_for(2)  # the next one goes out
        time.sleep(LEASE_SECONDS + 1.5)
        row, ledger = Delivery.objects.get(pk=pk), stack.ledger()
        assert set(stack.copies().values()) == {1}  # not sent again by itself
        assert '1<span class="visually-hidden"> to decide' in manager.get("/today/").text
        form = {"action": "retry", "reason": "phoned her, no mail", "version": str(row.version)}
        settled = manager.post(f"/deliveries/{pk}/settle", **form)
        again = manager.post(f"/deliveries/{pk}/settle", **form)
        stack.sink.wait_for(3)
        assert stack.settle() == {"sent": 2}
        time.sleep(LEASE_SECONDS + 1.5)
        assert "to decide" not in manager.get("/today/").text
    figures(fault="F2", **ledger.__dict__, recovery_s=round(recovery, 1))
    assert row.state == "uncertain" and "may have arrived" in row.last_error
    assert ledger.clean and ledger.uncertain == 1
    assert (settled.status, again.status) == (302, 409)
    mails = [m["message_id"] for m in stack.sink.messages() if str(pk) in m["message_id"]]
    assert len(mails) == 2 and len(set(mails)) == 1  # once more, and the receiver can tell


def test_killed_before_the_body_is_sent_again_once(stack: Stack, figures) -> None:
    stack.sink.script(delay_rcpt=30)
    [pk] = stack.nudge(1)
    with stack.beat(), stack.worker() as worker:
        assert eventually(lambda: Delivery.objects.filter(state="claimed").exists())
        time.sleep(0.5)  # it waits for the answer to RCPT
        assert stack.states() == {"claimed": 1}
        worker.kill9()
        killed = time.time()
        stack.sink.script()
        worker.start()
        [mail] = stack.sink.wait_for(1)
        assert stack.settle() == {"sent": 1}
        time.sleep(LEASE_SECONDS + 1.5)
    ledger, row = stack.ledger(), Delivery.objects.get(pk=pk)
    figures(fault="F3", **ledger.__dict__, recovery_s=round(mail["at"] - killed, 1))
    assert ledger.clean and ledger.uncertain == 0 and row.attempts == 2
    assert mail["at"] - killed >= LEASE_SECONDS - 1  # not before the lease was over
    assert row.settled_at - row.created_at < dt.timedelta(seconds=20)
