"""Found by name however spelt, birth date, MRN or phone; only by who may know of the patient."""

import datetime as dt

import pytest

from core.accounts.roles import Role
from core.people.access import posts_of
from core.people.selectors import by_phone, find_patients, likely_duplicates
from core.people.services import join_care_team, register_patient
from tests.cast import NOW, patient

pytestmark = pytest.mark.django_db


def found(viewer, text, **more):
    return [row.family_name for row in find_patients(viewer, text, now=NOW, **more)]


@pytest.fixture
def nunez(cast):
    return register_patient(clinic=cast.riverside, given_name="José", family_name="Núñez",
                            birth_date=dt.date(1974, 3, 14), phone="312 555 0199", by=cast.ana,
                            now=NOW)  # fmt: skip


@pytest.mark.parametrize(
    "text",
    ["Okafor", "okafor", "OKA", "Daniel Okafor", "Okafor, Daniel", "okafor dan", "Okafer", "Okafur",
     "Okafor Danial", "3/14/1974", "03141974", "14 Mar 1974", "1042", "mrn1042",
     "MRN 1042", "312 555 0142", "(312) 555-0142", "+1 312 555 0142", "555-0142"],
)  # fmt: skip
def test_okafor_is_found(cast, text):
    assert found(cast.ana, text) == ["Okafor"]


@pytest.mark.parametrize("text", ["", "  ", ",", "Zzyzx", "%", "_", "12/31/1999", "312 555 9999"])
def test_nobody_is_found(cast, text):
    assert found(cast.ana, text) == []


def test_accents_are_typed_or_not(cast, nunez):
    for text in ("Núñez", "nunez", "NUÑEZ", "jose nunez", "José"):
        assert found(cast.ana, text) == ["Núñez"]


def test_one_or_two_letters_are_the_start_of_a_name(cast, nunez):
    patient(cast.riverside, "1077", "Ann", "Reyes-Nguyen", dt.date(1980, 2, 2), "")
    assert found(cast.ana, "nu") == ["Núñez"]
    assert found(cast.ana, "ng") == ["Reyes-Nguyen"]  # the second half of a double name
    assert found(cast.ana, "n") == ["Núñez", "Reyes-Nguyen"]
    assert found(cast.ana, "jo nu") == ["Núñez"] and found(cast.ana, "reyes a") == ["Reyes-Nguyen"]
    assert "Núñez" not in found(cast.ana, "ez")  # in the middle of nothing
    patient(cast.riverside, "1078", "Mila", "Stone", dt.date(1981, 2, 2), "")
    assert (
        found(cast.ana, "m") == ["Hale", "Stone"] and found(cast.ana, "mr") == []
    )  # not everybody’s MRN
    assert found(cast.ana, "312-555-0199 3/14/1974") == ["Núñez"]


def test_a_birthday_of_two_people_lists_both(cast, nunez):
    assert found(cast.ana, "3/14/1974") == ["Núñez", "Okafor"]


@pytest.mark.parametrize(
    "text", ["Okafor 3/14/1974", "3/14/1974 okafor", "Okafor, Daniel 1974-03-14",
             "okafor 14 Mar 1974", "14 Mar 1974, da", "Okafer 03/14/1974"],
)  # fmt: skip
def test_a_name_and_a_birthday_are_one_person(cast, nunez, text):
    assert found(cast.ana, text) == ["Okafor"]
    assert found(cast.ana, text.replace("1974", "1975")) == []


def test_the_other_clinics_namesake_number_is_never_shown(cast):
    assert found(cast.ana, "1042") == ["Okafor"]
    assert found(cast.zoe, "1042") == ["Outis"]
    for text in ("Outis", "1/1/1980", "312 555 9942"):
        assert found(cast.ana, text) == [] and found(cast.zoe, text) == ["Outis"]
    assert found(cast.ana, "Outes") == []  # nor by a near spelling


def test_the_partner_therapist_finds_only_the_care_team_patient(cast):
    assert found(cast.berg, "Okafor") == found(cast.berg, "Hale") == []
    join_care_team(patient=cast.hale, user=cast.berg, role=Role.THERAPIST, by=cast.amin, now=NOW)
    assert (found(cast.berg, "Hale"), found(cast.berg, "Okafor")) == (["Hale"], [])
    assert found(cast.berg, "104") == ["Hale"]
    assert [
        r.family_name for r in by_phone(cast.berg, "+13125550142", clinic=cast.riverside, now=NOW)
    ] == []


def test_somebody_who_left_finds_nobody(cast):
    cast.ana.is_active = False
    assert found(cast.ana, "Okafor") == []


def test_a_long_list_is_cut_and_the_best_spelling_stands_first(cast):
    for number in range(25):
        patient(cast.riverside, f"2{number:03}", "Pat", "Okafo" + "r" * (number % 2 + 1),
                dt.date(1990, 1, 1), "")  # fmt: skip
    assert len(found(cast.ana, "okaf")) == 20
    assert len(found(cast.ana, "okaf", limit=7)) == 7


def duplicates(viewer, given, family, born=None, phone=""):
    rows = likely_duplicates(viewer, given_name=given, family_name=family, birth_date=born,
                             phone=phone, clinic=posts_of(viewer, now=NOW).get().clinic,
                             now=NOW)  # fmt: skip
    return [r.family_name for r in rows]


def test_who_may_be_the_same_person(cast):
    born = dt.date(1974, 3, 14)
    assert duplicates(cast.ana, "Daniel", "Okafor") == ["Okafor"]
    assert duplicates(cast.ana, "Dan", "Okafer", born) == ["Okafor"]
    assert duplicates(cast.ana, "Grace", "Okafor", phone="+13125550142") == ["Okafor"]
    assert duplicates(cast.ana, "Grace", "Stone", born) == []
    assert duplicates(cast.ana, "Odile", "Outis", dt.date(1980, 1, 1)) == []
    assert duplicates(cast.zoe, "Odile", "Outis", dt.date(1980, 1, 1)) == ["Outis"]
