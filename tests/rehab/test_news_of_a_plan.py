"""What happens to a plan reaches everybody who treats: on the page, since they looked, in time."""

import datetime as dt
import html

import pytest
import time_machine
from django.urls import reverse

from config.home.own_day import own_day
from config.home.since import looked, since_of
from config.home.timeline import timeline
from core.people.services import join_care_team, open_episode
from intake.models import Appointment
from messaging.models import WorkItem
from rehab.models import FirstVisit, PlanVersion
from rehab.plan_body import Hypothesis, Medication, PriorCare
from rehab.services.deciding import decide, note_deficit, withdraw_deficit
from rehab.services.looking import look
from rehab.services.plans import acknowledge, end_plan, revise, start_plan
from rehab.services.visits import addend, sign
from tests.factories.first_visits import warehouse
from tests.factories.plans import GOAL
from tests.factories.schedule import Schedule
from tests.rehab.manager import DAY, Manager, at

pytestmark = pytest.mark.django_db
WEAK = "Cannot rise on the left toes since yesterday"
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def story(cast):
    return Manager(cast)


def lines(who, patient, plan, now):
    found = since_of(who, patient, plan, now=now)
    assert found.looked_at  # or there would be three lines of the plan instead
    return {line.label: line for line in found.lines}


def events(who, patient, now, show=""):
    return {each.title: each for each in timeline(who, patient, now=now, show=show).events}


def page_of(as_user, who, patient, now):
    with time_machine.travel(now, tick=False):
        return html.unescape(as_user(who).get(f"/patients/{patient.pk}/").content.decode())


# --- a new deficit --------------------------------------------------------------------------------


@pytest.fixture
def weak(cast, story):
    """Amin and Ruiz have read the plan; on day 17 Ruiz finds the weakness."""
    for ack in WorkItem.objects.filter(kind="plan_changed", closed_at=None, owner=cast.ruiz):
        row = story.fresh().versions.get(number=story.fresh().head).acks.get(pk=ack.subject_id)
        acknowledge(ack=row, by=cast.ruiz, now=at(0))
    for who in (cast.amin, cast.ruiz, cast.lang):
        looked(who, cast.okafor, now=at(16))
    note_deficit(plan=story.fresh(), words=WEAK, on=at(17).date(), by=cast.ruiz, now=at(17))
    return story


def test_a_new_deficit_stands_on_every_page_of_the_patient(cast, weak, as_user):
    for who in (cast.amin, cast.ruiz, cast.novak):
        page = page_of(as_user, who, cast.okafor, at(17) + MINUTE)
        assert page.count("New deficit Fri 11 Dec 2026: surgery is weighed now") == 1  # the banner
        assert "New deficit, found Fri 11 Dec 2026" in page and WEAK in page
    desk = page_of(as_user, cast.ana, cast.okafor, at(17) + MINUTE)
    assert "eficit" not in desk and "left toes" not in desk
    with time_machine.travel(at(17), tick=False):
        assert as_user(cast.quist).get(f"/patients/{cast.okafor.pk}/").status_code == 404


def test_without_one_the_banner_says_the_next_decision(cast, story, as_user):
    look(now=at(13))
    page = page_of(as_user, cast.amin, cast.okafor, at(13))
    assert "decision due Tue 8 Dec 2026" in page and "eficit" not in page


def test_a_new_deficit_is_news_and_in_time(cast, weak):
    found = lines(cast.amin, cast.okafor, weak.fresh(), at(18))
    line = found["New deficit"]
    assert (line.text, line.tone, line.who) == (WEAK, "danger", "Lena Ruiz")
    assert line.link == reverse("rehab:plan", args=[weak.plan.pk])
    assert "Plan changed" not in found  # it is told once
    assert "New deficit" not in lines(cast.ruiz, cast.okafor, weak.fresh(), at(18))  # her own
    for show in ("", "plan"):
        event = events(cast.amin, cast.okafor, at(18), show)["New deficit"]
        assert (event.text, event.tag) == (WEAK, ("Surgery is weighed", "danger"))
    assert "New deficit" not in events(cast.ana, cast.okafor, at(18))


