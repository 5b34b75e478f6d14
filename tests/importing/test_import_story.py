"""A file of patients: compared first, taken over in one step; again, and nothing changes."""

import os

import pytest

from core.audit.models import AuditEvent
from core.importing.models import ExternalIdentifier, ImportBatch
from core.importing.services import batches
from core.lib.errors import Conflict, Forbidden, Refused
from core.people.models import Coverage, Patient, PatientContact, Payer
from core.people.selectors import find_patients
from core.work.models import KeptFile
from tests.cast import NOW
from tests.factories.imports import (
    bundle,
    checked,
    coverage,
    ended,
    many,
    person,
    states,
    table,
    taken_over,
)

pytestmark = pytest.mark.django_db
UNA = [
    "Neumann",
    "Una",
    "02/02/1962",
    "",
    "312 555 0190",
    "una@mail.example",
    "Aetna",
    "W1",
    "Gary",
]
OKAFOR = ["Okafor", "Daniel", "03/14/1974", "1042", "312 555 0142", "", "Aetna", "W2", ""]
ROWS = 10_000 if os.environ.get("HALLWAY_DEEP") else 300


def test_nothing_is_written_before_it_is_taken_over(cast):
    before = Patient.objects.count()
    batch = checked(cast, table(UNA, OKAFOR, ["Broken", "Row", "31.31.1990", *[""] * 6]))
    assert states(batch) == {2: "new", 3: "match", 4: "bad"}
    assert (Patient.objects.count(), Coverage.objects.count()) == (before, 0)
    [bad] = batch.rows.filter(status="bad")
    assert bad.problems == ["Column “DOB”: not a full date (03/14/1974 or 1974-03-14) in the past."]
    assert "31.31" not in str(bad.problems), "the sentence names no value"


def test_taken_over_then_the_same_file_changes_nothing(cast):
    content = table(UNA, OKAFOR)
    job = taken_over(checked(cast, content))
    assert job.words == "1 new chart, 1 added to, 0 the same; 0 rows were left out."
    una = Patient.objects.get(family_name="Neumann")
    assert (una.mrn, una.phone, una.history.count()) == ("1044", "+13125550190", 1)
    assert [c.member_id for c in una.coverages.all()] == ["W1"]
    assert [r.id for r in find_patients(cast.ana, "neuman una", now=NOW)] == [una.pk]
    assert AuditEvent.objects.filter(patient_id=una.pk, action="create").count() == 2
    cast.okafor.refresh_from_db()
    assert cast.okafor.coverages.get().payer.name == "Aetna"
    held = (Patient.history.count(), Coverage.history.count(), Payer.objects.count())
    again = checked(cast, content)
    assert set(states(again).values()) == {"same"}
    assert taken_over(again).words.startswith("0 new charts, 0 added to, 2 the same")
    assert (Patient.history.count(), Coverage.history.count(), Payer.objects.count()) == held


def test_what_the_chart_says_stays_and_what_is_empty_is_filled(cast):
    row = ["Okafor", "Daniel", "03/14/1974", "1042", "312 555 9999", "d@mail.example", "", "", ""]
    batch = checked(cast, table(row))
    assert batch.rows.get().problems == ["Phone differs; the chart's stays."]
    taken_over(batch)
    cast.okafor.refresh_from_db()
    assert (cast.okafor.phone, cast.okafor.email) == ("+13125550142", "d@mail.example")
    assert cast.okafor.version == 2


