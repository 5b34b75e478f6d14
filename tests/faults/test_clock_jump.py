"""The clock jumps an hour back and an hour forth: no step is skipped, none is taken twice."""

import collections
import datetime as dt
import time

import pytest
from django.utils import timezone

from messaging.models import Delivery, Rung
from tests.faults import ahead
from tests.faults.stack import Stack, eventually
from tests.processes import all_of

pytestmark = [pytest.mark.faults, pytest.mark.timeout(60)]
HOUR = 3600


def mails() -> collections.Counter[tuple[str, str]]:
    rows = Delivery.objects.filter(template="urgent", state="sent").values_list(
        "item_id", "user_id"
    )
    return collections.Counter((str(item), str(user)) for item, user in rows)


def unspoken(*, by: dt.datetime) -> int:
    """Steps of the ladders that are due by then and were not taken."""
    return Rung.objects.filter(
        sent_at__isnull=True, item__closed_at__isnull=True, at__lte=by
    ).count()


def test_each_step_once_whatever_the_clock_says(stack: Stack, figures) -> None:
    """Flags of 20 minutes ago: one step of theirs is due, the next is in ten minutes."""
    for _ in range(5):
        stack.flag(minutes_ago=20)
    at = timezone.now()
    soon = at + dt.timedelta(minutes=55)
    whole = unspoken(by=soon)
    assert 0 < unspoken(by=at) < whole
    with ahead.worker(stack.env, seconds=-HOUR):  # by this clock the flags are not raised yet
        stack.settle()  # what was in the outbox already leaves: the database's clock is right
        told = mails()
        time.sleep(2)
        assert unspoken(by=soon) == whole and mails() == told
    begun = time.time()
    with ahead.worker(stack.env, seconds=HOUR):  # and by this one every step is due
        assert eventually(lambda: not unspoken(by=soon))
        stack.settle()
    once = mails()
    with all_of(stack.worker(), stack.beat(), ahead.worker(stack.env, seconds=-HOUR)):
        time.sleep(3)
        stack.settle()
    assert mails() == once and unspoken(by=soon) == 0
    ledger = stack.ledger()
    figures(
        fault="F12",
        **ledger.__dict__,
        recovery_s=round(max(at for _, at in stack.arrivals()) - begun, 1),
        mails=sum(once.values()),
    )
    assert set((once - told).values()) == {1}  # of all steps at once each person hears one
    assert ledger.clean and ledger.uncertain == 0