def test_the_team_is_asked_to_read_it_and_nobody_to_sign_it(cast, weak, as_user):
    plan = weak.fresh()
    asked = weak.items("plan_changed").get()
    assert asked.owner == cast.amin and "toes" not in asked.reason
    newest = PlanVersion.objects.get(plan=plan, number=plan.head)
    assert not newest.cosign_needed and not weak.items("plan_cosign").exists()
    assert weak.items("surgical_referral").exists()
    ack = newest.acks.get(user=cast.amin)
    with time_machine.travel(at(18), tick=False):
        page = as_user(cast.amin).get(reverse("rehab:changed", args=[ack.pk])).content.decode()
    assert f"Fri 11 Dec 2026: {WEAK}" in html.unescape(page)
    Appointment.objects.create(
        clinic=cast.riverside, patient=cast.okafor, provider=cast.amin,
        visit_type=Schedule(cast).types["pt"], starts_at=at(18), ends_at=at(18) + MINUTE,
        booked_at=at(0), booked_by=cast.ana,
    )  # fmt: skip
    (visit,) = own_day(cast.amin, cast.riverside, now=at(18))
    assert visit.change.words == f"New deficit: Fri 11 Dec 2026: {WEAK}"


def test_later_versions_repeat_it_until_it_is_taken_back(cast, weak, as_user):
    def said():
        return PlanVersion.objects.get(plan=weak.plan, number=weak.fresh().head).body["deficit"]

    weak.write("prior_care", PriorCare(window_weeks=6), day=18)
    assert WEAK in said()
    looked(cast.lang, cast.okafor, now=at(18))
    plan = weak.fresh()
    withdraw_deficit(plan=plan, reason="known since 2019", by=cast.amin, now=at(19),
                     version=plan.version)  # fmt: skip
    assert said() == ""
    for reader in (cast.lang, cast.ruiz):  # she looked before it was noted, Lang after
        line = lines(reader, cast.okafor, weak.fresh(), at(20))["Deficit taken back"]
        assert (line.text, line.tone) == ("known since 2019", "warn")
    seen = events(cast.lang, cast.okafor, at(20), "plan")
    assert (
        seen["Deficit taken back"].text == "known since 2019" and seen["New deficit"].text == WEAK
    )
    assert weak.items("plan_changed").filter(owner=cast.ruiz).exists()
    assert "surgery is weighed now" not in page_of(as_user, cast.amin, cast.okafor, at(20))


# --- a decision, an end ---------------------------------------------------------------------------


def test_a_decided_step_says_what_was_decided(cast, story, as_user):
    story.stands("10", day=0)
    story.stands("40", day=35)
    look(now=at(42))
    looked(cast.ruiz, cast.okafor, now=at(41))
    row = story.step("trial")
    assert "If not: " in page_of(as_user, cast.novak, cast.okafor, at(42))
    decide(step=row, decision="behavioral_health", words="Fear leads, Lang joins", by=cast.amin,
           now=at(42), version=row.version)  # fmt: skip
    line = lines(cast.ruiz, cast.okafor, story.fresh(), at(43))["Decided"]
    assert line.text == "Behavioral health joins in: Fear leads, Lang joins"
    assert line.who == "Leila Amin" and line.link == reverse("rehab:step", args=[row.pk])
    event = events(cast.ruiz, cast.okafor, at(43), "plan")[
        "Pathway decided: behavioral health joins in"
    ]
    assert (event.text, event.href) == ("Fear leads, Lang joins", line.link)
    page = page_of(as_user, cast.ruiz, cast.okafor, at(43))
    assert "<b>Decided: Behavioral health joins in.</b> Fear leads, Lang joins" in page
    with time_machine.travel(at(43), tick=False):
        own = as_user(cast.daniel).get(reverse("home:portal_plan")).content.decode()
    assert "<b>Decided: Behavioral health joins in.</b> Fear leads, Lang joins" in own


