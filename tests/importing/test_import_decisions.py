"""Two people over one file, two rows for one chart, a number in other letters: what a person said
holds, and is never written over unseen."""

import datetime as dt

import pytest
import time_machine
from django.core.management import call_command
from django.urls import reverse

from core.importing.services import batches
from core.lib.errors import Conflict, Refused
from core.people.models import Patient
from tests.cast import NOW, patient
from tests.factories.imports import checked, states, table, taken_over

pytestmark = pytest.mark.django_db
LIKE = ["Okafor", "Daniel", "04/15/1980", "1042", *[""] * 5]  # our MRN, another birthday
ALSO = ["Okafor", "Dan", "03/14/1974", "", "312 555 0142", *[""] * 4]  # that phone, nearly his name
UNA = ["Neumann", "Una", "02/02/1962", "a17", *[""] * 5]


@pytest.fixture(autouse=True)
def at_now():
    with time_machine.travel(NOW, tick=False):
        yield


def choose(batch, by, number, choice, chart=None, was=""):
    batch.refresh_from_db()
    return batches.choose(batch=batch, number=number, choice=choice, chart=chart, was=was,
                          version=batch.version, by=by, now=NOW)  # fmt: skip


def test_the_second_of_two_reads_what_the_first_decided(cast, as_user):
    batch = checked(cast, table(LIKE))
    browser, path = as_user(cast.cole), reverse("importing:batch", args=[batch.pk])
    assert 'name="was" value=""' in browser.get(f"{path}?rows=conflict").content.decode()
    choose(batch, cast.park, 2, "use", cast.okafor.pk)
    with pytest.raises(Conflict) as met:
        choose(batch, cast.cole, 2, "new")
    assert met.value.versions == [("Row 2", "A new chart", "Use MRN 1042")]
    assert met.value.who == cast.park.full_name
    late = browser.post(f"{path}choose", {"number": "2", "choice": "new", "was": "",
                                          "version": str(batch.version)})  # fmt: skip
    assert late.status_code == 409 and batch.rows.get().choice == "use"
    choose(batch, cast.cole, 2, "use", cast.okafor.pk)  # the same word twice is one
    assert f'name="was" value="use:{cast.okafor.pk}"' in browser.get(path).content.decode()
    choose(batch, cast.cole, 2, "new", was=f"use:{cast.okafor.pk}")
    assert batch.rows.get().choice == "new"


def test_two_rows_are_never_added_to_one_chart(cast):
    batch = checked(cast, table(LIKE, ALSO))
    assert states(batch) == {2: "conflict", 3: "conflict"}
    choose(batch, cast.park, 2, "use", cast.okafor.pk)
    with pytest.raises(Refused, match="Row 2 of this file is added to that chart already"):
        choose(batch, cast.park, 3, "use", cast.okafor.pk)
    choose(batch, cast.park, 2, "skip", was=f"use:{cast.okafor.pk}")
    choose(batch, cast.park, 3, "use", cast.okafor.pk)


def test_a_number_is_the_same_in_other_letters(cast):
    una = patient(cast.riverside, "A17", "Una", "Neumann", dt.date(1962, 2, 2), "")
    batch = checked(cast, table(UNA))
    assert batch.rows.get().patient_id == una.pk
    other = checked(cast, table(["Sauer", "Aleta", *UNA[2:]]))
    assert (other.rows.get().status, other.rows.get().candidates) == ("conflict", [str(una.pk)])
    choose(other, cast.park, 2, "new")
    taken_over(other)
    assert Patient.objects.get(family_name="Sauer").mrn == "1044", "not a17 beside A17"
    patient(cast.riverside, "a17", "Ulf", "Adler", cast.hale.birth_date, "")
    assert "different charts" in checked(cast, table(UNA)).rows.get().problems[0]


def test_a_column_said_on_the_command_line_counts_over_what_is_remembered(cast, tmp_path, capsys):
    headers = ["Last", "First", "DOB", "Old no", "New no"]
    path = tmp_path / "f.csv"
    path.write_bytes(table(["Neumann", "Una", "02/02/1962", "71", "72"], headers=headers))
    said = [str(path), "--clinic", cast.riverside.name, "--as", cast.park.email]
    call_command("import_patients", *said, "--column", "mrn=Old no", "--dry-run")
    call_command("import_patients", *said, "--column", "mrn=New no")
    assert Patient.objects.get(family_name="Neumann").mrn == "72"
