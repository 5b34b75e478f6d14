"""A signed-in desk ends: after 15 idle minutes, after 12 hours, when the person changes."""

import datetime as dt
import json

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.test import Client

from core.accounts.models import User
from core.audit.models import AuditEvent
from tests.cast import NOW
from tests.sessions import cookie_of, sign_in

pytestmark = pytest.mark.django_db
BACKGROUND = {"X-Background": "1"}
HTMX = {"HX-Request": "true"}


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as travel:
        yield travel


@pytest.fixture
def desk(cast, clock):
    return sign_in(Client(), cast.ana, at=NOW)


def minutes(n):
    return dt.timedelta(minutes=n)


def why():
    return [e.fields for e in AuditEvent.objects.filter(action="session_end").order_by("pk")]


def test_a_page_that_only_asks_by_itself_is_signed_out_at_fifteen_minutes(desk, clock):
    for _ in range(44):
        clock.shift(dt.timedelta(seconds=20))
        assert desk.get("/flags/now", headers=BACKGROUND | HTMX).status_code == 200
    clock.shift(dt.timedelta(seconds=19))  # 14:59
    assert desk.get("/flags/now", headers=BACKGROUND | HTMX).status_code == 200
    clock.shift(dt.timedelta(seconds=1))
    answer = desk.get(
        "/flags/now",
        headers=BACKGROUND | HTMX | {"HX-Current-URL": "http://testserver/patients/"},
    )
    assert answer.status_code == 204
    assert answer.headers["HX-Redirect"] == "/sign-in/?next=/patients/&ended=idle"
    assert why() == [["idle"]]
    assert "because nothing was done" in desk.get("/sign-in/?ended=idle").content.decode()
    second = desk.get("/session/", headers=BACKGROUND | HTMX)  # another tab, a moment later
    assert second.headers["HX-Redirect"].endswith("&ended=elsewhere")
    assert "in another tab" in desk.get("/sign-in/?ended=elsewhere").content.decode()


def test_work_keeps_it_running_up_to_twelve_hours(desk, clock):
    for _ in range(51):
        clock.shift(minutes(14))
        assert desk.get("/help/").status_code == 200
    clock.shift(minutes(5))  # 11:59
    assert desk.get("/help/").status_code == 200
    clock.shift(minutes(1))
    assert desk.get("/help/").headers["Location"].startswith("/sign-in/?next=/help/")
    assert why() == [["absolute"]]


def test_patients_have_half_an_hour(cast, clock):
    desk = sign_in(Client(), cast.daniel, at=NOW, factor=False)
    clock.shift(minutes(29))
    assert desk.get("/portal/").status_code == 200
    clock.shift(minutes(30))
    assert desk.get("/portal/").status_code == 302


def test_activity_is_not_written_with_every_request(desk, clock, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def writes():
        with CaptureQueriesContext(connection) as seen:
            assert desk.get("/help/").status_code == 200
        return [q for q in seen.captured_queries if 'UPDATE "django_session"' in q["sql"]]

    clock.shift(dt.timedelta(seconds=29))
    assert not writes()
    clock.shift(dt.timedelta(seconds=1))
    assert writes()


def test_the_page_is_told_how_long_it_has(desk, clock):
    clock.shift(minutes(13))
    left = desk.get("/session/", headers=BACKGROUND)
    assert json.loads(left.content) == {"ends_in": 120} and left.headers["X-Session-Ends"] == "120"
    assert json.loads(desk.post("/session/").content) == {"ends_in": 900}
    assert 'data-session="/session/" data-ends-in="900"' in desk.get("/help/").content.decode()


def test_a_form_sent_after_the_end_shows_what_was_typed(desk, clock):
    clock.shift(minutes(16))
    words = "He sleeps badly since Monday"
    answer = desk.post("/intake/missed", {"note": words, "phone": "312 555 0142"})
    page = answer.content.decode()
    assert answer.status_code == 401 and words in page and "312 555 0142" in page
    assert 'href="/sign-in/"' in page and "/today/" not in page


@pytest.mark.parametrize("change", ["roles", "switched off", "password", "epoch"])
def test_it_ends_at_once_when_the_person_changes(cast, desk, change):
    other = sign_in(Client(), cast.ben, at=NOW)
    assert desk.get("/help/").status_code == 200
    row = User.objects.get(pk=cast.ana.pk)
    if change == "roles":
        row.roles = ["coordinator"]
    elif change == "switched off":
        row.is_active = False
    elif change == "password":
        row.set_password("another-horse-battery")
    else:
        row.session_epoch += 1
    row.save()
    assert desk.get("/help/").headers["Location"] == "/sign-in/?next=/help/&ended=changed"
    assert why() == [["changed"]]
    assert AuditEvent.objects.get(action="session_end").object_id == str(cast.ana.pk)
    assert desk.get("/help/").headers["Location"] == "/sign-in/?next=/help/"
    assert other.get("/help/").status_code == 200, "Ben is still signed in."


def test_a_stolen_cookie_after_sign_out_is_the_sign_in_page(desk):
    stolen = Client()
    stolen.cookies["session"] = cookie_of(desk)
    assert stolen.get("/help/").status_code == 200
    answer = desk.post("/sign-out/")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert "no-store" in answer.headers["Cache-Control"]
    assert stolen.get("/help/").headers["Location"].startswith("/sign-in/")


def test_one_sees_where_one_is_signed_in_and_ends_one(cast, desk):
    elsewhere = sign_in(Client(), cast.ana, at=NOW)
    row = UserSession.objects.get(session_key=elsewhere.session.session_key)
    sign_in(Client(), cast.ben, at=NOW)
    bens = UserSession.objects.get(user=cast.ben)
    page = desk.get("/me/").content.decode()
    assert page.count("Chrome on Windows") >= 2 and "127.0.0.1" in page and "This one" in page
    assert f"/me/sign-in/sessions/{bens.pk}/end" not in page
    assert desk.post(f"/me/sign-in/sessions/{bens.pk}/end").status_code == 404
    assert desk.post(f"/me/sign-in/sessions/{row.pk}/end").status_code == 302
    assert elsewhere.get("/help/").status_code == 302 and desk.get("/help/").status_code == 200
    assert UserSession.objects.filter(pk=bens.pk).exists()


def test_sign_out_everywhere(cast, desk):
    elsewhere, bens = sign_in(Client(), cast.ana, at=NOW), sign_in(Client(), cast.ben, at=NOW)
    answer = desk.post("/me/sign-in/sessions/end")
    assert answer.headers["Location"] == "/sign-in/"
    assert [b.get("/help/").status_code for b in (desk, elsewhere, bens)] == [302, 302, 200]
    assert AuditEvent.objects.get(action="sign_out_everywhere").actor == cast.ana
