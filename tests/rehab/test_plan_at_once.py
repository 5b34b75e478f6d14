"""Two editors at the same moment, fifty times: every word is in a version or answered with both."""

import os
from decimal import Decimal

import pytest

from core.lib.errors import Conflict
from messaging.models import WorkItem
from rehab.models import PlanAck, PlanVersion
from rehab.plan_body import Medication, PlanBody, Tolerance
from rehab.services.plans import acknowledge, cosign, end_plan
from tests.cast import NOW
from tests.factories.plans import GOAL, Planned
from tests.factories.races import race

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 1000 if os.environ.get("HALLWAY_DEEP") else 50
FEW = 4


@pytest.fixture
def story(cast):
    return Planned(cast)


def texts_of(story):
    """Every version's number and the texts of it."""
    rows = PlanVersion.objects.filter(plan_id=story.pk).order_by("number")
    return [(row.number, PlanBody.model_validate(row.body)) for row in rows]


@pytest.mark.timeout(900)
def test_of_two_texts_in_one_field_fifty_times_none_is_lost(cast, story):
    people = [cast.amin, cast.ruiz]
    accepted, refused = [], []
    for number in range(ROUNDS):
        head = story.plan.head

        def act(n, number=number, head=head):
            words = f"Stands {number} minutes, says {n}"
            return story.write("tolerance", Tolerance(words=words), base=head, by=people[n])

        found = race(act, runners=2)
        words = [f"Stands {number} minutes, says {n}" for n in (0, 1)]
        won = [n for n in (0, 1) if not isinstance(found[n], Exception)]
        lost = [n for n in (0, 1) if isinstance(found[n], Conflict)]
        assert (len(won), len(lost)) == (1, 1), found
        told = found[lost[0]]
        assert told.versions == [("In numbers", words[lost[0]], words[won[0]])]
        assert told.who == people[won[0]].full_name and told.version == head + 1
        accepted.append(words[won[0]])
        refused.append(words[lost[0]])
    saved = texts_of(story)
    assert [number for number, _ in saved] == list(range(1, ROUNDS + 2)), "a number is missing"
    assert [body.tolerance.words for _, body in saved[1:]] == accepted
    everything = " ".join(body.tolerance.words for _, body in saved)
    assert not [words for words in refused if words in everything]
    assert story.plan.head == ROUNDS + 1 and len(refused) == ROUNDS
    # whoever has to read it is asked about the newest alone, and once
    waiting = PlanAck.objects.filter(acknowledged_at=None, overtaken_at=None)
    assert {ack.plan_version.number for ack in waiting} == {story.plan.head}
    assert story.items("plan_changed").count() == waiting.count() == len({a.user for a in waiting})
    # nobody pressed “read”: a line counts as read only where all that came before was one's own
    for who in people:
        done = PlanAck.objects.filter(user=who, acknowledged_at__isnull=False)
        last = max((ack.plan_version.number for ack in done), default=0)
        theirs = PlanVersion.objects.filter(plan_id=story.pk).exclude(made_by=who)
        newest = theirs.order_by("number").last()
        assert not theirs.filter(number__lte=last).exists(), "an unread change is marked as read"
        assert waiting.filter(user=who).exists() == (newest is not None)


@pytest.mark.timeout(300)
def test_different_parts_at_once_are_both_in_the_newest_version(cast, story):
    for number in range(FEW):
        head = story.plan.head

        def act(n, number=number, head=head):
            if n:
                return story.write("medication", Medication(lines=(f"no. {number}",)), base=head)
            words = f"Stands {number} minutes"
            return story.write("tolerance", Tolerance(words=words), base=head, by=cast.ruiz)

        found = race(act, runners=2)
        assert not [r for r in found if isinstance(r, Exception)], found
        assert story.body.medication.lines == (f"no. {number}",)
        assert story.body.tolerance.words == f"Stands {number} minutes"
        assert story.plan.head == head + 2


@pytest.mark.timeout(300)
def test_different_fields_of_one_part_at_once(cast, story):
    story.write("goal", GOAL)
    for number in range(FEW):
        head, goal = story.plan.head, story.body.goal

        def act(n, number=number, head=head, goal=goal):
            mine = {"words": f"Stand, {number}"} if n else {"target": Decimal(50 + number)}
            return story.write("goal", goal.model_copy(update=mine), base=head)

        found = race(act, runners=2)
        assert not [r for r in found if isinstance(r, Exception)], found
        assert (story.body.goal.words, story.body.goal.target) == (f"Stand, {number}", 50 + number)


@pytest.mark.timeout(300)
def test_signed_and_read_and_ended_at_once(cast, story):
    story.write("tolerance", Tolerance(words="Stands 10 minutes"), by=cast.ruiz)
    version, ack = story.head, story.ack(cast.amin)
    doctors = [cast.amin, cast.novak]
    found = race(lambda n: cosign(plan_version=version, by=doctors[n], now=NOW), runners=2)
    assert sorted(isinstance(r, Conflict) for r in found) == [False, True], found
    found = race(lambda _: acknowledge(ack=ack, by=cast.amin, now=NOW), runners=3)
    assert not [r for r in found if isinstance(r, Exception)], found
    assert PlanAck.objects.filter(user=cast.amin, plan_version=version).count() == 1
    plan = story.plan

    def act(n):
        if n:
            return story.write("tolerance", Tolerance(words="Stands 20 minutes"), base=plan.head)
        return end_plan(plan=plan, reason="goal reached", by=cast.amin, now=NOW,
                        version=plan.version)  # fmt: skip

    found = race(act, runners=2)
    assert sorted(isinstance(r, Conflict) for r in found) == [False, True], found
    open_ = WorkItem.objects.filter(kind="plan_changed", closed_at=None)
    assert open_.exists() == (story.plan.ended_at is None)
