"""A second report is added to the first; a physician takes back what was no new deficit."""

import datetime as dt

import pytest
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from core.audit.models import AuditEvent
from core.lib.errors import Conflict, Forbidden, Refused
from messaging.models import WorkItem
from rehab.care_rules import is_told, with_another
from rehab.plan_body import PriorCare
from rehab.selectors.pathway import window_of
from rehab.services.deciding import decide, note_deficit, withdraw_deficit
from rehab.services.looking import look
from rehab.services.versions import body_of
from tests.rehab.manager import Manager, at

pytestmark = pytest.mark.django_db
WEAK = "Cannot rise on the left toes"
WHY = "Known since 2019, unchanged"


@pytest.fixture
def story(cast):
    story = Manager(cast)
    story.write("prior_care", PriorCare(window_weeks=6))
    return story


def noted(story, words=WEAK, day=16, **more):
    given = {"by": story.cast.ruiz, "now": at(17), "on": at(day).date()}
    return note_deficit(plan=story.fresh(), words=words, **(given | more))


def withdrawn(story, **more):
    plan = story.fresh()
    given = {"reason": WHY, "by": story.cast.amin, "now": at(18), "version": plan.version}
    return withdraw_deficit(plan=plan, **(given | more))


def window(story):
    plan = story.fresh()
    return window_of(plan, body_of(plan), today=at(18).date())


def test_a_second_report_is_added_and_the_earlier_day_stays(story, cast):
    noted(story)
    plan = noted(story, "Red flag confirmed: bladder", 17, by=cast.amin)
    assert plan.deficit_on == at(16).date()
    assert plan.deficit_words == f"{WEAK}; Fri 11 Dec 2026: Red flag confirmed: bladder"
    assert noted(story, "Red flag confirmed: bladder", 17).version == plan.version
    assert noted(story, day=17).version == plan.version, "the same again is once"
    plan = noted(story, "Foot drop", 15)
    assert plan.deficit_on == at(15).date()
    assert plan.deficit_words.startswith(f"Foot drop; Thu 10 Dec 2026: {WEAK}; Fri 11 Dec 2026:")
    with pytest.raises(Refused, match="At most 200"):
        noted(story, "x" * 201)
    plan = noted(story, "y" * 200, 17)
    assert plan.deficit_words.endswith("y" * 200) and len(plan.deficit_words) <= 300
    assert story.items("surgical_referral").count() == 1


@settings(max_examples=60, deadline=None)
@given(
    st.text("abc ;", min_size=1, max_size=300), st.text("xyz", min_size=3, max_size=200),
    st.integers(-3, 3),
)  # fmt: skip
def test_what_is_new_is_never_cut(first, said, days):
    day = dt.date(2026, 11, 24)
    on, words = with_another(day, first, day + dt.timedelta(days=days), said, longest=300)
    assert said in words and len(words) <= 300 and on == min(day, day + dt.timedelta(days=days))
    assert days < 0 or is_told(words, said)


def test_a_wrong_one_is_withdrawn_and_the_pathway_is_as_before(story, cast):
    before = (window(story), story.step("trial").state)
    noted(story)
    assert window(story).state == "ended" and story.items("surgical_referral").exists()
    withdrawn(story)
    plan = story.fresh()
    assert (plan.deficit_on, plan.deficit_words) == (None, "")
    assert (window(story), story.step("trial").state) == before
    item = WorkItem.objects.get(kind="surgical_referral")
    assert (item.close_event, item.closed_by) == ("deficit_withdrawn", cast.amin)
    told = AuditEvent.objects.get(action="withdraw_deficit")
    assert (told.actor, told.reason) == (cast.amin, WHY)
    assert WEAK in plan.history.values_list("deficit_words", flat=True)
    with pytest.raises(Conflict, match="a colleague has withdrawn it"):
        withdrawn(story, by=cast.novak)
    noted(story, "Foot drop")  # a real one, later
    assert window(story).state == "ended" and story.items("surgical_referral").exists()


def test_a_referral_that_was_decided_stands(story, cast):
    noted(story)
    look(now=at(17))
    row = story.step("trial")
    decide(step=row, decision="surgical_referral", words="Stalled", by=cast.amin, now=at(17),
           version=row.version)  # fmt: skip
    withdrawn(story)
    assert story.items("surgical_referral").exists()


def test_what_is_refused(story, cast):
    noted(story)
    stale = story.fresh().version
    for who in (cast.ruiz, cast.lang, cast.ana):
        with pytest.raises(Forbidden):
            withdrawn(story, by=who)
    for reason, words in ((" ", "Write why it is none"), ("x" * 301, "At most 300")):
        with pytest.raises(Refused, match=words):
            withdrawn(story, reason=reason)
    noted(story, "Foot drop", 17)
    with pytest.raises(Conflict) as told:
        withdrawn(story, version=stale)
    assert "Foot drop" in told.value.versions[0][2]
    assert story.fresh().deficit_on


def test_the_form_stands_where_it_was_noted(story, cast, as_user, time_machine):
    address = reverse("rehab:deficit", args=[story.plan.pk])
    door = reverse("rehab:withdraw_deficit", args=[story.plan.pk])
    time_machine.move_to(at(18), tick=False)
    browser = as_user(cast.amin)
    assert door not in browser.get(address).text
    noted(story)
    assert door in browser.get(address).text and door not in as_user(cast.ruiz).get(address).text
    assert address in browser.get(reverse("rehab:plan", args=[story.plan.pk])).text
    body = {"version": str(story.fresh().version), "reason": "no"}
    refused = browser.post(door, body)
    assert refused.status_code == 422 and "Write why it is none" in refused.text
    for who, code in (("ruiz", 403), ("ana", 403), ("quist", 404), ("amin", 302)):
        assert as_user(getattr(cast, who)).post(door, body | {"reason": WHY}).status_code == code
    assert story.fresh().deficit_on is None
