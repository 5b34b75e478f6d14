"""The metrics as on file: complete, sourced, and refused when a figure hangs in the air."""

import copy
import re

import pytest
from pydantic import ValidationError

from core.protocols.services import read_file
from outcomes.protocol_schema import MetricsProtocol, sourced
from tests.guards.tree import ROOT

# Every metric of the domain facts, section 5; KOOS by its five parts.
WANTED = {
    "nprs", "peg", "odi", "ndi", "koos_pain", "koos_symptoms", "koos_adl", "koos_sport",
    "koos_qol", "koos_jr", "promis_pi", "sts_reps_30s", "sts_reps", "five_sts",
    "walking_distance_m", "six_mwt", "standing_tolerance_min", "sitting_tolerance_min",
    "single_leg_stance_s", "lift_capacity_lb", "shoulder_flexion_deg", "overhead_reach_min",
    "kneeling_min", "limb_use_minutes_per_day", "step_down_reps", "psfs", "sleep_hours",
    "opioid_mme",
}  # fmt: skip
LICENSED = {"odi", "ndi", "koos_jr", "promis_pi"}


def test_every_metric_is_there(metrics):
    assert set(metrics.by_id) == WANTED


def test_what_is_unverified_awaits_a_signature(metrics):
    parts = [part for metric in metrics.metrics for part in sourced(metric)]
    assert all(part.signoff for part in parts if "GEN" in part.sources)
    assert metrics.signoff is None and "awaiting" in metrics.mark


def test_no_words_of_a_licensed_instrument_are_shipped(metrics):
    for metric in metrics.metrics:
        if metric.id in LICENSED or metric.id.startswith("koos"):
            assert not metric.scoring.labels and metric.version_needed, metric.id


def test_codes_are_loinc_or_named_as_our_own(metrics):
    for metric in metrics.metrics:
        for code in metric.codes:
            if code.system == "loinc":
                assert re.fullmatch(r"\d{4,5}-\d", code.code), metric.id
            else:
                assert code.code == metric.id


def test_every_source_is_used(metrics):
    parts = [part for metric in metrics.metrics for part in sourced(metric)]
    used = {key for part in (*parts, *metrics.norms) for key in part.sources}
    assert used == set(metrics.sources)


def test_it_is_listed_for_the_loader(settings):
    path, _ = settings.PROTOCOL_FILES["metrics"]
    assert (ROOT / path).is_file()


@pytest.mark.parametrize(
    ("metric", "break_it", "sentence"),
    [
        ("odi", {"bands": [{"to_value": "20", "label": "some"}]}, "bands ascend"),
        ("odi", {"low": "100"}, "range ends before"),
        ("odi", {"sources": ["nobody"]}, "does not exist"),
        ("peg", {"signoff": False}, "must carry signoff"),
        ("peg", {"mood": 1}, "Extra inputs"),
        ("peg", {"missing": {"words": "x", "sources": ["S0"], "signoff": False}}, "least_answered"),
        ("sts_reps_30s", {"details": []}, "not asked for"),
        ("nprs", {"mcid": {"low": 3, "high": 2, "sources": ["S0"], "signoff": False}}, "high end"),
    ],
)  # fmt: skip
def test_a_file_that_hangs_in_the_air_is_refused(metric, break_it, sentence):
    raw = copy.deepcopy(read_file("metrics")[0])
    MetricsProtocol.model_validate(raw)  # the positive control
    row = next(m for m in raw["metrics"] if m["id"] == metric)
    row |= break_it
    with pytest.raises(ValidationError, match=sentence):
        MetricsProtocol.model_validate(raw)
