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
    assert manager.get(reverse("intake:set_up")).status_code == 200
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
    for bad in ("", "nonsense", f"{cast.ruiz.pk}_{(NOW - dt.timedelta(days=1)).isoformat()}"):
        assert desk.post(page, form | {"slot": bad}).status_code == 422
