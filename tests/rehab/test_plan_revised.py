"""A part at a time, a version each; what differs is read in words."""

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse

from core.lib.errors import Conflict, Forbidden, Refused
from rehab.models import PlanVersion
from rehab.plan_body import PARTS, Exercise, Goal, Hypothesis, Medication, PlanBody, Step, Tolerance
from rehab.plan_rules import differences, in_a_line
from rehab.selectors.plans import changes_between, goal_of, names_of
from rehab.services.plans import revise
from tests.cast import NOW
from tests.factories.plans import GOAL, HYPOTHESIS, PATHWAY, THERAPY, TODAY, WRITTEN, Planned

pytestmark = pytest.mark.django_db


@pytest.fixture
def story(cast):
    return Planned(cast)


def test_each_part_is_a_version_and_the_others_stay(story):
    story.write_all()
    assert set(WRITTEN) == set(PARTS)
    assert story.plan.head == len(WRITTEN)
    for part, value in WRITTEN.items():
        assert getattr(story.body, part) == value, part
    numbers = list(PlanVersion.objects.order_by("number").values_list("number", "part"))
    assert [n for n, _ in numbers] == list(range(1, len(WRITTEN) + 1))
    assert numbers[0][1] == "" and numbers[1][1] == "goal"


def test_nothing_changed_is_no_version(story):
    story.write("goal", GOAL)
    before = story.plan.version
    story.write("goal", GOAL.model_copy(update={"target": Decimal("45.0")}), why="Again")
    assert (story.plan.head, story.plan.version) == (2, before)
    story.write("goal", GOAL.model_copy(update={"target": Decimal(50)}), why="  Goes \n well ")
    assert (story.plan.head, story.head.why) == (3, "Goes well")


def test_an_older_version_stays_readable_as_it_was(story, as_user, cast):
    story.write("goal", GOAL)
    story.write("goal", GOAL.model_copy(update={"words": "Stand all day"}))
    old = PlanVersion.objects.get(number=2)
    page = as_user(cast.ruiz).get(reverse("rehab:plan_version", args=[old.pk])).content.decode()
    assert GOAL.words in page and "Version 3 counts now" in page
    assert page.count("Stand all day") == 1, "it stands in the banner alone, which is of today"


def test_the_goals_columns_say_what_the_newest_version_says(story):
    for goal in (GOAL, GOAL.model_copy(update={"target": Decimal("50.5")}), Goal()):
        story.write("goal", goal)
        said = goal_of(story.plan).model_copy(update={"phases": goal.phases})
        assert said == story.body.goal == goal


def test_the_lane_moves_with_its_version(story):
    story.write("hypothesis", Hypothesis(lane="stenosis_claudication", words="Stenosis"))
    assert story.plan.lane == "stenosis_claudication"
    with pytest.raises(Refused, match="Choose a lane"):
        story.write("hypothesis", Hypothesis(lane="made_up", words="Stenosis"))
    assert story.plan.head == 2


def test_what_cannot_be_revised(cast, story):
    with pytest.raises(Forbidden):
        story.write("goal", GOAL, by=cast.ana)
    with pytest.raises(Refused):
        story.write("colour", GOAL)
    for base in (0, 7):
        with pytest.raises(Refused, match="incomplete"):
            story.write("goal", GOAL, base=base)
    assert story.plan.head == 1
    story.write("goal", GOAL, by=cast.ruiz)


