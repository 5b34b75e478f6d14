"""Two physicians in one card: what both changed waits until somebody chooses, the rest is kept."""

import html
import re

import pytest
import time_machine
from django.urls import reverse

from rehab.models import FirstVisit
from rehab.services.visits import body_of
from tests.cast import NOW
from tests.factories.first_visits import begun, put, said

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}
MINE = {"version": "1", "was_head": "1", "a:slr.left": "negative"}


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def visit(cast):
    """Dr. Amin answered after Dr. Novak had opened the page."""
    return put(begun(cast), cast, "provocation", slr__left=said("positive"))


@pytest.fixture
def novak(cast, as_user):
    return as_user(cast.novak)


def send(browser, visit, section="provocation", headers=HTMX, **sent):
    door = reverse("rehab:visit_section", args=[visit.pk, section])
    answer = browser.post(door, sent, **headers)
    return answer.status_code, html.unescape(answer.content.decode())


def exam_of():
    return {key: row.answer for key, row in body_of(FirstVisit.objects.get()).exam.items()}


@pytest.mark.parametrize("headers", [HTMX, {}])
def test_both_texts_are_shown_and_nothing_is_overwritten(visit, novak, headers):
    status, page = send(novak, visit, headers=headers, **MINE)
    assert status == 409 and "Straight leg raise, left" in page
    assert "positive" in page and "negative" in page
    assert exam_of() == {"slr.left": "positive"}


def test_the_next_answer_in_the_card_saves_nothing_by_itself(visit, novak):
    _, page = send(novak, visit, **MINE)
    assert 'name="version"' not in page and 'id="v-provocation"' not in page
    status, page = send(novak, visit, **MINE, **{"a:slump.left": "positive"})
    assert status == 409 and "Until you choose, nothing of this card is saved" in page
    assert exam_of() == {"slr.left": "positive"}


def test_save_mine_saves_ones_own_and_empties_nothing_else_of_the_card(cast, visit, novak):
    put(visit, cast, "provocation", crossed_slr__left=said("positive"))
    card = MINE | {"a:crossed_slr.left": "", "a:slump.left": "positive"}
    _, page = send(novak, visit, **card)
    button = re.search(r'<button[^>]*name="seen"[^>]*>', page)
    assert button and 'form="form-provocation"' in button[0]
    seen = re.search(r'value="(\d+)"', button[0])[1]
    status, page = send(novak, visit, **card, seen=seen)
    assert status == 200 and 'id="card-provocation"' in page  # with what Dr. Amin found beside it
    assert exam_of() == {
        "slr.left": "negative", "crossed_slr.left": "positive", "slump.left": "positive",
    }  # fmt: skip


def test_save_mine_overwrites_only_what_was_shown(cast, visit, novak):
    send(novak, visit, **MINE)
    put(visit, cast, "provocation", slr__left=None)  # and Dr. Amin changes it once more
    status, page = send(novak, visit, **MINE, seen="2")
    assert status == 409 and exam_of() == {} and 'value="3"' in page
    assert send(novak, visit, **MINE, seen="3")[0] == 200 and exam_of() == {"slr.left": "negative"}


def test_without_javascript_the_page_of_the_clash_saves_ones_own(cast, visit, novak):
    put(visit, cast, "provocation", crossed_slr__left=said("positive"))
    card = MINE | {"a:crossed_slr.left": ""}
    _, page = send(novak, visit, headers={}, **card)
    form = page.split('name="was_head"')[0].rsplit("<form", 1)[1] + page.split('name="was_head"')[1]
    assert 'name="version" value="3"' in form
    assert send(novak, visit, headers={}, **card | {"version": "3"})[0] == 302
    assert exam_of() == {"slr.left": "negative", "crossed_slr.left": "positive"}


def test_a_colleagues_answers_are_shown_and_not_emptied_by_the_next_save(visit, novak):
    sent = {"version": "1", "was_head": "1", "a:slr.left": "", "a:slump.left": "negative"}
    status, page = send(novak, visit, **sent)
    card = page.split('id="card-provocation"')[1]  # the card anew, with both
    assert status == 200 and card.count(" selected>") == 2 and 'id="v-provocation"' in card
    version = re.search(r'id="v-provocation" value="(\d+)"', card)[1]
    again = {"version": version, "was_head": version, "a:slr.left": "positive"}
    assert 'id="card-provocation"' not in send(novak, visit, **again)[1]  # nobody is disturbed
    assert exam_of() == {"slr.left": "positive", "slump.left": "negative"}


def test_what_is_refused_clashes_with_what_a_colleague_wrote_there(cast, novak):
    visit = put(begun(cast), cast, "range", lumbar_flexion=said("limited"))
    sent = {"version": "1", "a:lumbar_flexion": "", "n:lumbar_flexion": "35"}
    status, page = send(novak, visit, "range", **sent)
    assert status == 409 and "Bending forward" in page and "35 deg" in page
    assert exam_of() == {"lumbar_flexion": "limited"}
