"""One person takes a promise; the others read who was faster."""

import pytest

from core.accounts.roles import Role
from core.lib.errors import Conflict, Forbidden, Refused
from messaging.models import WorkItem
from messaging.services.work import close_item, hand_back, open_item, take
from tests.cast import NOW, user
from tests.factories.flags import after
from tests.factories.races import race

pytestmark = pytest.mark.django_db


@pytest.fixture
def item(cast):
    return open_item(kind="call_back", subject_id=cast.okafor.pk, clinic=cast.riverside,
                     patient=None, reason="Missed call", by=None, now=NOW)  # fmt: skip


def test_the_second_one_reads_who_has_it(cast, item):
    assert take(item=item, by=cast.ana, now=NOW).owner == cast.ana
    with pytest.raises(Conflict, match="Ana Flores took this"):
        take(item=item, by=cast.ben, now=after(1))
    assert take(item=item, by=cast.ana, now=after(2)).taken_at == NOW  # her own again: no change


@pytest.mark.parametrize("name", ["lang", "ruiz"])
def test_only_its_role_takes_it(cast, item, name):
    with pytest.raises(Forbidden):
        take(item=item, by=getattr(cast, name), now=NOW)
    assert take(item=item, by=cast.ben, now=NOW).owner == cast.ben


@pytest.mark.django_db(transaction=True)
def test_of_eight_at_once_one_wins_and_seven_read_the_name(cast, item):
    desk = [user(f"desk{n}@riverside.example", f"Desk {n}", Role.FRONT_DESK) for n in range(8)]
    found = race(lambda n: take(item=item, by=desk[n], now=NOW))
    won = [row for row in found if isinstance(row, WorkItem)]
    lost = [str(row) for row in found if isinstance(row, Conflict)]
    assert (len(won), len(lost)) == (1, 7)
    item.refresh_from_db()
    assert item.owner == won[0].owner
    assert all(item.owner.full_name in sentence for sentence in lost)


def test_handed_back_anyone_of_the_role_may_take_it(cast, item):
    take(item=item, by=cast.ana, now=NOW)
    with pytest.raises(Forbidden, match="or a manager"):
        hand_back(item=item, by=cast.ben, now=NOW)
    row = hand_back(item=item, by=cast.ana, now=after(1))
    assert (row.owner, row.taken_at) == (None, None)
    assert take(item=item, by=cast.ben, now=after(2)).owner == cast.ben


def test_a_manager_hands_back_for_somebody_who_went_home(cast, item):
    take(item=item, by=cast.ana, now=NOW)
    assert hand_back(item=item, by=cast.cole, now=after(1)).owner is None


def test_what_is_done_is_not_taken(cast, item):
    close_item(item=item, by=cast.ana, now=NOW, event="spoke_to_a_person")
    with pytest.raises(Conflict, match="done already"):
        take(item=item, by=cast.ben, now=NOW)


def test_only_what_was_taken_is_handed_back(cast):
    mine = open_item(kind="message", subject_id=cast.hale.pk, clinic=cast.riverside, patient=None,
                     reason="Please call", by=None, now=NOW, owner=cast.amin)  # fmt: skip
    with pytest.raises((Refused, Conflict)):
        hand_back(item=mine, by=cast.amin, now=NOW)
