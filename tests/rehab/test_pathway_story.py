"""The warehouse manager's pathway: looked at every day, decided by a physician, never by itself."""

import pytest
from django.utils import timezone

from core.audit.models import AuditEvent
from core.events.models import DomainEvent
from core.events.services import dispatch
from core.lib.errors import Conflict, Forbidden, Refused
from core.people.models import Patient
from messaging.models import WorkItem
from outcomes.services import mark_in_error
from rehab.models import CarePlan, PathwayStep
from rehab.plan_body import Pathway
from rehab.services.deciding import decide
from rehab.services.looking import due_plans, look
from rehab.services.plans import end_plan
from rehab.services.versions import body_of
from tests.cast import NOW
from tests.rehab.manager import Manager, at

pytestmark = pytest.mark.django_db


@pytest.fixture
def story(cast):
    return Manager(cast)


def decided(story, key="trial", **more):
    row = story.step(key)
    given = {"decision": "continue", "words": "He gains, no second injection", "by":
             story.cast.amin, "now": at(43), "version": row.version}  # fmt: skip
    return decide(step=row, **(given | more))


def test_week_six_at_forty_of_forty_five_and_four_more_weeks(story, cast):
    story.stands("10", day=0)
    story.stands("30", day=14)
    look(now=at(15))
    row = story.step("trial")
    assert row.state == "not_yet" and row.reason.startswith("Week 3 of 6: 30 min on Tue 8 Dec")
    story.stands("40", day=34)
    look(now=at(42))
    row = story.step("trial")
    assert row.state == "not_met"
    assert row.reason == "6 weeks are over: 40 min on Mon 28 Dec 2026, at least 45 min was wanted."
    item = story.items("pathway_step").get(subject_id=row.pk)
    assert item.owner_role == "physician" and "45" not in item.reason and "stand" not in item.reason
    decided(story, more_weeks=4)
    assert not story.items("pathway_step").filter(subject_id=row.pk).exists()
    assert WorkItem.objects.get(pk=item.pk).close_event == "decided"
    steps = body_of(story.fresh()).pathway.steps
    assert [step.title for step in steps][2] == (
        "4 weeks more: Therapy in the direction that helps"
    )
    assert (steps[2].weeks, steps[2].starts_on.isoformat()) == (4, "2027-01-06")
    look(now=at(43))
    assert story.step(steps[2].key).state == "not_yet"
    story.stands("45", day=60)
    dispatch(now=at(60))
    assert story.step(steps[2].key).state == "met"


def test_the_decision_point_of_week_two_is_a_physicians_item(story):
    look(now=at(13))
    assert story.step("decision_point").state == "not_yet"
    look(now=at(14))
    row = story.step("decision_point")
    assert (row.state, row.reason) == ("due", "2 weeks are over: a person decides.")
    assert story.items("pathway_step").get().subject_id == row.pk


def test_a_value_counts_at_once_and_a_wrong_one_no_more(story, cast):
    look(now=at(0))
    high = story.stands("50", day=20)
    dispatch(now=at(20))
    row = story.step("trial")
    assert row.state == "met" and story.items("pathway_step").filter(subject_id=row.pk).exists()
    mark_in_error(measurement=high, reason="Hale’s value", by=cast.ruiz, now=at(21),
                  version=high.version)  # fmt: skip
    dispatch(now=at(21))
    assert story.step("trial").state == "not_yet"
    assert not story.items("pathway_step").filter(subject_id=row.pk).exists()


def test_the_plan_changed_and_the_step_is_looked_at_anew(story):
    look(now=at(42))
    assert story.step("trial").state == "due"
    steps = body_of(story.fresh()).pathway.steps
    longer = (steps[0], steps[1].model_copy(update={"weeks": 10}))
    story.write("pathway", Pathway(steps=longer), day=42)
    dispatch(now=at(42))
    assert story.step("trial").state == "not_yet"
    assert not story.items("pathway_step").filter(subject_id=story.step("trial").pk).exists()


def test_a_look_once_a_day_and_twice_is_once(story):
    assert due_plans(now=at(0)) == [story.plan.pk]
    assert look(now=at(0)) == 1 and look(now=at(0)) == 0
    before = (story.step("trial").version, story.step("trial").history.count())
    assert look(now=at(1)) == 1  # the same week: nothing new to say
    assert (story.step("trial").version, story.step("trial").history.count()) == before
    assert story.step("trial").looked_on == timezone.localdate(at(1))


def test_the_day_is_the_clinics_own(story):
    """23:30 in Chicago is the next day in UTC, and not yet the next day for the plan."""
    look(now=at(0))
    assert due_plans(now=at(8.4 / 24)) == [] and due_plans(now=at(9.2 / 24)) == [story.plan.pk]


