"""Whoever was found by their old name or number still is, however many charts led here."""

import pytest
import time_machine
from django.urls import reverse

from core.importing.person import Person
from core.importing.rules import verdict
from core.importing.services.charts import charts_for
from core.lib.errors import NotFound
from core.people.access import patient_for
from core.people.models import Patient
from core.people.selectors import by_phone, find_patients, likely_duplicates
from core.people.services import join_care_team, merge, undo_merge
from core.people.services.many import save_filled
from core.people.services.merging import move_late_rows
from tests.cast import NOW

pytestmark = pytest.mark.django_db
WHY = "Both birth dates and the address agree"


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(NOW, tick=False):
        yield


def make_one(cast, kept, gone):
    kept, gone = (Patient.objects.get(pk=chart.pk) for chart in (kept, gone))
    return merge(kept=kept, gone=gone, reason=WHY, by=cast.park, now=NOW)


def fresh(chart):
    return Patient.objects.get(pk=chart.pk)


def test_old_names_and_numbers_find_the_chart_that_is_left(cast, twin):
    """Twin into Okafor into Hale: three charts, one person."""
    first = make_one(cast, cast.okafor, twin)
    second = make_one(cast, cast.hale, cast.okafor)
    for text in ("2042", "1042", "312 555 0199", "312 555 0142", "nunez", "Núñez Richard"):
        assert [row.id for row in find_patients(cast.ana, text, now=NOW)] == [cast.hale.pk], text
    for number in ("+13125550199", "+13125550142"):
        near = by_phone(cast.ana, number, clinic=cast.riverside, now=NOW)
        assert [row.id for row in near] == [cast.hale.pk]
        assert by_phone(cast.zoe, number, clinic=cast.riverside, now=NOW) == []
    same = likely_duplicates(cast.ana, given_name="Richard", family_name="Núñez", birth_date=None,
                             phone="", clinic=cast.riverside, now=NOW)  # fmt: skip
    assert [row.id for row in same] == [cast.hale.pk]
    for row in (second, first):
        undo_merge(merge=row, reason="They are twins", by=cast.park, now=NOW)
    assert [row.id for row in find_patients(cast.ana, "2042", now=NOW)] == [twin.pk]
    assert by_phone(cast.ana, "+13125550143", clinic=cast.riverside, now=NOW)[0].id == cast.hale.pk


def test_an_import_that_fills_a_chart_leaves_its_old_numbers(cast, twin):
    make_one(cast, cast.okafor, twin)
    kept = fresh(cast.okafor)
    kept.city = "Chicago"
    save_filled([kept], ["city"], by=cast.ana, now=NOW)
    assert [row.id for row in find_patients(cast.ana, "2042", now=NOW)] == [cast.okafor.pk]


def test_a_file_with_the_oldest_number_leads_to_the_chart_that_is_left(cast, twin):
    make_one(cast, cast.okafor, twin)
    make_one(cast, cast.hale, cast.okafor)
    person = Person("Margaret", "Hale", "1959-02-03", mrn="2042")
    found = verdict(person, charts_for(cast.riverside, [person]), decided="")
    assert (found.status, found.chart) == ("match", cast.hale.pk)


def test_the_trail_is_that_of_all_charts_and_of_who_was_turned_away(cast, twin, as_user):
    patient_for(cast.amin, twin.pk, now=NOW)
    with pytest.raises(NotFound):
        patient_for(cast.zoe, twin.pk, now=NOW)
    make_one(cast, cast.okafor, twin)
    make_one(cast, cast.hale, cast.okafor)
    page = as_user(cast.cole).get(reverse("home:looks", args=[cast.hale.pk])).content.decode()
    assert "Leila Amin" in page and "1 try was refused" in page


def test_what_came_late_follows_to_the_last_chart(cast, twin):
    first = make_one(cast, cast.okafor, twin)
    make_one(cast, cast.hale, cast.okafor)
    join_care_team(patient=twin, user=cast.ruiz, role="therapist", by=cast.amin, now=NOW)
    event = type("Event", (), {"subject_id": first.pk})
    move_late_rows(event, NOW)
    assert cast.hale.care_team.count() == 1
