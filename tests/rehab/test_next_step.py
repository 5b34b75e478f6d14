"""What a decision begins: one step after the other, each for weeks that somebody wrote."""

import pytest
from django.urls import reverse

from core.lib.errors import Refused
from rehab.pathway_rules import propose_steps
from rehab.plan_body import Pathway
from rehab.services.deciding import decide
from rehab.services.looking import look
from rehab.services.plans import lanes_now
from rehab.services.versions import body_of
from tests.cast import NOW
from tests.rehab.manager import Manager, at

pytestmark = pytest.mark.django_db


@pytest.fixture
def story(cast):
    """A facet lane: the decision point and the trial run side by side; later ones have no weeks."""
    story = Manager(cast, lane="facet_lumbar")
    _, lanes = lanes_now(cast.riverside, now=NOW)
    steps = propose_steps(
        lanes.by_id["facet_lumbar"], lanes, goal=story.goal, started_on=story.today
    )
    story.write("pathway", Pathway(steps=steps))
    return story


def decided(story, key, day, **more):
    look(now=at(day))
    row = story.step(key)
    given = {"decision": "continue", "words": "He gains", "by": story.cast.amin, "now": at(day)}
    return decide(step=row, version=row.version, **(given | more))


def days(story):
    """Step → (its first day counted from the plan’s, its weeks)."""
    return {
        step.key: ((step.starts_on - story.today).days if step.starts_on else None, step.weeks)
        for step in body_of(story.fresh()).pathway.steps
    }


def test_the_decision_of_week_two_leaves_the_trial_alone(story):
    before = days(story)
    decided(story, "decision_point", 14)
    assert days(story) == before and story.step("trial").state == "not_yet"
    assert before["blocks"] == (None, None)


@pytest.mark.parametrize("order", [("decision_point", "trial"), ("trial", "decision_point")])
def test_two_running_steps_begin_one_next(story, order):
    decided(story, order[0], 42)
    assert days(story)["blocks"][0] is None
    decided(story, order[1], 43, next_weeks=2)
    assert days(story)["blocks"] == (43, 2) and days(story)["after_rfa"][0] is None


def test_a_step_begins_for_weeks_that_somebody_wrote(story, cast):
    decided(story, "decision_point", 14)
    with pytest.raises(Refused, match="begins with this decision: write for how many weeks"):
        decided(story, "trial", 42, decision="procedure")
    assert story.step("trial").decided_at is None
    with pytest.raises(Refused, match="1 to 52"):
        decided(story, "trial", 42, decision="procedure", next_weeks=0)
    for more in ({"more_weeks": 4}, {"decision": "discharge"}):
        with pytest.raises(Refused, match="Take the weeks of the next step away"):
            decided(story, "trial", 42, next_weeks=2, **more)
    decided(story, "trial", 42, decision="procedure", next_weeks=2)
    look(now=at(42))
    assert story.step("blocks").due_on == at(56).date()
    look(now=at(56))
    row = story.step("blocks")
    assert row.state in {"due", "not_met"}
    assert story.items("pathway_step").filter(subject_id=row.pk).exists()


def test_the_pathway_can_be_edited_after_every_decision(story):
    decided(story, "decision_point", 14)
    decided(story, "trial", 42, decision="procedure", next_weeks=2)
    steps = body_of(story.fresh()).pathway.steps
    told = tuple(
        step.model_copy(update={"patient_words": "Two test injections."})
        if step.key == "blocks"
        else step
        for step in steps
    )
    story.write("pathway", Pathway(steps=told), day=43)
    assert body_of(story.fresh()).pathway.steps == told


def changed(story, key, **more):
    steps = body_of(story.fresh()).pathway.steps
    return Pathway(
        steps=tuple(step.model_copy(update=more) if step.key == key else step for step in steps)
    )


def test_a_decided_step_is_not_made_longer(story):
    """Nobody would look at it again, and the plan would read as if somebody did."""
    decided(story, "trial", 42)
    for more in ({"weeks": 10}, {"starts_on": at(40).date()}, {"threshold": 50}):
        with pytest.raises(Refused, match="Step 2: it was decided on Tue 5 Jan 2027 .* add a step"):
            story.write("pathway", changed(story, "trial", **more), day=43)
    story.write("pathway", changed(story, "trial", patient_words="We tried it."), day=43)
    story.write("pathway", changed(story, "decision_point", weeks=7), day=43)
    look(now=at(43))
    assert story.step("decision_point").due_on == at(49).date()


def test_the_form_asks_for_the_weeks_of_what_begins(story, cast, as_user, time_machine):
    browser = as_user(cast.amin)
    look(now=at(42))
    time_machine.move_to(at(42.1), tick=False)

    def page(key):
        return browser.get(reverse("rehab:step", args=[story.step(key).pk])).content.decode()

    said = page("decision_point")
    assert "runs as well" in said and 'name="next_weeks"' not in said
    decided(story, "decision_point", 42)
    assert 'name="next_weeks"' in page("trial")
    row = story.step("trial")
    address = reverse("rehab:decide_step", args=[row.pk])
    body = {"decision": "procedure", "words": "Blocks now", "version": str(row.version)}
    for weeks, status in (("", 422), ("two", 422), ("2", 302)):
        answer = browser.post(address, body | {"next_weeks": weeks})
        assert answer.status_code == status, weeks
        if status == 422:
            assert "Blocks now" in answer.content.decode()
    assert days(story)["blocks"] == (42, 2)
