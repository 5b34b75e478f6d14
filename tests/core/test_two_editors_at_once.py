"""F15 and F17 with real threads: whoever comes second is told, and the rows add up."""

import datetime as dt
import os
import uuid

import pytest

from core.lib.errors import Conflict, Refused
from intake.models import RedFlag
from intake.services.calls import save_fields
from intake.services.flags import decide_flag, release_pt_hold
from messaging.services.work import close_by_hand, open_item, plan_next
from tests.cast import NOW
from tests.factories.races import race

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 1000 if os.environ.get("HALLWAY_DEEP") else 50
FEW = 20 if os.environ.get("HALLWAY_DEEP") else 4


def visit(cast):
    return open_item(kind="initial_visit", subject_id=uuid.uuid4(), clinic=cast.riverside,
                     patient=cast.okafor, reason="First visit", by=cast.ana, now=NOW)  # fmt: skip


@pytest.mark.timeout(900)
def test_of_two_plans_at_once_one_is_kept_and_the_other_is_told(cast):
    item, people = visit(cast), [cast.ana, cast.ben]
    kept = told = 0
    for number in range(ROUNDS):
        version = item.version

        def act(n, number=number, version=version):
            return plan_next(item=item, by=people[n], now=NOW, next_action=f"{number} {n}",
                             next_action_at=NOW + dt.timedelta(days=1), waiting_on="us",
                             version=version)  # fmt: skip

        found = race(act, runners=2)
        won = [r for r in found if not isinstance(r, Exception)]
        lost = [r for r in found if isinstance(r, Conflict)]
        assert (len(won), len(lost)) == (1, 1), found
        item.refresh_from_db()
        assert item.next_action == won[0].next_action and item.version == version + 1
        # The loser reads the words that won beside their own.
        assert lost[0].versions[0][1:] == (f"{number} {1 - found.index(won[0])}", item.next_action)
        kept, told = kept + 1, told + 1
    assert kept + told == 2 * ROUNDS and item.version == 1 + kept


@pytest.mark.timeout(900)
def test_of_two_texts_in_one_field_at_once_none_is_lost(cast, new_call):
    call, people = new_call(), [cast.ana, cast.ben]
    before = ""
    for number in range(FEW * 5):

        def act(n, number=number, before=before):
            words = {"notes": f"{number} by {n}"}
            return save_fields(call=call, typed=words, by=people[n], now=NOW,
                               shown={"notes": before})  # fmt: skip

        found = race(act, runners=2)
        assert sorted(isinstance(r, Conflict) for r in found) == [False, True], found
        call.refresh_from_db()
        before = call.notes


@pytest.mark.timeout(300)
def test_done_and_planned_at_once(cast):
    for _ in range(FEW):
        item = visit(cast)

        def act(n, item=item):
            if n:
                return close_by_hand(item=item, by=cast.ana, now=NOW, reason="booked", version=1)
            return plan_next(item=item, by=cast.ben, now=NOW, next_action="Ring again",
                             next_action_at=NOW + dt.timedelta(days=1), waiting_on="us",
                             version=1)  # fmt: skip

        found = race(act, runners=2)
        assert sorted(isinstance(r, Conflict) for r in found) == [False, True], found
        item.refresh_from_db()
        assert (item.closed_at is not None) == (not isinstance(found[1], Exception))


def flag_on_hold(new_call):
    call = new_call(Q2="yes")
    RedFlag.objects.filter(call=call).update(hold_pt=True)
    return RedFlag.objects.get(call=call)


def decide(flag, by, *, release=False):
    return decide_flag(flag=flag, decision="confirm", to="", reason=f"by {by.full_name}",
                       release_hold=release, by=by, now=NOW, version=flag.version)  # fmt: skip


@pytest.mark.timeout(300)
def test_of_two_decisions_at_once_one_stands(cast, new_call):
    people = [cast.amin, cast.novak]
    for _ in range(FEW):
        flag = flag_on_hold(new_call)
        found = race(lambda n, flag=flag: decide(flag, people[n]), runners=2)
        assert sorted(isinstance(r, Conflict) for r in found) == [False, True], found
        winner = next(people[n] for n in (0, 1) if not isinstance(found[n], Exception))
        flag.refresh_from_db()
        assert (flag.decided_by, flag.decision_reason) == (winner, f"by {winner.full_name}")


@pytest.mark.timeout(300)
def test_decided_and_released_at_once(cast, new_call):
    """One wins, the other reads what changed; the hold is released once and with a reason."""
    for _ in range(FEW):
        flag = flag_on_hold(new_call)

        def act(n, flag=flag):
            if n:
                return decide(flag, cast.amin, release=True)
            return release_pt_hold(flag=flag, reason="imaging is clear", by=cast.novak, now=NOW,
                                   version=flag.version)  # fmt: skip

        found = race(act, runners=2)
        assert sorted(isinstance(r, Conflict | Refused) for r in found) == [False, True], found
        flag.refresh_from_db()
        assert not flag.is_holding_pt and flag.hold_release_reason
        assert (flag.decided_by is None) == isinstance(found[1], Exception)
