"""What a limit allows on a day, how it reads, and which papers speak of limits."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rehab.limit_rules import (
    AT_MOST,
    Limit,
    amount,
    breaks,
    contradiction,
    ends,
    holds,
    resumes_on,
    span,
    speaks_of_limits,
)

DAYS = st.dates(dt.date(2026, 1, 1), dt.date(2027, 12, 31))
AMOUNTS = st.decimals(0, 500, places=1)
ACTIVITIES = st.sampled_from(["lift", "carry", "sit", "other"])


@st.composite
def limits(draw: st.DrawFn) -> Limit:
    begins = draw(DAYS)
    lasts = draw(st.none() | st.integers(0, 400))
    value = draw(st.none() | AMOUNTS)
    return Limit(
        activity=draw(ACTIVITIES),
        sentence="x",
        from_on=begins,
        to_on=None if lasts is None else begins + dt.timedelta(days=lasts),
        until="cleared" if lasts is None else "",
        value=value,
        unit="" if value is None else "lb",
    )


@settings(max_examples=60, deadline=None)
@given(limits(), DAYS)
def test_it_holds_from_its_first_to_its_last_day(limit, day):
    days = [limit.from_on] + ([limit.to_on] if limit.to_on else [])
    assert all(holds(limit, each) for each in days)
    assert not holds(limit, limit.from_on - dt.timedelta(days=1))
    resumes = resumes_on(limit)
    assert (resumes is None) == (limit.to_on is None)
    if resumes:
        assert not holds(limit, resumes) and holds(limit, resumes - dt.timedelta(days=1))
    if holds(limit, day):
        assert limit.from_on <= day


@settings(max_examples=80, deadline=None)
@given(limits(), ACTIVITIES, st.none() | AMOUNTS, AMOUNTS, DAYS)
def test_more_of_it_never_breaks_less(limit, activity, value, more, day):
    """Whatever is over the limit stays over it with more; only that activity, only on its days."""
    broken = breaks(limit, activity=activity, value=value, day=day)
    if broken:
        assert activity == limit.activity and holds(limit, day)
        if value is not None:
            assert breaks(limit, activity=activity, value=value + more, day=day)
    elif activity == limit.activity and holds(limit, day):
        assert value is not None and limit.value is not None and value <= limit.value


@settings(max_examples=40, deadline=None)
@given(limits(), DAYS)
def test_an_unknown_load_and_a_forbidden_one_are_over(limit, day):
    over = breaks(limit, activity=limit.activity, value=None, day=day)
    assert over == holds(limit, day)
    if limit.value is None:
        assert breaks(limit, activity=limit.activity, value=Decimal(0), day=day) == over
    else:
        assert not breaks(limit, activity=limit.activity, value=limit.value, day=day)


def one(sentence: str = "x", activity: str = "lift", value: str = "", unit: str = "") -> Limit:
    return Limit(activity, sentence, dt.date(2026, 11, 4), dt.date(2026, 11, 25), "",
                 Decimal(value) if value else None, unit)  # fmt: skip


def test_how_it_reads():
    limit = one("Lift at most 15 lb", value="15", unit="lb")
    assert amount(limit, "Lifting") == "Lifting: 15 lb at most"
    assert amount(one(), "Lifting") == "Lifting: not at all"
    assert amount(one(activity="other"), "Something else") == ""
    assert span(limit) == "from Wed 4 Nov 2026 to Wed 25 Nov 2026"
    assert resumes_on(limit) == dt.date(2026, 11, 26)
    waits = Limit("lift", "x", dt.date(2026, 11, 4), None, "cleared in writing")
    assert ends(waits) == "until cleared in writing" and resumes_on(waits) is None
    assert all(amount(one(value="5", unit=unit), "A") for unit in AT_MOST)


@pytest.mark.parametrize(
    ("limit", "wrong"),
    [
        (one("Lift at most 15 lb", value="15", unit="lb"), ""),
        (one("Nothing over 15 pounds, twice a day", value="15", unit="lb"), ""),
        (one("Light things only", value="5.5", unit="lb"), ""),
        (one("No lifting for six weeks, sling 24 hours"), ""),
        (one("Bend no further than 90 degrees", activity="other"), ""),
        (one("Lift at most 50 lb", value="5", unit="lb"), "says 50"),
        (one("Lift at most 15 lb"), "number 15 in its own field"),
        (one("Stand 20 min at a time", activity="stand"), "number 20"),
        (one("Half the weight, 50%", activity="weight_bearing", value="20", unit="%"), "says 50"),
    ],
)
def test_sentence_and_number_say_the_same(limit, wrong):
    assert (wrong in contradiction(limit)) if wrong else contradiction(limit) == ""


@pytest.mark.parametrize(
    ("kind", "source", "speaks"),
    [
        ("operative_note", "", True),
        ("letter", "Dr. Mills, surgeon", True),
        ("letter", "Lakeshore Orthopaedics", True),
        ("visit_note", "Neurosurgery, Lakeside", True),
        ("letter", "Mills Clinic", True),  # in the directory as a surgeon
        ("letter", "Dr. Weller, family practice", False),
        ("imaging_report", "Lakeside Surgical Imaging", False),
        ("insurance_card", "surgeon", False),
    ],
)
def test_which_papers_speak_of_limits(kind, source, speaks):
    assert speaks_of_limits(kind=kind, source=source, surgeons=["MILLS clinic", ""]) is speaks


def test_what_answers_a_request_to_a_surgeon_speaks_of_limits():
    assert speaks_of_limits(kind="letter", source="", asked_a_surgeon=True)
    assert not speaks_of_limits(kind="lab", source="", asked_a_surgeon=True)
