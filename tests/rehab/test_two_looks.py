"""Two ticks at once, one that died halfway, a look while somebody decides: one item, one trace."""

import pytest
from django.db import DatabaseError

from core.lib.errors import Conflict
from messaging.models import WorkItem
from rehab.services import looking
from rehab.services.deciding import decide, note_deficit
from rehab.services.looking import due_plans, look
from tests.factories.committed import committed
from tests.factories.races import race
from tests.rehab.manager import Manager, at

__all__ = ["committed"]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def story(cast):
    return Manager(cast)


def test_two_ticks_at_once_are_one(story):
    told = race(lambda _: look(now=at(42)), runners=3)
    assert not [error for error in told if isinstance(error, Exception)]
    for key, state in (("trial", "due"), ("decision_point", "due")):
        row = story.step(key)
        assert row.state == state and row.history.filter(state=state).count() == 1
        assert WorkItem.objects.filter(kind="pathway_step", subject_id=row.pk).count() == 1


def test_a_look_that_dies_halfway_leaves_nothing_and_is_taken_up_again(story, monkeypatch):
    def dies(*_args, **_kwargs):
        raise DatabaseError("the line is gone")

    monkeypatch.setattr(looking, "ask_to_book", dies)
    with pytest.raises(DatabaseError):
        look(now=at(42))
    assert story.step("trial").state == "not_yet" and not story.items("pathway_step").exists()
    assert due_plans(now=at(42)) == [story.plan.pk]
    monkeypatch.undo()
    assert look(now=at(42)) == 1 and story.step("trial").state == "due"


def test_two_physicians_at_once_and_a_tick(story, cast):
    look(now=at(42))
    row = story.step("trial")

    def act(number):
        if number == 2:
            return look(now=at(43))
        who = (cast.amin, cast.novak)[number]
        return decide(step=row, decision="continue", words=f"By {who.full_name}", by=who,
                      now=at(43), version=row.version, more_weeks=4)  # fmt: skip

    told = race(act, runners=3)
    lost = [error for error in told if isinstance(error, Exception)]
    assert [type(error) for error in lost] == [Conflict]
    assert lost[0].versions[1][1].startswith("By ") and lost[0].versions[1][2].startswith("By ")
    assert story.plan.steps.count() == 3  # the same weeks were added once


def test_two_who_notice_a_deficit_open_one_item(story, cast):
    def act(number):
        who = (cast.ruiz, cast.amin)[number]
        return note_deficit(plan=story.plan, words="Foot drop", on=story.today, by=who, now=at(3))

    told = race(act, runners=2)
    assert not [error for error in told if isinstance(error, Exception)]
    assert story.items("surgical_referral").count() == 1
