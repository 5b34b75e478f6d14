"""An exam in words, its deficits, and the lanes it speaks for; never a diagnosis."""

from decimal import Decimal
from typing import get_args

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from core.protocols.services import read_file
from rehab.exam_checks import NOT_DONE
from rehab.exam_rules import (
    ExamFinding,
    Findings,
    alarms,
    deficits,
    exam_words,
    neuro_words,
    problems,
    propose,
)
from rehab.exam_schema import Region

EXAM = read_file("first_visit")[1]
REGIONS = get_args(Region)


def found(*rows):
    return Findings.of(ExamFinding(*row) for row in rows)


def lanes(findings, region="low_back"):
    return [row.lane for row in propose(findings, region, EXAM)]


def said(proposal):
    return [row.words for row in proposal.for_], [row.words for row in proposal.against]


# the stories of the requirement texts
WAREHOUSE = (
    ("pain_below_knee", "left", "yes"), ("slr", "left", "positive"), ("slr", "right", "negative"),
    ("S1_strength", "left", "4"), ("S1_reflex", "left", "0"), ("S1_sensation", "left", "reduced"),
    ("S1_strength", "right", "5"), ("L5_strength", "left", "5"), ("preference", "", "extension"),
    ("repeated_extension", "", "centralizes"), ("faber", "left", "positive"),
    ("facet_loading", "left", "negative"),
)  # fmt: skip
GARDENER = (
    ("stairs_pain", "left", "yes"), ("stairs_pain", "right", "yes"),
    ("xray_joint_space", "left", "yes"), ("xray_joint_space", "right", "yes"),
    ("morning_stiffness_swelling", "", "no"), ("worried_about_falling", "", "yes"),
)  # fmt: skip
HIP = (
    ("fadir", "right", "positive"), ("hip_internal_rotation", "right", "limited"),
    ("hip_internal_rotation", "left", "full"), ("slr", "right", "negative"),
    ("pain_below_knee", "right", "yes"),
)  # fmt: skip


def test_the_warehouse_manager():
    exam = found(*WAREHOUSE)
    assert neuro_words(exam, EXAM) == [
        "Left S1: push-off 4/5, sensation reduced (outer edge of the foot), ankle reflex absent",
        "Normal where examined: left L5, right S1",
    ]
    first = propose(exam, "low_back", EXAM)[0]
    assert first.lane == "radicular_lumbar"
    assert first.words == "4 findings speak for it, none against it."
    assert said(first)[0][1] == "Straight leg raise: positive (left); it stretches the lower roots"
    assert "left S1 strength, S1 sensation, S1 reflex" in said(first)[0][2]


def test_the_gardener():
    first, second = propose(found(*GARDENER), "knee", EXAM)
    assert (first.lane, second.lane) == ("knee_oa", "patellofemoral")
    assert second.words == "1 finding speaks for it, 1 against it."
    assert said(first)[0][1].startswith("Narrow joint space on the X-ray: yes (left and right); ")
    assert exam_words(found(*GARDENER), EXAM, "falls") == ["Worries about falling: yes"]


def test_the_hip_that_looked_like_a_root():
    first, second = propose(found(*HIP), "low_back", EXAM)
    assert (first.lane, second.lane) == ("hip_labral", "radicular_lumbar")
    assert len(second.against) == 3, "the hip's two findings and the straight leg raise"


@pytest.mark.parametrize(
    ("rows", "region", "first"),
    [
        ([("extension_rotation_pain", "", "yes"), ("facet_loading", "left", "positive"),
          ("mri_discogenic", "", "no")], "low_back", "facet_lumbar"),
        ([("color_change", "right", "yes"), ("edema", "right", "yes")], "other", "crps"),
        ([("worse_walking", "", "yes"), ("better_leaning", "", "yes"),
          ("preference", "", "flexion")], "low_back", "stenosis_claudication"),
        ([("step_down_pain", "left", "positive")], "knee", "patellofemoral"),
        ([("spurling", "left", "positive"), ("C7_reflex", "left", "1")], "neck",
         "radicular_cervical"),
        ([("beighton", "", "positive"), ("slipped_out", "", "yes")], "shoulder", "hypermobility"),
        ([("cuff_repair", "right", "yes"), ("beighton", "", "positive"),
          ("slipped_out", "", "yes")], "shoulder", "rotator_cuff_repair"),
        ([*WAREHOUSE, ("spine_surgery", "", "yes")], "low_back", "postop_laminectomy_fusion"),
    ],
)  # fmt: skip
def test_each_lane_is_found_by_its_findings(rows, region, first):
    assert lanes(found(*rows), region)[0] == first


