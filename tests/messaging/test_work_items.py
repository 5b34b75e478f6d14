"""A promise is opened once, closed with a reason by who may, and undone within the minute."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from core.audit.models import AuditEvent
from core.lib import clock
from core.lib.errors import Conflict, Forbidden, Refused
from messaging.models import Delivery, Rung, WorkItem
from messaging.services.deliveries import deliver_one, still_wanted
from messaging.services.leaving import hand_over_all
from messaging.services.work import (
    close_by_hand,
    close_item,
    open_item,
    plan_next,
    take,
    undo_close,
)
from messaging.tick import due_rungs
from tests.cast import NOW
from tests.factories.flags import after
from tests.factories.races import race

pytestmark = pytest.mark.django_db


def promise(cast, kind="initial_visit", **more):
    about = {"subject_id": cast.okafor.pk, "clinic": cast.riverside, "patient": cast.okafor}
    return open_item(kind=kind, reason="Okafor waits", by=cast.ana, now=NOW, **(about | more))


def done(item, by, now=NOW, reason="Booked Tue 10:20"):
    return close_by_hand(item=item, by=by, now=now, reason=reason)


def test_opened_twice_it_is_one_item(cast):
    first, again = promise(cast), promise(cast)
    assert first == again and Rung.objects.filter(item=first).count() == 1
    assert promise(cast, subject_id=cast.hale.pk) != first
    assert promise(cast, kind="initial_visit_urgent") != first


@pytest.mark.django_db(transaction=True)
def test_eight_requests_at_once_open_one_item(cast):
    items = race(lambda _: promise(cast).pk)
    assert len(set(items)) == 1
    assert WorkItem.objects.count() == 1 and Rung.objects.count() == 1
    assert AuditEvent.objects.filter(action="open").count() == 1


def test_closed_and_needed_again_it_is_a_new_item(cast):
    first = promise(cast)
    done(first, cast.ana)
    assert promise(cast) != first


def test_the_database_itself_refuses_a_second_open_one(cast):
    item = promise(cast)
    item.pk = None
    item._state.adding = True
    with pytest.raises(IntegrityError, match="work_open_once"), transaction.atomic():
        item.save(force_insert=True)


def test_done_by_hand_needs_words(cast):
    item = promise(cast)
    with pytest.raises(Refused, match="Write what was done"):
        done(item, cast.ana, reason="   ")
    closed = done(item, cast.ana, reason=" Booked Tue 10:20 ")
    assert (closed.closed_by, closed.close_reason) == (cast.ana, "Booked Tue 10:20")


@pytest.mark.parametrize("name", ["amin", "ruiz", "cole", "park"])
def test_somebody_of_another_role_does_not_close_it(cast, name):
    item = promise(cast)
    with pytest.raises(Forbidden, match="belongs to the front desk"):
        done(item, getattr(cast, name))
    assert done(item, cast.ben).closed_at  # any of its role may


@pytest.mark.parametrize("kind", ["red_flag", "red_flag_decision", "call_back", "pt_hold"])
def test_what_only_its_event_closes_is_not_closed_by_hand(cast, kind):
    item = promise(cast, kind=kind)
    by = cast.ana if kind == "call_back" else cast.amin
    with pytest.raises(Refused, match="closes by itself"):
        done(item, by)
    assert close_item(item=item, by=by, now=NOW, event="its_event").closed_at


def test_the_second_to_close_reads_both_reasons(cast):
    item = promise(cast)
    done(item, cast.ana, reason="Booked Tuesday")
    with pytest.raises(Conflict, match="Ana Flores closed this already") as conflict:
        done(item, cast.ben, reason="Booked Friday")
    assert conflict.value.versions == [("What was done", "Booked Friday", "Booked Tuesday")]
    assert conflict.value.who == "Ana Flores"


def test_an_event_that_closes_it_again_changes_nothing(cast):
    item = promise(cast)
    close_item(item=item, by=cast.ana, now=NOW, event="booked")
    again = close_item(item=item, by=cast.ben, now=after(5), event="other")
    assert (again.closed_by, again.close_event, again.version) == (cast.ana, "booked", 2)


def test_undo_is_for_the_same_person_within_a_minute(cast):
    item = promise(cast)
    done(item, cast.ana)
    with pytest.raises(Refused, match="Only the person who closed"):
        undo_close(item=item, by=cast.ben, now=NOW)
    with pytest.raises(Refused, match="too late"):
        undo_close(item=item, by=cast.ana, now=NOW + dt.timedelta(seconds=61))
    row = undo_close(item=item, by=cast.ana, now=NOW + dt.timedelta(seconds=60))
    assert (row.closed_at, row.close_event, row.close_reason) == (None, "", "")


def test_what_an_event_closed_is_not_undone(cast):
    item = promise(cast)
    close_item(item=item, by=cast.ana, now=NOW, event="booked")
    with pytest.raises(Refused, match="by hand"):
        undo_close(item=item, by=cast.ana, now=NOW)


def test_what_was_opened_again_meanwhile_is_not_undone(cast):
    item = promise(cast)
    done(item, cast.ana)
    promise(cast)
    with pytest.raises(Refused, match="opened again already"):
        undo_close(item=item, by=cast.ana, now=NOW)


def plan(item, by, **more):
    values = {"next_action": "Call the clinic", "next_action_at": after(60),
              "waiting_on": "other_clinic"} | more  # fmt: skip
    return plan_next(item=item, by=by, now=NOW, **values)


def test_a_plan_says_whose_move_it_is_and_leaves_the_promise_alone(cast):
    item = promise(cast)
    row = plan(item, cast.ben)
    assert (row.waiting_on, row.next_action, row.next_action_at, row.due_at) == (
        "other_clinic",
        "Call the clinic",
        after(60),
        item.due_at,
    )


def test_a_plan_that_cannot_be(cast):
    item = promise(cast)
    with pytest.raises(Refused, match="in the future"):
        plan(item, cast.ana, next_action_at=after(-1))
    with pytest.raises(Refused, match="whose move"):
        plan(item, cast.ana, waiting_on="the weather")
    with pytest.raises(Forbidden):
        plan(item, cast.ruiz)
    done(item, cast.ana)
    with pytest.raises(Conflict, match="closed"):
        plan(item, cast.ana)


def test_a_message_one_person_was_asked_to_act_on_is_closed_by_that_person(cast):
    item = promise(cast, kind="message", owner=cast.amin)
    with pytest.raises(Forbidden):
        done(item, cast.ana)
    assert done(item, cast.amin).closed_at


def test_every_move_is_on_the_trail(cast):
    item = promise(cast)
    done(item, cast.ana)
    undo_close(item=item, by=cast.ana, now=after(0.5))
    rows = AuditEvent.objects.filter(object_id=str(item.pk)).order_by("pk")
    assert [(r.action, r.actor, r.patient_id) for r in rows] == [
        ("open", cast.ana, cast.okafor.pk),
        ("close", cast.ana, cast.okafor.pk),
        ("undo_close", cast.ana, cast.okafor.pk),
    ]


@pytest.mark.parametrize(("left", "again"), [(False, 1), (True, 0)])
def test_a_reminder_stopped_by_a_close_that_was_undone_is_sent_anew(cast, left, again):
    item = promise(cast)
    due_rungs(now=item.due_at)
    told = Delivery.objects.filter(item=item)
    assert told.count() >= 1
    if left:
        told.update(state="sent", settled_at=item.due_at)
    done(item, cast.ana, now=item.due_at)
    while deliver_one(now=clock.now()):  # nothing leaves: it was dealt with
        pass
    undo_close(item=item, by=cast.ana, now=item.due_at)
    for _ in range(2):
        due_rungs(now=item.due_at)
        assert told.filter(user=cast.cole, state="pending").count() == again


def test_a_reminder_that_waits_when_its_owner_leaves_reaches_the_heir(cast):
    item = promise(cast, kind="initial_visit_urgent", owner=cast.ana)
    day_before = item.due_at - dt.timedelta(days=1)
    due_rungs(now=day_before)
    told = Delivery.objects.filter(item=item, template="reminder")
    assert [row.user for row in told] == [cast.ana]
    hand_over_all(user=cast.ana, heir=cast.ben, keep_shifts=False, by=cast.cole, now=day_before)
    while deliver_one(now=clock.now()):  # hers is cancelled: somebody else has it
        pass
    for _ in range(2):
        due_rungs(now=day_before)
        assert [row.user for row in told.filter(state="pending")] == [cast.ben]


def test_a_late_item_is_told_to_the_manager_although_somebody_has_it(cast):
    item = promise(cast, kind="initial_visit_urgent")
    due_rungs(now=item.due_at - dt.timedelta(days=1))
    take(item=item, by=cast.ana, now=item.due_at)
    due_rungs(now=item.due_at)
    wanted = {row.user: still_wanted(row, now=item.due_at) for row in item_mails(item)}
    assert wanted[cast.cole] == "" and wanted[cast.ana] == ""
    assert wanted[cast.ben] == "Somebody else took it."


def item_mails(item):
    return Delivery.objects.filter(item=item).select_related("user", "item").order_by("created_at")
