"""A mail server that says later, says no, is gone for a while, or is slow."""

import time

import pytest
from django.utils import timezone

from core.events.models import Heartbeat
from messaging.models import Delivery, Recipient, WorkItem
from tests.faults.slow_sink import SlowSink
from tests.faults.stack import Stack, eventually
from tests.processes import all_of

pytestmark = [pytest.mark.faults, pytest.mark.timeout(90)]
PATIENT = {"DELIVERY_BACKOFF_SECONDS": "60", "DELIVERY_LEASE_SECONDS": "60"}


def test_later_is_tried_again_and_no_becomes_the_managers_work(stack: Stack, figures) -> None:
    cast = stack.cast
    replies = {cast.amin.email: "451 try later", cast.novak.email: "550 nobody here"}
    stack.sink.script(replies=replies)
    [later], [never] = stack.nudge(to=cast.amin), stack.nudge(to=cast.novak)
    with stack.web() as web, all_of(stack.worker(), stack.beat()):
        assert eventually(lambda: Delivery.objects.get(pk=later).attempts >= 2)
        assert stack.sink.messages() == []
        stack.sink.script()
        freed = time.time()
        [mail] = stack.sink.wait_for(1)
        assert stack.settle() == {"sent": 1, "dead": 1}
        item = WorkItem.objects.get(kind="delivery_dead", subject_id=never)
        assert item.owner_role == "manager" and item.closed_at is None
        assert "Paul Novak could not be delivered" in web.visitor(cast.cole).get("/today/").text
        time.sleep(1.5)
    dead = Delivery.objects.get(pk=never)
    assert dead.attempts == 1 and "550" in dead.last_error
    assert stack.copies() == {str(later): 1}
    ledger = stack.ledger()
    figures(fault="F11", **ledger.__dict__, recovery_s=round(mail["at"] - freed, 1))
    assert ledger.clean and ledger.uncertain == 0


def test_a_server_down_for_three_seconds_gets_everything_once(stack: Stack, figures) -> None:
    with all_of(stack.worker(), stack.beat()):
        stack.sink.kill9()
        stack.nudge(40)
        time.sleep(3)
        assert Delivery.objects.filter(state="pending", attempts__gte=1).exists()
        stack.sink.start()
        back = time.time()
        assert stack.settle() == {"sent": 40}
        last = max(m["at"] for m in stack.sink.messages())
    ledger = stack.ledger()
    figures(fault="F11", **ledger.__dict__, recovery_s=round(last - back, 1))
    assert ledger.clean and ledger.uncertain == 0 and len(stack.copies()) == 40


def test_a_slow_recipient_does_not_hold_up_the_others(stack: Stack, figures) -> None:
    slow = stack.cast.amin
    with SlowSink() as sink:
        sink.script(replies={f"slow:{slow.email}": 30})
        stack.sink = sink
        env = PATIENT | {"EMAIL_URL": sink.url}
        with all_of(stack.worker(**env), stack.beat(**env)):
            begun = time.time()
            stack.nudge(1, to=slow)
            stack.nudge(20, to=stack.cast.novak)
            mails = sink.wait_for(20, seconds=9)  # before the 10 s are over that the slow one gets
            assert eventually(lambda: stack.states() == {"sent": 20, "pending": 1}, seconds=20)
    row = Delivery.objects.get(user=slow)
    assert row.last_error and row.attempts == 1
    figures(fault="F11", recovery_s=round(max(m["at"] for m in mails) - begun, 1))


def test_a_server_slow_for_everybody_does_not_stop_the_clock_of_red_flags(
    stack: Stack, figures
) -> None:
    """Escalation rungs are spoken, in the inbox, although every mail waits for its time-out."""
    stack.sink.script(delay_rcpt=30)
    stack.nudge(30, to=stack.cast.amin)
    with all_of(stack.worker(**PATIENT), stack.beat(**PATIENT)):
        assert eventually(lambda: len(stack.held()) == 2)  # both children wait for the server
        flag = stack.flag(minutes_ago=16)
        begun = time.monotonic()

        def backup_told() -> bool:
            told = Recipient.objects.filter(message__thread=flag.thread, user=stack.cast.novak)
            return told.exists()

        assert eventually(backup_told, seconds=40)
        waited = time.monotonic() - begun
        beat = Heartbeat.objects.get(loop="tick").beat_at
        assert (timezone.now() - beat).total_seconds() < 30
    figures(fault="F11", rung_spoken_s=round(waited, 1))


def test_busy_hung_up_and_without_tls(stack: Stack, figures) -> None:
    """421, a line that drops after the message, and a server that does not speak TLS."""
    cast = stack.cast
    stack.sink.script(replies={cast.amin.email: "421 too busy"}, hang_up=[cast.novak.email])
    [busy], [dropped] = stack.nudge(to=cast.amin), stack.nudge(to=cast.novak)
    others = stack.nudge(10, to=cast.mbeki)
    tls = {"EMAIL_URL": stack.sink.url.replace("smtp:", "smtp+tls:")}
    with all_of(stack.worker(**tls), stack.beat()):
        tried = Delivery.objects.filter(state="pending", attempts__gte=1)
        assert eventually(lambda: tried.count() == 12)
        assert set(tried.values_list("last_error", flat=True)) == {"SMTPNotSupportedError"}
    assert stack.sink.messages() == []  # nothing goes out in clear where TLS is asked for
    with all_of(stack.worker(), stack.beat()):
        assert eventually(lambda: stack.states() == {"sent": 10, "uncertain": 1, "pending": 1})
        assert "421" in Delivery.objects.get(pk=busy).last_error
        stack.sink.script()
        freed = time.time()
        assert eventually(lambda: stack.states() == {"sent": 11, "uncertain": 1})
        time.sleep(2)
    last = max(at for _, at in stack.arrivals())
    ledger = stack.ledger()
    figures(fault="F11", **ledger.__dict__, recovery_s=round(last - freed, 1))
    assert Delivery.objects.get(pk=dropped).state == "uncertain"
    assert ledger.clean and ledger.uncertain == 1
    assert stack.copies() == dict.fromkeys(map(str, [busy, dropped, *others]), 1)
