"""The page of a step, the plan's pathway and calendar, and the form for a new deficit."""

import datetime as dt
import html
from urllib.parse import parse_qsl

import pytest
from django.urls import reverse

from outcomes.services import mark_in_error
from rehab.services.looking import look
from tests.factories.schedule import Schedule
from tests.rehab.manager import Manager, at

pytestmark = pytest.mark.django_db


@pytest.fixture
def story(cast, time_machine):
    made = Manager(cast)
    made.stands("10", day=0)
    made.stands("40", day=35)
    look(now=at(42))
    time_machine.move_to(at(42.1), tick=False)
    return made


def page(story, key="trial"):
    return reverse("rehab:step", args=[story.step(key).pk])


def form(story, **more):
    given = {"decision": "continue", "words": "He gains", "more_weeks": "4",
             "version": str(story.step("trial").version)}  # fmt: skip
    return reverse("rehab:decide_step", args=[story.step("trial").pk]), given | more


def test_a_physician_reads_why_and_decides_on_the_same_page(story, cast, as_user):
    browser = as_user(cast.amin)
    said = browser.get(page(story)).content.decode()
    assert "6 weeks are over: 40 min" in said and "Not met" in said
    assert "Comfortable standing time, at least 45 min" in said and "40 min" in said
    address, body = form(story)
    assert browser.post(address, body).status_code == 302
    after = browser.get(page(story)).content.decode()
    assert "Go on as planned." in after and "He gains" in after and "Leila Amin" in after
    assert 'name="decision"' not in after


def test_what_was_typed_stays_when_something_is_missing(story, cast, as_user):
    browser = as_user(cast.amin)
    for more, words in (
        ({"decision": ""}, "Choose what happens next."),
        ({"more_weeks": "four"}, "as a number, 1 to 52"),
        ({"decision": "imaging"}, "More weeks belong to"),
    ):
        address, body = form(story, words="A second look first", **more)
        answer = browser.post(address, body)
        said = answer.content.decode()
        assert answer.status_code == 422 and words in said and "A second look first" in said
    stale = browser.post(address, form(story, version="1")[1])
    assert stale.status_code == 409 and "He gains" in stale.content.decode()
    assert browser.post(address, form(story, version="")[1]).status_code == 422
    assert story.step("trial").decided_at is None


def test_who_reads_and_who_decides(story, cast, as_user):
    address, body = form(story)
    for who, read, write in (
        ("ruiz", 200, 403), ("lang", 200, 403), ("park", 200, 403), ("ana", 403, 403),
        ("quist", 404, 404), ("berg", 404, 403), ("novak", 200, 302),
    ):  # fmt: skip
        browser = as_user(getattr(cast, who))
        assert browser.get(page(story)).status_code == read, who
        assert browser.post(address, body).status_code == write, who


def test_a_therapist_sees_that_a_physician_decides(story, cast, as_user):
    said = as_user(cast.ruiz).get(page(story)).content.decode()
    assert "A physician decides what happens next." in said and 'name="decision"' not in said


def test_a_wrong_value_is_not_among_those_it_is_judged_by(story, cast, as_user):
    row = story.patient.measurements.get(value=40)
    mark_in_error(measurement=row, reason="Hale’s", by=cast.ruiz, now=at(42), version=row.version)
    look(now=at(43))
    said = as_user(cast.amin).get(page(story)).content.decode()
    assert "<td" in said and "40 min" not in said.partition("Measured since")[2]


def test_the_plan_shows_its_pathway_and_its_visits(story, cast, as_user):
    schedule = Schedule(cast)
    day = story.today + dt.timedelta(days=43)
    schedule.hours(cast.amin, day.weekday())
    schedule.book(story.patient, "follow", cast.amin, schedule.at(9, day=day), now=at(40))
    said = as_user(cast.amin).get(reverse("rehab:plan", args=[story.plan.pk])).content.decode()
    assert said.count('class="pathway__step') == 2 and 'aria-current="step"' in said
    assert "If not, then: Surgical referral." in said and "Booked" in said
    assert "Over, not booked" in said  # the decision point of week two
    assert "We work together for six weeks." in said


def test_the_desk_is_led_to_the_free_times_and_a_partner_is_not(story, cast, as_user):
    kind = Schedule(cast).types["follow"]
    said = as_user(cast.amin).get(reverse("rehab:plan", args=[story.plan.pk])).content.decode()
    door = reverse("intake:book", args=[story.patient.pk])
    told = dict(parse_qsl(html.unescape(said.split(f"{door}?")[1].split('"')[0])))
    assert told["type"] == str(kind.pk) and told["problem"] == str(story.plan.episode_id)
    assert dt.date.fromisoformat(told["from"])


def test_a_new_deficit_is_one_short_form(story, cast, as_user):
    browser = as_user(cast.ruiz)
    address = reverse("rehab:deficit", args=[story.plan.pk])
    assert "Is it an emergency?" in browser.get(address).content.decode()
    body = {"words": "Cannot rise on the left toes", "on": "2027-01-05",
            "version": str(story.fresh().version)}  # fmt: skip
    refused = browser.post(address, body | {"on": "soon"})
    assert refused.status_code == 422 and "Cannot rise on the left toes" in refused.content.decode()
    assert browser.post(address, body).status_code == 302
    assert story.items("surgical_referral").exists()
    said = browser.get(reverse("rehab:plan", args=[story.plan.pk])).content.decode()
    assert "Ended by a new deficit on Tue 5 Jan 2027" in said
    for who, code in (("ana", 403), ("quist", 404), ("park", 403)):
        assert as_user(getattr(cast, who)).get(address).status_code == code, who


def test_the_printed_sheet_has_pathway_and_calendar(story, cast, as_user):
    answer = as_user(cast.amin).get(reverse("rehab:plan_pdf", args=[story.plan.pk]))
    assert answer.status_code == 200 and answer.content.startswith(b"%PDF")