def test_the_end_of_a_plan_says_why(cast, story):
    looked(cast.ruiz, cast.okafor, now=at(3))
    plan = story.fresh()
    end_plan(plan=plan, reason="moved to Ohio", by=cast.amin, now=at(4), version=plan.version)
    line = lines(cast.ruiz, cast.okafor, None, at(5))["Plan ended"]
    assert line.text == "Left L5-S1 radicular pain: moved to Ohio" and line.tone == "warn"
    assert line.link == reverse("rehab:plan", args=[plan.pk])
    event = events(cast.ruiz, cast.okafor, at(5), "plan")["Plan ended"]
    assert "moved to Ohio" in event.text and event.href == line.link
    looked(cast.ana, cast.okafor, now=at(3))
    assert not since_of(cast.ana, cast.okafor, None, now=at(5)).lines


# --- the first visit ------------------------------------------------------------------------------


def test_a_signed_first_visit_and_what_was_added_to_it(cast):
    visit = warehouse(cast)
    join_care_team(patient=cast.okafor, user=cast.ruiz, role="therapist", by=cast.ana, now=at(0))
    looked(cast.ruiz, cast.okafor, now=at(0) - DAY)
    sign(visit=visit, by=cast.amin, now=at(0), version=FirstVisit.objects.get().version)
    addend(visit=FirstVisit.objects.get(), words="Reflexes absent on the right", by=cast.amin,
           now=at(1))  # fmt: skip
    link = reverse("rehab:first_visit", args=[visit.pk])
    found = lines(cast.ruiz, cast.okafor, None, at(2))
    assert found["First visit signed"].link == found["Added to the first visit"].link == link
    assert found["Added to the first visit"].text == "Reflexes absent on the right"
    for show in ("", "visits"):
        seen = events(cast.ruiz, cast.okafor, at(2), show)
        assert seen["First visit signed"].href == link
        assert seen["Added to the first visit"].text == "Reflexes absent on the right"
    assert "First visit signed" not in events(cast.ana, cast.okafor, at(2), "visits")


# --- two problems ---------------------------------------------------------------------------------


@pytest.fixture
def knee(cast, story):
    episode = open_episode(patient=cast.okafor, problem="Knee arthritis", region="knee",
                           by=cast.ana, now=at(1))  # fmt: skip
    plan = start_plan(episode=episode, hypothesis=Hypothesis(lane="knee_oa", words="Knee"),
                      by=cast.amin, now=at(1))  # fmt: skip
    value = GOAL.model_copy(update={"words": "Climb two flights"})
    return revise(plan=plan, part="goal", value=value, base=1, by=cast.amin, now=at(1))


def test_what_changed_in_either_plan_is_news(cast, story, knee, as_user):
    looked(cast.lang, cast.okafor, now=at(2))
    for plan, words in ((story.fresh(), "STOP the steroid"), (knee, "ibuprofen")):
        revise(plan=plan, part="medication", value=Medication(lines=(words,)), base=plan.head,
               by=cast.ruiz, now=at(3))  # fmt: skip
    found = since_of(cast.lang, cast.okafor, knee, now=at(4)).lines
    told = {line.text for line in found if line.label == "Plan changed"}
    assert told == {
        "Medication: ibuprofen",  # of the plan the page is about
        "Left L5-S1 radicular pain: Medication: STOP the steroid",
    }
    third = open_episode(patient=cast.okafor, problem="Neck", region="neck", by=cast.ana, now=at(4))
    start_plan(episode=third, hypothesis=Hypothesis(words="Neck"), by=cast.amin, now=at(4))
    found = since_of(cast.lang, cast.okafor, knee, now=at(5)).lines
    assert ("Plan", "Neck: the plan was written.") in {(line.label, line.text) for line in found}


def test_the_page_names_the_other_plan_with_its_goal(cast, story, knee, as_user):
    page = page_of(as_user, cast.amin, cast.okafor, at(2))
    also = page.split("Also running")[1].split("</p>")[0]
    other = reverse("rehab:plan", args=[story.plan.pk])
    assert other in also and "(goal: Stand and work 45 minutes without leg pain" in also
