"""A call ends, the pair is booked in one action within seven days; what is late is on a list."""

import datetime as dt

import pytest
import time_machine
from django.urls import reverse

from core.lib.errors import Conflict, Refused
from core.people.models import Episode
from core.people.services import open_episode
from intake import agenda
from intake.models import Appointment, Call, RedFlag
from intake.services import appointments
from intake.services.answers import raise_disposition
from intake.services.booking import book_all, move
from intake.services.calls import close_call, join, save_fields
from intake.services.flags import release_pt_hold
from intake.services.pt_flare import flare_alerts
from messaging.models import WorkItem
from messaging.services.work import close_by_hand
from tests.cast import NOW
from tests.factories.schedule import Schedule

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def schedule(cast):
    return Schedule(cast)


@pytest.fixture
def routine(cast, new_call):
    """`routine()` an ended routine call of Okafor's; `routine(open=True)` still on the line."""

    def make(*, open=False, patient=None, **answers):
        call = new_call(others="no", **answers)
        call, _ = save_fields(call=call, typed={"family_name": "Okafor", "given_name": "Daniel",
                                      "region": "low_back"}, by=cast.ana, now=NOW)  # fmt: skip
        if patient is not False:
            call = join(call=call, patient=patient or cast.okafor, by=cast.ana, now=NOW)
        if not open:
            close_call(call=call, by=cast.ana, now=NOW)
        return Call.objects.get(pk=call.pk)

    return make


def open_kinds():
    return sorted(WorkItem.objects.filter(closed_at=None).values_list("kind", flat=True))


def the_pair(schedule, cast, hour=9):
    return [schedule.wanted("initial", cast.amin, schedule.at(hour)),
            schedule.wanted("pt_eval", cast.ruiz, schedule.at(hour + 1))]  # fmt: skip


def test_an_ended_call_promises_a_visit_and_pt_and_the_pair_keeps_both(cast, schedule, routine):
    episode = open_episode(patient=cast.okafor, problem="x", region="low_back", by=cast.ana,
                           now=NOW)  # fmt: skip
    open_episode(patient=cast.okafor, problem="y", region="knee", by=cast.ana, now=NOW)
    call = routine()
    assert open_kinds() == ["initial_visit", "pt_start"]
    made = book_all(patient=cast.okafor, wanted=the_pair(schedule, cast), by=cast.ana, now=NOW,
                    call=call)  # fmt: skip
    assert open_kinds() == []
    assert {(a.call_id, a.episode_id) for a in made} == {(call.pk, episode.pk)}
    events = set(WorkItem.objects.values_list("close_event", flat=True))
    assert {"visit_booked", "pt_booked"} <= events


def test_both_or_none(cast, schedule, routine):
    call = routine()
    schedule.book(cast.hale, "pt_eval", cast.ruiz, schedule.at(10))
    with pytest.raises(Conflict):
        book_all(patient=cast.okafor, wanted=the_pair(schedule, cast), by=cast.ana, now=NOW,
                 call=call)  # fmt: skip
    assert not cast.okafor.appointments.exists()
    assert open_kinds() == ["initial_visit", "pt_start"]
    with pytest.raises(Refused, match="about somebody else"):
        book_all(patient=cast.hale, wanted=the_pair(schedule, cast), by=cast.ana, now=NOW,
                 call=call)  # fmt: skip


def test_two_clicks_from_today(cast, schedule, routine, as_user):
    call = routine()
    with time_machine.travel(NOW, tick=False):
        desk = as_user(cast.ana)
        page = reverse("intake:book_call", args=[call.pk])
        assert page in desk.get(reverse("home:today")).content.decode()
        shown = desk.get(page)
        assert b"Book both" in shown.content and b"does not wait for imaging" in shown.content
        offer = agenda.week_offer(cast.okafor, call, now=NOW, since=call.received_at)
        first = offer.pairs[0]
        assert first.visit.ends_at <= first.therapy.starts_at
        assert first.value in shown.content.decode()
        answer = desk.post(page, {"slots": first.value})
        assert answer.status_code == 302
        assert sorted(a.visit_type.kind for a in Appointment.objects.all()) == [
            "initial_visit", "pt_eval"]  # fmt: skip
        again = desk.post(page, {"slots": first.value})
        assert again.status_code == 409
        assert desk.post(page, {"slots": "a|b|c"}).status_code == 422


def test_a_visit_booked_on_the_line_is_recorded_on_the_call(cast, schedule, routine):
    call = routine(open=True)
    raise_disposition(call=call, to="urgent_24_72h", reason="very upset", by=cast.ana, now=NOW)
    book_all(patient=cast.okafor, wanted=the_pair(schedule, cast), by=cast.ana, now=NOW, call=call)
    action = call.actions.get()
    assert (action.kind, action.words) == ("visit_booked", "Wed 25 Nov 2026 09:00, Leila Amin")
    close_call(call=call, by=cast.ana, now=NOW)
    assert open_kinds() == []  # kept before it was opened


