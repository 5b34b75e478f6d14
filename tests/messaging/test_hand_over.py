"""An open flag follows the roster: whoever is on call now must see it."""

import datetime as dt

import pytest

from core.people.models import OnCallShift
from intake.services.flags import acknowledge_flag
from messaging.models import Delivery
from messaging.tick import due_rungs, hand_overs, roster_gaps
from tests.cast import NOW
from tests.factories.flags import after, must_see, saddle_numbness

pytestmark = pytest.mark.django_db


@pytest.fixture
def shift_ends(cast):
    """Amin hands the phone to Mbeki ten minutes from now."""
    OnCallShift.objects.filter(user=cast.amin).update(ends_at=after(10))
    return OnCallShift.objects.create(
        clinic=cast.riverside, position="first", user=cast.mbeki,
        starts_at=after(10), ends_at=NOW + dt.timedelta(days=8),
    )  # fmt: skip


def nudged(user):
    return Delivery.objects.filter(user=user).count()


def test_the_next_one_on_call_must_see_it_although_nothing_ran(cast, new_call, shift_ends):
    flag = saddle_numbness(cast, new_call, about=cast.okafor)
    assert not must_see(cast.mbeki, flag, now=after(9))
    assert must_see(cast.mbeki, flag, now=after(10))
    assert must_see(cast.amin, flag, now=after(11))  # told before, so still hers too
    assert not must_see(cast.quist, flag, now=after(11))


def test_the_tick_tells_the_next_one_once(cast, new_call, shift_ends):
    saddle_numbness(cast, new_call, about=cast.okafor)
    for minutes in (9, 11, 12, 14):
        hand_overs(now=after(minutes))
    assert nudged(cast.mbeki) == 1
    assert nudged(cast.amin) == 1
    assert nudged(cast.novak) == 0


def test_an_acknowledged_flag_is_not_handed_over(cast, new_call, shift_ends):
    flag = saddle_numbness(cast, new_call, about=cast.okafor)
    acknowledge_flag(flag=flag, by=cast.amin, now=after(5))
    hand_overs(now=after(11))
    assert nudged(cast.mbeki) == 0
    due_rungs(now=after(60))  # the decision is late: it speaks to whoever is first now
    assert nudged(cast.mbeki) == 1


def test_with_nobody_on_call_it_is_every_physicians(cast, new_call):
    OnCallShift.objects.all().delete()
    flag = saddle_numbness(cast, new_call, about=cast.okafor)
    for name in ("amin", "novak", "mbeki"):
        assert must_see(getattr(cast, name), flag, now=NOW)
        assert nudged(getattr(cast, name)) == 1
    for name in ("cole", "ana", "quist"):
        assert not must_see(getattr(cast, name), flag, now=NOW)


def test_a_physician_who_left_is_a_gap_not_an_addressee(cast, new_call):
    cast.amin.is_active = False
    cast.amin.save()
    flag = saddle_numbness(cast, new_call, about=cast.okafor)
    assert nudged(cast.amin) == 0
    assert must_see(cast.novak, flag, now=NOW) and must_see(cast.mbeki, flag, now=NOW)


def test_a_hole_in_the_coming_week_is_the_managers_item_until_it_is_filled(cast, new_call):
    from messaging.models import WorkItem

    gap = WorkItem.objects.filter(kind="on_call_gap", clinic=cast.riverside)
    roster_gaps(now=NOW)
    assert not gap.exists()
    hole = NOW + dt.timedelta(days=5)
    OnCallShift.objects.filter(user=cast.novak).update(ends_at=hole)
    for _ in range(2):
        roster_gaps(now=NOW)
    item = gap.get()
    assert (item.owner_role, item.due_at) == ("manager", hole)
    assert "backup" in item.reason
    OnCallShift.objects.create(
        clinic=cast.riverside, position="backup", user=cast.mbeki,
        starts_at=hole, ends_at=NOW + dt.timedelta(days=9),
    )  # fmt: skip
    roster_gaps(now=NOW)
    assert gap.get().close_event == "gap_filled"


def test_an_earlier_hole_brings_the_item_forward(cast):
    from messaging.models import WorkItem

    OnCallShift.objects.filter(user=cast.novak).update(ends_at=NOW + dt.timedelta(days=5))
    roster_gaps(now=NOW)
    OnCallShift.objects.filter(user=cast.amin).update(ends_at=after(60))
    roster_gaps(now=NOW)
    item = WorkItem.objects.get(kind="on_call_gap", clinic=cast.riverside)
    assert item.due_at == after(60) and "first" in item.reason
    assert item.version == 2  # who has the page open is told that it moved
