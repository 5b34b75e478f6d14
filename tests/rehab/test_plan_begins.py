"""A plan begins from a lane, once, and keeps the version of the lanes it came from."""

import copy

import pytest
import time_machine
from django.urls import reverse

from core.lib.errors import Conflict, Forbidden, NotFound, Refused
from core.people.access import patient_for
from core.people.services import open_episode
from core.protocols.models import ProtocolVersion
from rehab.models import CarePlan, PlanVersion
from rehab.plan_body import Hypothesis
from rehab.selectors.fetching import row_for
from rehab.services.plans import end_plan, start_plan
from tests.cast import NOW
from tests.factories.plans import HYPOTHESIS, Planned
from tests.factories.races import race

pytestmark = pytest.mark.django_db


@pytest.fixture
def story(cast):
    with time_machine.travel(NOW, tick=False):
        yield Planned(cast)


def begin(cast, episode, hypothesis=HYPOTHESIS, **more):
    by = more.pop("by", cast.amin)
    return start_plan(episode=episode, hypothesis=hypothesis, by=by, now=NOW, **more)


def test_it_begins_with_what_hurts_and_why(cast, story):
    plan, head = story.plan, story.head
    assert (plan.lane, plan.head, head.number, head.made_by) == (
        "radicular_lumbar", 1, 1, cast.amin,
    )  # fmt: skip
    assert story.body.hypothesis == HYPOTHESIS and not head.cosign_needed
    assert story.body == type(story.body)(hypothesis=HYPOTHESIS), "what a lane proposes is no plan"


def test_begun_twice_is_once(cast, story):
    assert begin(cast, story.episode).pk == story.pk
    assert begin(cast, story.episode, by=cast.ruiz).pk == story.pk
    assert CarePlan.objects.count() == 1 and PlanVersion.objects.count() == 1


def test_a_colleagues_other_words_are_shown_beside_ones_own(cast, story):
    other = Hypothesis(lane="stenosis_claudication", words="Stenosis L4-5")
    assert begin(cast, story.episode, other, by=cast.ruiz).pk == story.pk
    with pytest.raises(Conflict) as found:
        begin(cast, story.episode, other, by=cast.ruiz, only_mine=True)
    rows = {label: (mine, saved) for label, mine, saved in found.value.versions}
    assert rows["Diagnosis in one line"] == ("Stenosis L4-5", HYPOTHESIS.words)
    assert "_" not in "".join(rows["Lane"]), "lanes are called by their names"
    assert found.value.who == "Leila Amin"
    assert begin(cast, story.episode, only_mine=True).pk == story.pk  # the same words: once


def test_on_the_page_a_colleagues_plan_does_not_swallow_the_words(cast, as_user, story):
    address = reverse("rehab:start_plan", args=[cast.okafor.pk, story.episode.pk])
    answer = as_user(cast.ruiz).post(address, {"words": "Stenosis L4-5", "side": ""})
    page = answer.content.decode()
    assert answer.status_code == 409 and "Stenosis L4-5" in page and HYPOTHESIS.words in page


@pytest.mark.django_db(transaction=True)
def test_two_who_begin_at_once_have_one_plan(cast):
    story = Planned(cast)
    episode = open_episode(patient=cast.okafor, problem="Neck", region="neck", by=cast.ana, now=NOW)
    people = [cast.amin, cast.novak, cast.ruiz]
    found = race(lambda n: begin(cast, episode, by=people[n % 3]), runners=6)
    assert len({plan.pk for plan in found}) == 1, found
    assert PlanVersion.objects.filter(plan__episode=episode).count() == 1
    assert story.plan.head == 1, "the other problem has its own"


def test_the_version_of_the_lanes_is_kept(cast, story):
    first = story.plan.lanes
    newer = ProtocolVersion.objects.get(pk=first.pk)
    newer.pk, newer.body, newer.version = None, copy.deepcopy(first.body), "99"
    newer._state.adding = True
    newer.save()
    assert story.plan.lanes == first
    story.write("hypothesis", HYPOTHESIS.model_copy(update={"words": "L5 radicular pain"}))
    assert story.plan.lanes == first, "its words changed, its lane did not"


@pytest.mark.parametrize(
    ("hypothesis", "sentence"),
    [
        (Hypothesis(lane="radicular_lumbar"), "Write the diagnosis in one line"),
        (Hypothesis(lane="made_up", words="Back"), "Choose a lane from the list"),
        (Hypothesis(words="Back", icd10=("back pain",)), "no ICD-10 code"),
    ],
)
def test_what_says_nothing_begins_nothing(cast, story, hypothesis, sentence):
    episode = open_episode(patient=cast.okafor, problem="Neck", region="neck", by=cast.ana, now=NOW)
    with pytest.raises(Refused, match=sentence):
        begin(cast, episode, hypothesis)
    assert begin(cast, episode, Hypothesis(words="Neck pain")).lane == ""  # no lane fits


def test_who_may_begin_and_for_whom(cast, story):
    episode = open_episode(patient=cast.okafor, problem="Neck", region="neck", by=cast.ana, now=NOW)
    for name in ("ana", "cole", "park"):
        with pytest.raises(Forbidden):
            begin(cast, episode, by=getattr(cast, name))
    with pytest.raises(NotFound):
        row_for(CarePlan, cast.quist, story.pk, now=NOW)
    with pytest.raises(NotFound):
        patient_for(cast.quist, cast.okafor.pk, now=NOW)
    assert row_for(CarePlan, cast.mbeki, story.pk, now=NOW) == story.plan
    assert begin(cast, episode, by=cast.lang)


def test_a_closed_problem_begins_none_and_an_ended_plan_makes_room(cast, story):
    episode = open_episode(patient=cast.okafor, problem="Neck", region="neck", by=cast.ana, now=NOW)
    episode.closed_on = NOW.date()
    episode.save()
    with pytest.raises(Refused, match="closed"):
        begin(cast, episode)
    end_plan(plan=story.plan, reason="goal reached", by=cast.amin, now=NOW,
             version=story.plan.version)  # fmt: skip
    assert begin(cast, story.episode).pk != story.pk
