"""A first visit is opened once and written card by card; two people in it lose nothing."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.lib.errors import Conflict, Forbidden, Refused
from core.people.services import open_episode
from core.protocols.services import read_file
from messaging.models import WorkItem
from outcomes.rules import Unreadable
from rehab.models import FirstVisit
from rehab.services.visits import body_of, open_visit, save_visit
from rehab.visit_body import Amount, Thought, VisitBody, met
from tests.cast import NOW
from tests.factories.first_visits import begun, put, said

pytestmark = pytest.mark.django_db


def save(visit, by, section, base, fill=False, **values):
    named = {name.replace("__", "."): value for name, value in values.items()}
    return save_visit(
        visit=visit, section=section, values=named, base=base, by=by, now=NOW, fill=fill
    )


def test_opened_twice_is_once_with_one_promise_to_sign(cast):
    visit = begun(cast)
    assert open_visit(episode=visit.episode, by=cast.novak, now=NOW) == visit
    item = WorkItem.objects.get(kind="first_visit_sign")
    assert item.subject_id == visit.pk and item.owner == cast.amin and item.closed_at is None
    assert "pain" not in item.reason.lower() and visit.exam.kind == "first_visit"


def test_who_may_not_write_is_told_who_may(cast):
    visit = begun(cast)
    with pytest.raises(Forbidden, match="physicians"):
        open_visit(episode=visit.episode, by=cast.ruiz, now=NOW)
    with pytest.raises(Forbidden):
        save(visit, cast.ruiz, "falls", 1, fell=said("no"))
    assert save(visit, cast.novak, "falls", 1, fell=said("no")).visit.version == 2


def test_a_closed_problem_is_not_examined_first(cast):
    visit = begun(cast)
    closed = open_episode(patient=cast.okafor, problem="Old", region="neck", by=cast.amin, now=NOW)
    closed.closed_on, closed.close_reason = NOW.date(), "over"
    closed.save()
    with pytest.raises(Refused, match="closed"):
        open_visit(episode=closed, by=cast.amin, now=NOW)
    assert FirstVisit.objects.get() == visit


def test_the_same_again_is_no_new_version(cast):
    visit = begun(cast)
    first = save(visit, cast.amin, "falls", 1, fell=said("no")).visit
    assert save(visit, cast.amin, "falls", first.version, fell=said("no")).visit.version == 2


def test_two_people_in_different_cards_and_answers_are_both_kept(cast):
    visit = begun(cast)
    save(visit, cast.amin, "provocation", 1, slr__left=said("positive"))
    save(visit, cast.novak, "falls", 1, fell=said("yes"))
    save(visit, cast.novak, "provocation", 1, slr__left=None, slump__left=said("negative"))
    body = body_of(FirstVisit.objects.get())
    assert {key: row.answer for key, row in body.exam.items()} == {
        "fell": "yes", "slr.left": "positive", "slump.left": "negative",
    }  # fmt: skip


def test_the_same_answer_changed_by_both_shows_both_texts(cast):
    visit = begun(cast)
    save(visit, cast.amin, "provocation", 1, slr__left=said("positive"))
    with pytest.raises(Conflict) as clash:
        save(visit, cast.novak, "provocation", 1, slr__left=said("negative"))
    assert clash.value.versions == [("Straight leg raise, left", "negative", "positive")]
    assert clash.value.version == 2
    kept = save(visit, cast.novak, "provocation", 2, slr__left=said("negative")).visit
    assert body_of(kept).exam["slr.left"].answer == "negative"


def test_the_rest_is_normal_fills_only_what_nobody_answered(cast):
    visit = begun(cast)
    save(visit, cast.amin, "neuro", 1, S1_strength__left=said("4"))
    done = save(visit, cast.novak, "neuro", 1, fill=True, L5_strength__left=said("3"))
    body = body_of(done.visit)
    assert body.exam["S1_strength.left"].answer == "4"
    assert body.exam["L5_strength.left"].answer == "3"
    assert body.exam["S1_reflex.right"].answer == "2" and "C5_strength.left" not in body.exam
    assert done.filled == len(body.exam) - 2


def test_what_is_asked_and_not_looked_at_is_never_filled(cast):
    visit = begun(cast)
    for section in ("history", "falls", "direction"):
        assert save(visit, cast.amin, section, 1, fill=True).filled == 0
    assert body_of(FirstVisit.objects.get()).exam == {}


@pytest.mark.parametrize(
    ("amount", "field", "sentence"),
    [
        ({"text": "severe"}, "standing_tolerance_min", "cannot be measured"),
        ({"text": "not long", "details": {"stop": "pain"}}, "standing_tolerance_min", "minutes"),
        ({"text": "8/10"}, "standing_tolerance_min", "Write minutes"),
        ({"text": "10 minutes"}, "standing_tolerance_min:stop", "what ended it"),
        ({"text": "", "blocker": "fear"}, "standing_tolerance_min", "Write minutes"),
        ({"text": "900 minutes", "details": {"stop": "x"}}, "standing_tolerance_min", "480"),
    ],
)
def test_a_limit_is_a_number_or_is_sent_back_with_what_to_write(cast, amount, field, sentence):
    visit = begun(cast)
    with pytest.raises(Unreadable) as refusal:
        save(visit, cast.amin, "limits", 1, standing_tolerance_min=Amount(**amount))
    assert sentence in refusal.value.problems[field]
    assert FirstVisit.objects.get().version == 1
    good = {"text": "about ten minutes", "details": {"stop": "pins and needles"}}
    body = body_of(save(visit, cast.amin, "limits", 1, standing_tolerance_min=Amount(**good)).visit)
    assert body.limits["standing_tolerance_min"].value == Decimal(10)


def test_other_limits_have_a_number_too(cast):
    visit = begun(cast)
    with pytest.raises(Unreadable, match="Cannot cook"):
        save(visit, cast.amin, "limits", 1, other=("Cannot cook",))
    kept = save(visit, cast.amin, "limits", 1, other=("Cooks 15 minutes, then sits down",))
    assert body_of(kept.visit).other == ("Cooks 15 minutes, then sits down",)


def test_only_one_hypothesis_is_treated_and_only_lanes_that_exist(cast):
    visit = begun(cast)
    two = tuple(Thought(line=name, standing="chosen") for name in "ab")
    with pytest.raises(Refused, match="Only one"):
        save(visit, cast.amin, "hypotheses", 1, rows=two)
    with pytest.raises(Refused, match="lane"):
        save(visit, cast.amin, "hypotheses", 1, rows=(Thought(line="a", lane="nonsense"),))
    one = (two[0], two[1].model_copy(update={"standing": "out"}))
    assert save(visit, cast.amin, "hypotheses", 1, rows=one).visit.version == 2


def test_an_answer_that_is_none_is_refused(cast):
    visit = begun(cast)
    with pytest.raises(Unreadable):
        save(visit, cast.amin, "neuro", 1, S1_strength__left=said("9"))
    with pytest.raises(Refused, match="incomplete"):
        save(visit, cast.amin, "neuro", 7, S1_strength__left=said("4"))
    assert put(visit, cast, "neuro", S1_strength__left=said("4")).version == 2


KEYS = ("slr.left", "slr.right", "slump.left", "faber.right")
ANSWERS = st.sampled_from(["positive", "negative", None])


@settings(max_examples=60, deadline=None)
@given(*(st.fixed_dictionaries(dict.fromkeys(KEYS, ANSWERS)) for _ in range(3)))
def test_merging_keeps_every_change_or_shows_both(base, mine, theirs):
    """Whoever changed an answer alone wins; both alike is no clash; both apart is one."""
    exam = read_file("first_visit")[1]

    def body(answers):
        return VisitBody(exam={key: said(a) for key, a in answers.items() if a})

    typed = {key: said(a) if a else None for key, a in mine.items()}
    clashing = {k for k in KEYS if mine[k] != base[k] and theirs[k] not in (base[k], mine[k])}

    def merge():
        return met(section="provocation", mine=typed, base=body(base), saved=body(theirs),
                   exam=exam, labels={}, version=2)  # fmt: skip

    if clashing:
        with pytest.raises(Conflict) as clash:
            merge()
        assert {part for part, _, _ in clash.value.versions} == clashing
        return
    result = merge()
    for key in KEYS:
        wanted = mine[key] if mine[key] != base[key] else theirs[key]
        assert (result[key].answer if result[key] else None) == wanted
