"""The function chart of a patient's page: like with like, the goal, what was restricted when."""

from decimal import Decimal

import pytest

from config.home.skim import _windows, skim
from core.lib.svg import Window
from core.people.models import Patient
from outcomes.rules import Entry
from outcomes.services import mark_in_error, record_measurement, score_survey
from outcomes.survey_rules import Answers
from rehab.limit_rules import Limit
from rehab.plan_body import Goal
from rehab.selectors.plans import plan_page
from rehab.services.limits import lift
from tests.cast import NOW
from tests.factories.plans import GOAL, Planned, restricted
from tests.factories.updates import DAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def story(cast):
    return Planned(cast)


@pytest.fixture
def measure(cast):
    def of(metric, value, days=0, **more):
        return record_measurement(
            patient=cast.okafor, metric=metric, by=cast.ruiz, now=NOW,
            measured_at=NOW - days * DAY, entry=Entry(value=str(value), **more),
        )  # fmt: skip

    return of


@pytest.fixture
def charts(cast):
    def of(now=NOW):
        chart = Patient.objects.select_related("clinic").get(pk=cast.okafor.pk)
        return {drawn.id: drawn for drawn in skim(cast.amin, chart, now=now).charts}

    return of


def stands(measure, value, days=0):
    return measure("standing_tolerance_min", value, days, details={"stop": "leg pain"})


def values(drawn):
    return [str(row[1] if isinstance(row, (list, tuple)) else row) for row in drawn.rows]


def test_nothing_measured_is_no_picture(cast, story, charts):
    story.write("goal", GOAL)
    assert charts() == {}


def test_the_goals_series_with_its_goal_and_course(cast, story, measure, charts):
    story.write("goal", GOAL)
    for value, days in ((34, 14), (37, 7), (40, 0)):
        stands(measure, value, days)
    drawn = charts()["chart-goal"]
    assert drawn.caption == "Comfortable standing time, min"  # higher is better
    assert "goal 45" in drawn.svg and len(drawn.rows) == 3
    assert "chart__expected" in drawn.svg
    assert "chart-survey" not in charts()


def test_one_value_is_drawn(cast, story, measure, charts):
    story.write("goal", GOAL)
    stands(measure, 34)
    assert charts()["chart-goal"].svg and len(charts()["chart-goal"].rows) == 1


def test_a_value_marked_as_wrong_is_gone(cast, story, measure, charts):
    story.write("goal", GOAL)
    stands(measure, 34, 7)
    slip = stands(measure, 99)
    assert len(charts()["chart-goal"].rows) == 2
    mark_in_error(measurement=slip, reason="typed 99 for 39", by=cast.ruiz, now=NOW,
                  version=slip.version)  # fmt: skip
    drawn = charts()["chart-goal"]
    assert len(drawn.rows) == 1 and "99" not in " ".join(values(drawn))


def test_another_metric_is_never_on_the_goals_line(cast, story, measure, charts):
    story.write("goal", GOAL)
    stands(measure, 34, 7)
    measure("lift_capacity_lb", 15, region="floor", details={"reps": "5"})
    assert len(charts()["chart-goal"].rows) == 1


def test_like_with_like_floor_and_overhead_are_two_series(cast, story, measure, charts):
    """Of two series of the goal's metric the one measured last is drawn, and it alone."""
    story.write("goal", GOAL.model_copy(update={
        "words": "Lift 40 lb to the shelf", "metric": "lift_capacity_lb",
        "target": Decimal(40)}))  # fmt: skip
    for n in range(2):
        measure("lift_capacity_lb", 30 + n, 9 - n, region="floor", details={"reps": "5"})
    measure("lift_capacity_lb", 12, 1, region="overhead", details={"reps": "5"})
    drawn = charts()["chart-goal"]
    assert len(drawn.rows) == 1 and "12 lb" in drawn.rows[0][1]


