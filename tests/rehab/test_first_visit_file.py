"""The first visit's exam as on file: complete, sourced, refused when something hangs in the air."""

import copy
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from core.people.models import Episode
from core.protocols.services import read_file
from rehab.amount_rules import UNITS
from rehab.exam_schema import GROUPS, FirstVisitProtocol, Region

# domain facts §2 and §4.2: the tests a coverage checklist counts
SI_TESTS = {"faber", "gaenslen", "thigh_thrust", "si_compression", "si_distraction", "yeoman"}
REFLEXES = {"C5": "biceps", "C6": "brachioradialis", "C7": "triceps", "L4": "knee", "S1": "ankle"}


@pytest.fixture(scope="module")
def raw() -> dict[str, Any]:
    return read_file("first_visit")[0]


@pytest.fixture(scope="module")
def exam(raw) -> FirstVisitProtocol:
    return FirstVisitProtocol.model_validate(raw)


def test_every_lane_is_weighed_in_its_own_region(exam):
    lanes = read_file("lanes")[1].by_id  # type: ignore[attr-defined]
    assert set(exam.hypotheses_by_lane) == set(lanes)
    for name, lane in exam.hypotheses_by_lane.items():
        assert lanes[name].region in lane.regions, name


def test_regions_are_those_of_an_episode(exam):
    assert set(get_args(Region)) == set(Episode.Region.values) == set(exam.limits.asked_in)
    assert all(exam.items_for(region) for region in Episode.Region.values)


def test_the_levels_are_those_of_arm_and_leg(exam):
    levels = {level.id: level for level in exam.levels}
    assert list(levels) == ["C5", "C6", "C7", "C8", "T1", "L2", "L3", "L4", "L5", "S1"]
    assert {name: row.reflex for name, row in levels.items() if row.reflex} == REFLEXES
    assert exam.by_id["S1_reflex"].sided and "L5_reflex" not in exam.by_id
    assert [len(exam.scales_by_id[part].answers) - 1 for part in ("strength", "reflex")] == [6, 5]


def test_deficit_and_usual_are_told_apart(exam):
    marked = {
        scale: {row.id for row in exam.scales_by_id[scale].answers if row.deficit}
        for scale in ("strength", "reflex", "sensation")
    }
    assert marked == {
        "strength": {"0", "1", "2", "3", "4"},
        "reflex": {"0", "1"},
        "sensation": {"reduced", "absent"},
    }


def test_measures_and_units_are_those_of_the_ledger(exam):
    known = read_file("metrics")[1].by_id  # type: ignore[attr-defined]
    asked = {name for names in exam.limits.asked_in.values() for name in names}
    activities = [row for row in exam.tolerance.activities if row.metric]
    items = [item for item in exam.examined if item.metric]
    assert asked | {row.metric for row in (*activities, *items)} | set(exam.falls.metrics) <= set(
        known
    )
    assert all(known[row.metric].unit == row.unit for row in activities)
    assert all(known[item.metric].unit == item.number.unit for item in items)
    units = {known[name].unit for name in asked} | {row.unit for row in exam.tolerance.activities}
    assert units <= set(exam.limits.sentences) == set(UNITS)


def test_a_chair_stand_has_its_norm_elsewhere(exam):
    metrics = read_file("metrics")[1]
    judged = {norm.metric for norm in metrics.norms}  # type: ignore[attr-defined]
    judged |= {row.id for row in metrics.metrics if row.alerts}  # type: ignore[attr-defined]
    assert set(exam.falls.metrics) <= judged


def test_alarms_name_flags_of_the_triage(exam):
    flags = read_file("red_flags")[1].flags_by_id  # type: ignore[attr-defined]
    alarms = {item.id: item.alarm.flag for item in exam.items if item.alarm}
    assert set(alarms.values()) <= set(flags)
    assert alarms["saddle_sensation"] == "RF02" and alarms["clumsy_hands"] == "RX01"
    assert {item.id for item in exam.items if item.group == "warning"} == set(alarms)


