"""A plan belongs to its chart: in the record's file, under a legal hold, gone with the chart."""

import datetime as dt

import pytest
import time_machine

from config.home.patient_export import chart_of
from config.retention import charts, drafts, purge
from core.people.models import Patient
from core.people.services.holds import place_hold
from core.work.services import save_draft
from messaging.models import WorkItem
from rehab.models import CarePlan, PlanVersion, Restriction
from rehab.services.plans import end_plan
from tests.cast import NOW
from tests.factories.plans import GOAL, Planned, restricted, visited

pytestmark = pytest.mark.django_db
MONTH = dt.timedelta(days=31)


@pytest.fixture
def story(cast):
    with time_machine.travel(NOW, tick=False):
        made = Planned(cast)
        made.write("goal", GOAL)
        restricted(cast)
        visited(cast, made.plan)
        yield made


def test_the_file_has_every_version_and_restriction_and_visit(cast, story):
    rows = chart_of(cast.okafor, [cast.okafor.pk])["rows"]
    assert [row["goal_words"] for row in rows["rehab.careplan"]] == [GOAL.words]
    assert sorted(row["number"] for row in rows["rehab.planversion"]) == [1, 2, 3]
    assert GOAL.words in str([row["body"] for row in rows["rehab.planversion"]])
    assert [row["sentence"] for row in rows["rehab.restriction"]] == ["Lift at most 15 lb"]
    assert len(rows["rehab.firstvisit"]) == len(rows["rehab.addendum"]) == 1
    assert "rehab.planack" not in rows
    assert "rehab.careplan" not in chart_of(cast.hale, [cast.hale.pk])["rows"]


def test_unsent_words_about_the_plan_of_a_held_chart_are_kept(cast, story):
    save_draft(user=cast.amin, place=f"careplan:{story.pk}", text="He said", now=NOW)
    assert drafts(NOW + MONTH).count() == 1
    place_hold(patient=cast.okafor, reason="Court order 7 of Cook county", by=cast.cole, now=NOW)
    assert drafts(NOW + MONTH).count() == 0


def test_a_running_plan_keeps_its_chart_and_an_ended_one_goes_with_it(cast, settings):
    settings.RETENTION_CHART_YEARS = 10
    later = NOW + dt.timedelta(days=11 * 366)
    story = Planned(cast, patient=cast.hale)
    for episode in cast.hale.episodes.all():
        episode.closed_on = NOW.date()
        episode.save()
    restricted(cast, patient=cast.hale)
    Restriction.objects.update(to_on=NOW.date() + MONTH)
    assert cast.hale not in charts(later), "its plan still runs"
    end_plan(plan=story.plan, reason="moved away", by=cast.amin, now=NOW,
             version=story.plan.version)  # fmt: skip
    WorkItem.objects.filter(patient=cast.hale).update(closed_at=NOW, close_event="plan_ended")
    assert cast.hale in charts(later)
    purge(now=later)
    assert not Patient.objects.filter(pk=cast.hale.pk).exists()
    assert not CarePlan.objects.filter(pk=story.pk).exists()
    assert not PlanVersion.objects.filter(plan_id=story.pk).exists()
