"""The scan of a signed release: filed with the signature, sent along with the letter when clean."""

import io

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from pypdf import PdfReader, PdfWriter

from core.audit.models import AuditEvent
from core.documents import files
from core.documents.models import Document
from core.documents.selectors import scans_of
from core.documents.services import attach_scan, classify, label_of
from core.lib.errors import Refused
from intake.models import RecordsRequest
from intake.services import records
from tests.cast import NOW
from tests.factories.records import asked, one_page, release

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def places(settings, monkeypatch, tmp_path):
    settings.MEDIA_ROOT, settings.DOCUMENT_SCANNER = tmp_path, "none"

    def letter(*args, scanned=False, **more):
        writer, out = PdfWriter(), io.BytesIO()
        writer.add_blank_page(width=612, height=792)
        writer.add_metadata({"/Subject": f"scanned {scanned}"})
        writer.write(out)
        return out.getvalue()

    monkeypatch.setattr("intake.services.records.letter_pdf", letter)


def photo():
    out = io.BytesIO()
    Image.new("RGB", (850, 1100), "white").save(out, "JPEG")
    return SimpleUploadedFile("photo.jpg", out.getvalue(), content_type="image/jpeg")


def pdf():
    return SimpleUploadedFile("release.pdf", one_page(), content_type="application/pdf")


def scanned(cast, *uploads, **more):
    signed = release(cast, **more)
    attach_scan(consent=signed, uploads=uploads or (pdf(),), by=cast.ana, now=NOW)
    return signed


def send(cast, row, **more):
    row = records.send(request=row, channel="print", by=cast.ana, now=NOW, **more)
    return PdfReader(io.BytesIO(files.read(Document.objects.get(pk=row.delivery.document_id))))


def test_the_scan_follows_the_letter(cast):
    signed = scanned(cast, pdf(), photo())
    row = asked(cast)
    letter = send(cast, row)
    assert len(letter.pages) == 3 and letter.metadata["/Subject"] == "scanned True"
    width, height = letter.pages[2].mediabox.width, letter.pages[2].mediabox.height
    assert (round(width), round(height)) == (612, 792), "a photograph as a page of letter size"
    paper = Document.objects.get(kind="letter")
    assert (paper.pages, paper.consent) == (3, signed)
    sent = AuditEvent.objects.get(object_kind="records_request", action="send")
    assert "scan" in sent.fields


def test_without_a_scan_the_letter_goes_as_it_did(cast):
    release(cast)
    letter = send(cast, asked(cast))
    assert len(letter.pages) == 1 and letter.metadata["/Subject"] == "scanned False"


def test_a_scan_that_is_still_checked_waits_for_a_persons_word(cast, settings):
    settings.DOCUMENT_SCANNER = ""  # nobody to ask: it stays locked
    scanned(cast)
    row = asked(cast)
    with pytest.raises(Refused, match="still being checked"):
        send(cast, row)
    assert not Document.objects.filter(kind="letter").exists()
    assert len(send(cast, row, without_scan=True).pages) == 1


def test_in_one_click_it_stands_prepared_while_the_scan_is_checked(cast, settings):
    settings.DOCUMENT_SCANNER = ""
    scanned(cast)
    source = asked(cast).source
    row = records.ask(patient=cast.okafor, source=source, wish=records.Wish(("labs",)), by=cast.ana,
                      now=NOW)  # fmt: skip
    assert row.state == "prepared"


def test_what_is_no_release_any_more_goes_along_no_more(cast):
    signed = scanned(cast)
    [scan] = scans_of([signed])[signed.pk]
    wrong = label_of(scan)
    classify(document=scan, wanted=type(wrong)(**{**wrong.columns(), "kind": "identity"}),
             version=scan.version, by=cast.ana, now=NOW)  # fmt: skip
    assert len(send(cast, asked(cast)).pages) == 1


def test_a_file_lost_on_the_disk_is_told(cast):
    signed = scanned(cast)
    [scan] = scans_of([signed])[signed.pk]
    files.remove(scan.stored_as, files.KEPT)
    row = asked(cast)
    with pytest.raises(Refused, match="cannot be read"):
        send(cast, row)
    assert len(send(cast, row, without_scan=True).pages) == 1


def test_the_desk_files_it_from_the_registration(cast, as_user):
    signed, browser = release(cast), as_user(cast.ana)
    door = f"/patients/{cast.okafor.pk}/registration/consent/{signed.pk}/scans"
    with time_machine.travel(NOW, tick=False):
        home = f"/patients/{cast.okafor.pk}/registration/"
        assert "Add a scan" in browser.get(home).content.decode()
        nothing = browser.post(door, {})
        assert nothing.status_code == 422 and "Choose the file first" in nothing.content.decode()
        word = SimpleUploadedFile("notes.pdf", b"PK\x03\x04", content_type="application/pdf")
        bad = browser.post(door, {"files": [word]})
        assert bad.status_code == 422 and "notes.pdf" in bad.content.decode()
        assert browser.post(door, {"files": [pdf()]}).status_code == 302
        assert "Scan filed" in browser.get(home).content.decode()
        row = asked(cast)
        page = browser.get(f"/records/{row.pk}/").content.decode()
        assert "its scan goes along" in page and "without the scan" in page
        sent = browser.post(f"/records/{row.pk}/send", {"channel": "print", "without_scan": "1",
                                                        "version": "1"})  # fmt: skip
        assert sent.status_code == 302
    assert Document.objects.get(kind="letter").pages is None
    assert RecordsRequest.objects.get().state == "sending"
    assert as_user(cast.zoe).get(door).status_code == 404


def test_a_signature_that_ended_or_another_charts_takes_none(cast, as_user):
    ended = release(cast, ended_at=NOW, end_reason="withdrawn")
    with pytest.raises(Refused, match="was ended"):
        attach_scan(consent=ended, uploads=[pdf()], by=cast.ana, now=NOW)
    other = release(cast, patient=cast.hale)
    door = f"/patients/{cast.okafor.pk}/registration/consent/{other.pk}/scans"
    assert as_user(cast.ana).get(door).status_code == 404
