"""Two editors, a form sent again and a hung document, at a real web process."""

import datetime as dt
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.utils import timezone

from intake.models import Call
from messaging.models import WorkItem
from messaging.services.work import open_item
from tests.faults.stack import DEEP, Stack

pytestmark = [pytest.mark.faults, pytest.mark.timeout(120)]
ROUNDS = 50 if DEEP else 10
AT_ONCE = 20


def visit(stack: Stack) -> WorkItem:
    cast = stack.cast
    return open_item(kind="initial_visit", subject_id=uuid.uuid4(), clinic=cast.riverside,
                     patient=cast.okafor, reason="First visit", by=cast.ana,
                     now=timezone.now())  # fmt: skip


def test_the_second_of_two_plans_is_told_and_overwrites_nothing(stack: Stack, figures) -> None:
    """F15: both had the same page open; the second reads both texts."""
    item, silent, twice = visit(stack), 0, 0
    tomorrow = (timezone.now() + dt.timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    with stack.web() as web, ThreadPoolExecutor(2) as pool:
        browsers = [web.visitor(user) for user in (stack.cast.ana, stack.cast.ben)]
        for number in range(ROUNDS):
            item.refresh_from_db()

            def plan(n, number=number, version=item.version):
                return browsers[n].post(
                    f"/work/{item.pk}/plan", form_key=str(uuid.uuid4()), version=str(version),
                    next_action=f"{number} by {n}", next_action_at=tomorrow, waiting_on="us",
                )  # fmt: skip

            answers = list(pool.map(plan, range(2)))
            item.refresh_from_db()
            won = int(item.next_action[-1])
            assert item.next_action == f"{number} by {won}"
            twice += [a.status for a in answers].count(302) - 1
            told = answers[1 - won]
            silent += not (told.status == 409 and f"{number} by {1 - won}" in told.text
                           and item.next_action in told.text)  # fmt: skip
    figures(fault="F15", lost=0, duplicate=twice, silent=silent)
    assert (twice, silent) == (0, 0)


def test_twenty_at_once_with_one_form_key_are_one_effect(stack: Stack, figures) -> None:
    """F16: a double click, a replay, Back; other words under the same key are refused."""
    with stack.web() as web, ThreadPoolExecutor(AT_ONCE) as pool:
        desk = web.visitor(stack.cast.ana)
        for number in range(ROUNDS // 5):
            key = str(uuid.uuid4())
            said = {"form_key": key, "phone": "3125550188"}
            answers = list(
                pool.map(lambda _, s=said: desk.post("/intake/new", **s), range(AT_ONCE))
            )
            assert {a.status for a in answers} == {302}
            assert len({a.location for a in answers}) == 1
            other = desk.post("/intake/new", form_key=key, phone="3125550199")
            assert other.status == 409 and Call.objects.count() == number + 1
    figures(fault="F16", lost=0, duplicate=Call.objects.count() - ROUNDS // 5, silent=0)