def test_what_is_left_over_ranks_first_then_how_much_speaks_for_it():
    narrow = [("worse_walking", "", "yes"), ("better_leaning", "", "yes"), ("mri_canal", "", "yes"),
              ("better_sitting", "", "no"), ("preference", "", "extension")]  # fmt: skip
    leaning_back = ("extension_rotation_pain", "", "yes")
    one = [*narrow, leaning_back]
    assert lanes(found(*one)) == ["stenosis_claudication", "facet_lumbar"]
    two = [*one, ("facet_loading", "right", "positive")]
    assert lanes(found(*two)) == ["facet_lumbar", "stenosis_claudication"]
    tie = found(("si_area_pain", "left", "yes"), leaning_back)
    assert lanes(tie) == ["facet_lumbar", "sacroiliac"], "as in the file"


def test_a_lane_is_weighed_only_where_the_pain_may_come_from_it():
    exam = found(("slr", "left", "positive"), ("beighton", "", "positive"))
    assert lanes(exam, "hip") == ["radicular_lumbar", "hypermobility"]
    assert lanes(exam, "neck") == ["hypermobility"]


def test_three_of_six_on_one_side():
    tests = EXAM.signs_by_id["si_three"].of
    two = [(name, "left", "positive") for name in tests[:2]]
    assert "sacroiliac" not in lanes(found(*two))
    assert "sacroiliac" not in lanes(found(*two, (tests[2], "right", "positive")))
    three = propose(found(*two, (tests[2], "left", "positive")), "low_back", EXAM)[0]
    assert (
        three.lane == "sacroiliac" and "(left FABER, Gaenslen, Thigh thrust)" in said(three)[0][0]
    )


def test_fewer_than_three_is_said_only_when_the_rest_was_done():
    names = EXAM.signs_by_id["si_three"].of
    area = ("si_area_pain", "left", "yes")
    open_ = found(area, *((name, "left", "negative") for name in names[:3]))
    closed = found(area, *((name, "left", "negative") for name in names[:4]))
    assert [len(propose(row, "low_back", EXAM)[0].against) for row in (open_, closed)] == [0, 1]


def test_a_loss_on_both_sides_is_told_and_speaks_for_no_root():
    both = found(("S1_reflex", "left", "0"), ("S1_reflex", "right", "0"))
    assert [(row.side, row.both_sides) for row in deficits(both, EXAM)] == [
        ("left", True),
        ("right", True),
    ]
    assert lanes(both) == []
    assert lanes(found(("S1_reflex", "left", "0"))) == ["radicular_lumbar"]


def test_deficits_by_level_and_side():
    exam = found(
        ("C6_strength", "right", "3"), ("C6_reflex", "right", "3"),
        ("L4_sensation", "left", "absent"), ("S1_strength", "left", "5"),
        ("L5_strength", "left", NOT_DONE),
    )  # fmt: skip
    assert [(row.level, row.side, row.kind, row.answer) for row in deficits(exam, EXAM)] == [
        ("C6", "right", "motor", "3"),
        ("L4", "left", "sensory", "absent"),
    ]
    assert deficits(exam, EXAM)[0].words == "Right C6: wrist lift 3/5"
    assert neuro_words(exam, EXAM)[-1] == "Normal where examined: left S1"
    assert "brachioradialis reflex brisk (3+)" in neuro_words(exam, EXAM)[1]


def test_a_negative_on_the_good_side_speaks_against_nothing():
    bad = [("slump", "left", "positive"), ("slr", "right", "negative")]
    assert len(propose(found(*bad), "low_back", EXAM)[0].against) == 1
    told = propose(found(*bad, ("slr", "left", "positive")), "low_back", EXAM)[0]
    assert told.against == ()


def test_what_cannot_wait_is_told_whatever_else_was_found():
    exam = found(*WAREHOUSE, ("saddle_sensation", "", "reduced"), ("babinski", "left", "negative"))
    (alarm, words), *others = alarms(exam, EXAM)
    assert (alarm.flag, words, others) == ("RF02", "Sensation in the saddle area: reduced", [])
    assert alarms(found(*WAREHOUSE, ("saddle_sensation", "", "normal")), EXAM) == []


def test_numbers_stand_beside_the_answer():
    exam = Findings.of([ExamFinding("shoulder_flexion", "right", "limited", Decimal(120))])
    assert exam_words(exam, EXAM, "range") == ["Raising the arm in front: limited, 120 deg (right)"]


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (("xy", "", "yes"), "xy is not part of first_visit v1."),
        (("slr", "", "positive"), "Straight leg raise: say left or right."),
        (("slr", "both", "positive"), "Straight leg raise: say left or right."),
        (("preference", "left", "flexion"), "Directional preference: it has no side."),
        (("slr", "left", "maybe"), "Straight leg raise: choose one of the answers."),
        (("slr", "left", "positive", Decimal(3)), "Straight leg raise: it has no number."),
        (("beighton", "", "positive", Decimal(10)),
         "Beighton, judged as hypermobile for this age: write a number from 0 to 9 (of 9)."),
    ],
)  # fmt: skip
def test_a_slip_is_refused_and_not_read_as_nothing_found(row, sentence):
    assert problems(found(("slr", "left", "positive")), EXAM) == []
    assert problems(found(row), EXAM) == [sentence]
    with pytest.raises(ValueError, match=sentence.split(":")[0]):
        propose(found(row), "low_back", EXAM)


