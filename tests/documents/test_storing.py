"""No row without a file, no file without a row, nothing half: also when the disk is full."""

import datetime as dt
import errno
import os
import time

import pytest
from django.db import connection, connections

from core.audit.models import AuditEvent
from core.documents import files
from core.documents.models import Document
from core.documents.services import make_document, receive_all
from core.documents.services.labels import Label
from core.lib.errors import NoRoom, Refused
from tests.cast import NOW
from tests.documents.filing import filed
from tests.factories.uploads import pdf, picture, upload

pytestmark = pytest.mark.django_db
LABEL = Label("lab", "Blood", "Lab", None, "")


def stored(media):
    return sorted(p.name for p in media.rglob("*") if p.is_file())


@pytest.fixture
def full(monkeypatch):
    """The disk takes `left` more files."""
    state = {"left": 0}
    real = os.fsync

    def fsync(descriptor):
        if os.path.isdir(f"/proc/self/fd/{descriptor}"):
            return real(descriptor)
        if state["left"] <= 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        state["left"] -= 1
        return real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    return state


@pytest.mark.parametrize("left", [0, 1, 2, 3])
def test_a_full_disk_keeps_nothing_of_a_form(cast, media, full, left):
    """Each file is written twice: as it came, and clean."""
    full["left"] = left
    uploads = [upload(pdf()), upload(picture(), "b.png")]
    with pytest.raises(NoRoom, match="full"):
        receive_all(patient=cast.okafor, uploads=uploads, label=LABEL, by=cast.ana, now=NOW)
    files.sweep(now=NOW + dt.timedelta(days=9999), shards=[f"{n:02x}" for n in range(256)])
    assert not Document.objects.exists()
    assert not [name for name in stored(media) if name.endswith(".part")]
    full["left"] = 9
    found = receive_all(
        patient=cast.okafor, uploads=[upload(pdf())], label=LABEL, by=cast.ana, now=NOW
    )
    assert found[0].document.state == "clean"


def test_a_full_disk_leaves_no_file_behind_at_once(cast, media, full):
    full["left"] = 2
    uploads = [upload(pdf()), upload(picture(), "b.png")]
    with pytest.raises(NoRoom):
        receive_all(patient=cast.okafor, uploads=uploads, label=LABEL, by=cast.ana, now=NOW)
    assert stored(media) == []


def test_the_page_says_so_and_shows_what_was_typed(cast, as_user, full):
    page = as_user(cast.ana).post(
        f"/patients/{cast.okafor.pk}/documents/upload",
        {"files": [upload(pdf())], "kind": "lab", "title": "Blood of June",
         "form_key": "5f0c7f3e-0000-4000-8000-000000000001"},
    )  # fmt: skip
    assert page.status_code == 507
    assert "disk for documents is full" in page.text and "Blood of June" in page.text


def test_a_disk_that_refuses_is_not_called_full(cast, media):
    media.mkdir()
    (media / "documents").write_text("in the way")
    with pytest.raises(NoRoom, match="refuses"):
        filed(cast)


def test_what_a_crash_left_is_swept_after_an_hour_and_said(cast, media, caplog):
    row = filed(cast)
    names = ["a" * 32, "b" * 32 + ".part"]
    folder = media / "documents" / "quarantine"
    for name in names:
        (folder / name).write_bytes(b"left")
    half = media / "documents" / "kept" / row.stored_as[:2] / ("c" * 32)
    half.write_bytes(b"left")
    shards = [row.stored_as[:2]]
    at = dt.datetime.fromtimestamp(time.time(), dt.UTC)
    assert files.sweep(now=at + dt.timedelta(minutes=50), shards=shards) == 0
    gone = files.sweep(now=at + dt.timedelta(minutes=70), shards=shards)
    assert gone >= 3 and "documents_swept" in caplog.text
    assert stored(media) == [row.stored_as] and files.read(row)


def test_every_folder_has_its_turn():
    turns = {int((NOW + dt.timedelta(seconds=30 * n)).timestamp() // 30) % 256 for n in range(256)}
    assert turns == set(range(256))


@pytest.mark.django_db(transaction=True)
def test_nothing_goes_while_a_backup_reads(cast, media):
    row = filed(cast)
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(hashtext(%s))", [files.MEDIA_LOCK])
        files.remove(row.stored_as, files.KEPT)
        assert stored(media) == [row.stored_as]
    finally:
        other.close()
    files.remove(row.stored_as, files.KEPT)
    assert stored(media) == []


def test_bytes_that_changed_on_the_disk_are_not_served(cast, media, as_user):
    row = filed(cast)
    files.path_of(row.stored_as, files.KEPT).write_bytes(b"%PDF-1.4 something else")
    page = as_user(cast.ana).get(f"/documents/{row.pk}/file")
    assert page.status_code == 422 and b"something else" not in page.content


@pytest.mark.parametrize(
    ("data", "word"), [(b"", "empty"), (b"%PDF-" + b"0" * (10 * 1024 * 1024), "larger than 10 MB")]
)
def test_what_never_enters(cast, media, data, word):
    from core.documents.services import receive

    with pytest.raises(Refused, match=word):
        receive(patient=cast.okafor, upload=upload(data), kind="lab", title="", source="",
                documented_on=None, region="", by=cast.ana, now=NOW)  # fmt: skip
    assert not Document.objects.exists() and stored(media) == []


def test_what_hallway_made_is_clean_from_the_start(cast):
    row = make_document(patient=cast.okafor, data=pdf(), kind="letter", title="Request for records",
                        file_name="request.pdf", by=cast.ana, now=NOW, pages=1)  # fmt: skip
    assert (row.state, row.source, row.uploaded_by) == ("clean", "Hallway", cast.ana)
    assert files.read(row) == pdf()
    assert AuditEvent.objects.filter(object_id=str(row.pk), action="create").exists()


def test_the_database_agrees(cast):
    from django.db import IntegrityError, transaction

    row = filed(cast)
    for broken in ("stored_as = ''", "content_type = ''", "decided_at = NULL",
                   "review_words = 'x'", "state = 'rejected'"):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE documents_document SET {broken} WHERE id = %s", [row.pk])
