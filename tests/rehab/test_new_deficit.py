"""A new deficit ends the wait: the surgeon's item stands the same minute, whoever noticed it."""

import datetime as dt

import pytest

from core.events.services import dispatch
from core.lib.errors import Conflict, Forbidden, Refused
from core.people.services import open_episode
from intake.services.calls import use_match
from intake.services.flags import decide_flag
from rehab.plan_body import Care, Hypothesis, PriorCare
from rehab.selectors.pathway import window_of
from rehab.services.deciding import note_deficit
from rehab.services.plans import start_plan
from rehab.services.versions import body_of
from tests.rehab.manager import Manager, at

pytestmark = pytest.mark.django_db
WEAK = "Cannot rise on the left toes since yesterday"


@pytest.fixture
def story(cast):
    return Manager(cast)


def noted(story, **more):
    given = {"words": WEAK, "on": story.today + dt.timedelta(days=16), "by": story.cast.ruiz,
             "now": at(17)}  # fmt: skip
    return note_deficit(plan=story.plan, **(given | more))


def window(story, day):
    plan = story.fresh()
    return window_of(plan, body_of(plan), today=story.today + dt.timedelta(days=day))


def test_new_weakness_in_week_three(story):
    story.write("prior_care", PriorCare(window_weeks=6))
    assert window(story, 17).state == "open"
    plan = noted(story)
    assert plan.deficit_words == WEAK and plan.history.first().history_user == story.cast.ruiz
    found = window(story, 17)
    assert found.state == "ended" and "2 of 6 weeks" in found.reason
    item = story.items("surgical_referral").get()
    assert (item.opened_at, item.owner_role) == (at(17), "physician")
    assert "toes" not in item.reason


def test_the_same_again_is_once_and_a_colleagues_comes_back_with_both_texts(story, cast):
    stale = story.fresh().version
    first = noted(story)
    assert noted(story).version == first.version
    with pytest.raises(Conflict) as told:
        noted(story, words="Foot drop", by=cast.amin, version=stale)
    assert told.value.versions[0] == ("What is new", "Foot drop", WEAK)
    assert noted(story, words="Foot drop", by=cast.amin, version=first.version).version == (
        first.version + 1
    )
    assert story.items("surgical_referral").count() == 1


def test_a_plan_that_changed_elsewhere_does_not_stand_in_its_way(story):
    stale = story.fresh().version
    story.write("prior_care", PriorCare(window_weeks=6), day=16)
    assert noted(story, version=stale).deficit_on


def test_what_is_refused(story, cast):
    with pytest.raises(Forbidden):
        noted(story, by=cast.ana)
    with pytest.raises(Refused, match="Write what is new"):
        noted(story, words=" ")
    with pytest.raises(Refused, match="lies ahead"):
        noted(story, on=story.today + dt.timedelta(days=18))
    with pytest.raises(Refused, match="before the patient was born"):
        noted(story, on=dt.date(1926, 1, 1))
    assert noted(story).deficit_on and story.items("surgical_referral").exists()


def red_flag(story, new_call, answer, *, decision="confirm", to="", match=True):
    call = new_call(now=at(17), others="no", **answer)
    if match:
        join(story, call)
    decide_flag(
        flag=call.flag, decision=decision, to=to, reason="Examined", release_hold=False,
        by=story.cast.amin, now=at(17),
    )  # fmt: skip
    dispatch(now=at(17))
    return call


def join(story, call):
    use_match(call=call, patient=story.patient, birth_date=story.patient.birth_date,
              by=story.cast.ana, now=at(17))  # fmt: skip


def test_a_red_flag_that_a_physician_confirmed_says_so(story, new_call):
    red_flag(story, new_call, {"Q3": "yes:RF03a"})
    plan = story.fresh()
    assert plan.deficit_words.startswith("Red flag confirmed: ")
    assert plan.deficit_on == story.today + dt.timedelta(days=17)
    assert story.items("surgical_referral").count() == 1


@pytest.mark.parametrize(
    ("answer", "decision", "to"),
    [
        ({"Q5": "yes"}, "confirm", ""),  # a fever is none
        ({"Q3": "yes:RF03a"}, "change", "routine"),  # the physician found it milder
    ],
)
def test_other_findings_do_not_end_the_wait(story, new_call, answer, decision, to):
    red_flag(story, new_call, answer, decision=decision, to=to)
    assert story.fresh().deficit_on is None and not story.items("surgical_referral").exists()


def test_a_flag_decided_before_anybody_knew_whose_it_was(story, new_call):
    call = red_flag(story, new_call, {"Q2": "yes"}, match=False)
    assert story.fresh().deficit_on is None
    join(story, call)
    dispatch(now=at(17))
    assert story.fresh().deficit_on and story.items("surgical_referral").exists()


def test_it_is_about_the_plan_of_the_region_the_call_was_about(story, new_call, cast):
    neck = open_episode(
        patient=story.patient, problem="Neck", region="neck", by=cast.ana, now=at(0)
    )
    other = start_plan(
        episode=neck, hypothesis=Hypothesis(words="Neck pain"), by=cast.amin, now=at(0)
    )
    call = new_call(now=at(17), others="no", Q3="yes:RF03b")
    join(story, call)
    call.region = "neck"
    call.save()
    decide_flag(flag=call.flag, decision="confirm", to="", reason="Examined", release_hold=False,
                by=cast.amin, now=at(17))  # fmt: skip
    dispatch(now=at(17))
    other.refresh_from_db()
    assert other.deficit_on and story.fresh().deficit_on is None


def test_a_facet_lane_with_documented_therapy_before(cast):
    """Six weeks elsewhere, shown by the notes: nothing is waited for twice."""
    story = Manager(cast, lane="facet_lumbar")
    last = story.today - dt.timedelta(days=20)
    before = Care(what="Therapy elsewhere", from_on=last - dt.timedelta(days=41), to_on=last,
                  visits=12, shown_by="PT notes, Northside")  # fmt: skip
    rumour = Care(what="Chiropractor", from_on=last - dt.timedelta(days=99),
                  to_on=last - dt.timedelta(days=72))  # fmt: skip
    story.write("prior_care", PriorCare(window_weeks=6, care=(before, rumour)))
    found = window(story, 0)
    assert (found.state, found.weeks_done) == ("complete", 6)
    assert found.reason == "6 of 6 weeks, 4 weeks not documented."
