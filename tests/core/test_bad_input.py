"""Whatever is sent, the answer is a sentence: never a 500, never a broken clinic."""

import datetime as dt
import json

import pytest

from core.accounts.services import issue_token
from core.people.models import OnCallShift, StaffMember
from core.people.selectors import roster_at
from messaging.rules import people_of
from tests.cast import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def here(cast, time_machine):
    time_machine.move_to(NOW)
    return cast


@pytest.mark.parametrize("address", ["/intake/new", "/patients/", "/drafts", "/intake/missed"])
def test_a_character_nobody_can_type(here, as_user, address):
    answer = as_user(here.ana).post(address, {"q": "a\x00b", "phone": "\x00"})
    assert answer.status_code == 400


def test_a_character_nobody_can_type_in_the_address(here, as_user):
    form = {"form_key": "6f1c1b1e-7d0a-4b64-9d7c-9a3a1d3a5a11", "reason": "x"}
    assert as_user(here.ana).post("/work/%00/close", form).status_code == 400
    assert as_user(here.ana).post("/work/x/close", form).status_code == 404


def test_an_address_of_the_page_that_is_none(here, as_user, client):
    """What a browser's program says where it stands is its own claim."""
    for claimed in ("http://[", "http://testserver]/today/", "//[::1"):
        headers = {"HX-Request": "true", "HX-Current-URL": claimed}
        assert client.get("/today/", headers=headers).headers["HX-Redirect"]
        assert as_user(here.ana).get("/flags/now", headers=headers).status_code == 200


def test_a_shift_to_the_year_9999_is_refused_and_the_pages_go_on(here, as_user):
    form = {"position": "first", "user": str(here.mbeki.pk), "starts_at": "2026-11-24T15:30",
            "ends_at": "9999-12-31T23:59"}  # fmt: skip
    answer = as_user(here.cole).post("/on-call/shifts", form)
    assert answer.status_code == 422 and b"years away" in answer.content
    form["ends_at"] = "2026-11-24"
    assert as_user(here.cole).post("/on-call/shifts", form).status_code == 422
    for week in ("0001-01-01", "9999-12-31", "tomorrow"):
        assert as_user(here.cole).get("/on-call/", {"week": week}).status_code == 200


@pytest.mark.parametrize("minutes", ["²³", "-5", "1e3", "", "99999999999"])
def test_minutes_that_are_none(here, as_user, minutes):
    form = {"phone": "312 555 0142", "minutes_ago": minutes,
            "form_key": "6f1c1b1e-7d0a-4b64-9d7c-9a3a1d3a5a11"}  # fmt: skip
    assert as_user(here.ana).post("/intake/missed", form).status_code == 422


def test_json_nested_too_deep_and_ids_that_are_none(here, client):
    token = issue_token(user=here.ana, label="t", by=None, now=NOW)
    headers = {"Authorization": f"Token {token}"}
    deep = client.post("/api/v1/triage/evaluate", "[" * 100_000, content_type="application/json",
                       headers=headers)  # fmt: skip
    assert deep.status_code == 400
    good = client.post("/api/v1/triage/evaluate", json.dumps({"answers": {}}), headers=headers,
                       content_type="application/json")  # fmt: skip
    assert good.status_code == 200


def test_a_long_patient_id_is_a_404(here, as_user):
    form = {"patient": "x" * 100_000, "form_key": "6f1c1b1e-7d0a-4b64-9d7c-9a3a1d3a5a11"}
    assert as_user(here.ana).post("/intake/new", form).status_code == 404


def test_a_program_whose_person_left_is_refused(here, client):
    token = issue_token(user=here.ana, label="t", by=None, now=NOW)
    headers = {"Authorization": f"Token {token}"}
    assert client.get("/api/v1/threads", headers=headers).status_code == 200
    StaffMember.objects.filter(user=here.ana).update(to_on=dt.date(2026, 11, 23))
    assert client.get("/api/v1/threads", headers=headers).status_code == 403


def test_the_last_day_ends_at_the_clinics_midnight(cast):
    from core.people.access import posts_of

    StaffMember.objects.filter(user=cast.novak).update(to_on=dt.date(2026, 11, 24))
    evening = dt.datetime(2026, 11, 25, 5, 30, tzinfo=dt.UTC)  # 23:30 on the 24th in Chicago
    assert posts_of(cast.novak, now=evening).exists()
    assert not posts_of(cast.novak, now=evening + dt.timedelta(hours=1)).exists()


def test_a_shift_of_somebody_who_left_is_a_gap_and_without_physicians_the_manager_is_told(cast):
    StaffMember.objects.filter(user=cast.amin).update(to_on=dt.date(2026, 11, 1))
    roster = roster_at(cast.riverside, now=NOW)
    assert OnCallShift.objects.filter(user=cast.amin).exists() and roster.first is None
    assert {u.pk for u in people_of("first", roster)} == {cast.mbeki.pk, cast.novak.pk}
    doctors = StaffMember.objects.filter(user__roles=["physician"])
    doctors.update(to_on=dt.date(2026, 11, 1))
    assert people_of("first", roster_at(cast.riverside, now=NOW)) == [cast.cole]
