"""Several files answer one request: each by itself, all in one step, none lost without a word."""

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile

from core.documents import files
from core.documents.models import Document
from core.documents.rules import MOST_FILES
from core.lib.errors import NoRoom, Refused
from intake.models import RecordsRequest
from intake.services import record_answers as answers
from messaging.models import WorkItem
from tests.cast import NOW
from tests.factories.records import asked, one_page

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def places(settings, tmp_path):
    settings.MEDIA_ROOT, settings.DOCUMENT_SCANNER = tmp_path, "none"


def pdf(name="mri.pdf"):
    return SimpleUploadedFile(name, one_page(), content_type="application/pdf")


def not_a_pdf(name="notes.pdf"):
    return SimpleUploadedFile(name, b"PK\x03\x04 a Word file", content_type="application/pdf")


def empty(name="blank.pdf"):
    return SimpleUploadedFile(name, b"", content_type="application/pdf")


def take_in(cast, row, *uploads, **more):
    arrived = answers.Arrived(files=uploads, kind="imaging_report", title="MRI", **more)
    return answers.take_in(request=row, arrived=arrived, by=cast.ana, now=NOW, version=row.version)


def state(row):
    return RecordsRequest.objects.get(pk=row.pk).state


def test_a_bad_file_keeps_no_good_one_out_and_is_named(cast):
    row = asked(cast)
    good, word, nothing = take_in(cast, row, pdf(), not_a_pdf(), empty())
    assert (good.document.title, good.document.subject_id) == ("MRI (1 of 3)", row.pk)
    assert word.refused and "Save it as PDF" in word.sentence and word.file_name == "notes.pdf"
    assert nothing.refused and "empty" in nothing.sentence
    assert state(row) == "received"
    assert WorkItem.objects.filter(kind="records_review", subject_id=row.pk).count() == 1


def test_while_every_file_is_refused_it_waits_as_before(cast):
    row = asked(cast)
    take_in(cast, row, not_a_pdf(), empty())
    assert (state(row), RecordsRequest.objects.get().version) == ("prepared", row.version)
    assert WorkItem.objects.filter(kind="records_request", closed_at=None).exists()


def test_too_many_at_once_are_refused_whole(cast):
    row = asked(cast)
    with pytest.raises(Refused, match=f"At most {MOST_FILES}"):
        take_in(cast, row, *(pdf(f"{n}.pdf") for n in range(MOST_FILES + 1)))
    with pytest.raises(Refused, match="Choose the file"):
        take_in(cast, row)
    assert state(row) == "prepared" and not Document.objects.exists()


def test_when_the_disk_refuses_the_second_nothing_is_half_filed(cast, monkeypatch):
    row, store, kept = asked(cast), files.store, []

    def full(data, name, place):
        if len(kept) >= 2:  # the first file: into quarantine, then among the kept
            raise NoRoom(full=True)
        kept.append(name)
        return store(data, name, place)

    monkeypatch.setattr(files, "store", full)
    with pytest.raises(NoRoom):
        take_in(cast, row, pdf(), pdf("second.pdf"))
    assert not Document.objects.exists() and state(row) == "prepared"
    assert [p for p in files.folder().rglob("*") if p.is_file()] == []


def test_the_page_says_which_and_keeps_what_was_typed(cast, as_user):
    row, browser = asked(cast), as_user(cast.ana)
    form = {"kind": "lab", "title": "Blood zzq", "documented_on": "11/03/2026", "version": "1"}
    with time_machine.travel(NOW, tick=False):
        door = f"/records/{row.pk}/receive"
        none = browser.post(door, form)
        assert none.status_code == 422 and "Choose the file first" in none.content.decode()
        wrong = browser.post(door, form | {"documented_on": "soon", "files": [pdf()]})
        assert wrong.status_code == 422 and 'value="Blood zzq"' in wrong.content.decode()
        assert not Document.objects.exists()
        some = browser.post(door, form | {"files": [pdf(), not_a_pdf()]})
        page = some.content.decode()
        assert some.status_code == 422 and "notes.pdf" in page and "Save it as PDF" in page
        assert 'value="Blood zzq"' in page and "In, to review" in page
        version = str(RecordsRequest.objects.get().version)
        again = browser.post(door, form | {"files": [pdf("notes.pdf")], "version": version})
        assert again.status_code == 302
    assert Document.objects.filter(subject_id=row.pk, state="clean").count() == 2
