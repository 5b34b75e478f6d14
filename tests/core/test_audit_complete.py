"""Whoever is named on a screen has a row on the trail, in lists and in what the page asks for."""

import pytest
from django.urls import reverse

from core.audit.models import AuditEvent
from intake.services.calls import use_match
from tests.cast import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def patients_seen(cast, as_user, time_machine):
    """`patients_seen("ana", "home:today")`: who was named to her, by the trail."""
    time_machine.move_to(NOW, tick=False)

    def ask(who, route, *args, **headers):
        browser = as_user(getattr(cast, who))
        last = AuditEvent.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        answer = browser.get(reverse(route, args=args), headers=headers)
        assert answer.status_code == 200
        rows = AuditEvent.objects.filter(pk__gt=last, actor=getattr(cast, who))
        seen = set(rows.exclude(patient_id=None).values_list("patient_id", flat=True))
        return answer.content.decode(), seen

    return ask


@pytest.fixture
def on_the_line(cast, new_call):
    """Okafor calls, and it cannot wait: his call stands on other people's pages."""

    def call(**answers):
        row = new_call(**answers)
        born = cast.okafor.birth_date
        return use_match(call=row, patient=cast.okafor, birth_date=born, by=cast.ana, now=NOW)

    return call


def test_an_unfinished_call_on_today(cast, on_the_line, patients_seen):
    on_the_line(Q1="no")
    body, seen = patients_seen("ben", "home:today")
    assert "Okafor" in body and cast.okafor.pk in seen


def test_a_call_that_cannot_wait_on_a_physicians_today(cast, on_the_line, patients_seen):
    on_the_line(Q12="yes")  # its branch is still being asked: no flag yet
    body, seen = patients_seen("amin", "home:today")
    assert "Okafor" in body and cast.okafor.pk in seen
    body, seen = patients_seen(
        "amin", "home:flags_now", **{"HX-Request": "true",
                                     "HX-Current-URL": "http://testserver/today/"})  # fmt: skip
    assert "Okafor" in body and cast.okafor.pk in seen
    body, seen = patients_seen("zoe", "home:today")  # the control: somebody of another clinic
    assert "Okafor" not in body and not seen


def test_a_red_flag_on_today_and_in_what_the_page_asks_for(cast, on_the_line, patients_seen):
    on_the_line(Q2="yes")
    for route in ("home:today", "home:flags_now"):
        body, seen = patients_seen(
            "amin", route, **{"HX-Request": "true",
                              "HX-Current-URL": "http://testserver/today/"})  # fmt: skip
        assert "Okafor" in body and cast.okafor.pk in seen


@pytest.mark.parametrize("route", ["intake:queue", "messaging:inbox"])
def test_lists(cast, on_the_line, patients_seen, route):
    on_the_line(Q2="yes")
    who = "amin" if route == "messaging:inbox" else "ben"
    body, seen = patients_seen(who, route)
    assert "Okafor" in body and cast.okafor.pk in seen
