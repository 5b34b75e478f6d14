"""Nobody is booked with who is not there, and what was booked with who goes is work at once."""

import datetime as dt

import pytest
import time_machine
from django.urls import reverse

from core.accounts.roles import Role
from core.events.services import dispatch
from core.lib.errors import Conflict, Refused
from core.people.models import CareTeamMember, StaffMember
from core.people.services import employ
from core.people.services.staff import particulars_of, start_again
from intake.models import Appointment, Availability, Room, VisitType
from intake.services import schedule as set_up
from intake.services.booking import Wanted, book
from intake.services.refit import refit
from intake.slots import ground, offers
from messaging.models import WorkItem
from messaging.services.leaving import change_person, disable
from messaging.services.work import close_by_hand
from tests.cast import NOW
from tests.factories.schedule import WED, Schedule

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
FRI, MON = WED + 2 * DAY, WED + 5 * DAY


@pytest.fixture
def schedule(cast):
    return Schedule(cast)


def to_move():
    rows = WorkItem.objects.filter(kind="visit_rebook", closed_at=None)
    return {item.subject_id: item.reason for item in rows}


def told():
    """The tick after it: reactions ran."""
    dispatch(now=NOW + dt.timedelta(seconds=1))


def change(cast, person, **parts):
    post = StaffMember.objects.get(user=person, clinic=cast.riverside)
    person.refresh_from_db()
    wanted = particulars_of(person, post)
    wanted = type(wanted)(**{**wanted.__dict__, **parts})
    change_person(post=post, wanted=wanted, version=person.version, by=cast.cole, now=NOW)
    told()


def test_a_last_day_makes_what_lies_after_it_the_desks(cast, schedule):
    before = schedule.book(cast.okafor, "pt_eval", cast.ruiz, schedule.at(9, day=FRI))
    after = schedule.book(cast.okafor, "pt", cast.ruiz, schedule.at(9, day=MON))
    other = schedule.book(cast.hale, "initial", cast.amin, schedule.at(9, day=MON))
    change(cast, cast.ruiz, to_on=FRI)
    assert list(to_move()) == [after.pk]
    assert "Lena Ruiz does not see patients here then" in to_move()[after.pk]
    change(cast, cast.ruiz, to_on=None)
    assert to_move() == {}  # stays after all
    assert before.state == other.state == "booked"


def test_who_is_disabled_or_lost_the_role_leaves_no_visit_behind(cast, schedule):
    visit = schedule.book(cast.okafor, "pt_eval", cast.ruiz, schedule.at(9))
    CareTeamMember.objects.all().delete()
    row = disable(user=cast.ruiz, by=cast.cole, now=NOW)
    told()
    assert list(to_move()) == [visit.pk]
    start_again(user=row, clinic=cast.riverside, by=cast.cole, now=NOW)
    told()
    assert to_move() == {}
    change(cast, cast.ruiz, roles=[Role.COORDINATOR])
    assert list(to_move()) == [visit.pk]
    change(cast, cast.ruiz, roles=[Role.COORDINATOR, Role.THERAPIST])
    assert to_move() == {}


def test_settled_in_words_is_not_asked_again_for_the_same_reason(cast, schedule):
    schedule.book(cast.okafor, "pt_eval", cast.ruiz, schedule.at(9, day=MON))
    change(cast, cast.ruiz, to_on=FRI)
    item = WorkItem.objects.get(kind="visit_rebook")
    close_by_hand(item=item, by=cast.ana, now=NOW, reason="Comes in for this one")
    assert refit(clinic=cast.riverside, by=None, now=NOW) == 0 and to_move() == {}
    Availability.objects.filter(user=cast.ruiz).delete()
    StaffMember.objects.filter(user=cast.ruiz).update(to_on=None)
    assert refit(clinic=cast.riverside, by=None, now=NOW) == 1  # another reason


def test_the_leaving_page_and_a_last_day_say_that_visits_are_booked(cast, schedule, as_user):
    schedule.book(cast.okafor, "pt_eval", cast.ruiz, schedule.at(9, day=MON))
    with time_machine.travel(NOW, tick=False):
        manager = as_user(cast.cole)
        page = manager.get(reverse("home:user_leaving", args=[cast.ruiz.pk])).content.decode()
        assert "Lena Ruiz has one booked visit to come" in page
        page = manager.get(reverse("home:user_leaving", args=[cast.lang.pk])).content.decode()
        assert "booked visit" not in page
        cast.ruiz.refresh_from_db()
        form = {"version": str(cast.ruiz.version), "full_name": "Lena Ruiz", "roles": ["therapist"],
                "phone": cast.ruiz.phone, "to_on": FRI.isoformat()}  # fmt: skip
        answer = manager.post(reverse("home:change_user", args=[cast.ruiz.pk]), form, follow=True)
        assert "They have visits booked after that day" in answer.content.decode()


