"""What a manager does about a delivery in trouble: with a reason, once, on the audit trail."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.audit.models import AuditEvent
from core.lib import clock
from core.lib.errors import Conflict, Refused
from core.lib.states import StateError
from messaging.channels import CHANNELS, Refusal
from messaging.channels.email.adapter import compose
from messaging.envelopes import envelope
from messaging.models import Delivery, WorkItem
from messaging.services.deliveries import deliver_one, hold_outbox, nudge
from messaging.services.settling import settle, settle_held
from messaging.services.work import open_item
from tests.factories.races import race

pytestmark = pytest.mark.django_db
WHY = "phoned her, no mail came"
HOUR = dt.timedelta(hours=1)


def write(cast, key, *, user=None, clinic=None, item=None):
    return nudge(user=user or cast.amin, clinic=clinic or cast.riverside, template="urgent",
                 path="/today/", item=item, key=key, now=clock.now() - HOUR)  # fmt: skip


def in_state(cast, state, **more):
    """A delivery in this state, as it would have got there."""
    row = write(cast, f"settling:{state}:{Delivery.objects.count()}", **more)
    ended = state in {"sent", "uncertain", "dead", "cancelled"}
    leased = clock.now() + HOUR if state in {"claimed", "handing"} else None
    Delivery.objects.filter(pk=row.pk).update(
        channel="print" if state == "waiting" else "email",
        state=state,
        settled_at=clock.now() if ended else None,
        lease_until=leased,
        attempts=3,
    )
    row.refresh_from_db()
    return row


def act(cast, row, action, *, by=None, reason=WHY, version=None, now=None):
    return settle(delivery=row, action=action, version=row.version if version is None else version,
                  reason=reason, by=by or cast.cole, now=now or clock.now())  # fmt: skip


@pytest.fixture
def server(monkeypatch):
    """Rows the mail server took; `refuses` makes it say no for good."""

    class Server(list):
        refuses = ""

        def __call__(self, row, before_body):
            if self.refuses:
                raise Refusal(self.refuses, final=True)
            if before_body():
                self.append(compose(row)["Message-ID"])

    made = Server()
    monkeypatch.setitem(CHANNELS, "email", made)
    return made


@pytest.mark.parametrize(
    ("state", "action", "after"),
    [("uncertain", "retry", "pending"), ("dead", "retry", "pending"),
     ("held", "release", "pending"),
     ("uncertain", "mark_delivered", "sent"), ("dead", "mark_delivered", "sent"),
     ("pending", "cancel", "cancelled"), ("uncertain", "cancel", "cancelled"),
     ("dead", "cancel", "cancelled"), ("held", "cancel", "cancelled")],
)  # fmt: skip
def test_each_action_leaves_who_when_and_why(cast, state, action, after):
    item = open_item(kind="initial_visit", subject_id=cast.okafor.pk, clinic=cast.riverside,
                     patient=cast.okafor, reason="r", by=None, now=clock.now())  # fmt: skip
    row, at = in_state(cast, state, item=item), clock.now()
    act(cast, row, action, reason=f"  {WHY} ", now=at)
    row.refresh_from_db()
    assert (row.state, row.acted_by, row.acted_at, row.act_reason) == (after, cast.cole, at, WHY)
    seen = AuditEvent.objects.get(action=f"delivery_{action}")
    assert (seen.actor, seen.object_id, seen.reason) == (cast.cole, str(row.pk), WHY)
    assert seen.patient_id == cast.okafor.pk


@pytest.mark.parametrize("state", ["sent", "cancelled", "claimed", "handing"])
@pytest.mark.parametrize("action", ["retry", "mark_delivered", "release", "cancel"])
def test_what_ended_or_is_in_a_workers_hands_is_left_alone(cast, state, action):
    row = in_state(cast, state)
    with pytest.raises(StateError):
        act(cast, row, action)
    row.refresh_from_db()
    assert (row.state, row.acted_by) == (state, None)


@pytest.mark.parametrize("reason", ["", "    ", "no", " 1234 "])
def test_without_a_reason_nothing_happens(cast, reason):
    row = in_state(cast, "dead")
    with pytest.raises(Refused, match="reason"):
        act(cast, row, "cancel", reason=reason)
    row.refresh_from_db()
    assert row.state == "dead"
    act(cast, row, "cancel", reason="12345")


@pytest.mark.parametrize("action", ["claim", "hand", "settle", "give_up", "hold", "vanish", ""])
def test_a_person_cannot_do_a_workers_step(cast, action):
    with pytest.raises(Refused, match="Choose"):
        act(cast, in_state(cast, "pending"), action)


def test_the_second_manager_sees_both_and_changes_nothing(cast):
    row = in_state(cast, "uncertain")
    act(cast, row, "mark_delivered", reason="she has it")
    with pytest.raises(Conflict) as refusal:
        act(cast, row, "retry", by=cast.mora, reason="send it again")
    assert refusal.value.versions == [
        ("State", "pending", "sent"),
        ("Reason", "send it again", "she has it"),
    ]
    assert refusal.value.who == "Dana Cole"
    row.refresh_from_db()
    assert (row.state, row.act_reason) == ("sent", "she has it")


def test_what_the_worker_did_meanwhile_is_not_overruled(cast, server):
    """The page showed “pending”; it went out; cancelling it now would hide that."""
    row = write(cast, "k")
    deliver_one(now=clock.now())
    with pytest.raises(Conflict):
        act(cast, row, "cancel")
    row.refresh_from_db()
    assert row.state == "sent"


def test_a_retry_is_the_same_mail_once_and_closes_the_managers_work(cast, server):
    server.refuses = "550 to recipient"
    row = write(cast, "k")
    deliver_one(now=clock.now())
    item = WorkItem.objects.get(kind="delivery_dead", subject_id=row.pk)
    row.refresh_from_db()
    server.refuses = ""
    act(cast, row, "retry")
    item.refresh_from_db()
    assert (item.close_event, item.closed_by) == ("delivery_retry", cast.cole)
    assert deliver_one(now=clock.now()) and not deliver_one(now=clock.now())
    assert server == [compose(envelope(row))["Message-ID"]]
    row.refresh_from_db()
    assert row.state == "sent"


def test_a_retry_gets_a_new_day_and_dead_again_is_told_again(cast, server):
    row = in_state(cast, "dead")
    Delivery.objects.update(created_at=clock.now() - 30 * HOUR)
    act(cast, row, "retry")
    server.refuses = "550 to recipient"
    deliver_one(now=clock.now())
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("dead", 1)
    assert WorkItem.objects.get(kind="delivery_dead", closed_at=None).subject_id == row.pk


def test_after_a_retry_later_still_means_later(cast, monkeypatch):
    row = in_state(cast, "dead")
    Delivery.objects.update(created_at=clock.now() - 30 * HOUR)
    act(cast, row, "retry")

    def later(*_):
        raise Refusal("451 to recipient", final=False)

    monkeypatch.setitem(CHANNELS, "email", later)
    deliver_one(now=clock.now())
    row.refresh_from_db()
    assert row.state == "pending"


@pytest.mark.django_db(transaction=True)
def test_retry_and_cancel_at_the_same_moment_is_one_of_them(cast):
    for _ in range(20):
        row = in_state(cast, "uncertain")
        actions = ["retry", "cancel"] * 2
        ends = race(lambda n: act(cast, row, actions[n]).state, runners=4)  # noqa: B023
        won = [end for end in ends if isinstance(end, str)]
        assert len(won) == 1 and sum(isinstance(end, Conflict) for end in ends) == 3
        row.refresh_from_db()
        assert row.state == won[0] and row.version == 2
        assert AuditEvent.objects.filter(object_id=str(row.pk)).count() == 1


# --- after a restore ------------------------------------------------------------------------------


def test_a_restore_holds_what_was_to_be_sent_and_nothing_else(cast, server):
    rows = {state: in_state(cast, state) for state in Delivery.State.values}
    Delivery.objects.filter(pk=rows["pending"].pk).update(created_at=clock.now() + HOUR)
    assert hold_outbox(now=clock.now()) == 3  # whatever the clock that wrote them said
    now_is = {name: Delivery.objects.get(pk=row.pk).state for name, row in rows.items()}
    assert now_is == {
        "pending": "held", "claimed": "held", "held": "held", "handing": "uncertain",
        "sent": "sent", "uncertain": "uncertain", "dead": "dead", "cancelled": "cancelled",
        "waiting": "waiting",  # it leaves by a person's hand only
    }  # fmt: skip
    later = write(cast, "after the restore")
    while deliver_one(now=clock.now()):
        pass
    assert server == [compose(envelope(later))["Message-ID"]]  # what was written afterwards leaves
    seen = AuditEvent.objects.get(action="hold_outbox")
    assert "2 held, 1 uncertain" in seen.reason


@pytest.mark.parametrize(("action", "sent"), [("release", 3), ("cancel", 0)])
def test_all_held_at_once_at_ones_own_clinic(cast, server, action, sent):
    mine = [in_state(cast, "held") for _ in range(3)]
    foreign = in_state(cast, "held", user=cast.quist, clinic=cast.lakeside)
    assert settle_held(action=action, reason=WHY, seen=3, by=cast.cole, now=clock.now()) == 3
    while deliver_one(now=clock.now()):
        pass
    assert len(server) == len(set(server)) == sent
    foreign.refresh_from_db()
    assert foreign.state == "held"
    assert AuditEvent.objects.filter(action=f"delivery_{action}").count() == len(mine)


def test_all_held_changes_nothing_when_their_number_changed(cast):
    row = in_state(cast, "held")
    with pytest.raises(Conflict) as refusal:
        settle_held(action="release", reason=WHY, seen=2, by=cast.cole, now=clock.now())
    assert refusal.value.versions[0] == ("E-mails held", "2", "1")
    with pytest.raises(Refused):
        settle_held(action="retry", reason=WHY, seen=1, by=cast.cole, now=clock.now())
    with pytest.raises(Refused):
        settle_held(action="release", reason="x", seen=1, by=cast.cole, now=clock.now())
    row.refresh_from_db()
    assert row.state == "held"


def test_many_held_cost_no_more_questions_than_a_few(cast):
    def settled(count):
        for _ in range(count):
            in_state(cast, "held")
        with CaptureQueriesContext(connection) as asked:
            settle_held(action="release", reason=WHY, seen=count, by=cast.cole, now=clock.now())
        return len(asked)

    assert settled(2) == settled(12)
    rows = Delivery.objects.all()
    assert set(rows.values_list("state", "attempts", "acted_by", "version", "settled_at")) == {
        ("pending", 0, cast.cole.pk, 2, None)
    }
    assert AuditEvent.objects.filter(action="delivery_release", reason=WHY).count() == 14


def test_a_retry_that_would_not_leave_is_refused_with_why(cast, server):
    item = open_item(kind="initial_visit", subject_id=cast.okafor.pk, clinic=cast.riverside,
                     patient=cast.okafor, reason="r", by=None, now=clock.now())  # fmt: skip
    row = in_state(cast, "uncertain", item=item)
    later = in_state(cast, "sent", item=item)
    Delivery.objects.filter(pk=later.pk).update(created_at=clock.now())
    with pytest.raises(Refused, match="A later message about the same thing replaces it"):
        act(cast, row, "retry")
    row.refresh_from_db()
    assert (row.state, row.acted_by) == ("uncertain", None)
    act(cast, row, "mark_delivered")


def test_a_retry_by_a_machine_whose_clock_is_ahead_leaves_at_once(cast, server):
    row = in_state(cast, "dead")
    act(cast, row, "retry", now=clock.now() + HOUR)
    assert deliver_one(now=clock.now()) and server == [compose(envelope(row))["Message-ID"]]
