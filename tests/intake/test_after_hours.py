"""What is read to the caller: by level, by the hour, and nothing that sounds final too early."""

import datetime as dt

import pytest

from intake.selectors import call_screen
from intake.services.answers import raise_disposition
from tests.cast import NOW

pytestmark = pytest.mark.django_db
NIGHT = NOW + dt.timedelta(hours=8)  # 23:00 in Chicago
THANKSGIVING = dt.datetime(2026, 11, 26, 17, 0, tzinfo=dt.UTC)  # 11:00, a Thursday
SATURDAY = dt.datetime(2026, 11, 28, 17, 0, tzinfo=dt.UTC)
ED = "emergency department"


def said(cast, call, now):
    return call_screen(cast.ana, call, now=now).say


@pytest.mark.parametrize("closed", [NIGHT, THANKSGIVING, SATURDAY])
def test_same_day_after_hours_goes_to_the_emergency_department(cast, new_call, closed):
    call = new_call(others="no", Q5="yes")
    assert "call you back today" in said(cast, call, NOW)
    assert f"please go to the {ED} now" in said(cast, call, closed)


def test_urgent_and_routine_do_not(cast, new_call):
    for answers in ({"Q7": "yes"}, {}):
        call = new_call(others="no", **answers)
        assert said(cast, call, NOW) == said(cast, call, NIGHT) != ""
        assert ED not in said(cast, call, NIGHT)


def test_an_emergency_is_one_at_any_hour_and_before_all_was_asked(cast, new_call):
    call = new_call(Q2="yes")
    assert "call 911" in said(cast, call, NOW) and said(cast, call, NOW) == said(cast, call, NIGHT)


def test_while_questions_are_open_nothing_is_promised(cast, new_call):
    call = new_call(Q7="yes")
    assert said(cast, call, NOW) == ""


def test_thoughts_of_self_harm_add_988(cast, new_call):
    assert "988" in said(cast, new_call(Q12="yes:RX05"), NIGHT)
    assert "988" not in said(cast, new_call(Q12="yes:RX03"), NIGHT)


def test_what_was_raised_by_a_person_is_what_is_said(cast, new_call):
    call = new_call(others="no")
    raise_disposition(call=call, to="same_day_physician", reason="Slurred.", by=cast.ana, now=NOW)
    assert ED in said(cast, call, NIGHT)
    assert call_screen(cast.ana, call, now=NIGHT).closed_now
    assert not call_screen(cast.ana, call, now=NOW).closed_now