def test_one_plan_that_fails_keeps_no_other_from_its_turn(story, cast, monkeypatch):
    story.patient = cast.hale
    other = CarePlan.objects.create(
        clinic=cast.riverside, patient=cast.hale, started_on=story.today, lanes=story.plan.lanes,
        episode=cast.hale.episodes.create(problem="Knees", region="knee", opened_on=story.today),
    )  # fmt: skip
    with pytest.raises(Refused):  # a plan without a version: it cannot be read
        look(now=at(42))
    assert story.step("trial").state == "due" and due_plans(now=at(42)) == [other.pk]


def test_who_decides_and_who_does_not(story, cast):
    look(now=at(42))
    for who in (cast.ruiz, cast.lang, cast.ana, cast.cole):
        with pytest.raises(Forbidden):
            decided(story, by=who)
    with pytest.raises(Refused, match="Choose what happens next"):
        decided(story, decision="wait")
    with pytest.raises(Refused, match="Write why"):
        decided(story, words=" ")
    with pytest.raises(Refused, match="More weeks belong to"):
        decided(story, decision="imaging", more_weeks=4)
    with pytest.raises(Refused, match="1 to 52"):
        decided(story, more_weeks=60)
    row = decided(story)
    assert (row.state, row.decided_by, row.decision) == ("decided", cast.amin, "continue")
    assert AuditEvent.objects.filter(object_kind="pathway_step", action="decide").count() == 1


def test_two_physicians_get_both_texts(story, cast):
    look(now=at(42))
    stale = story.step("trial").version
    decided(story)
    assert decided(story, version=stale).decided_by == cast.amin  # the same again is once
    with pytest.raises(Conflict) as told:
        decided(story, decision="imaging", words="MRI first", by=cast.novak, version=stale)
    assert told.value.versions[0] == ("Decision", "Imaging", "Go on as planned")
    assert told.value.versions[1][1:] == ("MRI first", "He gains, no second injection")


def test_what_it_rests_on_moved_since_it_was_read(story):
    look(now=at(42))
    stale = story.step("trial").version
    story.stands("46", day=42)
    dispatch(now=at(42))
    with pytest.raises(Conflict) as told:
        decided(story, decision="surgical_referral", version=stale)
    assert "Reached 46 min" in told.value.versions[1][2]
    assert not story.items("surgical_referral").exists()


def test_a_surgical_referral_is_an_item_of_its_own(story):
    look(now=at(42))
    decided(story, decision="surgical_referral", words="Stalled at 30 minutes")
    item = story.items("surgical_referral").get()
    assert item.subject_id == story.plan.pk and "30" not in item.reason
    steps = {step.key: step.starts_on for step in body_of(story.fresh()).pathway.steps}
    assert steps == {"decision_point": story.today, "trial": story.today}


def test_a_step_that_was_taken_out_is_not_decided(story):
    look(now=at(42))
    stale = story.step("trial").version
    steps = body_of(story.fresh()).pathway.steps
    story.write("pathway", Pathway(steps=steps[:1]), day=42)
    assert story.step("trial").state == "dropped"
    with pytest.raises(Conflict, match="taken out"):
        decided(story, version=stale)


def test_a_plan_that_ended_is_left_alone_and_so_is_who_has_died(story, cast):
    Patient.objects.filter(pk=story.patient.pk).update(status="deceased")
    look(now=at(42))
    assert story.step("trial").state == "not_yet" and not story.items("pathway_step").exists()
    assert due_plans(now=at(42)) == [], "not with every tick either"
    Patient.objects.filter(pk=story.patient.pk).update(status="active")
    look(now=at(43))
    assert story.items("pathway_step").count() == 2
    end_plan(plan=story.plan, reason="Moved away", by=cast.amin, now=at(44),
             version=story.fresh().version)  # fmt: skip
    assert not story.items("pathway_step").exists() and due_plans(now=at(60)) == []


def test_a_service_is_told_once_and_another_one_anew(story):
    steps = body_of(story.fresh()).pathway.steps

    def name(service, day):
        story.write("pathway", Pathway(steps=(
            steps[0].model_copy(update={"service": service}), steps[1])), day=day)  # fmt: skip
        return DomainEvent.objects.filter(name="rehab.service_named").count()

    assert name("L5-S1 epidural injection", 1) == 1
    changed = (steps[0].model_copy(update={"service": "L5-S1 epidural injection", "weeks": 3}),
               steps[1])  # fmt: skip
    story.write("pathway", Pathway(steps=changed), day=2)
    assert DomainEvent.objects.filter(name="rehab.service_named").count() == 1
    assert name("S1 epidural injection", 3) == 2
    assert name("", 4) == 2 and name("S1 epidural injection", 5) == 3
    assert PathwayStep.objects.get(plan=story.plan, key="decision_point").named_at == at(5)


def test_now_is_the_first_day():
    assert at(0) == NOW
