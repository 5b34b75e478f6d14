"""Somebody is away and another covers: read at every look, gone the moment it ends."""

import datetime as dt

import pytest

from core.accounts.roles import Role
from core.audit.models import AuditEvent
from core.lib.errors import Conflict, Forbidden, NotFound, Refused
from core.people.access import visible_to
from core.people.models import Delegation, StaffMember
from core.people.services import employ, end_cover, join_care_team, set_cover
from messaging.models import Recipient, WorkItem
from messaging.selectors.inbox import inbox, recipient_for, thread_for, unread
from messaging.selectors.urgent import urgent_items
from messaging.selectors.worklist import worklist
from messaging.services.threads import mark_read, start_thread
from messaging.services.work import close_by_hand, hand_back, open_item, take
from tests.cast import NOW, user
from tests.factories.races import race

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
TODAY = NOW.date()


def away(cast, user, delegate, *, first=TODAY, last=TODAY + 2 * DAY, by=None, now=NOW):
    return set_cover(user=user, delegate=delegate, clinic=cast.riverside, from_on=first,
                     to_on=last, by=by or user, now=now)  # fmt: skip


def write(cast, to, *, asks=False, key="k", now=NOW, patient=None):
    return start_thread(clinic=cast.riverside, patient=patient or cast.okafor, title="Please phone",
                        body="Please phone", to=[to], by=cast.park, now=now, dedupe_key=key,
                        asks=asks)  # fmt: skip


def items(viewer, *, now=NOW):
    return {row.id: row for row in worklist(viewer, now=now)}


def test_the_delegate_sees_and_does_the_work_and_nobody_else(cast):
    write(cast, cast.amin, asks=True)
    item = WorkItem.objects.get(kind="message")
    assert item.pk not in items(cast.novak)
    with pytest.raises(Forbidden):
        close_by_hand(item=item, by=cast.novak, now=NOW, reason="Phoned")
    away(cast, cast.amin, cast.novak)
    assert items(cast.novak)[item.pk].stead == "covering" and item.pk in items(cast.amin)
    for person in (cast.mbeki, cast.ana, cast.quist):
        assert item.pk not in items(person)
        with pytest.raises(Forbidden):
            close_by_hand(item=item, by=person, now=NOW, reason="Phoned")
    assert close_by_hand(item=item, by=cast.novak, now=NOW, reason="Phoned").closed_by == cast.novak


def test_it_begins_and_ends_with_the_clinics_own_days(cast):
    write(cast, cast.amin, asks=True)
    item = WorkItem.objects.get(kind="message")
    away(cast, cast.amin, cast.novak, first=TODAY + DAY, last=TODAY + DAY)
    midnight = dt.datetime(2026, 11, 25, 6, 0, tzinfo=dt.UTC)  # in Chicago
    minute = dt.timedelta(minutes=1)
    seen = [
        item.pk in items(cast.novak, now=at)
        for at in (NOW, midnight - minute, midnight, midnight + DAY - minute, midnight + DAY)
    ]
    assert seen == [False, False, True, True, False]
    row = WorkItem.objects.get(pk=item.pk)
    assert (row.owner, row.version) == (cast.amin, item.version)  # nothing was moved or copied


def test_back_early_ends_it_at_once(cast):
    write(cast, cast.amin, asks=True)
    cover = away(cast, cast.amin, cast.novak)
    for person in (cast.novak, cast.ana, cast.mora):
        with pytest.raises(Forbidden):
            end_cover(cover=cover, by=person, now=NOW)
    assert items(cast.novak)
    end_cover(cover=cover, by=cast.amin, now=NOW)
    assert not items(cast.novak)
    with pytest.raises(Conflict):
        end_cover(cover=cover, by=cast.amin, now=NOW)
    assert set(AuditEvent.objects.filter(object_kind="cover").values_list("action", flat=True)) == {
        "create", "end"}  # fmt: skip


def test_new_messages_show_to_the_delegate_and_stay_unread_for_who_is_away(cast):
    old = write(cast, cast.amin, key="old", now=NOW - 2 * DAY)
    away(cast, cast.amin, cast.novak)
    new = write(cast, cast.amin, key="new")
    shown = inbox(cast.novak, now=NOW)
    assert [(r.message.thread, r.user) for r in shown] == [(new, cast.amin)]  # the old one not
    assert unread(cast.novak, now=NOW) == 1 and unread(cast.mbeki, now=NOW) == 0
    row = shown[0]
    assert recipient_for(cast.novak, row.pk, now=NOW) == row
    for person in (cast.mbeki, cast.quist):
        with pytest.raises(NotFound):
            recipient_for(person, row.pk, now=NOW)
    mark_read(thread=new, by=cast.novak, now=NOW)
    assert unread(cast.novak, now=NOW) == 0 and unread(cast.amin, now=NOW) == 2
    mine = Recipient.objects.get(message__thread=new, user=cast.novak)
    assert mine.why == "covering for Leila Amin" and mine.read_at == NOW
    assert thread_for(cast.amin, old.pk, now=NOW) == old


