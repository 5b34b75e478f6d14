"""Several workers and several requests: a nudge is written once and held by one."""

import datetime as dt

import pytest
from django.db import connection

from core.lib import clock
from messaging import tick as rounds
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


def test_while_one_worker_speaks_another_sends_nothing(cast, monkeypatch):
    """What was written before a standstill must not leave while the more urgent is being spoken."""
    write(cast, "before the standstill")
    sent = []
    monkeypatch.setattr(rounds, "deliver_due", lambda *, now: sent.append(now))

    def second(_):
        rounds.tick(now=clock.now())
        rounds.answer_bell(now=clock.now())

    with rounds.alone("rungs") as first:
        assert first and race(second, runners=1) == [None] and sent == []
    race(second, runners=1)
    assert len(sent) == 2


def test_a_lost_connection_costs_a_part_not_the_round(cast, monkeypatch):
    """PostgreSQL went away in the middle of the rungs: the same round still delivers."""
    delivered = []

    def cut(*, now):
        connection.connection.close()
        connection.cursor()

    monkeypatch.setattr(rounds, "due_rungs", cut)
    monkeypatch.setattr(rounds, "deliver_due", lambda *, now: delivered.append(claim()))
    monkeypatch.setattr(rounds.log, "exception", lambda *_, **__: None)
    row = write(cast, "k")
    assert race(lambda _: rounds.tick(now=clock.now()), runners=1) == [None]
    assert [held.row.pk for held in delivered] == [row.pk]
