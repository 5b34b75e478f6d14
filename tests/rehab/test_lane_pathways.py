"""What a lane proposes to the pathway: figures of its sources, the rest is left open."""

import datetime as dt
from decimal import Decimal

import pytest

from core.protocols.services import read_file
from intake.protocol_schema import RedFlagProtocol
from rehab.pathway_rules import after_decision, propose_steps
from rehab.plan_body import Goal, Pathway
from rehab.protocol_schema import LanesProtocol

TODAY = dt.date(2026, 11, 24)
GOAL = Goal(words="Stand", metric="standing_tolerance_min", baseline=Decimal(10),
            target=Decimal(45))  # fmt: skip


@pytest.fixture(scope="module")
def lanes() -> LanesProtocol:
    return LanesProtocol.model_validate(read_file("lanes")[0])


def proposed(lanes, lane, goal=GOAL):
    return propose_steps(lanes.by_id[lane], lanes, goal=goal, started_on=TODAY)


def test_the_warehouse_managers_lane(lanes):
    point, trial = proposed(lanes, "radicular_lumbar")
    assert (point.weeks, point.metric, point.starts_on) == (2, "", TODAY)
    assert (trial.weeks, trial.threshold, trial.then) == (6, Decimal(45), "surgical_referral")
    assert lanes.by_id["radicular_lumbar"].pathway.window.weeks == 6


def test_two_sets_of_blocks_then_radiofrequency(lanes):
    steps = proposed(lanes, "facet_lumbar")
    assert [step.service for step in steps if step.service] == [
        "Medial branch blocks", "Radiofrequency ablation of the medial branches",
    ]  # fmt: skip
    assert "two sets" in steps[2].title and steps[2].weeks is None and steps[2].starts_on is None
    assert steps[3].weeks == 4  # the benefit lags two to four weeks


def test_what_no_source_names_stays_empty(lanes):
    assert proposed(lanes, "rotator_cuff_repair")[1].weeks is None
    assert [step.weeks for step in proposed(lanes, "hypermobility")] == [None]  # and no early one
    ndi = proposed(lanes, "radicular_cervical")[1]
    assert (ndi.metric, ndi.threshold) == ("ndi", None)  # the goal is about something else


def test_a_goal_below_its_baseline_is_reached_from_above(lanes):
    goal = Goal(metric="ndi", baseline=Decimal(24), target=Decimal(14))
    assert proposed(lanes, "radicular_cervical", goal)[1].comparator == "at_most"


def test_every_lane_proposes_a_way_that_fits_into_a_plan(lanes):
    for lane in lanes.lanes:
        steps = proposed(lanes, lane.id)
        assert Pathway(steps=steps).steps and len({step.key for step in steps}) == len(steps)
        assert all(step.patient_words for step in steps), lane.id


def test_the_findings_that_end_the_wait_are_findings_of_the_questions(lanes):
    known = {row.id: row for row in RedFlagProtocol.model_validate(read_file("red_flags")[0]).flags}
    assert set(lanes.new_deficit.flags) <= set(known)
    assert all(known[name].hold_pt for name in lanes.new_deficit.flags)


def test_version_one_can_still_be_read():
    body = read_file("lanes")[0]
    for name in ("decision_point", "new_deficit", "follow_ups"):
        body.pop(name)
    for lane in body["lanes"]:
        lane.pop("pathway")
    old = LanesProtocol.model_validate(body)
    assert propose_steps(old.lanes[0], old, goal=GOAL, started_on=TODAY) == ()


def test_more_weeks_are_a_step_of_their_own(lanes):
    path = Pathway(steps=proposed(lanes, "facet_lumbar"))
    more = after_decision(
        path,
        "trial",
        decision="continue",
        today=TODAY,
        more_weeks=4,
        fresh="new",
        undecided={step.key for step in path.steps},
    )
    assert [step.key for step in more.steps] == [
        "decision_point", "trial", "new", "blocks", "after_rfa",
    ]  # fmt: skip
    added = more.steps[2]
    assert (added.weeks, added.starts_on, added.threshold) == (4, TODAY, Decimal(45))
    assert added.title == "4 weeks more: Stabilization and motor control"


@pytest.mark.parametrize(
    ("decision", "begins"),
    [("procedure", "blocks"), ("continue", "blocks"), ("surgical_referral", ""), ("discharge", "")],
)
def test_the_next_step_begins_unless_it_was_the_last_word(lanes, decision, begins):
    path = Pathway(steps=proposed(lanes, "facet_lumbar"))
    after = after_decision(path, "trial", decision=decision, today=TODAY, more_weeks=None, fresh="",
                           undecided={"blocks", "after_rfa"}, next_weeks=3)  # fmt: skip
    begun = [
        new.key
        for old, new in zip(path.steps, after.steps, strict=True)
        if old.starts_on != new.starts_on
    ]
    assert begun == ([begins] if begins else [])
