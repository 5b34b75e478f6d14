"""The pages of the schedule, as the desk uses them."""

import datetime as dt
import html
import re

import pytest
import time_machine
from django.urls import reverse

from core.people.models import Patient
from core.people.services import employ
from intake import agenda
from intake.models import Appointment
from messaging.services.work import open_item
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


FAR = ("9999-12-31", "0001-01-01", "9999-12-25", "2031-01-01")


@pytest.mark.parametrize("day", FAR)
def test_a_day_years_away_is_a_sentence_and_no_fault(cast, schedule, as_user, day):
    manager = as_user(cast.cole)
    for page in (f"{reverse('intake:schedule')}?on={day}",
                 f"{reverse('intake:schedule')}?on={day}&view=week",
                 f"{reverse('home:roster')}?week={day}"):  # fmt: skip
        answer = manager.get(page)
        assert answer.status_code == 200
        assert "more than two years away, so today is shown" in answer.content.decode(), page
    for name, asked in (("schedule", {"on": day}), ("schedule", {"on": day, "view": "week"}),
                        ("on-call", {"week": day})):  # fmt: skip
        answer = manager.post(f"/lists/{name}/file", {"reason": "Asked for by the auditor"} | asked)
        assert answer.status_code == 422 and "Choose a nearer one" in answer.content.decode()
    near = manager.get(reverse("intake:schedule") + "?on=2026-11-25").content.decode()
    assert "two years away" not in near


def people(cast, count):
    return [
        Patient.objects.create(
            clinic=cast.riverside, mrn=f"7{n}", given_name="A", family_name=f"Part{n}", search="p",
            birth_date=dt.date(1970, 1, 1), registered_at=NOW,
        )
        for n in range(count)
    ]  # fmt: skip


def test_more_than_a_page_is_shown_in_parts_and_leaves_whole(cast, schedule, as_user, monkeypatch):
    monkeypatch.setattr(agenda, "MOST", 2)
    who = people(cast, 3)
    for number, patient in enumerate(who):
        schedule.book(patient, "initial", cast.amin, schedule.at(9 + number))
        open_item(kind="pt_start", subject_id=patient.pk, clinic=cast.riverside, patient=patient,
                  reason="first PT", by=cast.ana, now=NOW)  # fmt: skip
    manager = as_user(cast.cole)
    for page in (reverse("intake:schedule") + "?on=2026-11-25&view=week",
                 reverse("intake:pt_start")):  # fmt: skip
        seen, parts = [], 0
        while page:
            body = manager.get(page).content.decode()
            seen += [p.family_name for p in who if p.list_name in body]
            parts += 1
            assert "Nothing booked" not in body  # of a part nobody knows
            link = re.search(r'href="(\?[^"]*after=[^"]*)"', body)
            assert ("The next" in body) == bool(link)
            page = page.split("?")[0] + html.unescape(link[1]) if link else ""
        assert (sorted(seen), parts) == (["Part0", "Part1", "Part2"], 2)
    for name in ("schedule", "first-pt"):
        form = {"reason": "Asked for by the auditor", "on": "2026-11-25"}
        whole = manager.post(f"/lists/{name}/file", form).getvalue().decode()
        assert whole.count("Part") == 3, name


def test_the_file_is_of_the_clinic_that_is_shown(cast, schedule, as_user):
    employ(clinic=cast.lakeside, user=cast.cole, by=None, now=NOW)
    schedule.book(cast.okafor, "initial", cast.amin, schedule.at(9))
    manager = as_user(cast.cole)
    form = {"reason": "Asked for by the auditor", "on": "2026-11-25"}

    def rows(clinic):
        answer = manager.post("/lists/schedule/file", form | {"clinic": str(clinic.pk)})
        assert answer.status_code == 200
        return answer.getvalue().decode().count("Okafor")

    assert (rows(cast.riverside), rows(cast.lakeside)) == (1, 0)
    shown = manager.get(reverse("intake:schedule")).content.decode()
    working = cast.lakeside if "Lakeside Pain Centre" in shown else cast.riverside
    assert f'name="clinic" value="{working.pk}"' in shown
    stranger = as_user(cast.mora)
    answer = stranger.post("/lists/schedule/file", form | {"clinic": str(cast.riverside.pk)})
    assert answer.status_code == 404


def test_past_visits_of_a_patient_go_on_on_the_next_page(cast, schedule, as_user, monkeypatch):
    monkeypatch.setattr(agenda, "PAGE", 1)
    for hour in (9, 13):
        row = schedule.book(cast.okafor, "follow", cast.amin, schedule.at(hour))
        Appointment.objects.filter(pk=row.pk).update(
            starts_at=row.starts_at - dt.timedelta(days=7),
            ends_at=row.ends_at - dt.timedelta(days=7), state="done",
        )  # fmt: skip
    desk, page = as_user(cast.ana), reverse("intake:visits", args=[cast.okafor.pk])
    body = desk.get(page).content.decode()
    assert "13:00 to" in body and "09:00 to" not in body
    link = re.search(r'href="(\?before=[^"]*)"', body)
    body = desk.get(page + html.unescape(link[1])).content.decode()
    assert "09:00 to" in body and "13:00 to" not in body and "before=" not in body
