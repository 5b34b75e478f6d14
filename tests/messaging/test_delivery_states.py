"""One nudge through the outbox; the mail server answers as told, the database's clock is real."""

import datetime as dt
import smtplib

import pytest
from django.db.models import F

from core.lib import clock
from core.people.models import CareTeamMember
from messaging.channels import CHANNELS, Refusal
from messaging.models import Delivery, WorkItem
from messaging.services.deliveries import claim, deliver_one, move, nudge, reap
from messaging.services.work import close_item, open_item

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def then():
    """A while ago by the database's clock, so that what was written then is due."""
    return clock.now() - 2 * HOUR


@pytest.fixture
def row(cast, then):
    return nudge(user=cast.amin, clinic=cast.riverside, template="urgent", path="/today/",
                 item=None, key="a:opened:amin", now=then)  # fmt: skip


@pytest.fixture
def server(monkeypatch):
    """`server.says(error, handed=True)`: what comes next; `server.got`: rows it took."""

    class Server:
        def __init__(self):
            self.error, self.handed, self.got, self.before = None, True, [], lambda: None

        def says(self, error, *, handed):
            self.error, self.handed = error, handed

        def __call__(self, delivery, before_body):
            self.before()
            if self.error and not self.handed:
                raise self.error
            if not before_body():
                return
            if self.error:
                raise self.error
            self.got.append(delivery.pk)

    made = Server()
    monkeypatch.setitem(CHANNELS, "email", made)
    monkeypatch.setattr("messaging.services.deliveries.log.warning", lambda *a, **k: None)
    return made


def now_of(row):
    row.refresh_from_db()
    return row


def test_it_is_sent_once_and_settled(row, server):
    at = clock.now()
    assert deliver_one(now=at) and not deliver_one(now=at)
    assert server.got == [row.pk]
    assert (now_of(row).state, row.settled_at, row.lease_until) == ("sent", at, None)


def test_550_is_dead_at_once_and_a_person_hears_of_it(cast, row, server):
    server.says(Refusal("550 to recipient", final=True), handed=False)
    deliver_one(now=clock.now())
    assert (now_of(row).state, row.attempts, row.last_error) == ("dead", 1, "550 to recipient")
    item = WorkItem.objects.get(kind="delivery_dead")
    assert (item.subject_id, item.owner_role) == (row.pk, "manager")
    assert "Leila Amin" in item.reason
    assert not deliver_one(now=clock.now())


def test_451_is_tried_again_after_1_2_5_15_30_60_minutes_then_hourly(row, server):
    server.says(Refusal("451 to recipient", final=False), handed=False)
    pauses = []
    for _ in range(8):
        at = clock.now()
        assert deliver_one(now=at)
        assert now_of(row).state == "pending"
        pauses.append(round((row.next_attempt_at - at).total_seconds() / 60, 1))  # its own clock
        assert not deliver_one(now=at)  # not before its time
        Delivery.objects.update(next_attempt_at=F("created_at"))
    assert pauses == [1, 2, 5, 15, 30, 60, 60, 60]


@pytest.mark.parametrize(("age", "state"), [(23.9, "pending"), (24, "dead"), (30, "dead")])
def test_after_a_day_of_refusals_it_is_dead(row, server, age, state):
    at = clock.now()
    Delivery.objects.update(created_at=at - age * HOUR)
    server.says(Refusal("451 to recipient", final=False), handed=False)
    deliver_one(now=at)
    assert now_of(row).state == state
    assert WorkItem.objects.filter(kind="delivery_dead").count() == (state == "dead")


@pytest.mark.parametrize("error", [ConnectionRefusedError(), TimeoutError(), KeyError("template")])
def test_what_broke_before_handing_over_is_sent_again(row, server, error):
    server.says(error, handed=False)
    deliver_one(now=clock.now())
    assert (now_of(row).state, row.last_error) == ("pending", type(error).__name__)


@pytest.mark.parametrize("error", [TimeoutError(), smtplib.SMTPServerDisconnected("bye")])
def test_what_broke_while_handing_over_is_uncertain_and_never_sent_again(row, server, error):
    server.says(error, handed=True)
    deliver_one(now=clock.now())
    assert now_of(row).state == "uncertain" and "may have arrived" in row.last_error
    server.says(None, handed=True)
    assert not deliver_one(now=clock.now() + 48 * HOUR)
    assert server.got == []


@pytest.mark.parametrize(("final", "state"), [(False, "pending"), (True, "dead")])
def test_a_refusal_of_the_body_is_certain(row, server, final, state):
    server.says(Refusal("452 to message", final=final), handed=True)
    deliver_one(now=clock.now())
    assert now_of(row).state == state


def work(cast, then, kind="initial_visit"):
    return open_item(kind=kind, subject_id=cast.okafor.pk, clinic=cast.riverside,
                     patient=cast.okafor, reason="r", by=None, now=then)  # fmt: skip


def reminder(cast, then, item, to, step="late"):
    return nudge(user=to, clinic=cast.riverside, template="reminder", path="/today/", item=item,
                 key=f"{item.pk}:{step}:{to.pk}", now=then)  # fmt: skip


