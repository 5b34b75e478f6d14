"""The pages of the schedule, as the desk uses them."""

import datetime as dt

import pytest
import time_machine
from django.urls import reverse

from intake.models import Appointment
from tests.cast import NOW
from tests.factories.schedule import Schedule

pytestmark = pytest.mark.django_db


@pytest.fixture
def schedule(cast):
    return Schedule(cast)


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel(NOW, tick=False):
        yield


def test_every_page_opens(cast, schedule, as_user):
    row = schedule.book(cast.okafor, "initial", cast.amin, schedule.at(9))
    desk = as_user(cast.ana)
    pages = [
        reverse("intake:schedule"),
        reverse("intake:schedule") + "?on=2026-11-25",
        reverse("intake:schedule") + "?on=2026-11-25&view=week&provider=" + str(cast.amin.pk),
        reverse("intake:pt_start"),
        reverse("intake:visits", args=[cast.okafor.pk]),
        reverse("intake:book", args=[cast.okafor.pk]),
        reverse("intake:book", args=[cast.okafor.pk]) + f"?type={schedule.types['pt_eval'].pk}",
        reverse("intake:appointment", args=[row.pk]),
        reverse("intake:move", args=[row.pk]),
    ]
    for page in pages:
        answer = desk.get(page)
        assert answer.status_code == 200, (page, answer.content[:500])
    assert "Okafor, Daniel" in desk.get(pages[1]).content.decode()
    manager = as_user(cast.cole)
    page = reverse("intake:set_up")
    for row, door in ((schedule.types["pt"], "change_type"), (schedule.rooms[0], "change_room"),
                      (cast.ruiz.availabilities.first(), "end_hours")):  # fmt: skip
        form = reverse(f"intake:{door}", args=[row.pk])
        assert form not in manager.get(page).content.decode()
        assert form in manager.get(f"{page}?edit={row.pk}").content.decode()
    assert desk.get(reverse("intake:set_up")).status_code == 403


def test_a_time_is_one_button(cast, schedule, as_user):
    desk = as_user(cast.ana)
    page = reverse("intake:book", args=[cast.okafor.pk])
    slot = f"{cast.ruiz.pk}_{schedule.at(9).isoformat()}"
    form = {"type": str(schedule.types["pt_eval"].pk), "slot": slot, "notes": "ground floor"}
    answer = desk.post(page, form)
    assert answer.status_code == 302
    row = Appointment.objects.get()
    assert (row.provider, row.starts_at, row.notes) == (cast.ruiz, schedule.at(9), "ground floor")
    again = desk.post(page, form)  # the slot is gone: said, and what was typed stays
    assert again.status_code == 409
    body = again.content.decode()
    assert "taken a moment ago" in body and "ground floor" in body
    ancient = f"{cast.ruiz.pk}_0001-01-01T00:00:00+00:00"
    for bad in (
        "",
        "nonsense",
        ancient,
        f"{cast.ruiz.pk}_{(NOW - dt.timedelta(days=1)).isoformat()}",
    ):
        assert desk.post(page, form | {"slot": bad}).status_code == 422


def test_hours_are_set_and_refused_in_words(cast, schedule, as_user):
    manager, page = as_user(cast.cole), reverse("intake:add_hours")
    form = {"user": str(cast.mbeki.pk), "starts": "08:00", "ends": "12:00",
            "valid_from": "2026-12-01"}  # fmt: skip
    for bad in ({}, {"weekdays": [""]}, {"weekdays": ["12"]}, {"weekdays": ["1"], "ends": "07:00"},
                {"weekdays": ["1"], "user": str(cast.quist.pk)}):  # fmt: skip
        assert manager.post(page, form | bad).status_code == 422, bad
    assert not cast.mbeki.availabilities.exists()
    assert manager.post(page, form | {"weekdays": ["1", "3"]}).status_code == 302
    assert sorted(cast.mbeki.availabilities.values_list("weekday", flat=True)) == [1, 3]


def test_two_managers_do_not_write_over_each_other(cast, schedule, as_user):
    manager = as_user(cast.cole)
    row = schedule.rooms[0]
    page = reverse("intake:change_room", args=[row.pk])
    form = {"name": "Blue room", "kind": "exam", "active": "1", "version": "1"}
    assert manager.post(page, form).status_code == 302
    assert manager.post(page, form | {"name": "Red room"}).status_code == 409
    row.refresh_from_db()
    assert row.name == "Blue room"
