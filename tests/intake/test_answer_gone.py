"""What had answered a request was somebody else's, or was refused: it is asked for again."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from core.documents.models import Document
from core.documents.services import refile
from core.documents.services.deciding import check
from core.events.services import dispatch
from intake.models import RecordsRequest
from intake.services import record_answers as answers
from intake.services import record_letters, records
from messaging.models import WorkItem
from tests.cast import NOW
from tests.factories.records import asked, one_page, release

pytestmark = pytest.mark.django_db


def infected(data):
    return "Eicar-Test-Signature"


@pytest.fixture(autouse=True)
def places(settings, monkeypatch, tmp_path):
    settings.MEDIA_ROOT, settings.DOCUMENT_SCANNER = tmp_path, "none"
    monkeypatch.setattr("intake.services.records.letter_pdf", lambda *a, **k: b"%PDF-1.7 x")


@pytest.fixture
def request_sent(cast):
    release(cast)
    row = records.send(request=asked(cast), channel="print", by=cast.ana, now=NOW)
    return record_letters.confirm_sent(
        request=row, proof="posted it", by=cast.ana, now=NOW, version=row.version
    )


def came(cast, row, count=1):
    files = [SimpleUploadedFile(f"{n}.pdf", one_page()) for n in range(count)]
    arrived = answers.Arrived(files=files, kind="imaging_report")
    version = RecordsRequest.objects.get(pk=row.pk).version
    found = answers.take_in(request=row, arrived=arrived, by=cast.ana, now=NOW, version=version)
    return [arrival.document for arrival in found]


def moved(cast, paper):
    fresh = Document.objects.get(pk=paper.pk)
    refile(document=fresh, to=cast.hale, reason="Her name stands on it", by=cast.ana, now=NOW)
    while dispatch(now=NOW + dt.timedelta(seconds=1)):
        pass


def open_kinds(row):
    return {i.kind for i in WorkItem.objects.filter(subject_id=row.pk, closed_at=None)}


def test_the_wrong_patients_report_answers_nothing(cast, request_sent):
    [paper] = came(cast, request_sent)
    assert open_kinds(request_sent) == {"records_review"}
    moved(cast, paper)
    row = RecordsRequest.objects.get(pk=request_sent.pk)
    assert (row.state, row.closed_at) == ("chased", None)
    assert open_kinds(row) == {"records_chase"} and row.due_at > NOW


def test_nor_when_it_was_reviewed_already(cast, request_sent):
    [paper] = came(cast, request_sent)
    row = RecordsRequest.objects.get(pk=request_sent.pk)
    answers.review(request=row, words="Read", by=cast.amin, now=NOW, version=row.version)
    moved(cast, paper)
    row.refresh_from_db()
    assert (row.state, row.reviewed_by, row.review_words) == ("chased", None, "")


def test_another_file_that_stands_still_answers(cast, request_sent):
    first, _ = came(cast, request_sent, count=2)
    moved(cast, first)
    row = RecordsRequest.objects.get(pk=request_sent.pk)
    assert row.state == "received" and open_kinds(row) == {"records_review"}


def test_what_was_never_sent_is_to_be_sent(cast):
    row = asked(cast)  # the patient brought a disc
    [paper] = came(cast, row)
    moved(cast, paper)
    row.refresh_from_db()
    assert row.state == "prepared" and open_kinds(row) == {"records_request"}


def test_a_file_refused_later_by_the_scanner_answers_nothing(cast, request_sent, settings):
    settings.DOCUMENT_SCANNER = ""  # nobody to ask: it stays locked
    [paper] = came(cast, request_sent)
    assert Document.objects.get(pk=paper.pk).state == "quarantined"
    settings.DOCUMENT_SCANNER = "tests.intake.test_answer_gone.infected"
    check(document=Document.objects.get(pk=paper.pk), now=NOW)
    assert Document.objects.get(pk=paper.pk).state == "rejected"
    while dispatch(now=NOW + dt.timedelta(seconds=1)):
        pass
    row = RecordsRequest.objects.get(pk=request_sent.pk)
    assert row.state == "chased" and open_kinds(row) == {"records_chase"}
