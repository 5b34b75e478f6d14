"""How much conservative care there was: documented days once, and a new deficit ends the wait."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rehab.care_rules import days_of, window
from rehab.plan_body import Care

TODAY = dt.date(2026, 11, 24)


def ago(days: int) -> dt.date:
    return TODAY - dt.timedelta(days=days)


def care(first: int, last: int, shown: str = "PT notes") -> Care:
    """From so many days ago to so many days ago, both included."""
    return Care(what="Therapy", from_on=ago(first), to_on=ago(last), shown_by=shown)


@pytest.mark.parametrize(
    ("rows", "began", "state", "done", "words"),
    [
        ([], 0, "open", 0, "0 of 6 weeks."),
        ([], 41, "open", 5, "5 of 6 weeks."),
        ([], 42, "complete", 6, "6 of 6 weeks."),
        ([], 50, "complete", 7, "7 weeks, 6 were wanted."),
        ([care(100, 73)], 14, "complete", 6, "6 of 6 weeks."),  # four weeks before, two here
        ([care(100, 73, "")], 14, "open", 2, "2 of 6 weeks, 4 weeks not documented."),
        ([care(20, 10)], 14, "open", 2, "2 of 6 weeks."),  # overlaps: counted once
        ([care(3, -30)], 0, "open", 0, "0 of 6 weeks."),  # what is to come does not count
        ([Care(what="Therapy", from_on=ago(90), shown_by="notes")], 0, "open", 0,
         "1 with no dates, which cannot count"),
        ([care(10, 20)], 0, "open", 0, "0 of 6 weeks."),  # ends before it begins
    ],
)  # fmt: skip
def test_documented_care_counts_once(rows, began, state, done, words):
    found = window(rows, 6, ago(began), None, TODAY)
    assert (found.state, found.weeks_done) == (state, done)
    assert words in found.reason


def test_a_new_deficit_ends_it_at_once():
    found = window([care(100, 73)], 6, ago(7), ago(0), TODAY)
    assert found.state == "ended" and "Ended by a new deficit on Tue 24 Nov 2026" in found.reason
    assert window([], 6, ago(7), TODAY + dt.timedelta(days=1), TODAY).state == "open"


def test_without_a_length_nobody_is_told_that_it_is_complete():
    found = window([], None, ago(400), None, TODAY)
    assert found.state == "open" and "Nobody has written how many are wanted." in found.reason


spans = st.lists(
    st.tuples(st.integers(-20, 200), st.integers(0, 60), st.booleans()).map(
        lambda row: care(row[0], row[0] - row[1], "notes" if row[2] else "")
    ),
    max_size=5,
)


@settings(max_examples=40, deadline=None)
@given(rows=spans, began=st.integers(0, 60), data=st.data())
def test_it_counts_days_and_neither_order_nor_repetition(rows, began, data):
    mixed = data.draw(st.permutations([*rows, *rows]))
    shown = {
        row.from_on + dt.timedelta(days=n)
        for row in rows
        if row.shown_by
        for n in range((row.to_on - row.from_on).days + 1)
    }
    here = {ago(began) + dt.timedelta(days=n) for n in range(began)}
    days = {day for day in shown | here if day < TODAY}
    found = window(mixed, 6, ago(began), None, TODAY)
    assert found.weeks_done == len(days) // 7
    assert (found.state == "complete") == (len(days) >= 42)


@settings(max_examples=40, deadline=None)
@given(rows=spans, began=st.integers(0, 60), later=st.integers(0, 30))
def test_a_later_day_never_has_less(rows, began, later):
    then = window(rows, 6, ago(began), None, TODAY + dt.timedelta(days=later))
    assert then.weeks_done >= window(rows, 6, ago(began), None, TODAY).weeks_done


def test_days_of_spans_that_touch():
    one = dt.date(2026, 1, 1)
    assert days_of([(one, one), (one, one + dt.timedelta(days=2))]) == 3
    assert days_of([(one, one - dt.timedelta(days=1))]) == 0
