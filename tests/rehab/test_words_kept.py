"""What the guard does not understand its author may stand by; hedges nobody can."""

import html

import pytest
import time_machine
from django.urls import reverse

from rehab.plan_body import Therapy
from rehab.plan_rules import differences, may_be_kept, still_kept, therapy_gaps
from tests.cast import NOW
from tests.factories.plans import GOAL, THERAPY, Planned

pytestmark = pytest.mark.django_db
ODD = "L labral reconstr 14 wk. strong. run prep"
ODDER = "L labral reconstr 15 wk. strong. run prep"
HEDGE = "Strengthening as tolerated"
TYPED = {
    "progression": THERAPY.progression, "per_week": "2", "weeks": "6",
    "stop": "\n".join(THERAPY.stop), "avoid-0-what": THERAPY.avoid[0].what,
    "avoid-0-until": THERAPY.avoid[0].until, "exercises-0-name": "Hip hinge with dowel",
    "exercises-0-dose": "3 x 8",
}  # fmt: skip


def said(emphasis: str, **more: object) -> Therapy:
    return THERAPY.model_copy(update={"emphasis": emphasis, **more})


@pytest.fixture
def story(cast):
    with time_machine.travel(NOW, tick=False):
        made = Planned(cast)
        made.write("goal", GOAL)
        yield made


@pytest.fixture
def send(cast, as_user, story):
    address = reverse("rehab:part", args=[story.pk, "therapy"])

    def post(**typed):
        head = str(story.plan.head)
        answer = as_user(cast.amin).post(
            address, TYPED | {"version": head, "was_head": head} | typed
        )
        return answer.status_code, html.unescape(answer.content.decode())

    return post


def test_odd_words_are_asked_about_and_hedges_are_not_offered(story, send):
    status, page = send(emphasis=ODD)
    assert status == 422 and f"Keep “{ODD}”" in page and 'name="kept-0"' in page
    status, page = send(emphasis=HEDGE)
    assert status == 422 and "Keep “" not in page and 'name="kept-0"' not in page
    assert story.body.therapy == Therapy()


def test_who_stands_by_their_words_sends_them_and_the_therapist_sees_it(cast, as_user, story, send):
    assert send(emphasis=ODD, **{"kept-0": ODD})[0] == 302
    assert story.body.therapy.kept == (ODD,)
    page = as_user(cast.ruiz).get(reverse("rehab:plan", args=[story.pk]))
    assert "Kept as its author wrote it; ask if it is not clear" in page.content.decode()


def test_a_tick_moves_no_hedge(story, send):
    status, page = send(emphasis=HEDGE, **{"kept-0": HEDGE})
    assert status == 422 and "#f-emphasis" in page
    status, page = send(emphasis="", **{"kept-0": ""})
    assert status == 422 and "#f-emphasis" in page
    status, page = send(emphasis=ODD, per_week="", **{"kept-0": ODD})
    assert status == 422 and "#f-per_week" in page and "#f-emphasis" not in page
    assert "checked" in page.split('name="kept-0"')[1].split(">")[0]
    assert story.body.therapy == Therapy()


def test_other_words_are_asked_about_again(story, send):
    assert send(emphasis=ODD, **{"kept-0": ODD})[0] == 302
    assert send(emphasis=ODDER, **{"kept-0": ODD})[0] == 422
    assert send(emphasis=ODDER, **{"kept-0": ODD, "kept-1": ODDER})[0] == 302
    assert story.body.therapy.kept == (ODDER,)


def test_a_clear_part_needs_nobody_to_stand_by_it(story, send):
    assert send(emphasis=ODD, **{"kept-0": ODD})[0] == 302
    assert send(emphasis=THERAPY.emphasis, **{"kept-0": ODD})[0] == 302
    assert story.body.therapy.kept == ()


def test_lines_come_back_from_a_form_as_they_were_asked_about():
    wide = said("L labral reconstr\r\n14 wk. strong.   run prep", stop=("leg sx", "as he says"))
    asked = may_be_kept(wide, GOAL)
    assert ODD in asked
    kept = wide.model_copy(update={"kept": tuple(asked)})
    assert still_kept(kept, GOAL).kept == tuple(asked)
    assert not {gap.part for gap in therapy_gaps(kept, GOAL)} & {"emphasis"}


def test_the_next_version_says_what_was_kept(story):
    before = story.body
    story.write("therapy", said(ODD, kept=(ODD,)))
    named = {change.label: change.new for change in differences(before, story.body)}
    assert named["Kept as its author wrote it; ask if it is not clear"] == ODD
