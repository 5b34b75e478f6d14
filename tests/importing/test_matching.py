"""Whose chart a row is: matched, new, or asked. Never guessed."""

import datetime as dt
import uuid
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.importing.person import Person
from core.importing.rules import DECIDED, Charts, Known, verdict

BORN = dt.date(1974, 3, 14)
DANIEL = Known(uuid.UUID(int=1), "1042", "Daniel", "Okafor", BORN, "+13125550142")
TWIN = Known(uuid.UUID(int=2), "1043", "David", "Okafor", BORN, "+13125550142")
ROW = Person("Daniel", "Okafor", "1974-03-14")


def charts(*known, **numbers):
    said = {("csv", value): pk for value, pk in numbers.items()}
    return Charts.of([(one, one.id) for one in known], said)


@pytest.mark.parametrize(
    ("row", "status"),
    [
        (ROW, "match"),
        (replace(ROW, mrn="1042"), "match"),
        (replace(ROW, given_name="DANIEL  J.", family_name="Ókafor"), "match"),
        (replace(ROW, mrn="9999"), "conflict"),
        (replace(ROW, mrn="1042", birth_date="1974-03-15"), "conflict"),
        (replace(ROW, mrn="1042", family_name="Hale"), "conflict"),
        (replace(ROW, birth_date="1974-03-15", phone=DANIEL.phone), "conflict"),
        (replace(ROW, family_name="Adeyemi", phone=DANIEL.phone), "conflict"),
        (replace(ROW, given_name="Ngozi", birth_date="1980-01-01", phone=DANIEL.phone), "new"),
        (replace(ROW, given_name="Ngozi"), "new"),
        (replace(ROW, birth_date="1975-03-14"), "new"),
        (replace(ROW, identifiers=(("csv", "A7"),)), "match"),
        (replace(ROW, identifiers=(("csv", "B8"),)), "conflict"),
        (replace(ROW, given_name="Ngozi", identifiers=(("csv", "A7"),)), "conflict"),
    ],
)
def test_a_row_beside_one_chart(row, status):
    found = verdict(row, charts(DANIEL, A7=DANIEL.id), decided="x")
    assert found.status == status
    assert bool(found.why) == (status == "conflict")
    assert found.chart == (DANIEL.id if status == "match" else None)


def test_several_charts_are_never_chosen_among():
    again = replace(TWIN, given_name="Daniel")
    found = verdict(ROW, charts(DANIEL, again), decided="x")
    assert (found.status, set(found.candidates)) == ("conflict", {DANIEL.id, again.id})
    row = replace(ROW, mrn="1042", identifiers=(("csv", "A7"),))
    assert verdict(row, charts(DANIEL, TWIN, A7=TWIN.id), decided="x").status == "conflict"


def test_what_a_person_decided_is_remembered():
    row = replace(ROW, mrn="1042", birth_date="1974-03-15")
    known = charts(DANIEL)
    known.by_identifier[DECIDED, "x"] = DANIEL.id
    assert verdict(row, known, decided="x").chart == DANIEL.id
    assert verdict(row, known, decided="y").status == "conflict"


def test_a_chart_merged_away_leads_to_the_kept_one():
    known = Charts.of([(DANIEL, DANIEL.id), (TWIN, DANIEL.id)], {})
    assert verdict(ROW, known, decided="x").chart == DANIEL.id


names = st.sampled_from(["Daniel", "David", "Ana", "dániel"])
people = st.builds(
    Person, names, st.sampled_from(["Okafor", "Hale"]),
    st.sampled_from(["1974-03-14", "1980-01-01"]), mrn=st.sampled_from(["", "1042", "1043", "9"]),
    phone=st.sampled_from(["", "+13125550142"]),
)  # fmt: skip


@given(people)
@settings(max_examples=120, deadline=None)
def test_a_match_never_contradicts(row):
    known = {DANIEL.id: DANIEL, TWIN.id: TWIN}
    found = verdict(row, charts(DANIEL, TWIN), decided="x")
    if found.status == "match":
        chart = known[found.chart]
        assert chart.birth_date == row.born and chart.family_name == row.family_name
        assert row.mrn in {"", chart.mrn}
    if row.mrn in {"1042", "1043"}:
        assert found.status != "new", "a number that is somebody's is never given to another"
