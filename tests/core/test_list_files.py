"""Every list as a file: as filtered, for who may open the list and may export, on the trail."""

import csv
import io

import pytest
import time_machine
from django.urls import reverse

from config.home.lists import LISTS
from core.accounts.roles import Role
from core.audit.models import AuditEvent
from messaging.services.work import open_item
from tests.cast import NOW
from tests.sessions import age_authentication

pytestmark = pytest.mark.django_db
WHY = {"reason": "Asked for by the auditor"}


@pytest.fixture(autouse=True)
def at_now():
    with time_machine.travel(NOW, tick=False):
        yield


def fetch(browser, name, **asked):
    return browser.post(reverse("home:list_file", args=[name]), WHY | asked)


def rows(answer):
    assert answer.status_code == 200, answer.content
    return list(csv.reader(io.StringIO(answer.getvalue().decode().lstrip("\ufeff"))))


@pytest.mark.parametrize("name", sorted(LISTS))
def test_every_list_leaves_with_its_header(cast, as_user, name):
    who = cast.cole if cast.cole.may(LISTS[name].perm) else cast.park
    found = rows(fetch(as_user(who), name, q="Okafor", patient=str(cast.okafor.pk)))
    assert found[0] == list(LISTS[name].header)
    assert all(len(row) == len(found[0]) for row in found)


@pytest.mark.parametrize("name", ["documents", "measures"])
def test_the_list_of_a_chart_is_for_who_may_open_it(cast, as_user, name):
    park = as_user(cast.park)
    assert fetch(park, name, patient=str(cast.okafor.pk)).status_code == 200
    assert fetch(park, name, patient=str(cast.outis.pk)).status_code == 404
    assert fetch(park, name, patient="nobody").status_code == 404


def test_as_filtered_and_on_the_trail_without_the_words_searched(cast, as_user):
    browser = as_user(cast.park)
    assert [row[1] for row in rows(fetch(browser, "patients", q="okafor"))[1:]] == ["Okafor"]
    event = AuditEvent.objects.get(action="export", object_kind="list:patients", patient_id=None)
    assert (event.reason, event.fields) == ("Asked for by the auditor", ["rows=1", "q=…"])
    assert AuditEvent.objects.filter(action="export", patient_id=cast.okafor.pk).count() == 1


def test_a_formula_in_a_cell_is_text(cast, as_user):
    open_item(kind="initial_visit", subject_id=cast.okafor.pk, clinic=cast.riverside,
              patient=cast.okafor, reason="=HYPERLINK(1)", by=cast.ana, now=NOW,
              owner=cast.park)  # fmt: skip
    [row] = rows(fetch(as_user(cast.park), "work"))[1:]
    assert row[2] == "'=HYPERLINK(1)" and row[3] == "Okafor, Daniel"


def test_another_clinics_rows_are_in_no_file(cast, as_user):
    cast.mora.roles = [Role.MANAGER, Role.COORDINATOR]
    cast.mora.save()
    browser = as_user(cast.mora)
    assert len(rows(fetch(browser, "patients", q="okafor"))) == 1
    assert not any("Flores" in cell for row in rows(fetch(browser, "users")) for cell in row)
    assert len(rows(fetch(browser, "on-call"))) == 1


@pytest.mark.parametrize(
    ("who", "name", "code"),
    [("ana", "patients", 403), ("amin", "work", 403), ("park", "users", 403),
     ("park", "deliveries", 403), ("cole", "users", 200), ("cole", "nothing", 404)],
)  # fmt: skip
def test_who_may_not_open_the_list_gets_no_file(cast, as_user, who, name, code):
    assert fetch(as_user(getattr(cast, who)), name).status_code == code


def test_a_reason_and_a_fresh_proof_are_asked_for(cast, as_user):
    browser = as_user(cast.cole)
    assert browser.post(reverse("home:list_file", args=["users"]), {}).status_code == 422
    age_authentication(browser)
    assert b"confirm_secret" in fetch(browser, "users").content
    assert not AuditEvent.objects.filter(action="export").exists()


def test_too_many_rows_are_refused_in_words(cast, as_user, monkeypatch):
    monkeypatch.setattr("config.home.list_views.MOST", 1)
    answer = fetch(as_user(cast.cole), "users")
    assert answer.status_code == 422 and "Narrow the list" in answer.content.decode()


def test_the_button_stands_where_the_list_is(cast, as_user):
    assert 'lists/on-call/file"' in as_user(cast.cole).get("/on-call/").content.decode()
    assert "lists/on-call/file" not in as_user(cast.ana).get("/on-call/").content.decode()
