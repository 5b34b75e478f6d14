"""A signed visit becomes the plan in one action, once; what somebody wrote there stays."""

import html

import pytest
import time_machine
from django.urls import reverse

from core.lib.errors import Forbidden, Refused
from core.people.services import open_episode
from messaging.models import WorkItem
from messaging.services.work import close_by_hand
from rehab.models import CarePlan, PlanVersion
from rehab.plan_body import Care, Hypothesis, Tolerance, Work
from rehab.services.plans import end_plan, revise, start_plan
from rehab.services.versions import body_of
from rehab.services.visit_plans import plan_from_visit
from rehab.services.visits import sign
from tests.cast import NOW
from tests.factories.first_visits import gardener, put, warehouse

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def visit(cast):
    row = warehouse(cast)
    put(row, cast, "work", job="Warehouse manager", status="modified")
    row = put(row, cast, "prior_care", care=(Care(what="Oral steroids, two rounds"),))
    return sign(visit=row, by=cast.amin, now=NOW, version=row.version)


def test_one_version_says_hypothesis_tolerance_work_and_care(cast, visit):
    plan = plan_from_visit(visit=visit, by=cast.amin, now=NOW)
    assert (plan.episode, plan.lane, plan.head) == (visit.episode, "radicular_lumbar", 1)
    body = body_of(plan)
    assert body.hypothesis.words == "L5-S1 radicular pain" and body.hypothesis.side == "left"
    assert any("centralizes" in line for line in body.hypothesis.speaks_for)
    assert body.tolerance == Tolerance(
        limited_by="capacity",
        words="Comfortable standing time: 10 min (pins and needles in the calf), capacity",
    )
    assert body.work.job == "Warehouse manager"
    assert body.prior_care.care[0].what == "Oral steroids, two rounds"


def test_a_signed_visit_stays_open_work_until_a_plan_runs(cast, visit):
    item = WorkItem.objects.get(kind="plan_to_begin", closed_at=None)
    assert (item.subject_id, item.owner, item.owner_role) == (visit.pk, cast.amin, "physician")
    assert item.due_at.date() > NOW.date() and "pain" not in item.reason  # the desk reads it
    plan_from_visit(visit=visit, by=cast.amin, now=NOW)
    item.refresh_from_db()
    assert item.close_event == "plan_begun"


def test_a_plan_begun_by_hand_settles_it_and_another_problems_does_not(cast, visit):
    item = WorkItem.objects.get(kind="plan_to_begin")
    knee = open_episode(patient=cast.okafor, problem="Knee", region="knee", by=cast.ana, now=NOW)
    start_plan(episode=knee, hypothesis=Hypothesis(words="Knee"), by=cast.novak, now=NOW)
    item.refresh_from_db()
    assert item.closed_at is None
    start_plan(episode=visit.episode, hypothesis=Hypothesis(words="L5"), by=cast.novak, now=NOW)
    item.refresh_from_db()
    assert item.close_event == "plan_begun"


def test_where_a_plan_runs_already_nothing_is_asked_for(cast):
    row = warehouse(cast)
    start_plan(episode=row.episode, hypothesis=Hypothesis(words="L5"), by=cast.novak, now=NOW)
    sign(visit=row, by=cast.amin, now=NOW, version=row.version)
    assert not WorkItem.objects.filter(kind="plan_to_begin").exists()


def test_no_plan_is_wanted_and_a_person_says_so(cast, visit):
    """One look and home again."""
    item = WorkItem.objects.get(kind="plan_to_begin")
    close_by_hand(item=item, reason="Goes back to her own physician", by=cast.amin, now=NOW)
    item.refresh_from_db()
    assert item.closed_at == NOW


def test_taken_over_twice_is_once(cast, visit):
    plan = plan_from_visit(visit=visit, by=cast.amin, now=NOW)
    assert plan_from_visit(visit=visit, by=cast.amin, now=NOW) == plan
    assert CarePlan.objects.count() == PlanVersion.objects.count() == 1


