"""Worker and beat were down for three days: then each person gets the most urgent, once."""

import collections
import datetime as dt
import time
import uuid

import pytest
from django.utils import timezone

from messaging.models import Delivery, Recipient
from messaging.services.work import open_item
from tests.faults.stack import Stack, eventually
from tests.processes import all_of

pytestmark = [pytest.mark.faults, pytest.mark.timeout(90)]
THREE_DAYS = 3 * 24 * 60
FLAGS = 5


def test_after_three_days_everybody_hears_once(stack: Stack, figures) -> None:
    cast, at = stack.cast, timezone.now()
    flags = [stack.flag(minutes_ago=THREE_DAYS) for _ in range(FLAGS)]
    visit = open_item(  # its reminder of the day before and its lateness are both over
        kind="initial_visit_urgent", subject_id=uuid.uuid4(), clinic=cast.riverside, patient=None,
        reason="r", by=None, now=at - dt.timedelta(days=7),
    )  # fmt: skip
    begun = time.time()
    with all_of(stack.worker(), stack.beat()):
        assert eventually(lambda: not visit.rungs.filter(sent_at__isnull=True).exists())
        assert eventually(lambda: not pending(), seconds=25)
        time.sleep(3)
        stack.settle()
    everyone = {cast.amin, cast.novak, cast.mbeki, cast.cole}
    inbox = Recipient.objects.filter(message__thread__in=[f.thread for f in flags])
    seen = collections.Counter(inbox.values_list("message__thread", "user"))
    sent = Delivery.objects.filter(state="sent")
    about = sent.filter(item__subject_id__in=[f.pk for f in flags], template="urgent")
    mails = collections.Counter(about.values_list("item__subject_id", "user"))
    ledger = stack.ledger()
    extra = sum(n - 1 for n in mails.values())
    figures(
        fault="F10",
        **{**ledger.__dict__, "duplicate": ledger.duplicate + extra},
        recovery_s=round(max(at for _, at in stack.arrivals()) - begun, 1),
        mails=sum(mails.values()),
    )
    pairs = {(f.thread_id, who.pk) for f in flags for who in everyone}
    assert set(seen) == pairs and set(seen.values()) == {1}
    assert set(mails) == {(f.pk, who.pk) for f in flags for who in everyone}
    twice = about.filter(item__subject_id__in=[flag for (flag, _), n in mails.items() if n > 1])
    assert set(mails.values()) == {1}, list(
        twice.values_list("user__email", "item__kind", "dedupe_key", "created_at", "settled_at")
    )
    reminded = sent.filter(item=visit).values_list("user__email", "dedupe_key")
    assert {(who, key.split(":")[1]) for who, key in reminded} == {
        (cast.ana.email, "day_before"),
        (cast.ben.email, "day_before"),
        (cast.cole.email, "late"),
    }
    assert ledger.clean and ledger.uncertain == 0


def pending() -> bool:
    from messaging.models import Rung

    unspoken = Rung.objects.filter(sent_at__isnull=True, item__closed_at__isnull=True)
    return unspoken.filter(at__lte=timezone.now()).exists()


def test_a_worker_that_starts_does_at_once_what_fell_due(stack: Stack) -> None:
    """No beat runs here: after a restart nobody waits for the next tick."""
    stack.flag(minutes_ago=THREE_DAYS)
    assert pending()
    with stack.worker():
        assert eventually(lambda: not pending(), seconds=10)