def test_pt_after_the_seven_days_is_booked_and_stays_on_the_list(cast, schedule, routine):
    routine()
    schedule.book(cast.okafor, "pt_eval", cast.ruiz, schedule.at(9, day=dt.date(2026, 12, 3)))
    assert "pt_start" in open_kinds()  # 24 Nov + 7 = 1 Dec
    late = NOW + 8 * DAY
    (row,) = agenda.pt_starts(cast.ana, cast.riverside, now=late)
    assert row.late and row.shows and row.booked.starts_at.day == 3
    (row,) = agenda.pt_starts(cast.ana, cast.riverside, now=NOW + 5 * DAY)
    assert row.shows and not row.late
    (row,) = agenda.pt_starts(cast.ana, cast.riverside, now=NOW + 4 * DAY)
    assert not row.shows
    assert agenda.pt_starts(cast.zoe, cast.riverside, now=late) == []
    schedule.book(cast.okafor, "pt", cast.ruiz, schedule.at(9, day=dt.date(2026, 12, 1)))
    assert "pt_start" not in open_kinds()  # the last day still counts


def test_the_clock_rings_on_day_five_and_for_the_manager_when_due(cast, routine):
    routine()
    item = WorkItem.objects.get(kind="pt_start")
    rungs = {r.name: (r.at, r.audience) for r in item.rungs.all()}
    assert rungs["day_five"] == (NOW + 5 * DAY, "owner_role")
    assert rungs["late"] == (item.due_at, "managers") and item.due_at <= NOW + 7 * DAY


def test_what_is_called_off_or_moved_too_late_is_owed_again(cast, schedule, routine):
    call = routine()
    visit, pt = book_all(patient=cast.okafor, wanted=the_pair(schedule, cast), by=cast.ana,
                         now=NOW, call=call)  # fmt: skip
    later = schedule.at(9, day=dt.date(2026, 11, 30))
    pt = move(appointment=pt, wanted=schedule.wanted("pt_eval", cast.ruiz, later), by=cast.ana,
              now=NOW)  # fmt: skip
    assert open_kinds() == []  # still within the week
    too_late = schedule.at(9, day=dt.date(2026, 12, 3))
    move(appointment=pt, wanted=schedule.wanted("pt_eval", cast.ruiz, too_late), by=cast.ana,
         now=NOW)  # fmt: skip
    assert open_kinds() == ["pt_start"]
    appointments.cancel(appointment=visit, whose="clinic", reason="x", by=cast.ana, now=NOW)
    assert open_kinds() == ["initial_visit", "pt_start"]  # one item, not two
    item = WorkItem.objects.get(kind="pt_start", closed_at=None)
    assert item.opened_at == NOW  # the seven days are the call's


def test_a_hold_stops_the_clock_and_its_release_starts_it(cast, schedule, routine, new_call):
    routine()
    flagged = new_call(others="no", Q5="yes", now=NOW + DAY)
    flagged, _ = save_fields(call=flagged, typed={"region": "low_back"}, by=cast.ana, now=NOW + DAY)
    join(call=flagged, patient=cast.okafor, by=cast.ana, now=NOW + DAY)
    assert WorkItem.objects.get(kind="pt_start").close_event == "pt_on_hold"
    released = NOW + 3 * DAY
    release_pt_hold(flag=RedFlag.objects.get(), reason="fine", by=cast.amin, now=released)
    again = WorkItem.objects.get(kind="pt_start", closed_at=None)
    assert again.opened_at == released


def test_a_caller_who_wants_none_is_closed_by_hand_with_words(cast, routine):
    routine()
    item = WorkItem.objects.get(kind="pt_start")
    with pytest.raises(Refused, match="Write what was done"):
        close_by_hand(item=item, by=cast.ana, now=NOW, reason="")
    close_by_hand(item=item, by=cast.ana, now=NOW, reason="Has a therapist at work")


def test_a_call_without_a_chart_gets_one_on_the_way(cast, schedule, routine, as_user):
    call = routine(patient=False)
    with time_machine.travel(NOW, tick=False):
        desk = as_user(cast.ana)
        page = reverse("intake:book_call", args=[call.pk])
        assert b"Whose visit is it?" in desk.get(page).content
        door = reverse("intake:chart_of_call", args=[call.pk])
        wrong = desk.post(door, {"patient": str(cast.okafor.pk), "confirm_birth_date": "1/1/1990"})
        assert wrong.status_code == 422
        right = {"patient": str(cast.okafor.pk), "confirm_birth_date": "3/14/1974"}
        assert desk.post(door, right).status_code == 302
        assert b"Book both" in desk.get(page).content
        assert desk.post(door, right).status_code == 409
    items = WorkItem.objects.filter(closed_at=None, kind__in=("pt_start", "initial_visit"))
    assert {item.patient for item in items} == {cast.okafor}


def test_three_weeks_after_a_flare_without_pt_somebody_is_told(cast, schedule):
    episode = open_episode(patient=cast.okafor, problem="x", region="knee", by=cast.ana, now=NOW)
    today = dt.date(2026, 11, 24)
    for days, expected in ((21, 0), (22, 1)):
        Episode.objects.filter(pk=episode.pk).update(flared_on=today - days * DAY)
        assert flare_alerts(now=NOW) == expected
    assert flare_alerts(now=NOW) == 0  # told once
    item = WorkItem.objects.get(kind="pt_after_flare")
    assert {r.audience for r in item.rungs.all()} == {"owner_role", "managers"}
    schedule.book(cast.okafor, "pt_eval", cast.ruiz, schedule.at(9))
    assert open_kinds() == []
    assert flare_alerts(now=NOW) == 0
