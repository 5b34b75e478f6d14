"""When each promise falls due, over a closing time, a weekend and Thanksgiving (26 Nov 2026)."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from core.events.services import dispatch
from core.people.models import ClinicClosure
from core.people.services import close_clinic_on
from messaging.models import WorkItem
from messaging.services.work import clock_of, open_item, recompute_due
from messaging.worklist import WORKLIST
from tests.cast import NOW

pytestmark = pytest.mark.django_db
CHICAGO = ZoneInfo("America/Chicago")


def at(text):
    """`24 15:00` = that day of November 2026 in Chicago; `31` is 1 December."""
    day, _, time = text.partition(" ")
    start = dt.datetime(2026, 11, 1, *map(int, time.split(":")), tzinfo=CHICAGO)
    return start + dt.timedelta(days=int(day) - 1)


def opened(cast, kind, when, subject=None):
    return open_item(kind=kind, subject_id=subject or cast.okafor.pk, clinic=cast.riverside,
                     patient=cast.okafor, reason="r", by=None, now=when)  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "from_", "due"),
    [
        ("red_flag", "24 15:00", "24 15:15"),
        ("red_flag", "26 23:55", "27 00:10"),  # a flag knows no holiday
        ("red_flag_decision", "28 03:00", "28 04:00"),
        ("call_back", "23 10:00", "25 18:00"),  # 72 h end on Thanksgiving: the evening before
        ("call_back", "24 10:00", "27 10:00"),
        ("call_back", "25 10:00", "27 18:00"),  # … on Saturday: Friday's closing
        ("call_back", "25 19:00", "27 18:00"),
        ("call_back", "27 17:00", "30 17:00"),
        ("call_back", "27 19:00", "30 18:00"),
        ("call_back", "28 10:00", "31 10:00"),  # Tuesday, 1 December: the full 72 h
        ("initial_visit_urgent", "24 10:00", "27 10:00"),
        ("initial_visit", "17 10:00", "24 10:00"),
        ("initial_visit", "19 10:00", "25 18:00"),  # a week later is Thanksgiving
        ("initial_visit", "20 19:00", "27 18:00"),
        ("pt_hold", "24 10:00", "27 10:00"),
        ("same_day_call_back", "24 15:00", "24 18:00"),
        ("same_day_call_back", "24 18:00", "24 23:59"),  # closed already: today all the same
        ("same_day_call_back", "26 11:00", "26 23:59"),
        ("same_day_call_back", "28 20:00", "28 23:59"),
        ("same_day_call_back", "24 07:00", "24 18:00"),
        ("message", "24 15:00", "25 18:00"),
        ("message", "25 15:00", "27 18:00"),
        ("message", "28 15:00", "30 18:00"),
        ("delivery_dead", "26 09:00", "26 23:59"),
    ],
)
def test_the_due_time_of_each_kind(cast, kind, from_, due):
    assert opened(cast, kind, at(from_)).due_at == at(due)


def test_every_kind_has_its_clock():
    from core.protocols.services import read_file

    _, protocol = read_file("escalation")
    assert set(protocol.clocks) == set(WORKLIST)


def test_a_visit_reminder_comes_the_day_before_and_the_manager_hears_when_it_is_late(cast):
    item = opened(cast, "initial_visit_urgent", at("24 10:00"))
    found = [(r.name, r.at, r.audience) for r in item.rungs.order_by("at")]
    assert found == [
        ("day_before", at("26 10:00"), "owner_role"),
        ("late", at("27 10:00"), "managers"),
    ]


def test_a_reminder_that_would_lie_before_the_opening_is_left_out(cast):
    item = opened(cast, "same_day_call_back", at("24 17:30"))
    assert [r.name for r in item.rungs.all()] == ["late"]


def test_a_closure_moves_what_counted_on_that_day(cast):
    moved = opened(cast, "call_back", at("24 16:00"))
    assert moved.due_at == at("27 16:00")
    stays = opened(cast, "red_flag", at("24 16:00"), cast.hale.pk)
    other = open_item(kind="call_back", subject_id=cast.outis.pk, clinic=cast.lakeside,
                      patient=cast.outis, reason="r", by=None, now=at("24 16:00"))  # fmt: skip
    close_clinic_on(clinic=cast.riverside, on=dt.date(2026, 11, 27), reason="Water damage",
                    by=cast.cole, now=at("24 17:00"))  # fmt: skip
    assert dispatch(now=at("24 17:00")) == 1
    moved.refresh_from_db()
    assert moved.due_at == moved.next_action_at == at("25 18:00")
    assert {r.name: r.at for r in moved.rungs.all()} == {
        "day_before": at("24 18:00"),
        "late": at("25 18:00"),
    }
    for row, due in ((stays, at("24 16:15")), (other, at("27 16:00"))):
        row.refresh_from_db()
        assert row.due_at == due


def test_a_closure_of_another_day_changes_nothing(cast):
    item = opened(cast, "call_back", at("24 10:00"))
    ClinicClosure.objects.create(clinic=cast.riverside, on=dt.date(2026, 12, 4), reason="Party")
    assert recompute_due(clinic=cast.riverside, now=at("24 11:00")) == 0
    item.refresh_from_db()
    assert item.version == 1


def test_what_is_late_already_is_not_moved(cast):
    item = opened(cast, "call_back", at("23 10:00"))
    ClinicClosure.objects.create(clinic=cast.riverside, on=dt.date(2026, 11, 25), reason="Snow")
    assert recompute_due(clinic=cast.riverside, now=at("27 10:00")) == 0
    assert WorkItem.objects.get(pk=item.pk).due_at == at("25 18:00")


def test_a_step_planned_by_hand_stays_when_the_due_time_moves(cast):
    item = opened(cast, "call_back", at("24 16:00"))
    WorkItem.objects.update(next_action_at=at("25 09:00"))
    ClinicClosure.objects.create(clinic=cast.riverside, on=dt.date(2026, 11, 27), reason="Snow")
    assert recompute_due(clinic=cast.riverside, now=NOW) == 1
    item.refresh_from_db()
    assert (item.next_action_at, item.due_at) == (at("25 09:00"), at("25 18:00"))


def test_a_due_time_may_be_given_by_whoever_opens_it(cast):
    given = at("29 03:00")
    item = open_item(kind="on_call_gap", subject_id=cast.riverside.pk, clinic=cast.riverside,
                     patient=None, reason="r", by=None, now=NOW, due=given)  # fmt: skip
    assert item.due_at == given
    assert clock_of("on_call_gap", now=NOW).due.unit == "given"
