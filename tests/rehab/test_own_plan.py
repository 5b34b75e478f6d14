"""The patient reads the plan that the care team reads, and prints it with its visits."""

import io

import pytest
import time_machine
from django.urls import reverse
from pypdf import PdfReader

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


def test_before_there_is_a_plan_the_page_says_when(cast, as_user):
    own = as_user(cast.daniel)
    assert "after your first visit" in own.get(reverse("home:portal_plan")).content.decode()
    missing = own.get(reverse("home:portal_sheet"))
    assert missing.status_code == 404 and "first visit" in missing.content.decode()