def test_what_was_dealt_with_meanwhile_does_not_leave(cast, then, server):
    item = work(cast, then)
    row, kept = reminder(cast, then, item, cast.ana), None
    close_item(item=item, by=cast.ana, now=then, event="booked")
    deliver_one(now=clock.now())
    assert (now_of(row).state, server.got, kept) == ("cancelled", [], None)


def test_a_reminder_to_somebody_else_than_who_took_it_does_not_leave(cast, then, server):
    item = work(cast, then, kind="initial_visit_urgent")
    both = (cast.ana, cast.ben)
    to_ana, to_ben = (reminder(cast, then, item, who, "day_before") for who in both)
    WorkItem.objects.update(owner=cast.ben, taken_at=then)
    while deliver_one(now=clock.now()):
        pass
    assert (now_of(to_ana).state, now_of(to_ben).state) == ("cancelled", "sent")
    assert server.got == [to_ben.pk]


def test_nothing_goes_to_somebody_who_no_longer_works_here(cast, row, server):
    cast.amin.is_active = False
    cast.amin.save()
    deliver_one(now=clock.now())
    assert (now_of(row).state, server.got) == ("cancelled", [])


def test_nothing_about_a_patient_goes_to_who_left_the_team(cast, then, server):
    """Berg works for a partner practice: he knows of Okafor while he is on the team."""
    item = work(cast, then)
    place = CareTeamMember.objects.create(
        patient=cast.okafor, user=cast.berg, from_on=then.date() - dt.timedelta(days=9)
    )
    kept = reminder(cast, then, item, cast.berg)
    deliver_one(now=clock.now())
    assert now_of(kept).state == "sent"
    place.delete()
    late = nudge(user=cast.berg, clinic=cast.riverside, template="urgent", path="/today/",
                 item=item, key="after he left", now=then)  # fmt: skip
    deliver_one(now=clock.now())
    assert (now_of(late).state, server.got) == ("cancelled", [kept.pk])


def test_nothing_about_a_clinic_goes_to_who_works_elsewhere_now(cast, then, server):
    item = open_item(kind="on_call_gap", subject_id=cast.riverside.pk, clinic=cast.riverside,
                     patient=None, reason="r", by=None, now=then, due=then)  # fmt: skip
    mine, foreign = reminder(cast, then, item, cast.cole), reminder(cast, then, item, cast.mora)
    while deliver_one(now=clock.now()):
        pass
    assert (now_of(mine).state, now_of(foreign).state) == ("sent", "cancelled")


def expire():
    Delivery.objects.filter(lease_until__isnull=False).update(lease_until=clock.now() - HOUR)


@pytest.mark.parametrize(("handing", "state"), [(False, "pending"), (True, "uncertain")])
def test_a_lease_that_ran_out_is_freed_by_how_far_it_was(row, handing, state):
    held = claim()
    assert now_of(row).state == "claimed" and row.attempts == 1
    if handing:
        assert move(held, "hand", now=clock.now())
    assert reap(now=clock.now()) == 0  # the worker is alive
    expire()
    assert reap(now=clock.now()) == 1
    assert (now_of(row).state, row.lease_token) == (state, None)
    assert not move(held, "settle" if handing else "hand", now=clock.now())  # it woke up too late
    assert now_of(row).state == state


def test_a_worker_that_woke_up_late_does_not_move_what_another_holds(row):
    late = claim()
    expire()
    reap(now=clock.now())
    holder = claim()
    assert not move(late, "hand", now=clock.now())
    assert move(holder, "hand", now=clock.now())
    assert not move(late, "settle", now=clock.now())
    assert now_of(row).state == "handing" and row.attempts == 2


def test_a_worker_that_lost_its_lease_sends_nothing(row, server):
    server.before = lambda: (expire(), reap(now=clock.now()))
    deliver_one(now=clock.now())
    assert (now_of(row).state, server.got) == ("pending", [])


def test_a_mail_for_tomorrow_waits(cast, server):
    nudge(user=cast.amin, clinic=cast.riverside, template="urgent", path="/today/", item=None,
          key="later", now=clock.now())  # fmt: skip
    Delivery.objects.update(next_attempt_at=clock.now() + 24 * HOUR)
    assert not deliver_one(now=clock.now() + 48 * HOUR)  # the database's clock decides


def test_a_row_that_kills_its_worker_again_and_again_is_given_up(row, server):
    Delivery.objects.update(created_at=clock.now() - 25 * HOUR)
    for _ in range(50):
        if claim() is None:
            break
        expire()
        reap(now=clock.now())
    assert now_of(row).state == "dead"


def test_written_by_a_machine_whose_clock_is_ahead_it_leaves_at_once(cast):
    ahead = clock.now() + dt.timedelta(minutes=10)
    row = nudge(user=cast.amin, clinic=cast.riverside, template="urgent", path="/today/",
                item=None, key="ahead", now=ahead)  # fmt: skip
    held = claim()
    assert held is not None and held.row == row
