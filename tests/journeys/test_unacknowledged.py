"""A red flag nobody acknowledges: who must see it is right with worker and beat stopped."""

import collections
import datetime as dt
import time
from typing import Any

import pytest
from django.db.models import F

from intake.models import RedFlag
from messaging.models import Delivery, Recipient, Rung, WorkItem
from tests.faults.stack import Stack, Visitor, eventually, overdue
from tests.processes import all_of

pytestmark = [pytest.mark.journey, pytest.mark.faults, pytest.mark.timeout(90)]
MINE, HELD = 'aria-label="Red flags that need you now"', 'aria-label="Red flags colleagues hold"'


def age(flag: RedFlag, minutes: float) -> None:
    """Time goes by: everything about this flag was that much longer ago."""
    by = dt.timedelta(minutes=minutes)
    items = WorkItem.objects.filter(subject_id=flag.pk)
    Rung.objects.filter(item__in=items).update(at=F("at") - by)
    Delivery.objects.filter(item__in=items).update(created_at=F("created_at") - by)
    items.update(opened_at=F("opened_at") - by, due_at=F("due_at") - by)
    RedFlag.objects.filter(pk=flag.pk).update(opened_at=F("opened_at") - by)


def whose(flag: RedFlag, people: dict[str, Visitor]) -> dict[str, str]:
    """Where the flag stands on everybody's Today page: mine, held, or none."""
    places = {}
    for name, visitor in people.items():
        page = visitor.get("/today/")
        assert page.status == 200, name
        before, found, _ = page.text.partition(f"/flags/{flag.pk}/")
        places[name] = "none" if not found else "mine" if HELD not in before else "held"
        assert found == "" or MINE in before or HELD in before
    return places


def test_both_escalations_show_without_worker_and_beat(stack: Stack, figures: Any) -> None:
    cast = stack.cast
    flag = stack.flag()
    with stack.web() as web:
        names = ("amin", "novak", "mbeki", "cole", "ana", "quist", "mora")
        people = {name: web.visitor(getattr(cast, name)) for name in names}
        nobody = {"ana": "none", "quist": "none", "mora": "none"}  # front desk; the other clinic

        age(flag, 14)
        seen = whose(flag, people)
        assert seen == nobody | {"amin": "mine", "novak": "held", "mbeki": "held", "cole": "held"}
        age(flag, 2)  # 16 minutes
        seen = whose(flag, people)
        assert seen == nobody | {"amin": "mine", "novak": "mine", "mbeki": "held", "cole": "held"}
        age(flag, 13)  # 29 minutes
        assert whose(flag, people) == seen
        age(flag, 2)  # 31 minutes
        everyone = ("amin", "novak", "mbeki", "cole")
        assert whose(flag, people) == nobody | dict.fromkeys(everyone, "mine")
        assert Recipient.objects.filter(message__thread=flag.thread).count() == 1  # no tick ran

        for name, code in (("cole", 403), ("ana", 403), ("quist", 404)):
            answer = people[name].post(f"/flags/{flag.pk}/acknowledge")
            assert answer.status == code, name
        flag.refresh_from_db()
        assert flag.acknowledged_at is None

        with all_of(stack.worker(), stack.beat()):
            begun = time.monotonic()
            stack.sink.wait_for(4)
            waited = time.monotonic() - begun
            assert eventually(lambda: not stack.states().get("pending"))
            time.sleep(3)  # more ticks bring nothing more
            mailed = collections.Counter(m["to"][0] for m in stack.sink.messages())
            assert mailed == {getattr(cast, name).email: 1 for name in everyone}
            told = Recipient.objects.filter(message__thread=flag.thread)
            assert {r.user_id for r in told} == {getattr(cast, name).pk for name in everyone}

            assert people["mbeki"].post(f"/flags/{flag.pk}/acknowledge").status == 302
            assert eventually(lambda: overdue() == 0)  # the ledger hears of it from the tick
        flag.refresh_from_db()
        assert flag.acknowledged_by == cast.mbeki
    ledger = stack.ledger()
    figures(**ledger.__dict__, catch_up_s=round(waited, 1))
    assert ledger.clean
