"""What each part lacks before it can be followed, in sentences by the field."""

import datetime as dt
from decimal import Decimal

import pytest

from core.protocols.services import read_file
from rehab.part_rules import Known, problems_of
from rehab.plan_body import (
    Care,
    Goal,
    Hypothesis,
    PlanBody,
    Therapy,
)
from tests.factories.plans import HYPOTHESIS, PATHWAY, THERAPY, TODAY, WRITTEN

DAY, YEAR = dt.timedelta(days=1), dt.timedelta(days=366)


@pytest.fixture(scope="module")
def known():
    return Known(read_file("metrics")[1].by_id, TODAY)  # type: ignore[attr-defined]


@pytest.fixture
def lacks(known):
    """`lacks("goal", target=…)`: what stands in WRITTEN, with a change."""

    def judge(part, **change):
        value = WRITTEN[part].model_copy(update=change)
        return problems_of(part, PlanBody(**{**WRITTEN, part: value}), known)

    return judge


@pytest.mark.parametrize("part", WRITTEN)
def test_what_is_written_well_lacks_nothing(lacks, part):
    assert lacks(part) == {}


@pytest.mark.parametrize("part", [part for part in WRITTEN if part != "hypothesis"])
def test_an_empty_part_is_not_written_yet(known, part):
    assert problems_of(part, PlanBody(), known) == {}
    assert problems_of("hypothesis", PlanBody(), known).keys() == {"words"}


@pytest.mark.parametrize("code", ["M54.16", "M51.17", "Z47.89", "G90.521", "M17.0", "R26", "C7A.0"])
def test_a_code_looks_like_a_code(lacks, code):
    assert Hypothesis(words="x", icd10=(code.lower(),)).icd10 == (code,), "small letters are taken"
    assert lacks("hypothesis", icd10=(code,)) == {}


@pytest.mark.parametrize("code", ["BACK", "54.16", "M5", "M54,16", "M54.16 M51.17", "U07", "M54."])
def test_what_is_no_code(lacks, code):
    problems = lacks("hypothesis", icd10=("M54.16", code))
    assert problems.keys() == {"icd10"} and f"“{code}”" in problems["icd10"]


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({"metric": "happiness"}, "metric", "from the list"),
        ({"metric": "shoulder_flexion_deg"}, "side", "choose which"),
        ({"side": "left"}, "side", "leave the side open"),
        ({"target": Decimal(99999)}, "target", "goes from"),
        ({"baseline": Decimal(50)}, "target", "more is better"),
        ({"from_on": TODAY + DAY}, "from_on", "still to come"),
        ({"by_on": TODAY + 6 * YEAR}, "by_on", "Look at the year"),
        ({"by_on": dt.date(9999, 12, 31)}, "by_on", "Look at the year"),
        ({"from_on": dt.date(1, 1, 1)}, "from_on", "Look at the year"),
    ],
)
def test_a_goal_fits_its_measure(lacks, change, field, sentence):
    problems = lacks("goal", **change)
    assert problems.keys() == {field} and sentence in problems[field], problems


def test_a_side_where_the_measure_has_one(lacks):
    flexion = {"metric": "shoulder_flexion_deg", "side": "left", "target": Decimal(120)}
    assert lacks("goal", **flexion) == {}


def test_where_less_is_better_the_goal_is_below(lacks):
    assert lacks("goal", metric="ndi", baseline=Decimal(40), target=Decimal(20)) == {}
    worse = lacks("goal", metric="ndi", baseline=Decimal(20), target=Decimal(40))
    assert "less is better" in worse["target"]


def test_an_old_goal_may_still_be_reworded(lacks):
    old = {"from_on": TODAY - YEAR, "by_on": TODAY - 30 * DAY}
    assert lacks("goal", words="Garden again", **old) == {}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"weeks": None}, "for how many weeks"),
        ({"starts_on": dt.date(9999, 1, 1)}, "Look at the year"),
        ({"then": "magic"}, "choose what happens"),
        ({"metric": "happiness"}, "from the list"),
        ({"threshold": None}, "write the number to reach"),
        ({"metric": ""}, "measured by"),
        ({"threshold": Decimal(99999)}, "goes from"),
    ],
)
def test_a_step_can_be_judged(lacks, change, sentence):
    step = PATHWAY.steps[0].model_copy(update=change)
    problems = lacks("pathway", steps=(PATHWAY.steps[0].model_copy(update={"key": "a"}), step))
    assert problems.keys() == {"steps"} and sentence in problems["steps"], problems
    assert "Step 2" in problems["steps"] and "Step 1" not in problems["steps"]


def test_a_step_may_wait_for_the_one_before_it(lacks):
    waits = PATHWAY.steps[0].model_copy(update={"starts_on": None})
    assert lacks("pathway", steps=(waits,)) == {}
    assert lacks("pathway", steps=(waits.model_copy(update={"weeks": None}),)) == {}


def test_a_person_may_judge_a_step(lacks):
    step = PATHWAY.steps[0].model_copy(update={"metric": "", "threshold": None})
    assert lacks("pathway", steps=(step,)) == {}


@pytest.mark.parametrize(
    ("care", "sentence"),
    [
        (Care(what="PT", from_on=TODAY + DAY), "still to come"),
        (Care(what="PT", from_on=TODAY, to_on=TODAY - DAY), "lies before the first"),
        (Care(what="PT", from_on=dt.date(1066, 1, 1)), "Look at the year"),
    ],
)
def test_care_so_far_lies_behind_us(lacks, care, sentence):
    assert sentence in lacks("prior_care", care=(Care(what="PT"), care))["care"]
    assert "Look at the year" in lacks("prior_care", started_on=dt.date(1066, 1, 1))["started_on"]


def test_work_and_order(lacks, known):
    assert "no last day" in lacks("work", status="full")["until"]
    assert lacks("therapy", per_week=None, weeks=None).keys() == {"per_week", "weeks"}
    assert lacks("therapy", exercises=()).keys() == {"exercises"}
    no_goal = PlanBody(therapy=THERAPY, goal=Goal(), hypothesis=HYPOTHESIS)
    assert problems_of("therapy", no_goal, known).keys() == {""}
    standing = Therapy(standing=True, emphasis="x")
    assert problems_of("therapy", PlanBody(therapy=standing), known) == {}
    assert lacks("tolerance", words="") == {}
