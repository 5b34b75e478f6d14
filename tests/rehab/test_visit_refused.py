"""What a card does not take keeps nothing else from being saved, and nobody signs past it."""

import html
import re

import pytest
import time_machine
from django.urls import reverse

from core.work.models import Draft
from core.work.services import PLACES
from outcomes.services.measures import metrics_now
from rehab.models import FirstVisit
from rehab.services.visits import body_of
from rehab.visit_amount_rules import rows_of
from tests.cast import NOW
from tests.factories.first_visits import begun, warehouse

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}
LIMITS = {
    "t:standing_tolerance_min": "10 minutes", "d:standing_tolerance_min:stop": "pins and needles",
    "b:standing_tolerance_min": "capacity", "t:sitting_tolerance_min": "severe",
    "t:kneeling_min": "3 minutes", "other": "carries a tray 20 meters",
}  # fmt: skip
GOOD = {"t:sitting_tolerance_min": "15 minutes", "d:sitting_tolerance_min:stop": "left leg"}


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def amin(cast, as_user):
    return as_user(cast.amin)


def send(browser, visit, section, **sent):
    door = reverse("rehab:visit_section", args=[visit.pk, section])
    headers = HTMX if sent.pop("htmx", True) else {}
    version = str(FirstVisit.objects.get().version)
    answer = browser.post(door, {"version": version} | sent, **headers)
    return answer.status_code, html.unescape(answer.content.decode())


def read_through(browser, visit):
    page = browser.get(reverse("rehab:first_visit", args=[visit.pk]) + "?read=1")
    return html.unescape(page.content.decode())


def sign(browser, visit):
    version = FirstVisit.objects.get().version
    answer = browser.post(reverse("rehab:sign_visit", args=[visit.pk]), {"version": version})
    return answer.status_code, html.unescape(answer.content.decode())


def body():
    return body_of(FirstVisit.objects.get())


def invalid(page):
    """The names of the fields that are marked, and whether their note is there."""
    fields = re.findall(r"<(?:input|select|textarea)[^>]*aria-invalid[^>]*>", page)
    notes = {re.search(r'aria-describedby="([^"]*)"', field)[1].split()[-1] for field in fields}
    assert all(f'id="{note}"' in page for note in notes)
    return {re.search(r'name="([^"]*)"', field)[1] for field in fields}


def test_the_fields_that_are_wrong_are_marked_and_described(cast, amin):
    visit = begun(cast)
    sent = {"t:sitting_tolerance_min": "severe", "t:standing_tolerance_min": "10 minutes",
            "t:kneeling_min": "3 minutes", "other": "Cannot cook"}  # fmt: skip
    wrong = {"t:sitting_tolerance_min", "d:standing_tolerance_min:stop", "other"}
    page = send(amin, visit, "limits", **sent)[1]
    assert set(re.search(r'id="note-limits"[^>]*data-wrong="([^"]*)"', page)[1].split()) == wrong
    assert invalid(send(amin, visit, "limits", htmx=False, **sent)[1]) == wrong
    page = send(amin, visit, "limits", **GOOD)[1]  # saved: nothing is marked any more
    assert re.search(r'id="note-limits"[^>]*data-wrong=""', page)
    assert 'data-wrong="a:lumbar_flexion"' in send(amin, visit, "range", **{
        "a:lumbar_flexion": "", "n:lumbar_flexion": "35"})[1]  # fmt: skip


@pytest.mark.parametrize("htmx", [True, False])
def test_one_vague_limit_keeps_no_other_from_being_saved(cast, amin, htmx):
    visit = begun(cast)
    status, page = send(amin, visit, "limits", htmx=htmx, **LIMITS)
    assert status == 422 and "Sitting time: “severe” cannot be measured" in page
    assert "What else stands in the card is saved" in page
    assert set(body().limits) == {"standing_tolerance_min", "kneeling_min"}
    assert body().other == ("carries a tray 20 meters",)
    assert 'id="v-limits" value="2"' in page  # saved once more, nobody clashes with themselves
    assert htmx or ('value="severe"' in page and 'value="10 minutes"' in page)
    status, _ = send(amin, visit, "limits", **LIMITS | GOOD | {"version": "2"})
    assert status == 200 and body().limits["sitting_tolerance_min"].value == 15


def test_a_number_without_its_answer_keeps_no_other_answer_back(cast, amin):
    visit = begun(cast)
    sent = {"a:lumbar_flexion": "", "n:lumbar_flexion": "35", "a:lumbar_extension": "full"}
    status, page = send(amin, visit, "range", htmx=False, **sent)
    assert status == 422 and "Choose the answer beside the number" in page and 'value="35"' in page
    assert {key: row.answer for key, row in body().exam.items()} == {"lumbar_extension": "full"}
    status, page = send(amin, visit, "range", **sent | {"n:lumbar_flexion": "far", "fill": "1"})
    assert status == 422 and "lumbar_flexion" not in body().exam
    status, _ = send(amin, visit, "range", **sent | {"a:lumbar_flexion": "limited"})
    assert status == 200 and body().exam["lumbar_flexion"].number == 35


def test_nobody_signs_past_a_card_that_was_refused(cast, as_user, amin):
    visit = warehouse(cast)
    assert "From then on nothing of it changes" in read_through(amin, visit)
    assert send(amin, visit, "limits", **{"t:sitting_tolerance_min": "severe"})[0] == 422
    page = read_through(amin, visit)
    assert "Your last answers are not saved. Sitting time: “severe”" in page
    assert "From then on nothing of it changes" not in page
    status, page = sign(amin, visit)
    assert status == 422 and "Your last answers are not saved" in page
    assert FirstVisit.objects.get().state == "open"
    assert "From then on nothing" in read_through(as_user(cast.novak), visit)  # not his words
    assert send(amin, visit, "limits", **GOOD)[0] == 200
    assert "From then on nothing of it changes" in read_through(amin, visit)
    assert sign(amin, visit)[0] == 302 and not Draft.objects.exists()


def test_a_card_of_words_that_was_refused_is_not_signed_past_either(cast, amin):
    visit = warehouse(cast)
    long = {"rows-0-line": "x" * 301, "rows-0-standing": "chosen"}
    assert send(amin, visit, "hypotheses", **long)[0] == 422
    assert "Hypotheses: Your last answers are not saved" in read_through(amin, visit)
    assert sign(amin, visit)[0] == 422


def test_every_amount_keeps_its_unsent_text_in_a_place_of_its_own(cast, amin):
    visit = begun(cast)
    address = reverse("rehab:first_visit", args=[visit.pk]) + "?more=limits"
    page = amin.get(address).content.decode()
    places = [part.partition('"')[0] for part in page.split('data-draft="')[1:]]
    amounts = [place for place in places if ":t-" in place]
    assert len(amounts) == len(set(amounts)) > 10
    assert f"firstvisit:{visit.pk}:t-kneeling_min" in amounts
    known = metrics_now(visit.clinic, now=NOW)[1].metrics
    keys = [row.key.replace(".", "-") for one in known for row in rows_of(one)]
    every = [f"firstvisit:{visit.pk}:t-{key}" for key in keys]
    assert not [place for place in [*places, *every] if not PLACES.fullmatch(place)]