def test_the_same_thing_twice_is_refused():
    with pytest.raises(ValueError, match="slr left is answered twice"):
        found(("slr", "left", "positive"), ("slr", "left", "negative"))


# --- what holds for any exam ----------------------------------------------------------------------


@st.composite
def exams(draw):
    """Any answers of any part of the exam."""
    names = draw(st.lists(st.sampled_from(sorted(EXAM.by_id)), max_size=30, unique=True))
    rows = []
    for name in names:
        item = EXAM.by_id[name]
        sides = draw(st.sampled_from([("left",), ("right",), ("left", "right")]))
        for side in sides if item.sided else ("",):
            rows.append((name, side, draw(st.sampled_from(sorted(EXAM.answers_of(item))))))
    return rows


@settings(max_examples=60, deadline=None)
@given(rows=exams(), region=st.sampled_from(REGIONS), data=st.data())
def test_the_order_of_findings_does_not_matter(rows, region, data):
    other = data.draw(st.permutations(rows))
    assert propose(found(*rows), region, EXAM) == propose(found(*other), region, EXAM)


@settings(max_examples=60, deadline=None)
@given(rows=exams(), region=st.sampled_from(REGIONS))
def test_not_done_changes_nothing(rows, region):
    done = [row for row in rows if row[2] != NOT_DONE]
    taken = {row[:2] for row in done}
    blank = [
        (item.id, side, NOT_DONE)
        for item in EXAM.examined
        for side in (("left", "right") if item.sided else ("",))
        if (item.id, side) not in taken
    ]
    assert propose(found(*done, *blank), region, EXAM) == propose(found(*done), region, EXAM)
    assert neuro_words(found(*done, *blank), EXAM) == neuro_words(found(*done), EXAM)


@settings(max_examples=100, deadline=None)
@given(rows=exams(), region=st.sampled_from(REGIONS), data=st.data())
def test_one_more_finding_for_a_lane_never_ranks_it_lower(rows, region, data):
    """And no lane overtakes it that gained nothing itself."""
    hypothesis = data.draw(
        st.sampled_from([row for row in EXAM.hypotheses if region in row.regions])
    )
    evidence = data.draw(st.sampled_from(hypothesis.speaks_for))
    name, answer = evidence.finding, evidence.answers[0]
    if sign := EXAM.signs_by_id.get(name):
        name = data.draw(st.sampled_from(sign.of))
        assume(not sign.one_sided)  # the same loss on the other side is one root less
        answer = sign.answers[0]
    item = EXAM.by_id[name]
    side = data.draw(st.sampled_from(["left", "right"])) if item.sided else ""
    before = [row for row in rows if row[:2] != (item.id, side)]
    after = [*before, (item.id, side, answer)]
    old, new = (propose(found(*each), region, EXAM) for each in (before, after))
    gained = {row.lane for row in new if support(row) > support_of(old, row.lane)}
    ranks = [[row.lane for row in each] for each in (old, new)]
    if hypothesis.lane in ranks[0]:
        ahead = [set(each[: each.index(hypothesis.lane)]) for each in ranks]
        assert ahead[1] - ahead[0] <= gained - {hypothesis.lane}
        assert support_of(new, hypothesis.lane) >= support_of(old, hypothesis.lane)


def support(proposal):
    defined = any(row.evidence.defining for row in proposal.for_)
    return (defined, len(proposal.for_) - len(proposal.against), len(proposal.for_))


def support_of(proposals, lane):
    return next((support(row) for row in proposals if row.lane == lane), (False, -99, 0))


@settings(max_examples=60, deadline=None)
@given(rows=exams(), region=st.sampled_from(REGIONS))
def test_every_proposal_says_why_and_names_no_diagnosis(rows, region):
    proposals = propose(found(*rows), region, EXAM)
    assert sorted(map(support, proposals), reverse=True) == list(map(support, proposals))
    for proposal in proposals:
        assert proposal.for_ and "for it" in proposal.words
        assert all(row.words.strip() for row in (*proposal.for_, *proposal.against))
        assert "diagnos" not in proposal.words
    assert propose(found(), region, EXAM) == []
