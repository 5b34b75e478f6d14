"""What one chart says and the other does not: nothing is agreed to by a merge, nobody dies."""

import datetime as dt
import uuid

import pytest
import time_machine
from django.urls import reverse

from core.audit.models import AuditEvent
from core.events.services import dispatch
from core.lib.errors import Conflict
from core.people.merge_rules import DIED
from core.people.models import MovedRow, Patient
from core.people.services import merge, undo_merge
from core.people.services.sheets import no_known_allergies
from tests.cast import NOW
from tests.factories.schedule import Schedule

pytestmark = pytest.mark.django_db
WHY = "Both birth dates and the address agree"


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(NOW, tick=False):
        yield


def change(chart, **values):
    """As a form of the registration leaves it: saved, with its history."""
    for name, value in values.items():
        setattr(chart, name, value)
    chart.save()
    return chart


def make_one(cast, kept, gone):
    kept, gone = (Patient.objects.get(pk=chart.pk) for chart in (kept, gone))
    return merge(kept=kept, gone=gone, reason=WHY, by=cast.park, now=NOW)


def undo(cast, row):
    return undo_merge(merge=row, reason="They are twins", by=cast.park, now=NOW)


def fresh(chart):
    return Patient.objects.get(pk=chart.pk)


def said(chart, *names):
    return [getattr(fresh(chart), name) for name in names]


def test_nothing_is_agreed_to_by_a_merge(cast, twin):
    change(cast.okafor, may_text=True, may_voicemail=True, may_email=False, email="d@mail.example")
    change(twin, may_text=False, may_voicemail=True, may_email=True, email="r@mail.example")
    row = make_one(cast, cast.okafor, twin)
    agreed = ("may_text", "may_voicemail", "may_email")
    assert said(cast.okafor, *agreed) == [False, True, False]
    undo(cast, row)
    assert said(cast.okafor, *agreed) == [True, True, False]


def test_an_undo_allows_nothing_that_another_merged_chart_does_not(cast, twin):
    change(cast.okafor, may_text=True)
    first = make_one(cast, cast.okafor, twin)
    make_one(cast, cast.okafor, cast.hale)
    undo(cast, first)
    assert said(cast.okafor, "may_text") == [False]


def test_what_the_kept_chart_did_not_know_comes_over_and_goes_back(cast, twin):
    address = {"address": "1 Elm St", "city": "Chicago", "state": "IL", "postal_code": "60601"}
    change(twin, preferred_name="Rick", interpreter=True, language="Spanish", sex="male", **address)
    no_known_allergies(patient=twin, by=cast.ruiz, now=NOW)
    names = ("preferred_name", "interpreter", "language", "sex", "state", "postal_code", "phone",
             "allergies_asked_by")  # fmt: skip
    before = said(cast.okafor, *names)
    row = make_one(cast, cast.okafor, twin)
    assert said(cast.okafor, *names) == [
        "Rick", True, "Spanish", "male", "IL", "60601", "+13125550142", cast.ruiz]  # fmt: skip
    trail = AuditEvent.objects.filter(object_kind="patient", object_id=str(cast.okafor.pk))
    assert {"state", "interpreter"} <= set(trail.get(action="change").fields)
    logged = {moved.was for moved in MovedRow.objects.filter(row_pk=str(cast.okafor.pk))}
    assert logged and all(was.isdigit() for was in logged), "the log has no words about anybody"
    change(fresh(cast.okafor), postal_code="60699")  # somebody corrected it since
    done = undo(cast, row)
    assert said(cast.okafor, *names) == [*before[:5], "60699", *before[6:]] and done.left == 1
    assert said(twin, "preferred_name", "language") == ["Rick", "Spanish"]


@pytest.mark.parametrize("kept_says", ["deceased", "active"])
def test_who_has_died_on_one_chart_is_for_a_person_to_say(cast, twin, as_user, kept_says):
    change(twin if kept_says == "active" else cast.okafor, status="deceased", status_on=NOW.date())
    with pytest.raises(Conflict, match="has died"):
        make_one(cast, cast.okafor, twin)
    path = reverse("home:merge", args=[cast.okafor.pk])
    page = as_user(cast.park).post(path, {"other": str(twin.pk)}).content.decode()
    assert DIED in page and "Make it one chart" not in page
    assert reverse("home:registration", args=[twin.pk]) in page
    change(fresh(twin), status="deceased", status_on=NOW.date())
    change(fresh(cast.okafor), status="deceased", status_on=NOW.date())
    assert make_one(cast, cast.okafor, twin)


def test_no_visit_of_somebody_dead_comes_over_and_stays(cast, twin):
    schedule = Schedule(cast)
    visit = schedule.book(twin, "initial", cast.amin, schedule.at(10))
    for chart in (cast.okafor, twin):  # noted a moment ago; the tick has not come round
        change(fresh(chart), status="deceased", status_on=NOW.date())
    make_one(cast, cast.okafor, twin)
    dispatch(now=NOW + dt.timedelta(seconds=1))
    visit.refresh_from_db()
    assert (visit.patient_id, visit.state) == (cast.okafor.pk, "cancelled")


def test_who_is_a_patient_on_one_chart_is_one(cast, twin):
    change(cast.okafor, status="inactive", status_on=NOW.date(), status_note="Moved to Ohio")
    row = make_one(cast, cast.okafor, twin)
    assert said(cast.okafor, "status", "status_note") == ["active", ""]
    undo(cast, row)
    assert said(cast.okafor, "status", "status_note") == ["inactive", "Moved to Ohio"]


def test_the_page_says_what_the_kept_chart_takes_over(cast, twin, as_user):
    change(cast.okafor, may_text=True)
    change(twin, interpreter=True, language="Spanish", preferred_name="Rick", state="IL")
    path = reverse("home:merge", args=[cast.okafor.pk])
    page = as_user(cast.park).post(
        path, {"form_key": str(uuid.uuid4()), "other": str(twin.pk)}
    ).content.decode()  # fmt: skip
    compared, _, taken = page.partition("What the kept chart will say from the other one")
    for words in ("May text reminders", "Needs an interpreter", "Wants to be called", "State"):
        assert words in compared and words in taken, words
    assert "(312) 555-0199" in compared and "Rick" in taken
    assert said(cast.okafor, "may_text") == [True]
