"""Who looked at what, for managers: their own clinics only, narrowed and sorted in the address."""

import datetime as dt
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.audit.models import AuditEvent
from core.audit.services import record
from core.people.access import patient_for
from core.people.services import employ
from tests.cast import NOW
from tests.factories.trail import fill

pytestmark = pytest.mark.django_db


@pytest.fixture
def ask(cast, as_user, time_machine):
    time_machine.move_to(NOW, tick=False)

    def get(who, route, *args, **query):
        return as_user(getattr(cast, who)).get(reverse(route, args=args), query)

    return get


def names(answer):
    """Who is on the rows, in the order of the page."""
    body = answer.content.decode()
    return re.findall(r'data-label="Who"><div>(?:<a [^>]*>)?([^<]*)', body)


def look(cast, who, action="read", patient="okafor", minutes=0, **more):
    patient = getattr(cast, patient)
    return record(by=getattr(cast, who), action=action, object_kind="patient",
                  object_id=patient.pk, patient_id=patient.pk,
                  now=NOW - dt.timedelta(minutes=minutes), **more)  # fmt: skip


@pytest.mark.parametrize(("who", "code"), [
    ("cole", 200), ("ana", 403), ("amin", 403), ("park", 403), ("daniel", 403), ("mora", 404),
])  # fmt: skip
def test_only_a_manager_of_the_clinic_reads_who_looked(cast, ask, who, code):
    look(cast, "ben")
    answer = ask(who, "home:looks", cast.okafor.pk)
    assert answer.status_code == code
    assert (b"Ben Ito" in answer.content) is (code == 200)


@pytest.mark.parametrize(("who", "code"), [("cole", 200), ("ana", 403), ("mora", 404)])
def test_only_their_manager_reads_what_a_person_did(cast, ask, who, code):
    assert ask(who, "home:audit_person", cast.ana.pk).status_code == code


def test_looking_is_itself_on_the_trail_the_managers_own_too(cast, ask):
    ask("cole", "home:looks", cast.okafor.pk)
    mine = AuditEvent.objects.filter(actor=cast.cole, patient_id=cast.okafor.pk)
    assert "read_audit" in mine.values_list("action", flat=True)
    assert "Dana Cole" in names(ask("cole", "home:looks", cast.okafor.pk))
    look(cast, "ana")
    ask("cole", "home:audit_person", cast.ana.pk)  # names Okafor
    assert mine.filter(action="list", object_kind="audit_trail").exists()


def test_a_person_of_two_clinics_shows_each_manager_their_own_patients_only(cast, ask):
    employ(clinic=cast.lakeside, user=cast.amin, by=cast.mora, now=NOW)
    look(cast, "amin")
    look(cast, "amin", patient="outis")
    for who, own, foreign in (("cole", "Okafor", "Outis"), ("mora", "Outis", "Okafor")):
        answer = ask(who, "home:audit_person", cast.amin.pk)
        body = answer.content.decode()
        assert own in body and foreign not in body
        assert names(answer) == ["Leila Amin"]  # one row: the other is not even counted
        assert str(getattr(cast, foreign.lower()).pk) not in body


def test_who_was_turned_away_from_a_chart_is_on_its_page(cast, ask):
    with pytest.raises(Exception, match="no such patient"):
        patient_for(cast.zoe, cast.okafor.pk, now=NOW)
    answer = ask("cole", "home:looks", cast.okafor.pk, outcome="refused")
    assert names(answer) == ["Zoe Other"] and b"1 try was refused" in answer.content


def test_the_sentence_counts_people_and_not_looks(cast, ask):
    for minutes in range(5):
        look(cast, "ana", minutes=minutes)
    look(cast, "amin")
    look(cast, "park", minutes=31 * 24 * 60)
    ask("cole", "home:looks", cast.okafor.pk)
    answer = ask("cole", "home:looks", cast.okafor.pk)
    assert b"3 people looked at this chart in 30 days" in answer.content  # Ana, Amin, Cole


def test_narrowed_by_day_person_action_and_outcome(cast, ask):
    look(cast, "ana", minutes=3 * 24 * 60)
    look(cast, "ben", "print", minutes=2 * 24 * 60)
    look(cast, "amin", minutes=24 * 60)
    at = {"since": "2026-11-21", "until": "2026-11-23"}
    chart = cast.okafor.pk
    assert names(ask("cole", "home:looks", chart, **at)) == ["Leila Amin", "Ben Ito", "Ana Flores"]
    assert names(ask("cole", "home:looks", chart, since="2026-11-22", until="2026-11-23")) == [
        "Leila Amin", "Ben Ito"]  # fmt: skip
    assert names(ask("cole", "home:looks", chart, until="2026-11-21")) == ["Ana Flores"]
    assert names(ask("cole", "home:looks", chart, person=cast.ben.pk)) == ["Ben Ito"]
    assert names(ask("cole", "home:looks", chart, action="print")) == ["Ben Ito"]
    for nonsense in ("since=31/12", "until=9999-99-99", "person=x", "outcome=maybe", "after=x"):
        key, _, value = nonsense.partition("=")
        assert ask("cole", "home:looks", chart, **{key: value}).status_code == 200


