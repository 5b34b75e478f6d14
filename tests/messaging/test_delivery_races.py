"""Several workers and several requests: a nudge is written once and held by one."""

import datetime as dt

import pytest

from core.lib import clock
from messaging.models import Delivery
from messaging.services.deliveries import claim, nudge
from tests.factories.races import race

pytestmark = pytest.mark.django_db(transaction=True)


def write(cast, key):
    return nudge(user=cast.amin, clinic=cast.riverside, template="urgent", path="/today/",
                 item=None, key=key, now=clock.now() - dt.timedelta(hours=1))  # fmt: skip


def test_the_same_key_is_one_row_in_eight_requests(cast):
    rows = race(lambda _: write(cast, "flag:opened:amin").pk)
    assert len(set(rows)) == 1 and Delivery.objects.count() == 1
    assert write(cast, "flag:backup:novak").pk not in rows


def test_two_workers_never_hold_the_same_delivery(cast):
    for number in range(30):
        write(cast, f"row {number}")

    def work(_):
        held = []
        while one := claim():
            held.append(one.row.pk)
        return held

    taken = race(work, runners=4)
    everything = [pk for held in taken for pk in held]
    assert len(everything) == 30 and len(set(everything)) == 30
    assert set(Delivery.objects.values_list("state", "attempts")) == {("claimed", 1)}