def test_bad_rows_never_stop_good_ones_and_are_counted(cast):
    batch = checked(cast, many(ROWS))
    assert batch.counts["bad"] == ROWS * 3 // 100
    job = taken_over(batch)
    assert (job.result["created"], job.result["left_out"]) == (ROWS * 97 // 100, ROWS * 3 // 100)
    assert job.done == job.total == ROWS
    numbers = Patient.objects.filter(family_name__startswith="Fam").values_list("mrn", flat=True)
    assert len(set(numbers)) == ROWS * 97 // 100, "everybody has a number of their own"


def test_a_bundle_with_coverages_twice(cast):
    old = coverage("Anthem", status="cancelled", subscriberId="",
                   period={"start": "1980-01-01", "end": "1990-01-01"})  # fmt: skip
    wrong = coverage("Nobody", status="entered-in-error")
    content = bundle(person(id="p1"), old, coverage(), wrong, {"resourceType": "Observation"})
    batch = checked(cast, content)
    assert states(batch) == {1: "new"}
    taken_over(batch)
    aleta = Patient.objects.get(family_name="Sauer")
    assert (aleta.mrn, aleta.language, aleta.sex, aleta.city) == (
        "710589", "Spanish", "female", "Boston")  # fmt: skip
    covers = aleta.coverages.order_by("starts_on")
    assert [(c.payer.name, c.plan, str(c.ends_on)) for c in covers] == [
        ("Anthem", "Silver", "1990-01-01"), ("Cigna Health", "Silver", "None")]  # fmt: skip
    assert PatientContact.objects.get(patient=aleta).relation == "partner"
    kept = set(ExternalIdentifier.objects.filter(patient=aleta).values_list("value", flat=True))
    assert kept == {"e22c42", "710589"}, "no social security number is taken over"
    assert states(checked(cast, content)) == {1: "same"}


def test_a_conflict_waits_for_a_person_and_is_remembered(cast):
    row = ["Okafor", "Daniel", "04/15/1980", "1042", *[""] * 5]  # our MRN, another birthday
    batch = checked(cast, table(row, UNA))
    conflict = batch.rows.get(number=2)
    assert (conflict.status, conflict.candidates) == ("conflict", [str(cast.okafor.pk)])
    decide = {"batch": batch, "number": 2, "was": "", "by": cast.cole, "now": NOW}
    with pytest.raises(Refused, match="Choose one of the charts"):
        batches.choose(**decide, choice="use", chart=cast.hale.pk, version=batch.version)
    with pytest.raises(Conflict):
        batches.choose(**decide, choice="skip", chart=None, version=batch.version - 1)
    batches.choose(**decide, choice="new", chart=None, version=batch.version)
    taken_over(batch)
    assert Patient.objects.filter(family_name="Okafor").count() == 2
    assert set(states(checked(cast, table(row, UNA))).values()) == {"same"}


def test_an_undecided_conflict_is_left_out(cast):
    batch = checked(cast, table(["Okafor", "Daniel", "04/15/1980", "1042", *[""] * 5]))
    assert taken_over(batch).result["left_out"] == 1
    assert Patient.objects.filter(family_name="Okafor").count() == 1


def test_who_was_registered_meanwhile_is_not_registered_twice(cast):
    batch = checked(cast, table(UNA))
    taken_over(checked(cast, table(UNA)))
    assert taken_over(batch).result["left_out"] == 1
    assert Patient.objects.filter(family_name="Neumann").count() == 1
    assert "changed since the check" in batch.rows.get().problems[-1]


def test_the_same_person_twice_in_one_file_is_one_chart(cast):
    batch = checked(cast, table(UNA, UNA, [*UNA[:4], "312 555 0199", *UNA[5:]]))
    assert states(batch) == {2: "new", 3: "bad", 4: "bad"}
    assert "Row 2 of this file is the same person" in batch.rows.get(number=3).problems[0]


def test_another_clinics_chart_is_never_met(cast):
    odile = ["Outis", "Odile", "01/01/1980", "1042", *[""] * 5]  # Lakeside's, its MRN is ours too
    batch = checked(cast, table(odile))
    row = batch.rows.get()
    assert (row.status, row.candidates) == ("conflict", [str(cast.okafor.pk)])
    mine = checked(cast, table(odile), by=cast.mora, clinic=cast.lakeside)
    assert mine.rows.get().patient_id == cast.outis.pk
    for outsider in (cast.mora, cast.berg):
        with pytest.raises(Forbidden):
            checked(cast, table(UNA), by=outsider)


def test_the_columns_are_remembered_for_the_clinic(cast):
    content = table(["Una Neumann", "02/02/1962"], headers=["Who", "When"])
    batch = batches.upload(
        clinic=cast.riverside, content=content, file_name="f", by=cast.park, now=NOW
    )
    assert batch.state == "uploaded" and batch.columns == {}
    with pytest.raises(Refused, match="first and the last name"):
        batches.name_columns(
            batch=batch, columns={"birth_date": 1}, version=1, by=cast.park, now=NOW
        )
    said = {"full_name": 0, "birth_date": 1}
    ended(batches.name_columns(batch=batch, columns=said, version=1, by=cast.park, now=NOW))
    assert states(batch) == {2: "new"}
    assert checked(cast, content).state == "checked", "nobody is asked again"
    assert ImportBatch.objects.latest("created_at").columns == said


def test_the_file_is_kept_encrypted_and_goes_with_the_commit(cast):
    batch = checked(cast, table(UNA))
    assert b"Neumann" not in bytes(KeptFile.objects.get().content)
    taken_over(batch)
    assert not KeptFile.objects.exists()
