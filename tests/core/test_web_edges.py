"""What another site, a curious stranger or a forged body gets: nothing that was not meant."""

import uuid

import pytest
from django.test import Client
from markupsafe import escape

from core.accounts.models import User
from core.people.models import Patient
from core.people.selectors import find_patients
from tests.cast import NOW
from tests.guards.test_headers import PUBLIC

pytestmark = pytest.mark.django_db
SQL = ["' OR '1'='1", "Okafor'; DROP TABLE people_patient; --", "%' --", "\\", "Okafor' AND 1=1 --",
       "a)*(.*", "(((((a+)+)+)+)+)!", "${7*7}{{7*7}}", "%(name)s {0.__class__}"]  # fmt: skip


@pytest.mark.parametrize("text", SQL)
def test_what_looks_like_code_is_a_word_to_the_search(cast, as_user, text):
    everybody = Patient.objects.count()
    names = {p.family_name for p in find_patients(cast.ana, text, now=NOW)}
    assert names <= {"Okafor"}, "At most the one whose name is in it."
    answer = as_user(cast.ana).post("/patients/", {"q": text})
    assert answer.status_code == 200 and str(escape(text)) in answer.content.decode()
    assert Patient.objects.count() == everybody


@pytest.mark.parametrize("order", ["who; DROP TABLE x", "password", "-actor__password", "who'"])
def test_a_made_up_order_is_no_sql(cast, as_user, order):
    cole = as_user(cast.cole)
    page = f"/patients/{cast.okafor.pk}/looks/"
    assert cole.get(page).status_code == 200
    assert cole.get(page, {"order": order}).status_code in {200, 400, 404, 422}


def test_no_other_site_reads_an_answer(cast, as_user):
    elsewhere = {"Origin": "https://evil.example"}
    for browser in (Client(), as_user(cast.ana)):
        for address in ("/today/", "/api/v1/work-items", "/healthz", "/no-such-page"):
            answer = browser.get(address, headers=elsewhere)
            assert not [name for name in answer.headers if name.startswith("Access-Control-")]
            assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    drawn = Client().get("/static/css/base.css", headers=elsewhere)
    assert drawn.headers["Cross-Origin-Resource-Policy"] == "same-origin", "Ours, yet no secret."
    assert "Access-Control-Allow-Credentials" not in drawn.headers


@pytest.mark.parametrize("address", PUBLIC)
def test_trace_gives_nothing_back(address):
    answer = Client().trace(address, headers={"X-Mine": "echo-of-a-header"})
    assert b"echo-of-a-header" not in answer.content
    assert "message/http" not in answer.headers.get("Content-Type", "")


@pytest.mark.parametrize(
    "address",
    ["/static/", "/static/css/", "/media/", "/.git/config", "/.env", "/config/settings.py",
     "/static/../config/settings.py", "/static/%2e%2e/config/settings.py", "/admin/", "/debug/"],
)  # fmt: skip
def test_no_listing_no_source_no_other_door(address):
    assert Client().get(address).status_code == 404


def test_every_page_says_what_it_is_in_which_letters(cast, as_user):
    ana = as_user(cast.ana)
    for address in ("/today/", "/no-such-page", "/static/css/base.css"):
        assert "charset=utf-8" in ana.get(address).headers["Content-Type"].replace('"', ""), address
    assert ana.get("/api/v1/work-items").headers["Content-Type"] == "application/json"


def test_fields_nobody_offered_change_nothing(cast, as_user):
    before = User.objects.values("roles", "is_active", "session_epoch").get(pk=cast.ana.pk)
    more = {"roles": "manager", "is_active": "", "id": str(cast.cole.pk), "session_epoch": "0"}
    as_user(cast.ana).post("/me/", more)
    assert User.objects.values("roles", "is_active", "session_epoch").get(pk=cast.ana.pk) == before
    sent = {"given_name": "New", "family_name": "Person", "birth_date": "03141980",
            "phone": "312 555 0166", "form_key": str(uuid.uuid4()), "mrn": "9999",
            "clinic": str(cast.lakeside.pk), "id": str(uuid.uuid4())}  # fmt: skip
    answer = as_user(cast.ana).post("/patients/new", sent)
    assert answer.status_code == 302, answer.content
    made = Patient.objects.get(given_name="New")
    assert made.clinic == cast.riverside and made.mrn != "9999" and str(made.pk) != sent["id"]


def test_a_value_in_the_address_is_not_taken_for_one_of_the_form(cast, as_user):
    as_user(cast.ana).post(
        "/patients/new?given_name=New&family_name=Person&birth_date=03141980", {}
    )
    assert not Patient.objects.filter(given_name="New").exists()
    answer = as_user(cast.ana).post("/patients/?q=Okafor", {"q": "Zzyzx"})
    assert b"Okafor, Daniel" not in answer.content
