"""A red flag that gets worse while the caller talks: every list says how bad it is now."""

import datetime as dt

import pytest

from intake.models import RedFlag
from intake.services.answers import save_answer
from messaging.models import WorkItem
from messaging.selectors.urgent import urgent_items
from tests.cast import NOW

pytestmark = [pytest.mark.journey, pytest.mark.django_db]


def test_same_day_that_becomes_an_emergency_reads_as_an_emergency(cast, new_call) -> None:
    call = new_call(Q5="yes")
    [row] = urgent_items(cast.amin, now=NOW)
    assert row.reason.startswith("Same-day physician")
    later = NOW + dt.timedelta(minutes=1)
    save_answer(call=call, question="Q2", answer="yes", flags=[], by=cast.ana, now=later)
    [row] = urgent_items(cast.amin, now=later)
    assert row.mine and row.reason.startswith("Emergency now")
    assert RedFlag.objects.get().thread.title.startswith("Emergency now")
    reasons = WorkItem.objects.filter(kind__startswith="red_flag").values_list("reason", flat=True)
    assert len(reasons) == 2 and all(words.startswith("Emergency now") for words in reasons)
