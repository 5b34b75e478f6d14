"""Who is on call: one person a position at a time; a gap falls to every physician."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from core.events.models import DomainEvent
from core.events.services import dispatch
from core.lib.errors import Conflict, Refused
from core.people.models import OnCallShift
from core.people.selectors import gaps, roster_at
from core.people.services import put_on_call, take_off_call
from messaging.models import WorkItem
from tests.cast import NOW
from tests.factories.races import race

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
END = NOW + 8 * DAY  # of the shifts the cast comes with


def shift(cast, user, *, position="first", starts=END, ends=END + DAY, by=None):
    return put_on_call(clinic=cast.riverside, position=position, user=user, starts_at=starts,
                       ends_at=ends, by=by or cast.cole, now=NOW)  # fmt: skip


def test_first_and_backup_now_and_at_the_edges(cast):
    shift(cast, cast.mbeki)
    now = roster_at(cast.riverside, now=NOW)
    assert (now.first, now.backup) == (cast.amin, cast.novak)
    assert set(now.physicians) == {cast.amin, cast.novak, cast.mbeki}
    assert now.managers == (cast.cole,)
    before, at = (roster_at(cast.riverside, now=END + d) for d in (-DAY / 1440, DAY * 0))
    assert (before.first, at.first, at.backup) == (cast.amin, cast.mbeki, None)
    other = roster_at(cast.lakeside, now=NOW)
    assert (other.first, other.physicians, other.managers) == (None, (cast.quist,), (cast.mora,))


def test_a_gap_falls_to_every_physician_of_the_clinic(cast):
    OnCallShift.objects.filter(position="first").delete()
    roster = roster_at(cast.riverside, now=NOW)
    assert set(roster.first_or_all()) == {cast.amin, cast.novak, cast.mbeki}
    assert roster.backup_or_all() == (cast.novak,)


def test_two_people_at_one_position_are_refused_by_the_database(cast):
    with pytest.raises(Conflict, match="already first"):
        shift(cast, cast.mbeki, starts=END - DAY)
    with pytest.raises(IntegrityError, match="shift_one_person_a_time"), transaction.atomic():
        OnCallShift.objects.create(clinic=cast.riverside, position="first", user=cast.mbeki,
                                   starts_at=END - DAY, ends_at=END)  # fmt: skip
    assert shift(cast, cast.mbeki).starts_at == END  # touching is not overlapping
    OnCallShift.objects.create(clinic=cast.lakeside, position="first", user=cast.quist,
                               starts_at=NOW, ends_at=END)  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_of_two_managers_at_once_one_fills_the_shift(cast):
    people = [cast.mbeki, cast.novak]
    found = race(lambda n: shift(cast, people[n]), runners=2)
    assert sorted(type(row).__name__ for row in found) == ["Conflict", "OnCallShift"]
    assert OnCallShift.objects.filter(starts_at=END).count() == 1


def test_first_and_backup_are_two_people(cast):
    shift(cast, cast.mbeki)
    with pytest.raises(Refused, match="must be two people"):
        shift(cast, cast.mbeki, position="backup", starts=END + DAY / 2, ends=END + 2 * DAY)
    assert shift(cast, cast.amin, position="backup").user == cast.amin


@pytest.mark.parametrize("name", ["ana", "cole", "ruiz", "quist"])
def test_only_a_physician_of_this_clinic(cast, name):
    with pytest.raises(Refused, match="not a physician of this clinic"):
        shift(cast, getattr(cast, name))
    assert shift(cast, cast.mbeki)


def test_a_shift_ends_after_it_starts(cast):
    for ends in (END, END - DAY):
        with pytest.raises(Refused, match="end after"):
            shift(cast, cast.mbeki, ends=ends)


def test_the_holes_of_a_week(cast):
    found = gaps(cast.riverside, starts_at=NOW, ends_at=NOW + 7 * DAY)
    assert found == []
    shift(cast, cast.mbeki, starts=END + DAY, ends=END + 2 * DAY)
    found = gaps(cast.riverside, starts_at=NOW, ends_at=END + 3 * DAY)
    assert [(g.position, g.starts_at, g.ends_at) for g in found] == [
        ("backup", END, END + 3 * DAY),
        ("first", END, END + DAY),
        ("first", END + 2 * DAY, END + 3 * DAY),
    ]
    cast.mbeki.is_active = False
    cast.mbeki.save()
    found = gaps(cast.riverside, starts_at=NOW, ends_at=END + 3 * DAY)
    assert ("first", END, END + 3 * DAY) in [(g.position, g.starts_at, g.ends_at) for g in found]


def test_a_removed_shift_is_a_managers_item_until_somebody_fills_it(cast):
    backup = OnCallShift.objects.get(position="backup")
    take_off_call(shift=backup, by=cast.cole, now=NOW)
    assert dispatch(now=NOW) == 1
    item = WorkItem.objects.get(kind="on_call_gap", clinic=cast.riverside)
    assert (item.owner_role, item.due_at, item.closed_at) == ("manager", NOW, None)
    shift(cast, cast.mbeki, position="backup", starts=NOW, ends=END)
    assert dispatch(now=NOW) == 2  # the roster's, and that its promise was kept
    item.refresh_from_db()
    assert item.close_event == "gap_filled"
    told = {"people.roster_changed", "work.closed"}
    assert set(DomainEvent.objects.values_list("name", flat=True)) == told
    assert OnCallShift.history.filter(history_type="-").get().user == cast.novak