def test_the_difference_reads_like_a_person_wrote_it(story):
    story.write_all()
    before = story.body
    order = THERAPY.model_copy(update={
        "exercises": (THERAPY.exercises[0].model_copy(update={"dose": "3 x 12"}),
                      Exercise(name="Bridge", dose="3 x 10")),
        "starts_on": TODAY + dt.timedelta(days=1), "per_week": 3,
    })  # fmt: skip
    after = before.model_copy(update={
        "therapy": order, "medication": Medication(), "limits": ("Lift at most 15 lb",),
        "tolerance": Tolerance(limited_by="capacity", words=before.tolerance.words),
        "hypothesis": HYPOTHESIS.model_copy(update={"lane": "stenosis_claudication"}),
    })  # fmt: skip
    found = {
        (one.part, one.label): (one.old, one.new)
        for one in differences(before, after, names_of(story.plan, now=NOW))
    }
    exercises = found["Physical therapy", "Exercises"]
    assert exercises[0].splitlines() == [row.words for row in THERAPY.exercises]
    assert exercises[1].splitlines() == ["Hip hinge with dowel, 3 x 12", "Bridge, 3 x 10"]
    assert found["Physical therapy", "From"] == ("Tue 24 Nov 2026", "Wed 25 Nov 2026")
    assert found["Physical therapy", "Sessions a week"] == ("2", "3")
    assert found["Medication", "Medication"] == ("gabapentin 300 mg at night", "")
    assert found["Movement tolerance", "What limits movement"] == (
        "Fear of movement", "What the body can do",
    )  # fmt: skip
    assert found["Restrictions", "In force"] == ("", "Lift at most 15 lb")
    lanes = found["What hurts and why", "Lane"]
    assert len(found) == 7 and all(lanes) and "_" not in "".join(lanes)
    assert differences(after, after) == []


def test_measures_in_a_pathway_are_called_by_their_names(story):
    story.write_all()
    changes = changes_between(story.plan, 1, story.plan.head, now=NOW)
    steps = next(one.new for one in changes if one.label == "Steps")
    assert "comfortable standing time" in steps.lower() and "standing_tolerance_min" not in steps
    assert "at least 45" in steps and "Surgical referral" in steps


def test_the_changes_in_one_line_end_where_the_line_does(story):
    story.write_all()
    changes = changes_between(story.plan, 1, story.plan.head, now=NOW)
    line = in_a_line(changes)
    assert len(line) <= 160 and line.endswith("…") and "\n" not in line
    assert in_a_line(changes, longest=5000).count(": ") >= len(changes)
    assert "taken out" in in_a_line(differences(story.body, story.body.model_copy(
        update={"medication": Medication()})))  # fmt: skip
    limits = differences(PlanBody(limits=("Lift 15 lb",)), PlanBody(limits=("No driving",)))
    assert in_a_line(limits) == "New limit: No driving. No longer a limit: Lift 15 lb"


def test_a_step_that_leaves_the_pathway_is_dropped_and_comes_back(story):
    story.write("pathway", PATHWAY)
    step = story.plan.steps.get()
    assert (step.state, step.service, step.due_on) == (
        "not_yet", "Second opinion", TODAY + dt.timedelta(weeks=6),
    )  # fmt: skip
    story.write("pathway", PATHWAY.model_copy(update={"steps": ()}))
    assert story.plan.steps.get().state == "dropped"
    longer = PATHWAY.steps[0].model_copy(update={"weeks": 8})
    story.write("pathway", PATHWAY.model_copy(update={"steps": (longer,)}))
    step.refresh_from_db()
    assert (step.state, step.due_on) == ("not_yet", TODAY + dt.timedelta(weeks=8))


def test_two_steps_with_one_key_are_refused(story):
    twice = PATHWAY.model_copy(update={"steps": (PATHWAY.steps[0], PATHWAY.steps[0])})
    with pytest.raises(Refused, match="came as one"):
        story.write("pathway", twice)
    other = Step(**PATHWAY.steps[0].model_dump() | {"key": "other"})
    story.write("pathway", PATHWAY.model_copy(update={"steps": (PATHWAY.steps[0], other)}))
    assert story.plan.steps.count() == 2


def test_a_plan_that_ended_takes_no_version(cast, story):
    plan = story.plan
    plan.ended_at, plan.ended_by, plan.end_reason = NOW, cast.amin, "done"
    plan.save()
    with pytest.raises(Conflict, match="ended"):
        revise(plan=plan, part="goal", value=GOAL, base=1, by=cast.amin, now=NOW)
