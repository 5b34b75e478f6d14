"""A limit is a number in its unit; whatever cannot be measured is told what to write."""

import re
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.protocols.services import read_file
from rehab.amount_rules import UNITS, read_limit
from rehab.exam_rules import vague_limit

SPELT = re.compile(
    r"zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twel|ty|half|quarter"
)
NUMBER = st.integers(min_value=0, max_value=9999)
# no digits and no number words: nothing that could be measured
VAGUE = (
    "severe", "Severe pain", "a lot", "not long", "not very far", "only briefly", "a few minutes",
    "a couple of hours", "can’t do it for long", "as tolerated", "limited", "minimal", "poor",
    "much less than before", "it varies, depends on the day", "hardly any", "some", "WNL", "-",
    "until it hurts", "light things only", "groceries are too heavy", "around the block", "hours",
    "half of what it was", "sleeps badly", "wakes up all night", "unable", "?", "tbd", "minutes",
)  # fmt: skip
NOT_A_LIMIT = (
    ("8/10", "min"), ("pain 8 of 10", "min"), ("8 out of 10", "lb"), ("50%", "min"),
    ("3 times a day", "min"), ("2 blocks", "m"), ("15 min", "m"), ("200 m", "lb"), ("-5", "min"),
    ("since 3 weeks", "min"), ("severe, 8", "min"), ("two pillows", "h"), ("1e5", "min"),
    ("10, 15 minutes", "min"), ("fifteen twenty minutes", "min"), ("2 hours 30 standing", "min"),
    ("1/2 hour", "min"), ("an hour or two", "min"), ("20 at a time", "reps"),
    ("300'", "m"), ("1:30", "min"), ("most of an hour", "min"), ("4 hours ago", "h"),
    ("5 minutes more than last week", "min"), ("10 lb less", "lb"),
    ("½ h", "h"), ("9" * 5000, "min"), ("L5", "min"), ("3/4/26", "min"),
    ("twenty, five minutes", "min"), ("until 10 am", "min"), ("x 3 mo", "m"),
)  # fmt: skip
CLEAR = (
    ("15", "min", "15"), ("sits 15 minutes before needing to stand", "min", "15"),
    ("can lift no more than 8 pounds with the right arm", "lb", "8"),
    ("sleeps 4 hours broken by pain", "h", "4"), ("8# R arm", "lb", "8"), ("0", "min", "0"),
    ("15-20 min", "min", "15"), ("15 to 20", "min", "15"), ("20 or 15 minutes", "min", "15"),
    ("about 10", "lb", "10"), ("< 15", "min", "15"), ("pain 8/10 after 15 minutes", "min", "15"),
    ("half an hour", "min", "30"), ("an hour and a half", "min", "90"), ("an hour", "min", "60"),
    ("three-quarters of an hour", "min", "45"), ("a quarter of an hour", "min", "15"),
    ("less than 5 minutes", "min", "5"), ("1 flight (12 steps)", "steps", "12"),
    ("two and a half hours", "h", "2.5"), ("1 h 30 min", "min", "90"), ("1h30m", "min", "90"),
    ("twenty-five minutes", "min", "25"), ("one hundred and fifty feet", "m", "45"),
    ("a hundred yards", "m", "91"), ("1,200 m", "m", "1200"), ("half a mile", "m", "804"),
    ("10 kg", "lb", "22"), ("30 s", "min", "0.5"), ("1.25 h", "h", "1.25"), ("15m", "min", "15"),
    ("20 min/day", "min/day", "20"), ("2 hours a day", "min/day", "120"), ("75 min", "h", "1.2"),
    ("6 stairs", "steps", "6"), ("5 times", "reps", "5"), ("zero minutes", "min", "0"),
    ("2 hours 5 times a day", "min", "120"), ("Stands ten minutes", "min", "10"),
)  # fmt: skip


@pytest.fixture(scope="module")
def exam():
    return read_file("first_visit")[1]


@pytest.mark.parametrize("text", VAGUE)
@pytest.mark.parametrize("unit", ["min", "h", "lb", "m"])
def test_a_vague_limit_is_told_what_to_write(exam, text, unit):
    sentence = vague_limit(text, unit, exam)
    assert sentence.endswith(exam.limits.sentences[unit])


@pytest.mark.parametrize(("text", "unit"), NOT_A_LIMIT)
def test_a_number_of_something_else_is_no_limit(exam, text, unit):
    assert read_limit(text, unit).value is None
    assert "Write" in vague_limit(text, unit, exam)


@pytest.mark.parametrize(("text", "unit", "value"), CLEAR)
def test_a_number_in_the_unit_is_taken(exam, text, unit, value):
    assert read_limit(text, unit).value == Decimal(value)
    assert vague_limit(text, unit, exam) == ""


def test_the_word_that_is_too_vague_is_named(exam):
    assert vague_limit("not very long", "min", exam).startswith("“long” cannot be measured")
    assert vague_limit("along the wall", "min", exam).startswith("Write minutes")


@pytest.mark.parametrize("text", ["10 min sitting, 20 min standing", "8 lb left, 15 lb right"])
def test_two_numbers_are_not_chosen_from(exam, text):
    unit = "min" if "min" in text else "lb"
    assert vague_limit(text, unit, exam) == exam.limits.one_number


def test_a_unit_nobody_asks_in_is_no_way_around(exam):
    assert vague_limit("15", "furlongs", exam) == "Write a number (furlongs)."


@settings(max_examples=60, deadline=None)
@given(text=st.text(alphabet=st.characters(exclude_categories=("N", "Cs")), max_size=40))
def test_nothing_is_read_where_no_number_is_written(exam, text):
    said = text.casefold().split()
    if not SPELT.search(text.casefold()) and not {"a", "an"} & set(said):
        assert vague_limit(text, "min", exam)


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=60), unit=st.sampled_from(sorted(UNITS)))
def test_anything_may_be_typed(exam, text, unit):
    assert (vague_limit(text, unit, exam) == "") == (read_limit(text, unit).value is not None)


@settings(max_examples=40, deadline=None)
@given(number=NUMBER, vague=st.sampled_from(VAGUE[:7]))
def test_what_is_said_around_a_measured_limit_does_no_harm(exam, number, vague):
    assert read_limit(f"{vague}; stands {number} minutes", "min").value == number
    assert read_limit(f"{vague} {number}", "min").value is None
