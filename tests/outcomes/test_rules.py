"""What an entry means: read, scored, compared; by example and over the whole space of inputs."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outcomes.rules import (
    Entry,
    Unreadable,
    alerts,
    band,
    below_norm,
    change,
    normal_version,
    read,
    score,
)
from outcomes.survey_rules import Answers, assess

FEW = settings(max_examples=60, deadline=None)
D = Decimal


def numbers(*values):
    return [None if v is None else D(v) for v in values]


# --- reading ------------------------------------------------------------------------------------


def test_a_value_with_what_must_be_stated(metrics):
    metric = metrics.by_id["standing_tolerance_min"]
    found = read(metric, Entry(value=" 34 ", details={"stop": "leg  pain"}))
    assert (found.value, found.details, found.variant) == (34, {"stop": "leg pain"}, "")
    with pytest.raises(Unreadable, match="What ended it|what ended it"):
        read(metric, Entry(value="34"))


@pytest.mark.parametrize("text", ["", "x", "34.5", "-1", "481", "1e2", "٣", "1,000", "34 min"])
def test_what_is_no_value_is_refused(metrics, text):
    with pytest.raises(Unreadable) as refused:
        read(metrics.by_id["kneeling_min"], Entry(value=text))
    assert set(refused.value.problems) == {"value"}


def test_not_able_to_is_no_value_and_a_reason(metrics):
    metric = metrics.by_id["five_sts"]
    found = read(metric, Entry(missing_reason="needs both arms"))
    assert (found.value, found.missing_reason) == (None, "needs both arms")
    with pytest.raises(Unreadable, match="at most 200"):
        read(metric, Entry(missing_reason="x" * 201))
    with pytest.raises(Unreadable, match="only one can be"):
        read(metric, Entry(value="12", missing_reason="needs both arms"))


def test_conditions_make_other_series(metrics):
    metric = metrics.by_id["sts_reps"]
    low, high = (read(metric, Entry(value="9", details={"chair": c})) for c in ("17", "20.0"))
    assert (low.variant, high.variant) == ("chair height 17 in", "chair height 20 in")
    assert low.key != high.key
    unable = read(metric, Entry(missing_reason="knee locked", details={"chair": "17"}))
    assert unable.key == low.key
    with pytest.raises(Unreadable):  # without the chair nobody knows to which series it belongs
        read(metric, Entry(missing_reason="knee locked"))


def test_arms_used_count_as_nothing(metrics):
    metric = metrics.by_id["sts_reps_30s"]
    assert read(metric, Entry(value="9", details={"arms": "arms_used"})).value == 0
    assert read(metric, Entry(value="9", details={"arms": "no_arms"})).value == 9


def test_a_version_is_one_however_it_is_typed(metrics):
    assert {normal_version(t) for t in ("2.1a", "v2.1A", "Version 2.1a", " V. 2.1a ")} == {"2.1a"}
    assert normal_version("Vernon") == "vernon"
    with pytest.raises(Unreadable, match="version"):
        read(metrics.by_id["ndi"], Entry(value="20"))


# --- scoring ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("metric", "items", "value"),
    [
        ("peg", (7, 6, 8), "7.0"),
        ("peg", (0, 0, 1), "0.3"),
        ("odi", (2,) * 10, "40.0"),
        ("odi", (2,) * 8 + (None, None), "40.0"),  # over the answered ones, never over fifty
        ("ndi", (3,) * 9 + (None,), "30.0"),  # the missing one counts as the mean of the others
        ("koos_pain", (0,) * 9, "100.0"),
        ("koos_pain", (4,) * 5 + (None,) * 4, "0.0"),
        ("koos_qol", (1, 2, None, None), "62.5"),
        ("psfs", (3, 5), "4.0"),
    ],
)
def test_a_score(metrics, metric, items, value):
    assert score(metrics.by_id[metric], numbers(*items)).value == D(value)


@pytest.mark.parametrize(
    ("metric", "items", "why"),
    [
        ("peg", (7, None, 8), "2 of 3"),
        ("odi", (2,) * 7 + (None,) * 3, "7 of 10"),
        ("ndi", (2,) * 7 + (None,) * 3, "7 of 10"),
        ("koos_pain", (1,) * 4 + (None,) * 5, "4 of 9"),
    ],
)
def test_too_few_answers_are_no_score_and_say_so(metrics, metric, items, why):
    found = score(metrics.by_id[metric], numbers(*items))
    assert found.value is None and why in found.why


@pytest.mark.parametrize(
    ("metric", "items"),
    [("peg", (1, 2)), ("peg", (1, 2, 11)), ("peg", (1, 2, -1)), ("nprs", (3,)), ("koos_jr", (1,)),
     ("psfs", (1,) * 6)],
)  # fmt: skip
def test_items_that_cannot_be(metrics, metric, items):
    with pytest.raises(Unreadable):
        score(metrics.by_id[metric], numbers(*items))


@FEW
@given(st.data())
def test_every_score_lies_in_its_range_or_says_why_not(metrics, data):
    scored = [m for m in metrics.metrics if m.scoring.kind not in {"value", "score_only"}]
    metric = data.draw(st.sampled_from(scored))
    item = st.none() | st.integers(0, metric.scoring.item_high)
    items = data.draw(st.lists(item, min_size=metric.scoring.items, max_size=metric.scoring.items))
    found = score(metric, numbers(*items))
    assert found.answered == sum(i is not None for i in items)
    enough = found.answered >= metric.missing.least_answered
    assert (found.value is not None) == enough
    if found.value is not None:
        assert metric.low <= found.value <= metric.high
        if metric.bands:
            assert band(metric, found.value)
    else:
        assert found.why


def test_own_activities_are_the_series(metrics):
    metric = metrics.by_id["psfs"]
    one = assess(metric, Answers(items=[("Stairs", "3"), ("", ""), ("Garden", "5")]))
    two = assess(metric, Answers(items=[(" garden ", "6"), ("STAIRS", "4")]))
    other = assess(metric, Answers(items=[("Garden", "6")]))
    assert one.reading.value == 4 and one.reading.key == two.reading.key != other.reading.key
    for items in ([("", "3")], [("Stairs", "")], [("Stairs", "3"), ("stairs", "4")],
                  [("ß" * 31, "3")]):  # fmt: skip
        with pytest.raises(Unreadable):
            assess(metric, Answers(items=items))


# --- comparing ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("metric", "first", "last", "key"),
    [
        ("odi", 50, 35, "improved"), ("odi", 50, 38, "possible"), ("odi", 50, 41, "none"),
        ("odi", 35, 50, "worse"), ("odi", 38, 50, "possibly_worse"),
        ("nprs", 4, 3, "improved"), ("nprs", 6, 5, "none"), ("nprs", 6, 4, "improved"),
        ("nprs", 9, 6, "possible"), ("nprs", 9, 5, "improved"),
        ("sts_reps_30s", 8, 10, "possible"), ("sts_reps_30s", 8, 11, "improved"),
        ("five_sts", "15", "13.2", "possible"), ("five_sts", "15", "12.7", "improved"),
        ("shoulder_flexion_deg", 90, 119, "none"), ("shoulder_flexion_deg", 90, 120, "possible"),
        ("six_mwt", 300, 325, "none"), ("six_mwt", 300, 350, "possible"),
        ("six_mwt", 300, 374, "improved"),
        ("standing_tolerance_min", 10, 60, "no_figure"), ("peg", "6.0", "5.1", "none"),
    ],
)  # fmt: skip
def test_a_change(metrics, metric, first, last, key):
    found = change(metrics.by_id[metric], D(first), D(last))
    assert found.key == key and found.difference == D(last) - D(first)


@FEW
@given(st.data())
def test_more_of_the_better_is_never_a_worse_verdict(metrics, data):
    ranks = ["worse", "possibly_worse", "none", "possible", "improved"]
    metric = data.draw(st.sampled_from([m for m in metrics.metrics if m.mdc or m.mcid]))
    number = st.integers(int(metric.low), int(metric.high)).map(D)
    first, one, two = data.draw(number), data.draw(number), data.draw(number)
    worse, better = sorted((one, two), reverse=metric.better == "down")
    verdicts = [ranks.index(change(metric, first, value).key) for value in (worse, better)]
    assert verdicts == sorted(verdicts)
    assert change(metric, first, first).key == "none"


@FEW
@given(st.data())
def test_without_a_figure_nothing_is_judged(metrics, data):
    metric = data.draw(st.sampled_from([m for m in metrics.metrics if not (m.mdc or m.mcid)]))
    number = st.integers(int(metric.low), int(metric.high)).map(D)
    assert change(metric, data.draw(number), data.draw(number)).key == "no_figure"


# --- one value ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sex", "age", "value", "below"),
    [("female", 67, 10, True), ("female", 67, 11, False), ("male", 60, 13, True),
     ("male", 60, 14, False), ("male", 94, 6, True), ("male", 59, 0, False),
     ("female", 95, 0, False), ("other", 67, 0, False)],
)  # fmt: skip
def test_the_chair_stand_by_age_and_sex(metrics, sex, age, value, below):
    metric = metrics.by_id["sts_reps_30s"]
    assert bool(below_norm(metrics, metric, D(value), sex=sex, age=age)) is below


def test_what_one_value_says(metrics):
    assert alerts(metrics.by_id["five_sts"], D("13.6")) and not alerts(
        metrics.by_id["five_sts"], D("13.5")
    )
    assert alerts(metrics.by_id["single_leg_stance_s"], D("4.9"))
    assert not alerts(metrics.by_id["single_leg_stance_s"], D(5))
    odi = metrics.by_id["odi"]
    assert band(odi, D(20)) == "minimal disability" and band(odi, D("20.1")).startswith("moderate")
