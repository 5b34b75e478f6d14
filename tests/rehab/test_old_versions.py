"""What was planned before stays within reach: ended plans, old versions and what they said."""

import pytest
import time_machine
from django.urls import reverse

from rehab.models import PlanVersion
from rehab.plan_body import Medication
from rehab.protocol_schema import LanesProtocol
from rehab.services import plans
from rehab.services.plans import end_plan, start_plan, start_standing_order
from tests.cast import NOW
from tests.factories.plans import HYPOTHESIS, Planned, restricted
from tests.factories.updates import HOUR

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def story(cast):
    return Planned(cast)


def text(answer):
    return answer.content.decode()


def test_an_ended_plan_beside_a_running_one_is_two_clicks_from_the_plan_tab(cast, story, as_user):
    old = story.plan
    end_plan(plan=old, reason="Goal reached", by=cast.amin, now=NOW, version=old.version)
    new = start_plan(episode=story.episode, hypothesis=HYPOTHESIS, by=cast.amin, now=NOW + HOUR)
    here, everything = reverse("rehab:plans", args=[cast.okafor.pk]), "?all=1"
    amin = as_user(cast.amin)
    tab = text(amin.get(here))
    assert here + everything in tab and reverse("rehab:plan", args=[old.pk]) not in tab
    listed = text(amin.get(here + everything))
    for plan in (old, new):
        assert reverse("rehab:plan", args=[plan.pk]) in listed
    assert "Ended" in listed
    assert as_user(cast.quist).get(here + everything).status_code in {403, 404}


def test_the_first_of_many_versions_is_reached_from_the_plan(cast, story, as_user):
    first = story.head
    for n in range(24):
        story.write("medication", Medication(lines=(f"no. {n}",)))
    amin, here = as_user(cast.amin), reverse("rehab:plan", args=[story.pk])
    link = reverse("rehab:plan_version", args=[first.pk])
    newest = text(amin.get(here))
    assert link not in newest and "?before=6#versions" in newest
    oldest = text(amin.get(here + "?before=6"))
    assert link in oldest and "Older versions" not in oldest
    numbers = PlanVersion.objects.filter(plan=story.pk).values_list("pk", "number")
    shown = [n for pk, n in numbers if reverse("rehab:plan_version", args=[pk]) in oldest]
    assert sorted(shown) == [1, 2, 3, 4, 5]
    for nonsense in ("x", "-1", "9" * 30, ""):
        assert amin.get(f"{here}?before={nonsense}").status_code == 200


def test_a_page_of_exactly_twenty_has_no_older_ones(cast, story, as_user):
    here = reverse("rehab:plan", args=[story.pk])
    for n in range(19):
        story.write("medication", Medication(lines=(f"no. {n}",)))
    assert "Older versions" not in text(as_user(cast.amin).get(here))
    story.write("medication", Medication(lines=("one more",)))
    assert "Older versions" in text(as_user(cast.amin).get(here))


def test_a_version_leads_to_the_one_before_and_after(cast, story, as_user):
    for n in range(2):
        story.write("medication", Medication(lines=(f"no. {n}",)))
    rows = {row.number: reverse("rehab:plan_version", args=[row.pk])
            for row in PlanVersion.objects.filter(plan=story.pk)}  # fmt: skip
    amin = as_user(cast.amin)
    near = {n: {m for m in rows if rows[m] in text(amin.get(rows[n]))} for n in rows}
    assert near == {1: {2}, 2: {1, 3}, 3: {2}}


def test_a_version_says_which_limits_held(cast, story, as_user):
    without = reverse("rehab:plan_version", args=[story.head.pk])
    restricted(cast)
    story.write("medication", Medication(lines=("x",)))
    page = text(as_user(cast.amin).get(reverse("rehab:plan_version", args=[story.head.pk])))
    assert story.body.limits[0] in page and "Limits of that day" in page
    assert "Limits of that day" not in text(as_user(cast.amin).get(without))


def test_the_standing_order_is_that_of_the_lanes_the_plan_names(cast, story, monkeypatch):
    real = plans.lanes_now

    def newer(clinic, *, now):
        version, lanes = real(clinic, now=now)
        lane = lanes.by_id["radicular_lumbar"]
        order = lane.order.model_copy(update={"exercises": ("Only in version 3",)})
        lane = lane.model_copy(update={"order": order})
        return version, LanesProtocol.model_validate(
            lanes.model_dump() | {"version": "3", "lanes": [lane.model_dump()]}
        )

    monkeypatch.setattr(plans, "lanes_now", newer)
    own = real(cast.riverside, now=NOW)[1].by_id["radicular_lumbar"].order.exercises
    start_standing_order(plan=story.plan, by=cast.ruiz, now=NOW, base=story.plan.head)
    assert [row.name for row in story.body.therapy.exercises] == list(own)
