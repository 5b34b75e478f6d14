"""A therapist starts the same day on what the lane orders; nobody waits for an order."""

import pytest
import time_machine
from django.urls import reverse

from core.lib.errors import Forbidden, Refused
from intake.services.flags import release_pt_hold
from rehab.plan_body import Avoided, Hypothesis, Therapy
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


@pytest.mark.parametrize(
    "words",
    [
        {"emphasis": "PT as tolerated, evaluate and treat"},
        {"exercises": ()},
        {"progression": "As tolerated"},
        {"avoid": (Avoided(what="Bending", until="further notice"),)},
        {"stop": ()},
    ],
)
def test_other_words_are_an_order_of_ones_own_and_are_judged(cast, story, words):
    start(story, cast.ruiz)
    story.write("goal", GOAL)
    order = story.body.therapy
    with pytest.raises(Refused):
        story.write("therapy", order.model_copy(update=words), by=cast.ruiz)
    assert story.body.therapy == order
    story.write("therapy", THERAPY, by=cast.ruiz)
    assert not story.body.therapy.standing, "theirs, and a physician co-signs it"
    assert story.items("plan_cosign").filter(subject_id=story.head.pk).exists()


def test_doses_are_written_on_the_lanes_own_page(cast, as_user, story):
    start(story, cast.ruiz)
    order = story.body.therapy
    body = {
        "version": str(story.plan.head), "emphasis": order.emphasis.replace(" ", "\r\n", 1),
        "progression": order.progression, "stop": "\r\n".join(order.stop), "per_week": "2",
        "call": "\r\n".join(order.call), "starts_on": order.starts_on.isoformat(),
    }  # fmt: skip
    for at, row in enumerate(order.exercises):
        body |= {f"exercises-{at}-name": row.name, f"exercises-{at}-dose": "2 x 10",
                 f"exercises-{at}-from_week": "2"}  # fmt: skip
    for at, avoided in enumerate(order.avoid):
        body |= {f"avoid-{at}-what": avoided.what, f"avoid-{at}-until": avoided.until}
    address = reverse("rehab:part", args=[story.pk, "therapy"])
    ruiz = as_user(cast.ruiz)
    other = ruiz.post(address, body | {"progression": "As tolerated"})
    assert other.status_code == 422 and "As tolerated" in other.text
    assert ruiz.post(address, body).status_code == 302
    assert story.body.therapy.standing and story.body.therapy.per_week == 2


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
