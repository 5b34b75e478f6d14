"""Several workers and several requests: a nudge is written once and held by one."""

import datetime as dt
import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import OperationalError, connection, transaction

from core.lib import clock
from messaging import tick as rounds
from messaging.models import Delivery, WorkItem
from messaging.services.deliveries import claim, nudge
from messaging.services.work import open_item
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


def test_a_step_that_failed_leaves_the_round_to_one_worker(cast, monkeypatch):
    """As in a worker, which keeps no connection: closing it would free the lock."""
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", 0)
    others = []

    def fail(*, now):
        raise ValueError("a row nobody expected")

    def another(_):
        with rounds.alone("rungs") as mine:
            return mine

    monkeypatch.setattr(rounds, "due_rungs", fail)
    monkeypatch.setattr(
        rounds, "hand_overs", lambda *, now: others.extend(race(another, runners=1))
    )
    monkeypatch.setattr(rounds.log, "exception", lambda *_, **__: None)
    assert race(lambda _: rounds.tick(now=clock.now()), runners=1) == [None]
    assert others == [False]
    assert race(another, runners=1) == [True]  # freed when the round is over


@pytest.mark.parametrize(("worker", "lock"), [("1", "3s"), ("", "0")])
def test_nobody_waits_for_ever(cast, worker, lock):
    """A worker gives up on a locked row; a hanging request loses its locks after a minute."""
    ask = (
        "import django; django.setup(); from django.db import connection; c = connection.cursor();"
        "c.execute('SHOW lock_timeout'); print(*c.fetchone());"
        "c.execute('SHOW idle_in_transaction_session_timeout'); print(*c.fetchone())"
    )
    env = {"DJANGO_SETTINGS_MODULE": "config.settings", "HALLWAY_WORKER": worker}
    said = subprocess.run([sys.executable, "-c", ask], env=os.environ | env, check=True,
                          cwd=settings.BASE_DIR, capture_output=True, text=True)  # fmt: skip
    assert said.stdout.split() == [lock, "1min"]


def test_a_row_somebody_holds_keeps_no_other_rung_waiting(cast):
    def promise(patient):
        return open_item(kind="pt_hold", subject_id=patient.pk, clinic=cast.riverside,
                         patient=patient, reason="r", by=None, now=clock.now())  # fmt: skip

    held, free = promise(cast.okafor), promise(cast.hale)
    late = max(held.rungs.get().at, free.rungs.get().at)

    def worker(_):
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '200ms'")
        return rounds.due_rungs(now=late)

    with transaction.atomic():
        WorkItem.objects.select_for_update().get(pk=held.pk)
        (ended,) = race(worker, runners=1)
    assert isinstance(ended, OperationalError)
    assert free.rungs.filter(sent_at=None).count() == 0
    assert held.rungs.filter(sent_at=None).count() == 1
