"""A red flag climbs until a physician has it: shown when read, told by the tick, each once."""

import contextlib
import datetime as dt

import pytest

from core.lib.errors import Forbidden
from intake.services.flags import acknowledge_flag, decide_flag
from messaging.models import Delivery, Recipient, WorkItem
from messaging.selectors.urgent import urgent_items
from messaging.services.alerts import speak
from messaging.tick import due_rungs, hand_overs
from tests.factories.flags import after, must_see, open_kinds, saddle_numbness
from tests.factories.races import race

pytestmark = pytest.mark.django_db
EVERYONE = ("amin", "novak", "mbeki", "cole", "ana", "ben", "ruiz", "berg", "park", "lang",
            "zoe", "quist", "mora", "daniel")  # fmt: skip


@pytest.fixture
def flag(cast, new_call):
    return saddle_numbness(cast, new_call, about=cast.okafor)


def who_must_see(cast, flag, minutes):
    now = after(minutes)
    return {name for name in EVERYONE if must_see(getattr(cast, name), flag, now=now)}


def steps(item):
    """{(who, step)} nudged about an item."""
    rows = Delivery.objects.filter(item=item).select_related("user")
    return sorted((r.user.email.partition("@")[0], r.dedupe_key.split(":")[1]) for r in rows)


def item_of(flag, kind="red_flag"):
    return WorkItem.objects.get(subject_id=flag.pk, kind=kind)


@pytest.mark.parametrize(
    ("minutes", "who"),
    [
        (0, {"amin"}),
        (14.9, {"amin"}),
        (15, {"amin", "novak"}),
        (29.9, {"amin", "novak"}),
        (30, {"amin", "novak", "mbeki", "cole"}),
        (60 * 24 * 3, {"amin", "novak", "mbeki", "cole"}),
    ],
)
def test_who_must_see_it_grows_with_worker_and_beat_stopped(cast, flag, minutes, who):
    assert who_must_see(cast, flag, minutes) == who
    assert Recipient.objects.filter(message__thread=flag.thread).count() == 1  # no tick ran


def test_a_physician_who_is_not_asked_yet_sees_that_colleagues_hold_it(cast, flag):
    row = urgent_items(cast.mbeki, now=after(1))[0]
    assert not row.mine and row.patient_name == "Okafor, Daniel"
    assert urgent_items(cast.quist, now=after(45)) == []  # the other clinic's physician


def test_once_acknowledged_the_first_ladder_stops_and_the_decision_runs(cast, flag):
    acknowledge_flag(flag=flag, by=cast.amin, now=after(5))
    assert open_kinds(flag.pk) == {"red_flag_decision"}
    for minutes in (15, 30, 59.9):
        assert who_must_see(cast, flag, minutes) == {"amin"}
    assert due_rungs(now=after(59)) == 0
    assert who_must_see(cast, flag, 60) == {"amin"}
    assert who_must_see(cast, flag, 75) == {"amin", "novak"}
    assert who_must_see(cast, flag, 90) == {"amin", "novak", "mbeki", "cole"}


def test_once_decided_it_is_nobodys_alarm_any_more(cast, flag):
    decide_flag(flag=flag, decision="confirm", to="", reason="Sent to the emergency department.",
                release_hold=True, by=cast.amin, now=after(20))  # fmt: skip
    assert open_kinds(flag.pk) == set()
    assert who_must_see(cast, flag, 200) == set()
    assert due_rungs(now=after(200)) == 0


@pytest.mark.parametrize("name", ["cole", "ana", "ruiz", "park", "lang"])
def test_only_a_physician_stops_the_ladder(cast, flag, name):
    with pytest.raises(Forbidden, match="Only a physician"):
        acknowledge_flag(flag=flag, by=getattr(cast, name), now=after(1))
    assert open_kinds(flag.pk) == {"red_flag", "red_flag_decision"}
    acknowledge_flag(flag=flag, by=cast.mbeki, now=after(2))
    assert open_kinds(flag.pk) == {"red_flag_decision"}


def test_the_tick_tells_each_rung_to_its_people_once(cast, flag):
    item = item_of(flag)
    assert steps(item) == [("amin", "opened")]
    for minutes in (1, 15, 16, 30, 31, 59):
        due_rungs(now=after(minutes))
    assert steps(item) == [
        ("amin", "everyone"), ("amin", "opened"), ("cole", "everyone"), ("mbeki", "everyone"),
        ("novak", "backup"), ("novak", "everyone"),
    ]  # fmt: skip
    told = Recipient.objects.filter(message__dedupe_key=f"red_flag:{flag.pk}")
    assert {r.user: r.why for r in told} == {
        cast.amin: "on call, first",
        cast.novak: "on call, backup",
        cast.mbeki: "every physician",
        cast.cole: "manager",
    }


def test_after_hours_of_standstill_each_gets_only_the_most_urgent_rung_once(cast, flag):
    for minutes in (180, 181):
        due_rungs(now=after(minutes))
    assert steps(item_of(flag)) == [
        ("amin", "everyone"), ("amin", "opened"), ("cole", "everyone"), ("mbeki", "everyone"),
        ("novak", "everyone"),
    ]  # fmt: skip
    # The decision fell due in the same moment: one nudge a person for the flag, not one an item.
    assert steps(item_of(flag, "red_flag_decision")) == []
    assert not item_of(flag, "red_flag_decision").rungs.filter(sent_at=None).exists()


@pytest.mark.django_db(transaction=True)
def test_two_ticks_at_once_tell_nobody_twice(cast, flag):
    def tick(_):
        return due_rungs(now=after(31)) + hand_overs(now=after(31))

    told = race(tick, runners=4)
    assert sum(told) == 4
    assert steps(item_of(flag)) == [
        ("amin", "everyone"), ("amin", "opened"), ("cole", "everyone"), ("mbeki", "everyone"),
        ("novak", "everyone"),
    ]  # fmt: skip
    assert Recipient.objects.filter(message__dedupe_key=f"red_flag:{flag.pk}").count() == 4


def test_a_nudge_about_a_flag_says_urgent_and_a_reminder_does_not(cast, flag):
    assert set(Delivery.objects.values_list("template", "path")) == {("urgent", "/today/")}


def test_whoever_acknowledged_holds_the_decision_although_not_on_call(cast, flag):
    acknowledge_flag(flag=flag, by=cast.mbeki, now=after(5))
    assert must_see(cast.mbeki, flag, now=after(10))
    due_rungs(now=after(60))
    assert ("mbeki", "decision_due") in steps(item_of(flag, "red_flag_decision"))


def test_the_ladders_times_are_rows_that_a_clinician_can_read(cast, flag):
    found = {r.name: r.at - flag.opened_at for r in item_of(flag).rungs.all()}
    minute = dt.timedelta(minutes=1)
    assert found == {"opened": 0 * minute, "backup": 15 * minute, "everyone": 30 * minute}


def test_one_broken_item_does_not_keep_the_others_from_being_told(
    cast, new_call, flag, monkeypatch
):
    saddle_numbness(cast, new_call, about=cast.hale)
    tried = []

    def stumble(*, item, now):
        tried.append(item.pk)
        if len(tried) == 1:
            raise ValueError("a row nobody expected")
        return speak(item=item, now=now)

    monkeypatch.setattr("messaging.tick.speak", stumble)
    with contextlib.suppress(ValueError):
        due_rungs(now=after(16))
    assert len(tried) == 2
    assert Delivery.objects.filter(user=cast.novak).count() == 1