def test_three_of_the_six_sacroiliac_tests(exam):
    sign = exam.signs_by_id["si_three"]
    assert (set(sign.of), sign.at_least, sign.sources) == (SI_TESTS, 3, ("rub-si",))


def test_movements_have_no_normal_values(exam):
    for item in exam.examined:
        if item.group == "range" and item.number:
            assert (item.number.low, item.number.high) == (0, 180), item.id


def test_what_is_unverified_awaits_a_signature(exam):
    assert all(part.signoff for _, part in exam.parts() if "GEN" in part.sources)
    assert exam.signoff is None and "awaiting" in exam.mark


def test_every_source_and_scale_and_group_is_used(exam):
    assert {key for _, part in exam.parts() for key in part.sources} == set(exam.sources)
    scales = {item.scale for item in exam.examined} | {exam.tolerance.scale}
    assert scales == set(exam.scales_by_id)
    assert {item.group for item in exam.examined} == set(GROUPS)


def lane(body, name):
    return next(row for row in body["hypotheses"] if row["lane"] == name)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda b: b["items"][0].update(sources=["xy"]), "source xy, which does not exist"),
        (lambda b: b["items"][0].update(sources=["GEN"]), "must carry signoff: true"),
        (lambda b: b["items"][0].update(scale="colors"), "scale colors, which does not exist"),
        (lambda b: b["items"].append(b["items"][0]), "pain_below_knee stands there 2 times"),
        (lambda b: b["items"][0].update(moood="x"), "Extra inputs"),
        (lambda b: b["items"][0].update(number={"unit": "m", "low": 2, "high": 2}), "range ends"),
        (lambda b: b["scales"][0]["answers"].pop(), "not_done as the last one"),
        (lambda b: b["scales"][0]["answers"][0].update(deficit=True), "usual is no deficit"),
        (lambda b: b["tolerance"].update(scale="xy"), "scale xy, which does not exist"),
        (lambda b: b["tolerance"]["activities"][0].update(unit="ft"), "what to write in ft"),
        (lambda b: b["limits"]["asked"].pop(), "asked about for the region other"),
        (lambda b: b["signs"][0].update(at_least=7), "counts more findings than it names"),
        (lambda b: b["signs"][0]["of"].append("xy"), "finding xy, which does not exist"),
        (lambda b: b["signs"][0].update(answers=["maybe"]), "which faber does not have"),
        (lambda b: b["signs"][0].update(answers=[]), "counts deficits, and faber has none"),
        (lambda b: b["signs"][0].update(answers=["not_done"]), "not done says nothing"),
        (lambda b: b["hypotheses"].append(b["hypotheses"][0]), "lumbar stands there 2 times"),
        (lambda b: b["hypotheses"][0]["speaks_for"][0].update(finding="xy"), "finding xy, which"),
        (lambda b: b["hypotheses"][0]["speaks_for"][0].update(answers=["si"]), "does not have"),
        (lambda b: b["hypotheses"][0]["speaks_for"][0].update(finding="spurling",
         answers=["positive"]), "spurling is examined in none of its regions"),
        (lambda b: lane(b, "sacroiliac")["speaks_for"][0].update(answers=["yes"]),
         "si_three is present or absent"),
        (lambda b: lane(b, "sacroiliac")["speaks_against"][0].update(answers=["present"]),
         "si_three, present speaks 2 times"),
        (lambda b: lane(b, "crps").update(speaks_against=[]), "something that speaks against it"),
        (lambda b: lane(b, "crps")["speaks_against"][0].update(defining=True), "cannot define it"),
        (lambda b: lane(b, "crps").update(speaks_for=[]), "at least 1 item"),
    ],
)  # fmt: skip
def test_an_exam_with_a_gap_is_refused(raw, change, sentence):
    body = copy.deepcopy(raw)
    FirstVisitProtocol.model_validate(body)
    change(body)
    with pytest.raises(ValidationError, match=sentence):
        FirstVisitProtocol.model_validate(body)
