"""A therapist starts the same day on what the lane orders; nobody waits for an order."""

import pytest
import time_machine
from django.urls import reverse

from core.lib.errors import Forbidden, Refused
from intake.services.flags import release_pt_hold
from rehab.plan_body import Hypothesis, Therapy
from rehab.services.plans import cosign, start_standing_order
from tests.cast import NOW
from tests.factories.flags import saddle_numbness
from tests.factories.plans import GOAL, THERAPY, TODAY, Planned

pytestmark = pytest.mark.django_db


@pytest.fixture
def story(cast):
    with time_machine.travel(NOW, tick=False):
        yield Planned(cast)


def start(story, by):
    return start_standing_order(plan=story.plan, by=by, now=NOW, base=story.plan.head)


def test_it_starts_today_from_the_plans_page(cast, as_user, story):
    browser, page = as_user(cast.ruiz), reverse("rehab:plan", args=[story.pk])
    assert "Begin the standing order" in browser.get(page).content.decode()
    answer = browser.post(reverse("rehab:standing", args=[story.pk]), {"version": "1"})
    assert answer.status_code == 302
    order = story.body.therapy
    assert order.standing and order.starts_on == TODAY
    assert order.exercises and order.avoid and all(row.until for row in order.avoid)
    assert not [row for row in order.exercises if row.dose] and order.per_week is None
    shown = browser.get(page).content.decode()
    assert "Standing order of the lane" in shown and "Begin the standing order" not in shown


def test_a_physician_is_asked_to_sign_it(cast, story):
    start(story, cast.ruiz)
    assert story.items("plan_cosign").get().subject_id == story.head.pk
    cosign(plan_version=story.head, by=cast.amin, now=NOW)
    assert story.body.therapy.standing, "a signature is no order of one's own"


def test_begun_twice_is_once(cast, story):
    start(story, cast.ruiz)
    head = story.plan.head
    start(story, cast.amin)
    assert story.plan.head == head


def test_the_therapist_adds_doses_as_far_as_they_know_them(cast, story):
    start(story, cast.ruiz)
    order = story.body.therapy
    first = order.exercises[0].model_copy(update={"dose": "2 x 10"})
    some = order.model_copy(update={"exercises": (first, *order.exercises[1:])})
    story.write("therapy", some, by=cast.ruiz)
    assert story.body.therapy.standing and story.body.therapy.exercises[0].dose == "2 x 10"
    with pytest.raises(Refused, match="Write how many sessions a week"):
        story.write("therapy", some)  # a physician's would be an order: it is judged


def test_a_physicians_own_order_takes_its_place(cast, story):
    start(story, cast.ruiz)
    story.write("goal", GOAL)
    story.write("therapy", THERAPY)
    assert not story.body.therapy.standing
    with pytest.raises(Refused, match="stands already"):
        start(story, cast.ruiz)
    with pytest.raises(Refused):  # and from then on a therapist's words are judged as well
        story.write("therapy", THERAPY.model_copy(update={"per_week": None}), by=cast.ruiz)


def test_no_lane_no_order(cast, story):
    story.write("hypothesis", Hypothesis(words="Back pain"))
    with pytest.raises(Refused, match="No lane is chosen"):
        start(story, cast.ruiz)


def test_a_hold_stops_it(cast, new_call, story):
    flag = saddle_numbness(cast, new_call, about=cast.okafor)
    with pytest.raises(Refused, match="on hold"):
        start(story, cast.ruiz)
    assert story.body.therapy == Therapy()
    release_pt_hold(flag=flag, reason="imaging is clear", by=cast.amin, now=NOW,
                    version=flag.version)  # fmt: skip
    start(story, cast.ruiz)
    assert story.body.therapy.standing


def test_a_call_on_the_line_that_holds_stops_it_too(cast, new_call, story):
    call = new_call()
    call.patient, call.hold_pt = cast.okafor, True  # no flag is raised until the call ends
    call.save()
    with pytest.raises(Refused, match="call"):
        start(story, cast.ruiz)
    call.hold_pt = False
    call.save()
    start(story, cast.ruiz)


def test_only_who_writes_plans(cast, story):
    for name in ("ana", "park", "cole"):
        with pytest.raises(Forbidden):
            start(story, getattr(cast, name))
    start(story, cast.ruiz)
