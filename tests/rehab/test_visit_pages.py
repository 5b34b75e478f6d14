"""The pages of a first visit: written by physicians, read by the team, closed to everybody else."""

import html
import re

import pytest
import time_machine
from django.urls import reverse

from rehab.models import CarePlan, FirstVisit
from rehab.services.visits import body_of, sign
from tests.cast import NOW
from tests.factories.first_visits import begun, gardener, warehouse

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(NOW, tick=False):
        yield


def address(visit, section=""):
    if section:
        return reverse("rehab:visit_section", args=[visit.pk, section])
    return reverse("rehab:first_visit", args=[visit.pk])


def text_of(answer):
    return html.unescape(answer.content.decode())


def exam_of():
    return {key: row.answer for key, row in body_of(FirstVisit.objects.get()).exam.items()}


def test_begun_from_the_patients_tab(cast, as_user):
    visit = begun(cast)
    FirstVisit.objects.all().delete()
    amin, tab = as_user(cast.amin), reverse("rehab:visit_of", args=[cast.okafor.pk])
    page = text_of(amin.get(tab))
    assert "Begin the first visit" in page and "Leg pain since March" in page
    assert "Begin the first visit" not in text_of(as_user(cast.ruiz).get(tab))
    begin = reverse("rehab:open_visit", args=[cast.okafor.pk, visit.episode_id])
    assert amin.post(begin).url == address(FirstVisit.objects.get())
    assert amin.post(begin).url == address(FirstVisit.objects.get())
    assert "Each card saves by itself" in text_of(amin.get(tab))


def test_without_javascript_a_card_is_saved_and_the_page_comes_back_at_it(cast, as_user):
    visit, amin = begun(cast), as_user(cast.amin)
    sent = {"version": "1", "a:slr.left": "positive", "a:slump.left": "", "n:slr.left": ""}
    answer = amin.post(address(visit, "provocation"), sent)
    assert answer.status_code == 302 and answer.url.endswith("#section-provocation")
    assert exam_of() == {"slr.left": "positive"}
    page = text_of(amin.get(address(visit)))
    assert "Straight leg raise: positive (left); it stretches the lower roots" in page


def test_htmx_gets_what_follows_and_is_not_disturbed_while_typing(cast, as_user):
    visit, amin = begun(cast), as_user(cast.amin)
    sent = {"version": "1", "a:slr.left": "positive"}
    page = text_of(amin.post(address(visit, "provocation"), sent, **HTMX))
    assert 'id="v-provocation" value="2"' in page and 'id="visit-found"' in page
    assert "Lumbar radicular pain" in page and 'id="card-provocation"' not in page
    again = {"version": "2", "a:slr.left": "positive", "fill": "1"}
    page = text_of(amin.post(address(visit, "provocation"), again, **HTMX))
    assert 'id="card-provocation"' in page and "filled in as normal" in page
    assert exam_of()["slr.left"] == "positive" and exam_of()["slr.right"] == "negative"


def test_a_vague_limit_comes_back_as_it_was_typed(cast, as_user):
    visit, amin = begun(cast), as_user(cast.amin)
    sent = {"version": "1", "t:sitting_tolerance_min": "severe", "other": "Cannot cook"}
    said = "Sitting time: “severe” cannot be measured or compared. Write minutes"
    answer = amin.post(address(visit, "limits"), sent)
    page = text_of(answer)
    assert answer.status_code == 422 and said in page
    assert 'value="severe"' in page and "Cannot cook" in page
    answer = amin.post(address(visit, "limits"), sent | {"save": "1"}, **HTMX)
    page = text_of(answer)
    assert answer.status_code == 422 and said in page
    assert 'name="t:' not in page  # the card in the browser stays as it was typed
    assert FirstVisit.objects.get().version == 1
    good = {"version": "1", "t:sitting_tolerance_min": "a quarter of an hour",
            "d:sitting_tolerance_min:stop": "left leg"}  # fmt: skip
    assert amin.post(address(visit, "limits"), good).status_code == 302
    assert body_of(FirstVisit.objects.get()).limits["sitting_tolerance_min"].value == 15


def test_a_proposed_lane_is_taken_up_with_what_was_typed_there(cast, as_user):
    visit, amin = begun(cast), as_user(cast.amin)
    sent = {"version": "1", "rows-0-lane": "", "rows-0-line": "Hamstring", "rows-0-side": "left",
            "rows-0-standing": "", "take": "radicular_lumbar"}  # fmt: skip
    assert amin.post(address(visit, "hypotheses"), sent, **HTMX).status_code == 200
    rows = body_of(FirstVisit.objects.get()).hypotheses.rows
    assert [(row.lane, row.line, row.standing) for row in rows] == [
        ("", "Hamstring", ""), ("radicular_lumbar", "Lumbar radicular pain, left", "chosen"),
    ]  # fmt: skip


