"""The patient reads the plan that the care team reads, and prints it with its visits."""

import datetime as dt
import io

import pytest
import time_machine
from django.urls import reverse
from pypdf import PdfReader

from core.people.services import open_episode
from rehab.models import CarePlan
from rehab.plan_body import Goal, Hypothesis
from rehab.services.plans import end_plan, revise, start_plan, start_standing_order
from tests.cast import NOW
from tests.factories.plans import GOAL, PATHWAY, THERAPY, Planned

pytestmark = pytest.mark.django_db


def text_of(pdf):
    pages = PdfReader(io.BytesIO(pdf)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


@pytest.fixture
def story(cast):
    with time_machine.travel(NOW, tick=False):
        made = Planned(cast)
        for part, value in (("goal", GOAL), ("therapy", THERAPY), ("pathway", PATHWAY)):
            made.write(part, value)
        yield made


def test_the_patient_reads_the_same_plan(cast, as_user, story):
    own = as_user(cast.daniel)
    home = own.get(reverse("home:portal")).content.decode()
    assert GOAL.words in home and reverse("home:portal_plan") in home
    plan = own.get(reverse("home:portal_plan")).content.decode()
    assert GOAL.words in plan and THERAPY.exercises[0].name in plan
    assert PATHWAY.steps[0].patient_words in plan
    assert as_user(cast.amin).get(reverse("home:portal_plan")).status_code == 403


def test_their_sheet_says_the_visits_as_the_team_s_does(cast, as_user, story):
    mine = text_of(as_user(cast.daniel).get(reverse("home:portal_sheet")).content)
    theirs = text_of(as_user(cast.amin).get(reverse("rehab:plan_pdf", args=[story.pk])).content)
    for sheet in (mine, theirs):
        assert "Physical therapy" in sheet and "No visits are planned yet" not in sheet


def test_a_plan_that_ended_says_so_and_stays_readable(cast, as_user, story):
    own, plan = as_user(cast.daniel), story.plan
    before = text_of(own.get(reverse("home:portal_sheet")).content)
    assert "ended" not in before and "to be booked" in before
    end_plan(plan=plan, reason="goal reached", by=cast.amin, now=NOW, version=plan.version)
    for page in ("home:portal", "home:portal_plan"):
        said = own.get(reverse(page)).content.decode()
        assert "This plan ended on Tue 24 Nov 2026." in said and "Please call us" in said, page
        assert "after your first visit" not in said and "goal reached" not in said, page
    assert THERAPY.exercises[0].name in said
    sheets = (
        own.get(reverse("home:portal_sheet")).content,
        as_user(cast.amin).get(reverse("rehab:plan_pdf", args=[story.pk])).content,
    )
    for sheet in map(text_of, sheets):
        assert "This plan ended on Tue 24 Nov 2026. Please call" in sheet
        assert sheet.index("This plan ended") < sheet.index("What we do")
        assert "to be booked" not in sheet


def test_two_running_plans_are_both_theirs_the_newest_first(cast, as_user, story):
    knee = open_episode(
        patient=cast.okafor, problem="Right knee pain", region="knee", by=cast.ana, now=NOW
    )
    hour = dt.timedelta(hours=1)
    second = start_plan(episode=knee, hypothesis=Hypothesis(lane="knee_oa", words="Right knee"),
                        by=cast.amin, now=NOW + hour)  # fmt: skip
    garden = Goal(words="Two hours in the garden")
    revise(plan=second, part="goal", value=garden, base=1, by=cast.amin, now=NOW + hour)
    later = CarePlan.objects.get(pk=second.pk)
    start_standing_order(plan=later, by=cast.ruiz, now=NOW + hour, base=later.head)
    with time_machine.travel(NOW + 2 * hour, tick=False):
        own = as_user(cast.daniel)
        home = own.get(reverse("home:portal")).content.decode()
        plans = own.get(reverse("home:portal_plan")).content.decode()
        for said in (home, plans):
            assert -1 < said.find(garden.words) < said.find(GOAL.words)
            assert "Right knee pain" in said and "Left leg pain" in said
        for words in (THERAPY.exercises[0].name, THERAPY.stop[0], "Step-ups",
                      "Bursts of activity nobody planned"):  # fmt: skip
            assert words in plans, words
        sheet = reverse("home:portal_sheet")
        for plan, mine, other in ((second, garden, GOAL), (story.plan, GOAL, garden)):
            address = f"{sheet}?plan={plan.pk}"
            assert address in plans
            said = text_of(own.get(address).content)
            assert mine.words in said and other.words not in said
        assert garden.words in text_of(own.get(sheet).content)


def test_no_sheet_of_a_plan_that_is_not_theirs(cast, as_user, story):
    foreign = Planned(cast, patient=cast.hale)
    own, sheet = as_user(cast.daniel), reverse("home:portal_sheet")
    assert own.get(f"{sheet}?plan={story.pk}").status_code == 200
    for wanted in (foreign.pk, "x"):
        assert own.get(f"{sheet}?plan={wanted}").status_code == 404


def test_before_there_is_a_plan_the_page_says_when(cast, as_user):
    own = as_user(cast.daniel)
    assert "after your first visit" in own.get(reverse("home:portal_plan")).content.decode()
    missing = own.get(reverse("home:portal_sheet"))
    assert missing.status_code == 404 and "first visit" in missing.content.decode()
