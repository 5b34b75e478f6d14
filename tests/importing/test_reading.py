"""What senders send: encodings, delimiters, bundles of every shape. What is none is refused."""

import datetime as dt
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.importing.person import from_json, to_json
from core.importing.reading import fhir, sniff, table
from core.lib.errors import Refused
from tests.factories.imports import bundle, coverage, person

TODAY = dt.date(2026, 11, 24)
LINES = "Nachname;Vorname;Geburtsdatum\nMüller;Jürgen;14.03.1974\n"


def people(document, today=TODAY):
    return list(fhir.people(document, today=today))


def rows(text, delimiter=",", today=TODAY):
    headers = sniff.sniff(text.encode()).headers
    columns = table.guessed(headers)
    return list(table.people(text, delimiter=delimiter, columns=columns, today=today))


@pytest.mark.parametrize(
    ("encoding", "named"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("cp1252", "cp1252"), ("utf-16", "utf-16"),
     ("utf-16-le", "utf-16-le"), ("utf-16-be", "utf-16-be")],
)  # fmt: skip
def test_the_encoding_is_found(encoding, named):
    found = sniff.sniff(LINES.encode(encoding))
    assert (found.encoding, found.delimiter, found.form) == (named, ";", "csv")
    assert found.headers == ("Nachname", "Vorname", "Geburtsdatum")
    assert "Müller" in sniff.decoded(LINES.encode(encoding))[0]


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_the_delimiter_is_the_one_that_cuts_all_lines_alike(mark):
    text = mark.join(["Last", "First", "Note"]) + "\n" + mark.join(["a", "b", '"x, y; z"']) + "\n"
    assert sniff.sniff(text.encode()).delimiter == mark


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"PK\x03\x04xlsx", "Excel"), (b"%PDF-1.7", "PDF"), (b"", "empty"),
     (b"one column\nx", "no table"),
     (b"\x00\x01\x02\x03\x00\x00", "not a text file"), (b"\x1f\x8b..", "packed")],
)  # fmt: skip
def test_what_is_no_file_of_patients_is_refused_in_words(content, says):
    with pytest.raises(Refused, match=says):
        sniff.sniff(content)


def test_a_row_says_everything_that_is_wrong_with_it_at_once():
    text = "Last,First,DOB,Phone,Email,Sex\nOkafor,,1974,12,x,banana\n"
    [row] = rows(text)
    assert row.person is None and row.called == "Okafor"
    told = [p.partition("”")[0].removeprefix("Column “") for p in row.problems]
    assert told == ["First", "DOB", "Sex", "Phone", "Email"]
    assert not any(value in " ".join(row.problems) for value in ("banana", "Okafor"))


def test_one_name_column_blank_lines_and_a_comma_too_many():
    text = 'Patient,DOB\n"Okafor, Daniel",3/14/1974\n\nUna Neumann,2/2/1962\nSauer,Aleta,1/1/1970\n'
    first, second, third = rows(text)
    assert (first.person.family_name, second.person.given_name) == ("Okafor", "Una")
    assert second.number == 4, "as a spreadsheet counts"
    assert "3 cells, the headers have 2" in third.problems[0]


def test_an_end_far_ahead_is_none_and_the_row_says_so():
    text = "Last,First,DOB,Insurance,Effective Date,Termination Date\nO,D,3/14/1974,Aetna,1/1/2020,"
    for end, kept, noted in (("12/31/9999", "", True), ("2099-12-31", "", True),
                             ("12/31/2027", "2027-12-31", False)):  # fmt: skip
        [row] = rows(f"{text}{end}\n")
        assert row.problems == () and row.person.coverages[0].ends_on == kept
        assert ("far in the future" in " ".join(row.notes)) is noted
        iso = {"12/31/9999": "9999-12-31", "12/31/2027": "2027-12-31"}.get(end, end)
        cover = coverage(period={"start": "2020-01-01", "end": iso})
        [read] = people(json.loads(bundle(person(id="p1"), cover)))
        assert read.person.coverages[0].ends_on == kept
        assert ("far in the future" in " ".join(read.notes)) is noted
    [bad] = rows(f"{text}soon\n")
    assert bad.person is None


@pytest.mark.parametrize("mark", ["\x00", "\ud800", "\x07"])
def test_what_cannot_be_stored_makes_a_bad_row_and_not_a_failed_file(mark):
    named = {"family": f"Sa{mark}uer", "given": ["Aleta"], "use": "official"}
    [row] = people(json.loads(bundle(person(name=[named]))))
    assert row.person is None and row.called == "Sauer, Aleta"
    assert row.problems == ("Patient.name: a character in it cannot be stored.",)
    [read] = people(
        json.loads(bundle(person(id="p1", note=mark), coverage(subscriberId=f"W{mark}")))
    )
    assert read.person.coverages == () and "cannot be stored; left out" in read.notes[-1]