def test_what_was_written_in_a_running_plan_stays(cast, visit):
    hypothesis = body_of(plan_from_visit(visit=visit, by=cast.amin, now=NOW)).hypothesis
    plan = CarePlan.objects.get()
    end_plan(plan=plan, reason="begun anew", by=cast.amin, now=NOW, version=plan.version)
    mine = hypothesis.model_copy(update={"words": "My own words"})
    plan = start_plan(episode=visit.episode, hypothesis=mine, by=cast.novak, now=NOW)
    plan = revise(plan=plan, part="work", value=Work(job="Foreman"), base=1, by=cast.novak, now=NOW)
    filled = plan_from_visit(visit=visit, by=cast.amin, now=NOW)
    body = body_of(filled)
    assert filled == plan and filled.head == 3
    assert (body.hypothesis.words, body.work.job) == ("My own words", "Foreman")
    assert body.tolerance.limited_by == "capacity" and body.prior_care.care
    assert plan_from_visit(visit=visit, by=cast.amin, now=NOW).head == 3


def test_taken_into_a_running_plan_both_texts_are_shown(cast, visit, as_user):
    mine = Hypothesis(words="My own words", speaks_for=("Seen before",))
    plan = start_plan(episode=visit.episode, hypothesis=mine, by=cast.novak, now=NOW)
    amin, address = as_user(cast.amin), reverse("rehab:first_visit", args=[visit.pk])
    assert "<del>L5-S1 radicular pain</del>" not in amin.get(address).content.decode()
    answer = amin.post(reverse("rehab:visit_plan", args=[visit.pk]))
    assert answer.url == address + "?beside=plan"
    page = html.unescape(amin.get(answer.url).content.decode())
    assert "Where the plan says something else" in page and "The plan keeps its own words" in page
    assert "<del>L5-S1 radicular pain</del>" in page and "<ins>My own words</ins>" in page
    beside = page.split("The plan keeps its own words")[1].split("</section>")[0]
    assert "Warehouse manager" not in beside  # what came over is the same in both
    change = reverse("rehab:part", args=[plan.pk, "hypothesis"])
    assert change in beside
    read = html.unescape(as_user(cast.park).get(answer.url).content.decode())
    assert "<ins>My own words</ins>" in read and change not in read


def test_a_plan_begun_from_the_visit_says_the_same(cast, visit, as_user):
    amin = as_user(cast.amin)
    answer = amin.post(reverse("rehab:visit_plan", args=[visit.pk]))
    assert answer.url == reverse("rehab:part", args=[CarePlan.objects.get().pk, "goal"])
    address = reverse("rehab:first_visit", args=[visit.pk]) + "?beside=plan"
    assert "the plan says all of it as the visit does" in amin.get(address).content.decode()


def test_fear_and_capacity_are_both(cast):
    row = gardener(cast)
    row = sign(visit=row, by=cast.amin, now=NOW, version=row.version)
    tolerance = body_of(plan_from_visit(visit=row, by=cast.amin, now=NOW)).tolerance
    assert tolerance.limited_by == "both"
    assert "Kneeling time: 3 min, capacity" in tolerance.words
    assert "chair height: 17 in" in tolerance.words and "fear" in tolerance.words


def test_unsigned_nothing_is_taken_over_and_the_desk_takes_nothing(cast):
    row = warehouse(cast)
    with pytest.raises(Refused, match="Sign the first visit"):
        plan_from_visit(visit=row, by=cast.amin, now=NOW)
    with pytest.raises(Forbidden):
        plan_from_visit(visit=row, by=cast.ana, now=NOW)
    assert not CarePlan.objects.exists()


def test_a_therapist_may_begin_it_and_a_physician_cosigns(cast, visit):
    plan = plan_from_visit(visit=visit, by=cast.ruiz, now=NOW)
    assert PlanVersion.objects.get(plan=plan).cosign_needed
    assert WorkItem.objects.filter(kind="plan_cosign", closed_at=None).count() == 1
