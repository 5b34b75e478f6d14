"""The pages of measures: one line a series, a refused entry shown again, one wrong value."""

import datetime as dt

import pytest
import time_machine
from django.urls import reverse

from core.audit.models import AuditEvent
from core.protocols.models import ProtocolVersion
from outcomes.models import Measurement
from outcomes.rules import Entry
from outcomes.selectors import lines_of
from outcomes.services import mark_in_error, record_measurement, score_survey
from outcomes.survey_rules import Answers
from tests.cast import NOW

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def afternoon():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def stood(cast):
    """Okafor stood 34 minutes a fortnight ago, 40 yesterday."""

    def at(value, days):
        return record_measurement(
            patient=cast.okafor, metric="standing_tolerance_min", by=cast.ruiz, now=NOW,
            entry=Entry(value=value, details={"stop": "leg pain"}), measured_at=NOW - days * DAY,
        )  # fmt: skip

    return at("34", 14), at("40", 1)


def slot(cast):
    return lines_of(cast.ruiz, cast.okafor, now=NOW)[0].slot


def page(cast):
    return reverse("outcomes:measures", args=[cast.okafor.pk])


def test_one_line_a_series_with_its_last_value_and_the_change(cast, as_user, stood):
    found = as_user(cast.amin).get(page(cast))
    body = found.content.decode()
    assert found.status_code == 200
    assert "Comfortable standing time" in body and "40 min" in body and "+6" in body
    assert "No figure for a real change" in body and "Last: 40 min on Mon 23 Nov 2026" in body


@pytest.mark.parametrize(("who", "code"), [("ana", 403), ("cole", 403), ("quist", 404)])
def test_who_does_not_read_measures(cast, as_user, stood, who, code):
    assert as_user(getattr(cast, who)).get(page(cast)).status_code == code
    series = reverse("outcomes:series", args=[stood[0].pk])
    assert as_user(getattr(cast, who)).get(series).status_code == code
    assert as_user(cast.lang).get(series).status_code == 200


def test_the_next_value_is_one_line(cast, as_user, stood):
    body = {"slot": slot(cast), "metric": "standing_tolerance_min", "value": "42",
            "d_stop": "tired"}  # fmt: skip
    answer = as_user(cast.ruiz).post(reverse("outcomes:add", args=[cast.okafor.pk]), body)
    assert answer.status_code == 302
    row = Measurement.objects.latest("measured_at")
    assert (row.value, row.clinician, row.details) == (42, cast.ruiz, {"stop": "tired"})
    assert AuditEvent.objects.filter(object_kind="measurement", action="create").count() == 3


def test_a_refused_value_stands_there_again(cast, as_user, stood):
    body = {"slot": slot(cast), "metric": "standing_tolerance_min", "value": "42 minutes",
            "d_stop": "tired of it"}  # fmt: skip
    answer = as_user(cast.ruiz).post(reverse("outcomes:add", args=[cast.okafor.pk]), body)
    said = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="42 minutes"' in said and 'value="tired of it"' in said
    assert "Type a whole number from 0 to 480." in said
    assert Measurement.objects.count() == 2


def test_a_colleague_who_was_faster_takes_nothing_away(cast, as_user, stood):
    body = {"slot": slot(cast), "metric": "standing_tolerance_min", "value": "x", "d_stop": "y"}
    record_measurement(
        patient=cast.okafor, metric="standing_tolerance_min", by=cast.park, now=NOW,
        entry=Entry(value="41", details={"stop": "leg pain"}),
    )  # fmt: skip
    answer = as_user(cast.ruiz).post(reverse("outcomes:add", args=[cast.okafor.pk]), body)
    said = answer.content.decode()
    assert answer.status_code == 422 and 'value="x"' in said and "41 min" in said


def test_a_value_of_earlier_records_has_its_own_day_and_says_so(cast, as_user):
    """Years ago is right for a baseline from another clinic, and one slip of the year elsewhere."""
    browser, address = as_user(cast.ruiz), reverse("outcomes:add", args=[cast.okafor.pk])
    body = {"slot": "new", "metric": "sleep_hours", "value": "5"}
    for when, code, words in (
        ("2021-03-04T09:00", 200, "measured more than a year ago"),
        ("2026-03-04T09:00", 200, "Saved."),
        ("1921-03-04T09:00", 422, "before the patient was born"),
        ("0001-01-01T00:00", 422, "before the patient was born"),
        ("9999-12-31T23:59", 422, "in the future"),
        ("2027-03-04T09:00", 422, "in the future"),
    ):
        answer = browser.post(address, body | {"measured_at": when}, follow=True)
        assert answer.status_code == code and words in answer.content.decode(), when
    assert Measurement.objects.count() == 2


def test_no_such_metric_is_said_on_the_page(cast, as_user):
    body = {"slot": "new", "metric": "mood", "value": "5"}
    answer = as_user(cast.ruiz).post(reverse("outcomes:add", args=[cast.okafor.pk]), body)
    assert answer.status_code == 422 and "Choose what was measured." in answer.content.decode()


