"""Which version holds, and what differs between two: the pure rules and the database agree."""

import datetime as dt
import uuid

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.protocols.differences import differences
from core.protocols.models import ProtocolVersion
from core.protocols.rules import Standing, holds_on, in_order, periods
from core.protocols.selectors import in_force, standings
from core.protocols.services import digest_of
from tests.cast import NOW

DAY = dt.date(2026, 11, 1)
VERSIONS = st.lists(
    st.tuples(st.integers(0, 4), st.booleans(), st.integers(0, 4)), min_size=1, max_size=5
)


def made(rows):
    return [
        Standing(at, DAY + dt.timedelta(days=day), here, NOW + dt.timedelta(hours=hour, seconds=at))
        for at, (day, here, hour) in enumerate(rows)
    ]


@settings(max_examples=150, deadline=None)
@given(VERSIONS, st.integers(-1, 6))
def test_exactly_one_version_holds_on_every_day(rows, offset):
    versions, day = made(rows), DAY + dt.timedelta(days=offset)
    holding = [v for v, start, end in periods(versions) if start <= day and (not end or day < end)]
    found = holds_on(versions, day)
    assert holding == ([found] if found else [])
    assert (found is None) == all(v.effective_on > day for v in versions)


def test_a_signed_version_is_not_passed_over_by_a_file_of_the_same_or_an_earlier_day():
    signed = Standing("signed", DAY, True, NOW)
    same_day = Standing("file", DAY, False, NOW + dt.timedelta(days=9))
    earlier = Standing("old", DAY - dt.timedelta(days=9), False, NOW + dt.timedelta(days=9))
    later = Standing("new", DAY + dt.timedelta(days=1), False, NOW - dt.timedelta(days=9))
    assert in_order([signed, same_day, earlier])[-1] == signed
    assert in_order([signed, later])[-1] == later


@pytest.mark.django_db
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=VERSIONS)
def test_the_database_orders_as_the_rule_does(cast, rows):
    ours = ProtocolVersion.objects.filter(kind="escalation")
    ours.filter(author__isnull=False).delete()
    ours.exclude(version="5").delete()
    first = ours.get()
    ProtocolVersion.objects.filter(pk=first.pk).update(effective_on=dt.date(2020, 1, 1))
    for at, (day, here, hour) in enumerate(rows):
        when = NOW + dt.timedelta(hours=hour, seconds=at)
        written = {"parent": first, "author": cast.cole, "reason": "x", "signed_off_by": cast.amin,
                   "signed_off_at": when} if here else {}  # fmt: skip
        ProtocolVersion.objects.create(
            kind="escalation", key="escalation", version=f"v{at}", body={}, source="x",
            digest=digest_of({"at": str(uuid.uuid4())}), loaded_at=NOW if here else when,
            effective_on=DAY + dt.timedelta(days=day), **written,
        )  # fmt: skip
    for offset in (-1, 0, 2, 5):
        day = DAY + dt.timedelta(days=offset)
        held = holds_on(standings("escalation"), day)
        assert held and in_force("escalation", day=day).first().pk == held.pk


def test_a_difference_is_said_in_words():
    before = {"mark": "old", "same": 1, "questions": [{"id": "Q1", "text": "A"}, {"id": "Q2"}]}
    after = {"mark": "new", "same": 1, "questions": [{"id": "Q1", "text": "B"}, {"id": "Q2"}]}
    assert differences(before, after) == [
        ("mark", "old", "new"),
        ("questions › Q1 › text", "A", "B"),
    ]


def test_one_inserted_row_is_one_difference():
    rows = [{"id": f"Q{n}", "text": f"Question {n}"} for n in range(1, 13)]
    new = {"id": "Q0", "text": "First of all", "flags": ["RF01", "RF02"], "hold": True}
    assert differences({"questions": rows}, {"questions": [new, *rows]}) == [
        ("questions › Q0", "", "id: Q0\nflags: RF01, RF02\nhold: yes\ntext: First of all"),
    ]
    assert differences({"questions": rows}, {"questions": rows[::-1]})[0][0] == "questions › order"


def test_a_figure_is_read_with_its_unit():
    before, after = ({"due": {"unit": "minutes", "n": n}} for n in (15, 10))
    assert differences(before, after) == [("due", "n: 15\nunit: minutes", "n: 10\nunit: minutes")]


def test_rows_without_a_name_are_counted():
    assert differences({"a": [{"n": 1}, {"n": 2}]}, {"a": [{"n": 1}, {"n": 3}]}) == [
        ("a › no. 2 › n", "2", "3")
    ]
    assert differences({"a": [1, 2]}, {"a": [1]}) == [("a", "1, 2", "1")]


def test_number_and_day_stand_above_and_are_no_difference():
    assert differences({"version": "1", "effective_on": "a"}, {"version": "2"}) == []
    assert len(differences({"mark": "x" * 5000}, {"mark": ""})[0][1]) == 600


JSON = st.recursive(
    st.booleans() | st.integers(0, 9) | st.text("ab", max_size=2),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "key", "a", "b"]), inner, max_size=3)
    ),
    max_leaves=8,
)
BODY = st.dictionaries(st.sampled_from(["a", "b", "c"]), JSON, max_size=3)


@settings(max_examples=150, deadline=None)
@given(BODY, BODY)
def test_nothing_different_goes_unsaid(before, after):
    found = differences(before, after)
    assert (found == []) == (before == after)
    assert differences(before, before) == []