def test_a_row_with_only_a_lane_is_not_lost(cast, as_user):
    visit, amin = begun(cast), as_user(cast.amin)
    sent = {"version": "1", "rows-0-lane": "sacroiliac", "rows-0-line": ""}
    assert amin.post(address(visit, "hypotheses"), sent).status_code == 302
    assert body_of(FirstVisit.objects.get()).hypotheses.rows[0].line == "Sacroiliac joint pain"


def test_tests_of_other_regions_stand_behind_more(cast, as_user):
    visit, amin = begun(cast), as_user(cast.amin)
    assert "Spurling" not in text_of(amin.get(address(visit)))
    assert "Spurling" in text_of(amin.get(address(visit) + "?more=provocation"))
    assert "Spurling" in text_of(amin.get(address(visit, "provocation"), **HTMX))
    assert amin.get(address(visit, "provocation")).url == address(visit)
    assert amin.get(address(visit, "nonsense")).status_code == 404


def test_what_cannot_wait_is_said_at_once(cast, as_user):
    visit, amin = begun(cast), as_user(cast.amin)
    assert "emergency now" not in text_of(amin.get(address(visit)))
    sent = {"version": "1", "a:saddle_sensation": "reduced"}
    page = text_of(amin.post(address(visit, "warning"), sent, **HTMX))
    assert "A numb saddle area is an emergency now" in page
    assert "Ask the safety questions now" in page


def test_read_through_signed_and_taken_into_the_plan(cast, as_user):
    visit, amin = warehouse(cast), as_user(cast.amin)
    page = text_of(amin.get(address(visit) + "?read=1"))
    assert "Comfortable standing time: 10 min (pins and needles in the calf), capacity" in page
    assert "Not signed" in page and "The pain centralizes in one direction" in page
    answer = amin.post(reverse("rehab:sign_visit", args=[visit.pk]), {"version": visit.version})
    assert answer.status_code == 302 and FirstVisit.objects.get().state == "signed"
    page = text_of(amin.get(address(visit)))
    assert "Take this into the plan" in page and 'name="a:slr.left"' not in page
    answer = amin.post(reverse("rehab:visit_plan", args=[visit.pk]))
    plan = CarePlan.objects.get()
    assert answer.url == reverse("rehab:part", args=[plan.pk, "goal"])
    goal = text_of(amin.get(answer.url))
    assert re.search(r'value="10"[^>]*name="baseline"', goal)


def test_what_is_missing_comes_back_on_the_page(cast, as_user):
    visit, amin = begun(cast), as_user(cast.amin)
    answer = amin.post(reverse("rehab:sign_visit", args=[visit.pk]), {"version": 1})
    assert answer.status_code == 422 and "Nothing of the painful region" in text_of(answer)


def test_the_team_reads_and_only_physicians_write(cast, as_user):
    visit = gardener(cast)
    ruiz = as_user(cast.ruiz)
    page = text_of(ruiz.get(address(visit)))
    assert "Not signed" in page and "Worries about falling" in page and "Fall risk" in page
    assert "<select" not in page.split("<main", 1)[1]
    assert ruiz.post(address(visit, "falls"), {"version": 1}).status_code == 403
    assert as_user(cast.ana).get(address(visit)).status_code == 403
    for outsider in (cast.quist, cast.berg):
        assert as_user(outsider).get(address(visit)).status_code == 404


def test_after_signing_words_are_added_and_a_stale_card_is_refused(cast, as_user):
    visit, amin = warehouse(cast), as_user(cast.amin)
    sign(visit=visit, by=cast.amin, now=NOW, version=visit.version)
    stale = amin.post(address(visit, "falls"), {"version": visit.version, "a:fell": "yes"})
    assert stale.status_code == 422 and "Nothing of it changes" in text_of(stale)
    door = reverse("rehab:addend", args=[visit.pk])
    empty = amin.post(door, {"words": " "})
    assert empty.status_code == 422 and "Write what is added" in text_of(empty)
    assert amin.post(door, {"words": "MRI seen: it fits"}).status_code == 302
    assert "MRI seen: it fits" in text_of(amin.get(address(visit)))


def test_discarded_with_its_reason_on_the_page(cast, as_user):
    visit, amin = begun(cast), as_user(cast.amin)
    door = reverse("rehab:discard_visit", args=[visit.pk])
    answer = amin.post(door, {"version": 1, "reason": "no"})
    page = text_of(answer)  # the form again, open, with the reason and what to do
    assert answer.status_code == 422 and '<details class="card card--quiet" open>' in page
    assert re.search(r'value="no"[^>]*name="reason"', page)
    assert "Write why, for example" in page and f'data-posted="{address(visit)}"' in page
    assert 'href="#f-reason"' in page and "Each card saves by itself" in page
    assert '<details class="card card--quiet">' in text_of(amin.get(address(visit)))
    assert amin.post(door, {"version": 1, "reason": "wrong problem"}).status_code == 302
    assert "wrong problem" in text_of(amin.get(address(visit)))
