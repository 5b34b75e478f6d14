"""Anyone raises where a call goes, only a physician lowers; a worse answer undoes the lowering."""

import itertools

import pytest

from core.lib.errors import Forbidden, Refused
from intake.call_rules import RANKS, effective, highest
from intake.models import DispositionChange, RedFlag
from intake.selectors import call_screen
from intake.services.answers import lower_disposition, raise_disposition, save_answer
from intake.services.standing import standing_of
from tests.cast import NOW
from tests.factories.flags import after

LEVELS = tuple(RANKS)


def test_where_it_goes_over_every_combination():
    maybe = (None, *LEVELS)
    for computed, floor, raised, lowered, least in itertools.product(LEVELS, *[maybe] * 4):
        got = effective(computed=computed, floor=floor, raised=raised, lowered=lowered, least=least)
        counts = (lowered, raised, least) if lowered else (computed, floor, raised)
        assert RANKS[got] == max(RANKS[d] for d in counts if d)
        if lowered is None:  # nobody without a physician ends below the rules
            assert RANKS[got] >= RANKS[computed]


@pytest.mark.parametrize("first", LEVELS)
def test_highest_is_the_worst_in_any_order(first):
    for rest in itertools.permutations(LEVELS, 2):
        assert RANKS[highest(first, *rest)] == max(RANKS[d] for d in (first, *rest))


def up(call, to, by, now=NOW, reason="He sounded confused."):
    return raise_disposition(call=call, to=to, reason=reason, by=by, now=now)


def down(call, to, by, now=NOW, reason="Examined yesterday, unchanged."):
    return lower_disposition(call=call, to=to, reason=reason, by=by, now=now)


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["ana", "ruiz", "park", "lang", "cole", "amin"])
def test_anyone_raises_and_a_physician_is_paged(cast, new_call, name):
    call = new_call(others="no")
    standing = up(call, "same_day_physician", getattr(cast, name))
    assert standing.disposition == "same_day_physician" and standing.raised
    assert RedFlag.objects.get().disposition == "same_day_physician"
    row = DispositionChange.objects.get()
    assert (row.was, row.to, row.known) == ("routine", "same_day_physician", [])


@pytest.mark.django_db
def test_raising_is_upward_and_with_words(cast, new_call):
    call = new_call(others="no", Q7="yes")
    for to in ("urgent_24_72h", "routine", "the moon"):
        with pytest.raises(Refused, match="more urgent"):
            up(call, to, cast.ana)
    with pytest.raises(Refused, match="worries you"):
        up(call, "emergency_now", cast.ana, reason=" ")
    assert not DispositionChange.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["ana", "ruiz", "cole", "park"])
def test_only_a_physician_lowers(cast, new_call, name):
    call = new_call(others="no", Q7="yes")
    with pytest.raises(Forbidden, match="Only a physician"):
        down(call, "routine", getattr(cast, name))
    assert down(call, "routine", cast.amin).disposition == "routine"


@pytest.mark.django_db
def test_lowering_is_downward_and_with_a_reason(cast, new_call):
    call = new_call(others="no", Q7="yes")
    for to in ("urgent_24_72h", "emergency_now", ""):
        with pytest.raises(Refused, match="less urgent"):
            down(call, to, cast.amin)
    with pytest.raises(Refused, match="reason stays"):
        down(call, "routine", cast.amin, reason="")


@pytest.mark.django_db
def test_only_a_physician_is_offered_to_lower(cast, new_call):
    call = new_call(Q2="yes")
    assert call_screen(cast.ana, call, now=NOW).can_lower_to == []
    offered = [value for value, _ in call_screen(cast.amin, call, now=NOW).can_lower_to]
    assert offered == ["same_day_physician", "urgent_24_72h"]  # questions are open: never routine


@pytest.mark.django_db
def test_a_worse_answer_undoes_the_lowering(cast, new_call):
    call = new_call(others="no", Q7="yes")
    assert down(call, "routine", cast.amin).lowered
    _, same = save_answer(call=call, question="Q9", answer="yes", flags=[], by=cast.ana,
                          now=after(1))  # fmt: skip
    assert same.disposition == "urgent_24_72h"  # the physician judged the first, not this one
    _, worse = save_answer(call=call, question="Q2", answer="yes", flags=[], by=cast.ana,
                           now=after(2))  # fmt: skip
    assert worse.disposition == "emergency_now" and not worse.lowered
    assert RedFlag.objects.get().disposition == "emergency_now"


@pytest.mark.django_db
def test_a_lowered_emergency_stays_lowered_for_what_was_known_then(cast, new_call):
    call = new_call(Q2="yes")
    assert down(call, "same_day_physician", cast.amin).disposition == "same_day_physician"
    assert standing_of(call, now=after(5)).disposition == "same_day_physician"


@pytest.mark.django_db
def test_raised_after_it_was_lowered_the_raise_counts(cast, new_call):
    call = new_call(others="no", Q2="yes")
    down(call, "urgent_24_72h", cast.amin, now=after(1))
    assert (
        up(call, "same_day_physician", cast.ana, now=after(2)).disposition == "same_day_physician"
    )
    down(call, "routine", cast.amin, now=after(3))
    assert standing_of(call, now=after(4)).disposition == "routine"
