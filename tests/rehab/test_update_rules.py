"""The draft of an update: short, from what is known, and never a number nobody wrote."""

import datetime as dt
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rehab.plan_body import Exercise, Therapy
from rehab.plan_rules import LIMITS, Change
from rehab.update_rules import (
    ELEMENT,
    Draft,
    Sources,
    beginning,
    cut,
    draft,
    in_message,
    problems,
)

NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
FIRST = dt.date(2026, 11, 2)
WORDS = st.text(alphabet="abz 0123456789.,;()…", max_size=120)
LINES = st.lists(WORDS, max_size=6)
CHANGES = st.lists(st.builds(Change, WORDS, WORDS, WORDS, WORDS), max_size=3)
SOURCES = st.builds(Sources, measured=LINES, changes=CHANGES, begins=LINES, goes_on=WORDS,
                    limits=LINES, visits=LINES, call=LINES, stop=LINES)  # fmt: skip


def test_the_manager_in_week_five():
    made = draft(
        Sources(
            measured=["stands 40 min (was 34)", "Pain rating 4 of 10, Leg (was 5)"],
            changes=[Change("Medication", "Medication", "", "gabapentin 300 mg at night")],
            begins=["Step-ups, 6 inches 3 x 8"],
            limits=["Lift at most 15 lb to Wed 25 Nov 2026"],
            visits=["PT session Mon 23 Nov 09:00"],
            call=["New weakness pushing off with the foot"],
            stop=["Pain above 5 of 10 for 2 hours"],
        )
    )
    assert made == Draft(
        "Stands 40 min (was 34); Pain rating 4 of 10, Leg (was 5). "
        "Plan: Medication: gabapentin 300 mg at night.",
        "Begins: Step-ups, 6 inches 3 x 8. Limits: Lift at most 15 lb to Wed 25 Nov 2026. "
        "Booked: PT session Mon 23 Nov 09:00.",
        "New weakness pushing off with the foot. A session ends for: Pain above 5 of 10 for 2 "
        "hours.",
    )


def test_a_change_reads_without_the_plan_beside_it():
    two = [Change("Work", "What matters there", "", "Light duty"),
           Change("Medication", "Medication", "x", "")]  # fmt: skip
    assert draft(Sources(changes=two)).changed == (
        "Plan: Work, what matters there: Light duty. Medication: taken out."
    )
    lifted = Change(LIMITS, "In force", "Lift 15 lb", "")
    assert draft(Sources(changes=[lifted])).changed == "Plan: No longer a limit: Lift 15 lb."


def test_nothing_known_is_nothing_said():
    assert draft(Sources()) == Draft("", "", "")
    assert draft(Sources(goes_on="hip hinge")).next_week == "Goes on: hip hinge."


@settings(max_examples=150, deadline=None)
@given(SOURCES)
def test_never_longer_and_never_a_number_of_its_own(sources):
    made = draft(sources)
    assert made == draft(sources)
    said = [*sources.measured, *sources.begins, sources.goes_on, *sources.limits, *sources.visits,
            *sources.call, *sources.stop]  # fmt: skip
    said += [text for change in sources.changes for text in (change.part, change.label, change.new)]
    numbers = {number for text in said for number in NUMBER.findall(text)}
    for element in (made.changed, made.next_week, made.call_if):
        assert len(element) <= ELEMENT and "\n" not in element
        assert set(NUMBER.findall(element)) <= numbers


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="ab 0123456789.,", max_size=400), st.integers(1, 60))
def test_a_cut_text_is_a_beginning_and_keeps_numbers_whole(text, longest):
    whole, made = " ".join(text.split()), cut(text, longest)
    assert len(made) <= longest
    if made != whole:
        assert made.endswith("…") and whole.startswith(made[:-1])
        assert set(NUMBER.findall(made)) <= set(NUMBER.findall(whole))


@pytest.mark.parametrize(
    ("text", "longest", "shown"),
    [
        ("lift at most 15 lb today", 40, "lift at most 15 lb today"),
        ("lift at most 15 lb today", 18, "lift at most…"),  # “15 …” would lose its unit
        ("lift at most 15 lb today", 19, "lift at most 15 lb…"),
        ("1234567890", 5, "…"),
        ("word1234567", 7, "word…"),
    ],
)
def test_where_a_text_is_cut(text, longest, shown):
    assert cut(text, longest) == shown


def test_what_begins_in_the_coming_week():
    order = Therapy(starts_on=FIRST, exercises=(
        Exercise(name="Hip hinge"), Exercise(name="Step-ups", from_week=3),
        Exercise(name="Carry", from_week=4),
    ))  # fmt: skip

    def names(days, therapy=order):
        rows = beginning(therapy, started_on=FIRST, today=FIRST + dt.timedelta(days=days))
        return [row.name for row in rows]

    assert names(7) == ["Step-ups"] and names(13) == ["Step-ups"]
    assert names(14) == ["Carry"] and names(6) == [] and names(0) == []
    undated = order.model_copy(update={"starts_on": None})
    assert names(7, undated) == ["Step-ups"]  # counted from the plan's first day


def test_each_element_is_asked_for_and_its_length_told():
    full = dict.fromkeys(("changed", "next_week", "call_if"), "x")
    assert problems(full) == {}
    assert list(problems(full | {"changed": " \n "})) == ["changed"]
    assert "by 1 character:" in problems(full | {"call_if": "x" * 281})["call_if"]
    assert problems(full | {"call_if": "x" * 280 + "\n"}) == {}
    assert in_message(full | {"changed": "a\nb"}).splitlines() == [
        "Changed: a b", "Next week: x", "Call if: x",
    ]  # fmt: skip