@given(st.text(max_size=200))
@settings(max_examples=60, deadline=None)
def test_no_cell_breaks_the_reader(cell):
    line = ",".join(['"' + cell.replace('"', '""') + '"'] * 6)
    for row in table.people(
        f"a,b,c,d,e,f\n{line}\n",
        delimiter=",",
        today=TODAY,
        columns={
            "family_name": 0,
            "given_name": 1,
            "birth_date": 2,
            "phone": 3,
            "email": 4,
            "mrn": 5,
        },
    ):
        assert (row.person is None) == bool(row.problems)  # fmt: skip


def test_the_official_name_and_the_coverages_of_this_patient_alone():
    other = coverage(beneficiary={"reference": "urn:uuid:p2"})
    [row] = people(json.loads(bundle(person(), coverage(), other)))
    assert (row.person.family_name, len(row.person.coverages)) == ("Sauer", 1)
    assert from_json(json.loads(json.dumps(to_json(row.person)))) == row.person


@pytest.mark.parametrize("kind", ["collection", "transaction", "batch", "searchset"])
def test_every_kind_of_bundle_a_list_and_lines(kind):
    document = json.loads(bundle(person(), kind=kind))
    assert len(people(document)) == len(people(person())) == 1
    lines = "\n".join(json.dumps(one) for one in (person(id="a"), person(id="b")))
    assert len(people(sniff.json_of(lines))) == 2


def test_a_coverage_contained_in_a_claims_answer_and_a_payer_by_reference():
    answer = {
        "resourceType": "ExplanationOfBenefit",
        "contained": [{"resourceType": "Coverage", "id": "coverage", "status": "active",
                       "beneficiary": {"reference": "Patient/p1"}, "type": {"text": "Humana"},
                       "payor": [{"display": "Humana"}]}],
    }  # fmt: skip
    payer = {"resourceType": "Organization", "id": "o1", "name": "Aetna"}
    by_reference = coverage(payor=[{"reference": "urn:uuid:o1"}])
    [row] = people(json.loads(bundle(person(), answer, answer, payer, by_reference)))
    assert sorted(c.payer for c in row.person.coverages) == ["Aetna", "Humana"]


@pytest.mark.parametrize(
    ("change", "says"),
    [({"birthDate": "1977"}, "not a full date"), ({"birthDate": "1977-01"}, "not a full date"),
     ({"birthDate": "2077-01-01"}, "in the past"), ({"birthDate": None}, "missing"),
     ({"name": []}, "official name"), ({"name": [{"use": "maiden", "family": "x"}]}, "official"),
     ({"gender": "banana"}, "not one of")],
)  # fmt: skip
def test_a_patient_that_cannot_be_told_apart_is_bad(change, says):
    [row] = people(person(**change))
    assert row.person is None and says in " ".join(row.problems)
    assert "1977" not in " ".join(row.problems)


def test_an_extension_is_kept_with_a_contact_and_told_of_with_a_patient():
    [row] = rows("Last name,First name,DOB,Phone,Contact name,Contact phone\n"
                 "Okafor,Daniel,03/14/1974,312 555 0142 x12,Ada,312 555 0143 ext. 4\n")  # fmt: skip
    assert (row.person.phone, row.person.contacts[0].phone) == ("+13125550142", "+13125550143x4")
    assert row.notes == ("Column “Phone”: the extension 12 of the phone number was left out.",)
    [row] = people(person(telecom=[{"system": "phone", "value": "3125550142;ext=12"}]))
    assert row.person.phone == "+13125550142" and "extension 12" in row.notes[0]


def test_death_and_an_unreadable_phone_are_no_hindrance():
    row = people(person(deceasedDateTime="2026-01-02T10:00:00Z", telecom=[
        {"system": "phone", "value": "12"}]))[0]  # fmt: skip
    assert (row.person.deceased_on, row.person.phone) == ("2026-01-02", "")
    assert "a phone number cannot be read" in row.notes[0]
    assert people(person(deceasedBoolean=True))[0].person.deceased


KEYS = st.sampled_from([*person(), "code", "value", "system"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(st.sampled_from(list(person())[2:]), JSON)
@settings(max_examples=80, deadline=None)
def test_no_element_breaks_the_reader(name, value):
    for row in people(person(**{name: value})):
        assert (row.person is None) == bool(row.problems)


@pytest.mark.parametrize("text", ['{"a": 1}', "[1, 2]", '{"resourceType": "Bundle", "type": "x"}'])
def test_json_that_is_no_fhir_is_refused(text):
    with pytest.raises(Refused):
        people(sniff.json_of(text))


def test_a_damaged_file_says_where():
    with pytest.raises(Refused, match="line 1"):
        sniff.json_of('{"resourceType": ')
