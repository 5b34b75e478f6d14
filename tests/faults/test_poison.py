"""Rows nobody can send end as dead with a person's task; all others leave."""

import pytest

from core.accounts.models import User
from messaging.models import Delivery, WorkItem
from tests.faults.stack import Stack, eventually
from tests.processes import all_of

pytestmark = [pytest.mark.faults, pytest.mark.timeout(60)]
FEW = {"DELIVERY_MOST_ATTEMPTS": "3"}
ADDRESSES = ["zoë@bücher.example", "two\nlines@riverside.example"]


def test_poison_is_dead_and_hurts_nobody_else(stack: Stack, figures) -> None:
    cast = stack.cast
    broken = stack.nudge(1, to=cast.cole)
    Delivery.objects.filter(pk__in=broken).update(template="a_text_that_is_not_there")
    endless = stack.nudge(1, to=cast.novak)
    stack.sink.script(replies={cast.novak.email: "550 " + "no " * 150})
    for who, address in zip((cast.ana, cast.ben), ADDRESSES, strict=True):
        User.objects.filter(pk=who.pk).update(email=address)
        broken += stack.nudge(1, to=who)
    good = stack.nudge(30, to=cast.amin)
    with stack.web() as web, all_of(stack.worker(**FEW), stack.beat(**FEW)):
        mails = stack.sink.wait_for(30)
        huge = web.visitor(cast.amin).post("/intake/new", form_key="x", phone="9" * 10_000_000)
        assert huge.status in (400, 413), huge.status
        assert eventually(lambda: stack.states() == {"sent": 30, "dead": 4}, seconds=25), list(
            Delivery.objects.exclude(state="sent").values_list(
                "user__email", "state", "attempts", "last_error"
            )
        )
        assert web.visitor(cast.cole).get("/today/").status == 200
    ledger = stack.ledger()
    figures(fault="F18", **ledger.__dict__, mails=len(mails))
    dead = Delivery.objects.filter(state="dead")
    assert set(dead.values_list("pk", flat=True)) == set(broken + endless)
    assert set(dead.filter(pk__in=broken).values_list("attempts", flat=True)) <= {1, 2, 3}
    tasks = WorkItem.objects.filter(kind="delivery_dead", closed_at__isnull=True)
    assert set(tasks.values_list("subject_id", flat=True)) == set(broken + endless)
    assert set(stack.copies()) == {str(pk) for pk in good}
    assert ledger.clean and ledger.uncertain == 0
