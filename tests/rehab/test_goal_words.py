"""How far a goal is, in words that read right whatever is measured and whichever way is better."""

import datetime as dt
import io
from decimal import Decimal

import pytest
from django.urls import reverse
from pypdf import PdfReader

from core.protocols.services import read_file
from outcomes.rules import Entry
from outcomes.services import record_measurement
from rehab.documents import print_sheet
from rehab.plan_body import Goal
from rehab.selectors.plans import progress_with
from tests.cast import NOW
from tests.factories.plans import GOAL, TODAY, WEEK, Planned

METRICS = read_file("metrics")[1]
DAY = dt.timedelta(days=1)


class Measured:
    def __init__(self, value):
        self.value = Decimal(value)


def words(metric, baseline, now, target):
    goal = Goal(
        words="x", metric=metric, baseline=baseline and Decimal(baseline), target=Decimal(target),
        from_on=TODAY, by_on=TODAY + WEEK,
    )  # fmt: skip
    readings = [Measured(now)] if now else []
    return progress_with(goal, METRICS, readings, week=1).words


@pytest.mark.parametrize(
    ("metric", "baseline", "now", "target", "said"),
    [
        ("standing_tolerance_min", 10, 40, 45, "Now 40 min, goal 45 min (85% of the way)"),
        ("sts_reps", 5, 9, 12, "Now 9 reps, goal 12 reps (57% of the way)"),
        ("ndi", 52, 38, 20, "Now 38 of 50, goal 20 of 50 (43% of the way)"),
        ("nprs", 8, 9, 3, "Now 9 of 10, goal 3 of 10 (0% of the way)"),
        ("odi", 40, 30, 20, "Now 30%, goal 20% (50% of the way)"),
        ("promis_pi", 70, 62, 55, "Now T-score 62, goal T-score 55 (53% of the way)"),
        ("walking_distance_m", None, 200, 800, "Now 200 m, goal 800 m"),
        ("ndi", 52, None, 20, "Not measured yet, goal 20 of 50"),
    ],
)
def test_now_and_goal(metric, baseline, now, target, said):
    assert words(metric, baseline, now, target) == said


@pytest.mark.django_db
@pytest.mark.time_machine(NOW, tick=False)
def test_every_reader_reads_it_so(cast, as_user):
    story = Planned(cast)
    story.write("goal", GOAL)
    stood = Entry(value="31", details={"stop": "leg pain"})
    record_measurement(patient=cast.okafor, metric=GOAL.metric, by=cast.ruiz, now=NOW,
                       measured_at=NOW - DAY, entry=stood)  # fmt: skip
    said = "Now 31 min, goal 45 min (60% of the way)"
    for who, page, of in (
        (cast.amin, "rehab:plan", [story.pk]), (cast.amin, "home:patient", [cast.okafor.pk]),
        (cast.daniel, "home:portal", []), (cast.daniel, "home:portal_plan", []),
    ):  # fmt: skip
        assert said in as_user(who).get(reverse(page, args=of)).content.decode(), page
    sheet = PdfReader(io.BytesIO(print_sheet(cast.amin, story.plan, now=NOW))).pages
    assert said in " ".join(" ".join(page.extract_text() for page in sheet).split())
