"""The diagnosis lanes as on file: complete, sourced, refused when something hangs in the air."""

import copy
from typing import Any

import pytest
from pydantic import ValidationError

from core.people.models import Episode
from core.protocols.services import read_file
from rehab.protocol_schema import LanesProtocol

# The lanes of the domain facts, section 2, and what each is judged by.
WANTED = {
    "radicular_lumbar": ("standing_tolerance_min", None),
    "facet_lumbar": ("standing_tolerance_min", None),
    "sacroiliac": ("sitting_tolerance_min", "walking_distance_m"),
    "crps": ("limb_use_minutes_per_day", "psfs"),
    "postop_laminectomy_fusion": ("walking_distance_m", "lift_capacity_lb"),
    "stenosis_claudication": ("walking_distance_m", None),
    "patellofemoral": ("step_down_reps", "sts_reps_30s"),
    "knee_oa": ("sts_reps", None),
    "rotator_cuff_repair": ("shoulder_flexion_deg", None),
    "radicular_cervical": ("ndi", "overhead_reach_min"),
    "hypermobility": ("single_leg_stance_s", None),
    "hip_labral": ("sitting_tolerance_min", "single_leg_stance_s"),
}


@pytest.fixture(scope="module")
def raw() -> dict[str, Any]:
    return read_file("lanes")[0]


@pytest.fixture(scope="module")
def lanes(raw) -> LanesProtocol:
    return LanesProtocol.model_validate(raw)


def test_every_lane_is_there_with_its_measure(lanes):
    assert {lane.id: (lane.metric.id, lane.metric.other) for lane in lanes.lanes} == WANTED
    assert sum(len(lane.icd10) for lane in lanes.lanes) == 49


def test_every_measure_can_be_taken(lanes):
    known = read_file("metrics")[1].by_id  # type: ignore[attr-defined]
    named = {name for lane in lanes.lanes for name in (lane.metric.id, lane.metric.other) if name}
    assert named <= set(known)


def test_regions_are_those_of_an_episode(lanes):
    field = type(lanes.lanes[0]).model_fields["region"].annotation
    assert set(field.__args__) == set(Episode.Region.values)


def test_what_is_unverified_awaits_a_signature(lanes):
    parts = [part for lane in lanes.lanes for part in lane.parts()]
    assert all(part.signoff for part in parts if "GEN" in part.sources)
    assert lanes.signoff is None and "awaiting" in lanes.mark


def test_every_source_is_used(lanes):
    parts = [part for lane in lanes.lanes for part in lane.parts()]
    used = {key for part in (*parts, lanes.contingency) for key in part.sources}
    assert used == set(lanes.sources)


def test_no_therapist_is_left_without_an_avoid_list(lanes):
    for lane in lanes.lanes:
        assert all(row.until.strip() for row in lane.avoid), lane.id


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda b: b["lanes"][0]["emphasis"][0].update(sources=["xy"]), "source xy, which does"),
        (lambda b: b["lanes"][0]["order"].update(sources=["GEN"]), "must carry signoff: true"),
        (lambda b: b["lanes"][0]["icd10"].append("M54.16"), "the code M54.16 stands there 2"),
        (lambda b: b["lanes"][0].update(icd10=["back pain"]), "should match pattern"),
        (lambda b: b["lanes"][0]["timeline"].update(to_week=2), "end before they begin"),
        (lambda b: b["lanes"][0]["timeline"].update(to_week=None), "both weeks or none"),
        (lambda b: b["lanes"].append(b["lanes"][0]), "radicular_lumbar stands there 2 times"),
        (lambda b: b["lanes"][0].update(avoid=[]), "at least 1 item"),
        (lambda b: b["lanes"][0].update(emphasys="x"), "Extra inputs"),
    ],
)
def test_a_lane_with_a_gap_is_refused(raw, change, sentence):
    body = copy.deepcopy(raw)
    LanesProtocol.model_validate(body)
    change(body)
    with pytest.raises(ValidationError, match=sentence):
        LanesProtocol.model_validate(body)