def test_another_metric_is_chosen_and_asks_what_it_needs(cast, as_user):
    browser = as_user(cast.ruiz)
    said = browser.get(page(cast) + "?add=shoulder_flexion_deg").content.decode()
    assert "Active" in said and 'name="side"' in said and "Lying on the back" in said
    body = {"slot": "new", "metric": "shoulder_flexion_deg", "value": "120", "side": "right",
            "d_motion": "active"}  # fmt: skip
    address = reverse("outcomes:add", args=[cast.okafor.pk])
    refused = browser.post(address, body)
    assert refused.status_code == 422 and "Choose: position." in refused.content.decode()
    assert browser.post(address, body | {"d_position": "sitting"}).status_code == 302
    row = Measurement.objects.get()
    assert (row.side, row.variant) == ("right", "motion active, position sitting")


def test_a_survey_by_its_answers_and_again(cast, as_user):
    browser = as_user(cast.lang)
    address = reverse("outcomes:survey", args=[cast.okafor.pk, "peg"])
    assert "In the way of enjoying life" in browser.get(address).content.decode()
    refused = browser.post(address, {"slot": "survey", "item_0": "7", "item_1": "6"})
    said = refused.content.decode()
    assert refused.status_code == 422 and "2 of 3 answered" in said and 'value="7"' in said
    answer = browser.post(address, {"slot": "survey", "item_0": "7", "item_1": "6", "item_2": "8"})
    assert answer.status_code == 302
    shown = browser.get(answer.headers["Location"]).content.decode()
    assert "7 of 10" in shown and "In the way of general activity: 8" in shown
    assert "Fill in" in browser.get(page(cast)).content.decode()


def test_the_same_activities_are_offered_again(cast, as_user):
    answers = Answers(items=[("Carry boxes", "3"), ("Sit in the car", "5")])
    score_survey(patient=cast.okafor, metric="psfs", answers=answers, by=cast.ruiz, now=NOW)
    address = reverse("outcomes:survey", args=[cast.okafor.pk, "psfs"])
    said = as_user(cast.ruiz).get(address).content.decode()
    assert 'value="Carry boxes"' in said and 'value="Sit in the car"' in said
    assert "Last" in said and "4 of 10" in said


def test_a_licensed_survey_asks_for_its_score_and_version(cast, as_user):
    browser = as_user(cast.park)
    address = reverse("outcomes:survey", args=[cast.okafor.pk, "odi"])
    assert "Version of the form" in browser.get(address).content.decode()
    refused = browser.post(address, {"slot": "survey", "value": "42"})
    assert refused.status_code == 422 and 'value="42"' in refused.content.decode()
    body = {"slot": "survey", "value": "42", "instrument": "v2.1a"}
    assert browser.post(address, body).status_code == 302
    assert Measurement.objects.get().instrument == "2.1a"
    assert browser.get(address.replace("odi", "mood")).status_code == 404


def test_a_value_is_marked_as_wrong_and_stays_readable(cast, as_user, stood):
    browser = as_user(cast.ruiz)
    address = reverse("outcomes:wrong", args=[stood[1].pk])
    slot = {"slot": str(stood[1].pk), "version": "1"}
    refused = browser.post(address, slot | {"reason": " "})
    assert refused.status_code == 422 and "Write what is wrong" in refused.content.decode()
    assert browser.post(address, slot | {"reason": "Hale’s value"}).status_code == 302
    said = browser.get(reverse("outcomes:series", args=[stood[0].pk])).content.decode()
    assert "<s>40 min</s>" in said and "Hale’s value" in said and "Lena Ruiz" in said
    lines = browser.get(page(cast)).content.decode()
    assert "<strong>34 min</strong>" in lines and "Marked as wrong" in lines
    stale = browser.post(address, slot | {"reason": "something else"})
    assert stale.status_code == 409 and "something else" in stale.content.decode()


def test_a_series_of_wrong_values_alone_still_opens(cast, as_user, stood):
    for row in stood:
        mark_in_error(measurement=row, reason="another patient", by=cast.ruiz, now=NOW, version=1)
    said = as_user(cast.amin).get(reverse("outcomes:series", args=[stood[0].pk])).content.decode()
    assert "Every value of this series is marked as wrong." in said
    assert "Nothing was measured yet." in as_user(cast.amin).get(page(cast)).content.decode()


def test_a_long_series_has_pages(cast, as_user):
    rows = [
        record_measurement(
            patient=cast.okafor,
            metric="sleep_hours",
            by=cast.ruiz,
            now=NOW,
            entry=Entry(value=str(index % 10)),
            measured_at=NOW - index * DAY,
        )  # fmt: skip
        for index in range(52)
    ]
    address = reverse("outcomes:series", args=[rows[0].pk])
    first = as_user(cast.amin).get(address).content.decode()
    assert first.count("data-row") == 50
    more = first.split('href="?after=')[1].split('"')[0]
    second = as_user(cast.amin).get(f"{address}?after={more}").content.decode()
    assert second.count("data-row") == 2 and "52" not in more[:4]


def test_a_survey_is_chosen_in_the_same_list(cast, as_user):
    answer = as_user(cast.ruiz).get(page(cast) + "?add=peg")
    assert answer.headers["Location"] == reverse("outcomes:survey", args=[cast.okafor.pk, "peg"])


def test_the_library_shows_the_figures(cast, as_user):
    version = ProtocolVersion.objects.get(kind="metrics")
    answer = as_user(cast.ana).get(reverse("protocols:version", args=[version.pk]))
    said = answer.content.decode()
    assert answer.status_code == 200 and len(answer.content) < 60_000
    assert "PROMIS Pain Interference" in said and "LOINC 64098-7" in said
    assert "began at 8 to 10: 3 to 4" in said and "Female, 90 to 94 years" in said
