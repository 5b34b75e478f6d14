"""A vague order goes back with what to write, and with every word that was typed."""

import html

import pytest
import time_machine
from django.urls import reverse

from core.work.models import Draft
from core.work.services import save_draft
from rehab.plan_body import Therapy
from tests.cast import NOW
from tests.factories.plans import GOAL, THERAPY, Planned

pytestmark = pytest.mark.django_db
VAGUE = {"emphasis": "Strengthening as tolerated", "exercises-0-name": "General exercises",
         "exercises-0-dose": "as tolerated", "progression": "Advance as able",
         "avoid-0-what": "anything painful", "stop": "pain"}  # fmt: skip


GOOD = {
    "emphasis": THERAPY.emphasis, "progression": THERAPY.progression, "per_week": "2",
    "weeks": "6", "starts_on": "2026-11-24", "stop": "\n".join(THERAPY.stop),
    "call": "\n".join(THERAPY.call), "avoid-0-what": THERAPY.avoid[0].what,
    "avoid-0-until": THERAPY.avoid[0].until,
    "exercises-0-name": "Hip hinge with dowel", "exercises-0-dose": "3 x 8",
    "exercises-0-from_week": "", "exercises-1-name": "Step-ups, 6 inches",
    "exercises-1-dose": "3 x 8", "exercises-1-from_week": "5",
}  # fmt: skip


@pytest.fixture
def story(cast):
    with time_machine.travel(NOW, tick=False):
        made = Planned(cast)
        made.write("goal", GOAL)
        yield made


@pytest.fixture
def send(cast, as_user, story):
    address, head = reverse("rehab:part", args=[story.pk, "therapy"]), str(story.plan.head)

    def post(typed, by=None, **more):
        said = {"version": head, "was_head": head} | typed | more
        return as_user(by or cast.amin).post(address, said)

    return post


def page_of(answer):
    return html.unescape(answer.content.decode())


def test_it_is_refused_field_by_field_with_every_word_kept(story, send):
    answer = send(VAGUE, why="Trying")
    page = page_of(answer)
    assert answer.status_code == 422 and "data-posted" in page
    for words in (*VAGUE.values(), "Trying"):
        assert words in page, words
    for field in ("emphasis", "per_week", "weeks", "progression", "stop", "exercises", "avoid"):
        assert f'href="#f-{field}"' in page, field
    assert "Write how many sessions a week, 1 to 14." in page
    assert story.body.therapy == Therapy()


def test_a_part_that_is_right_is_not_complained_about(send):
    page = page_of(send(VAGUE | {"per_week": "2", "weeks": "6"}))
    assert "sessions a week, 1" not in page and "how many weeks, 1" not in page
    assert "#f-emphasis" in page


def test_another_row_keeps_unsent_words_and_saving_forgets_them(cast, story, send):
    place = f"careplan:{story.pk}:therapy:emphasis"
    save_draft(user=cast.amin, place=place, text="Hip hinge", now=NOW)
    more = send({"emphasis": "Hip hinge", "more": "exercises", "draft": place})
    assert more.status_code == 200 and Draft.objects.filter(place=place).exists()
    assert send(GOOD | {"draft": place}).status_code == 302
    assert not Draft.objects.filter(place=place).exists()


def test_a_good_order_is_taken(story, send):
    answer = send(GOOD)
    assert answer.status_code == 302, page_of(answer)
    assert story.body.therapy == THERAPY


def test_an_order_is_cleared(story, send):
    story.write("therapy", THERAPY)
    head = str(story.plan.head)
    assert send({}, version=head, was_head=head).status_code == 302
    assert story.body.therapy == Therapy()


def test_an_order_needs_a_goal(story, send):
    story.write("goal", type(GOAL)())
    with pytest.raises(Exception, match="what the patient wants to do again"):
        story.write("therapy", THERAPY)


def test_the_form_begins_with_what_the_lane_proposes(cast, as_user, story):
    address = reverse("rehab:part", args=[story.pk, "therapy"])
    page = page_of(as_user(cast.ruiz).get(address))
    assert "Proposed by the lane" in page and story.body.therapy == Therapy()
    story.write("therapy", THERAPY)
    page = page_of(as_user(cast.ruiz).get(address))
    assert "Proposed by the lane" not in page and THERAPY.progression in page