def test_the_front_desk_reads_the_threads_of_who_is_away_and_no_others(cast):
    theirs, other = write(cast, cast.ana, key="a"), write(cast, cast.ruiz, key="b")
    with pytest.raises(NotFound):
        thread_for(cast.ben, theirs.pk, now=NOW)
    away(cast, cast.ana, cast.ben)
    assert thread_for(cast.ben, theirs.pk, now=NOW) == theirs
    with pytest.raises(NotFound):
        thread_for(cast.ben, other.pk, now=NOW)


def test_a_partner_colleague_sees_the_patients_of_who_is_away(cast):
    join_care_team(patient=cast.okafor, user=cast.berg, role=Role.THERAPIST, by=cast.cole, now=NOW)
    kim = user("kim@northside.example", "Kim Lee", Role.THERAPIST)
    employ(clinic=cast.riverside, user=kim, by=None, now=NOW,
           partner_practice="Northside Physical Therapy")  # fmt: skip
    assert not visible_to(kim, now=NOW).exists()
    cover = away(cast, cast.berg, kim)
    assert list(visible_to(kim, now=NOW)) == [cast.okafor]  # and not Hale
    end_cover(cover=cover, by=cast.cole, now=NOW)
    assert not visible_to(kim, now=NOW).exists()


def test_the_urgent_ladder_asks_the_roster_and_not_the_cover(cast, new_call):
    away(cast, cast.amin, cast.mbeki)
    new_call(Q2="yes")
    assert [row.mine for row in urgent_items(cast.amin, now=NOW)] == [True]
    assert [row.mine for row in urgent_items(cast.mbeki, now=NOW)] == [False]


def test_what_was_taken_can_be_handed_back_in_their_stead(cast):
    item = open_item(kind="call_back", subject_id=cast.hale.pk, clinic=cast.riverside,
                     patient=None, reason="Missed call", by=None, now=NOW)  # fmt: skip
    take(item=item, by=cast.ana, now=NOW)
    with pytest.raises(Forbidden):
        hand_back(item=item, by=cast.ben, now=NOW)
    away(cast, cast.ana, cast.ben)
    assert hand_back(item=item, by=cast.ben, now=NOW).owner is None


@pytest.mark.parametrize(
    ("delegate", "first", "last", "sentence"),
    [
        ("ana", TODAY, TODAY, "shares a role"),
        ("quist", TODAY, TODAY, "shares a role"),
        ("amin", TODAY, TODAY, "shares a role"),
        ("novak", TODAY - DAY, TODAY, "in the past"),
        ("novak", TODAY + DAY, TODAY, "before the first"),
        ("novak", TODAY, TODAY + 400 * DAY, "a year away"),
    ],
)
def test_who_and_when_are_checked(cast, delegate, first, last, sentence):
    with pytest.raises(Refused, match=sentence):
        away(cast, cast.amin, getattr(cast, delegate), first=first, last=last)
    assert away(cast, cast.amin, cast.novak)


def test_the_clinics_own_people_are_not_covered_by_a_partner(cast):
    with pytest.raises(Refused):
        away(cast, cast.ruiz, cast.berg)
    assert away(cast, cast.berg, cast.ruiz)


def test_covers_do_not_overlap_and_form_no_chain(cast):
    away(cast, cast.amin, cast.novak, first=TODAY + DAY, last=TODAY + 3 * DAY)
    with pytest.raises(Refused, match="Paul Novak covers"):
        away(cast, cast.amin, cast.mbeki, first=TODAY + 3 * DAY, last=TODAY + 4 * DAY)
    with pytest.raises(Refused, match="away then too"):
        away(cast, cast.mbeki, cast.amin, first=TODAY, last=TODAY + DAY)
    with pytest.raises(Refused, match="covers for Leila Amin"):
        away(cast, cast.novak, cast.mbeki, first=TODAY, last=TODAY + DAY)
    assert away(cast, cast.amin, cast.mbeki, first=TODAY + 4 * DAY, last=TODAY + 4 * DAY)


@pytest.mark.django_db(transaction=True)
def test_of_two_plans_at_once_one_stands(cast):
    found = race(lambda n: away(cast, cast.amin, (cast.novak, cast.mbeki)[n]), runners=2)
    assert sum(isinstance(row, Delegation) for row in found) == 1
    assert Delegation.objects.count() == 1


def test_a_manager_of_the_clinic_plans_it_for_others(cast):
    for name in ("ben", "mora", "novak"):
        with pytest.raises(Forbidden):
            away(cast, cast.amin, cast.novak, by=getattr(cast, name))
    cover = away(cast, cast.amin, cast.novak, by=cast.cole)
    assert cover.set_by == cast.cole


def test_the_cover_of_who_left_counts_no_more(cast):
    write(cast, cast.amin, asks=True)
    away(cast, cast.amin, cast.novak)
    post = StaffMember.objects.get(user=cast.novak)
    post.to_on = TODAY - DAY
    post.save()
    assert not items(cast.novak)
