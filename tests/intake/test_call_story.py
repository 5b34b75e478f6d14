"""A call from the first ring to its end, through the services."""

import datetime as dt

import pytest

from core.lib.errors import Refused
from intake.models import RedFlag
from intake.services.calls import close_call, record_action, save_fields
from messaging.models import Delivery, Recipient, WorkItem
from tests.cast import NOW

pytestmark = pytest.mark.django_db


def test_saddle_numbness_pages_the_physician_in_the_same_moment(cast, new_call):
    call = new_call(Q1="no", Q2="yes")
    flag = RedFlag.objects.get(call=call)
    assert flag.disposition == "emergency_now" and flag.hold_pt
    told = Recipient.objects.get(message__thread=flag.thread)
    assert told.user == cast.amin
    assert Delivery.objects.get().user == cast.amin
    assert set(WorkItem.objects.values_list("kind", flat=True)) == {
        "open_call",
        "red_flag",
        "red_flag_decision",
    }


def test_an_emergency_cannot_end_without_what_was_done(cast, new_call):
    call = new_call(Q2="yes")
    save_fields(call=call, typed={"family_name": "Stone"}, by=cast.ana, now=NOW)
    with pytest.raises(Refused, match="Record what was done"):
        close_call(call=call, by=cast.ana, now=NOW)
    record_action(call=call, kind="told_911", words="", by=cast.ana, now=NOW)
    ended = close_call(call=call, by=cast.ana, now=NOW + dt.timedelta(minutes=3))
    assert ended.state == "closed" and ended.disposition == "emergency_now"