def test_sorted_and_paged_by_keys_without_a_name_in_the_address(cast, ask):
    fill(cast, 330)  # a third about Okafor
    for order, back in (("oldest", False), ("newest", True), ("who", False), ("who_back", True),
                        ("action", False), ("action_back", True)):  # fmt: skip
        shown, query = [], {"order": order, "until": "2026-11-24"}
        while True:
            answer = ask("cole", "home:looks", cast.okafor.pk, **query)
            body = answer.content.decode()
            column = {"o": "When", "n": "When", "w": "Who", "a": "Did"}[order[0]]
            shown += re.findall(rf'data-label="{column}"><div>(?:<a [^>]*>)?([^<]*)', body)
            older = re.search(r'href="\?([^"]*after=\d+)', body)
            if not older:
                break
            assert "Flores" not in older[1]
            query["after"] = re.search(r"after=(\d+)", older[1])[1]
        assert len(shown) >= 110
        if column == "Who":
            plain = ["" if name.startswith("System") else name for name in shown]
            assert plain == sorted(plain, reverse=back)


def test_reasons_of_clinicians_are_not_for_managers_but_those_of_running_are(cast, ask):
    record(by=cast.amin, action="lower", object_kind="call", patient_id=cast.okafor.pk,
           reason="Numbness was old", now=NOW)  # fmt: skip
    record(by=cast.amin, action="break_glass", object_kind="access_grant",
           patient_id=cast.okafor.pk, reason="Seen in the street", now=NOW)  # fmt: skip
    body = ask("cole", "home:looks", cast.okafor.pk).content.decode()
    assert "Numbness" not in body and "A reason for clinicians" in body
    assert "Seen in the street" in body


def test_emergency_access_is_marked(cast, ask):
    row = look(cast, "quist")
    AuditEvent.objects.bulk_create([AuditEvent(
        at=NOW, actor=cast.quist, patient_id=cast.okafor.pk, object_kind="patient", action="read",
        grant_id=row.patient_id)])  # fmt: skip
    body = ask("cole", "home:looks", cast.okafor.pk).content.decode()
    assert "1 emergency access" in body and body.count("Emergency access</span>") == 1


def test_the_start_page_shows_what_is_worth_a_look_at_the_own_clinic(cast, ask):
    look(cast, "ana")
    look(cast, "ana", "export")
    look(cast, "zoe", "export", patient="outis")
    record(by=cast.ben, action="refused", object_kind="route", object_id="messaging:deliveries",
           now=NOW, outcome="refused")  # fmt: skip
    answer = ask("cole", "home:audit")
    assert names(answer) == ["Ben Ito", "Ana Flores"]
    assert b"Page deliveries" in answer.content
    assert names(ask("mora", "home:audit")) == ["Zoe Other"]
    moved = ask("cole", "home:audit", somebody=cast.ana.pk)
    assert moved.url == reverse("home:audit_person", args=[cast.ana.pk])


def test_after_somebody_left_what_they_do_elsewhere_is_not_shown(cast, ask):
    """Ana left Riverside for Lakeside ten days ago."""
    left = NOW - dt.timedelta(days=10)

    def turned_away(route, days):
        record(by=cast.ana, action="refused", object_kind="route", object_id=f"x:{route}",
               now=NOW - dt.timedelta(days=days), outcome="refused")  # fmt: skip

    cast.ana.posts.update(to_on=left.date())
    for route, days in (("before", 12), ("between", 9), ("after", 2)):
        turned_away(route, days)
    pages = [("home:audit",), ("home:audit_person", cast.ana.pk)]
    for page in pages:  # nobody else answers for somebody without a post
        body = ask("cole", *page).content
        assert b"Page before" in body and b"Page between" in body and b"Page after" in body
    cast.lakeside.staff.create(user=cast.ana, from_on=(NOW - dt.timedelta(days=5)).date())
    for page in pages:
        body = ask("cole", *page).content
        assert b"Page before" in body and b"Page between" in body and b"Page after" not in body
        body = ask("mora", *page).content
        assert b"Page after" in body and b"Page before" not in body and b"Page between" not in body


@pytest.mark.parametrize("route", ["home:looks", "home:audit_person", "home:audit"])
def test_the_number_of_queries_does_not_grow_with_the_rows(cast, as_user, time_machine, route):
    time_machine.move_to(NOW, tick=False)
    browser = as_user(cast.cole)
    args = {"home:looks": [cast.okafor.pk], "home:audit_person": [cast.ana.pk]}.get(route, [])
    asked = []
    for rows in (40, 400):
        fill(cast, rows)
        browser.get(reverse(route, args=args))
        with CaptureQueriesContext(connection) as seen:
            assert browser.get(reverse(route, args=args)).status_code == 200
        asked.append(len(seen))
    assert asked[0] == asked[1] <= 20