def test_hours_that_come_back_clear_what_their_end_had_listed(cast, schedule):
    visit = schedule.book(cast.okafor, "initial", cast.amin, schedule.at(9, day=MON))
    monday = Availability.objects.get(user=cast.amin, weekday=0)
    assert set_up.end_hours(row=monday, last=FRI, by=cast.cole, now=NOW) == 1
    assert list(to_move()) == [visit.pk]
    set_up.add_hours(clinic=cast.riverside, user=cast.amin, weekdays=[0], starts=dt.time(8),
                     ends=dt.time(12), valid_from=FRI, by=cast.cole, now=NOW)  # fmt: skip
    assert to_move() == {}


def test_hours_entered_by_mistake_are_taken_out(cast, schedule, as_user):
    row = Availability.objects.get(user=cast.amin, weekday=0)
    visit = schedule.book(cast.okafor, "initial", cast.amin, schedule.at(9, day=MON))
    with pytest.raises(Refused, match="remove them"):
        set_up.end_hours(row=row, last=dt.date(2025, 12, 31), by=cast.cole, now=NOW)
    with time_machine.travel(NOW, tick=False):
        manager, door = as_user(cast.cole), reverse("intake:end_hours", args=[row.pk])
        form = {"version": "1", "mistake": "1", "last": WED.isoformat()}
        shown = manager.get(reverse("intake:set_up") + f"?edit={row.pk}").content.decode()
        assert "entered by mistake" in shown
        answer = manager.post(door, form, follow=True).content.decode()
    assert "The hours are removed. One booked visit has to move" in answer
    assert not Availability.objects.filter(pk=row.pk).exists() and list(to_move()) == [visit.pk]


def test_before_the_first_day_nobody_is_booked_and_after_it_they_are(cast, schedule):
    StaffMember.objects.filter(user=cast.amin).update(from_on=MON)
    kind = schedule.types["initial"]
    found = ground(kind, first=WED, last=MON + DAY, now=NOW)
    who = [s for s in offers(found, first=WED, last=MON + DAY) if s.provider == cast.amin]
    assert who and min(s.starts_at for s in who) >= schedule.at(8, day=MON)
    assert schedule.book(cast.okafor, "initial", cast.amin, schedule.at(9, day=MON))
    for day in (WED, FRI):
        with pytest.raises(Refused):
            schedule.book(cast.hale, "initial", cast.amin, schedule.at(9, day=day))
    StaffMember.objects.filter(user=cast.amin).update(from_on=MON + DAY)
    assert refit(clinic=cast.riverside, by=None, now=NOW) == 1


def test_who_is_busy_at_another_clinic_is_not_offered_there(cast, schedule):
    employ(clinic=cast.lakeside, user=cast.amin, by=None, now=NOW)
    away = VisitType.objects.create(clinic=cast.lakeside, key="i", words="Initial visit",
                                    kind="initial_visit", minutes=60, room_kind="",
                                    role="physician")  # fmt: skip
    Room.objects.create(clinic=cast.lakeside, name="Blue", kind="exam")
    Availability.objects.create(clinic=cast.lakeside, user=cast.amin, weekday=2,
                                starts=dt.time(8), ends=dt.time(12), valid_from=WED)  # fmt: skip
    at = schedule.at(9)
    assert book(patient=cast.outis, wanted=Wanted(away, cast.amin.pk, at), by=cast.zoe, now=NOW)
    here = schedule.types["initial"]
    offered = [s.starts_at for s in offers(ground(here, first=WED, last=WED, now=NOW),
               first=WED, last=WED, provider=cast.amin.pk)]  # fmt: skip
    assert at not in offered and schedule.at(10) in offered
    with pytest.raises(Conflict) as told_so:
        schedule.book(cast.okafor, "initial", cast.amin, at)
    assert str(told_so.value) == "That time was taken a moment ago. Choose another one."
    assert schedule.book(cast.okafor, "initial", cast.novak, at)  # the room here is free
    assert Appointment.objects.filter(starts_at=at).count() == 2