def test_the_goals_line_is_the_series_its_baseline_belongs_to(cast, story, measure, charts):
    """Five from a 17 inch chair; more from a higher one is no progress."""

    def rose(reps, chair, days):
        measure("sts_reps", reps, days, details={"chair": chair})

    def said():
        page = plan_page(cast.amin, story.plan, now=NOW).progress
        chart = Patient.objects.select_related("clinic").get(pk=cast.okafor.pk)
        assert page == skim(cast.amin, chart, now=NOW).progress
        return page.words, [row[1] for row in charts()["chart-goal"].rows][::-1]

    rose(5, "17", 9)
    rose(9, "20", 9)
    goal = Goal(words="Garden two hours", metric="sts_reps", baseline=Decimal(5),
                target=Decimal(12), from_on=NOW.date() - 9 * DAY,
                by_on=NOW.date() + 35 * DAY)  # fmt: skip
    story.write("goal", goal)
    rose(12, "20", 1)
    assert said() == ("Now 5 reps, goal 12 reps (0% of the way)", ["5 reps"])
    rose(6, "17", 0)
    assert said() == ("Now 6 reps, goal 12 reps (14% of the way)", ["5 reps", "6 reps"])
    story.write("goal", goal.model_copy(update={"baseline": Decimal(9)}))
    assert said()[1] == ["9 reps", "12 reps"], "the series that says the baseline"
    story.write("goal", goal.model_copy(update={"from_on": None, "baseline": None}))
    assert said()[1] == ["5 reps", "6 reps"], "without a first day, the one measured last"


def test_lower_is_better_is_said(cast, story, measure, charts):
    stands(measure, 34)
    score_survey(patient=cast.okafor, metric="peg", by=cast.ruiz, now=NOW,
                 answers=Answers(items=[("", "7"), ("", "6"), ("", "8")]))  # fmt: skip
    drawn = charts()["chart-survey"]
    assert drawn.caption.endswith(", lower is better") and len(drawn.rows) == 1


def test_of_a_patient_without_a_plan_the_last_anchor_is_drawn_and_no_goal(cast, measure, charts):
    stands(measure, 34)
    drawn = charts()["chart-goal"]
    assert drawn.svg and "goal" not in drawn.svg.replace("chart-goal", "")


def test_what_was_restricted_is_shaded_once_a_source(cast, story, measure, charts):
    story.write("goal", GOAL)
    stands(measure, 34, 14)
    stands(measure, 40)
    today = NOW.date()
    restricted(cast, source_words="Injection, 12 Nov", limits=[
        Limit(activity=what, sentence=f"No {what}", from_on=today - 12 * DAY,
              to_on=today - last * DAY)
        for what, last in (("lift", 8), ("bend", 4))
    ])  # fmt: skip
    svg = charts()["chart-goal"].svg
    assert svg.count("chart__window") >= 1 and "Injection, 12 Nov" in svg
    assert svg.count("Injection, 12 Nov") == 2, "once in the picture, once in its description"


def test_a_lifted_limit_is_shaded_up_to_the_day_it_was_lifted(cast, story, measure, charts):
    story.write("goal", GOAL)
    stands(measure, 34, 14)
    stands(measure, 40)
    today = NOW.date()
    rows = {}
    for words, begins in (("Injection, 12 Nov", -12), ("Dr. Mills, letter", 3)):
        limit = Limit(activity="lift", sentence="No lifting", from_on=today + begins * DAY,
                      to_on=today + 30 * DAY)  # fmt: skip
        rows[words] = restricted(cast, source_words=words, limits=[limit])
    zone = cast.riverside.zone
    whole = {one.label: one for one in _windows(list(rows.values()), zone)}
    assert whole["Injection, 12 Nov"].to_on == today + 30 * DAY
    for row in rows.values():
        lift(restriction=row, reason="cleared", by=cast.amin, now=NOW - 2 * DAY,
             version=row.version)  # fmt: skip
        row.refresh_from_db()
    (window,) = _windows(list(rows.values()), zone)  # the other was lifted before it began
    assert window == Window(today - 12 * DAY, today - 2 * DAY, "Injection, 12 Nov")
    svg = charts()["chart-goal"].svg
    assert "chart__window" in svg and "Injection, 12 Nov" in svg and "Dr. Mills" not in svg


def test_what_was_lifted_is_no_limit_now_and_takes_no_place_from_what_holds(
    cast, story, monkeypatch
):
    monkeypatch.setattr("config.home.skim.LIMITS", 2)
    holds = restricted(cast)
    for _ in range(3):
        limit = Limit(activity="bend", sentence="No bending", from_on=NOW.date(),
                      until="the surgeon says so")  # fmt: skip
        far = restricted(cast, limits=[limit])
        lift(restriction=far, reason="cleared", by=cast.amin, now=NOW, version=far.version)
    found = skim(cast.amin, Patient.objects.get(pk=cast.okafor.pk), now=NOW)
    assert [line.row.pk for line in found.limits] == [holds.pk]


def test_a_chart_of_somebody_else_is_never_drawn(cast, story, charts):
    story.write("goal", GOAL)
    record_measurement(patient=cast.hale, metric="standing_tolerance_min", by=cast.ruiz, now=NOW,
                       entry=Entry(value="10", details={"stop": "leg pain"}))  # fmt: skip
    assert charts() == {}
