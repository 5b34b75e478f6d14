"""A lane that the clinic's file no longer has stays where somebody chose it."""

import html
import re

import pytest
import time_machine
from django.urls import reverse

from core.lib.errors import Refused
from rehab import part_views
from rehab.models import CarePlan, FirstVisit
from rehab.plan_body import Hypothesis
from rehab.selectors import visit_plans
from rehab.selectors import visits as selectors
from rehab.services import plans, visits
from rehab.services import visit_plans as services
from rehab.visit_body import Thought
from tests.cast import NOW
from tests.factories.first_visits import put, warehouse
from tests.factories.plans import HYPOTHESIS, Planned

pytestmark = pytest.mark.django_db
GONE = "radicular_lumbar"


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def dropped(monkeypatch):
    """Call it once the story stands: from then on the file has the lane no more."""
    real = plans.lanes_now

    def fewer(clinic, *, now):
        version, lanes = real(clinic, now=now)
        left = tuple(lane for lane in lanes.lanes if lane.id != GONE)
        return version, type(lanes).model_construct(**dict(lanes) | {"lanes": left})

    def drop():
        for module in (plans, part_views, selectors, visits, visit_plans, services):
            monkeypatch.setattr(module, "lanes_now", fewer)

    return drop


def page_of(answer):
    return html.unescape(answer.content.decode())


def chosen(page, name):
    (select,) = re.findall(rf'<select[^>]*name="{name}".*?</select>', page, re.S)
    return re.findall(r'<option value="([^"]*)" selected>([^<]*)', select)


def test_the_hypothesis_of_a_plan_keeps_it(cast, as_user, dropped):
    story = Planned(cast)
    dropped()
    ruiz, door = as_user(cast.ruiz), reverse("rehab:part", args=[story.pk, "hypothesis"])
    assert chosen(page_of(ruiz.get(door)), "lane") == [(GONE, f"{GONE} (no longer offered)")]
    head = str(story.plan.head)
    sent = {"lane": GONE, "words": "L5-S1 radicular pain, calmer", "side": "left",
            "icd10": "\n".join(HYPOTHESIS.icd10), "version": head, "was_head": head}  # fmt: skip
    assert ruiz.post(door, sent).status_code == 302
    assert story.body.hypothesis.words == "L5-S1 radicular pain, calmer"
    assert story.plan.lane == story.body.hypothesis.lane == GONE
    head = str(story.plan.head)
    sent |= {"lane": "knee_oa", "version": head, "was_head": head}
    assert ruiz.post(door, sent).status_code == 302 and story.plan.lane == "knee_oa"
    head = str(story.plan.head)
    sent |= {"lane": GONE, "version": head, "was_head": head}
    assert ruiz.post(door, sent).status_code == 422 and story.plan.lane == "knee_oa"


def test_a_first_visit_keeps_it_and_takes_it_up_nowhere_else(cast, as_user, dropped):
    visit = warehouse(cast)
    dropped()
    amin = as_user(cast.amin)
    page = page_of(amin.get(reverse("rehab:first_visit", args=[visit.pk])))
    assert chosen(page, "rows-0-lane") == [(GONE, f"{GONE} (no longer offered)")]
    version = str(FirstVisit.objects.get().version)
    sent = {"version": version, "rows-0-lane": GONE, "rows-0-line": "L5 pain, calmer",
            "rows-0-side": "left", "rows-0-standing": "chosen"}  # fmt: skip
    door = reverse("rehab:visit_section", args=[visit.pk, "hypotheses"])
    assert amin.post(door, sent).status_code == 302
    (row,) = visits.body_of(FirstVisit.objects.get()).hypotheses.rows
    assert (row.lane, row.line) == (GONE, "L5 pain, calmer")
    visit = put(visit, cast, "hypotheses", rows=(Thought(line="Something else"),))
    with pytest.raises(Refused, match="Choose a lane"):
        put(visit, cast, "hypotheses", rows=(Thought(line="Leg pain", lane=GONE),))


def test_the_plan_begins_without_it_and_in_the_same_words(cast, as_user, dropped):
    visit = warehouse(cast)
    visit = visits.sign(visit=visit, by=cast.amin, now=NOW, version=visit.version)
    dropped()
    answer = as_user(cast.amin).post(reverse("rehab:visit_plan", args=[visit.pk]), follow=True)
    page = page_of(answer)
    assert "Where the plan says something else" in page
    assert "<del>Lumbar radicular pain</del>" in page
    plan = CarePlan.objects.get()
    said = services.plan_body_of(plan).hypothesis
    assert (plan.lane, said.lane, said.words) == ("", "", "L5-S1 radicular pain")
    assert said != Hypothesis(words=said.words)  # with what speaks for it
