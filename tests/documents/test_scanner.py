"""The scanner fails closed: without its word nothing is served, and the word is asked for again."""

import datetime as dt

import pytest

from config.home import system
from core.documents import rules
from core.documents.models import Document
from core.documents.services import check_waiting
from tests.cast import NOW
from tests.documents.clamd import clamd
from tests.documents.filing import filed
from tests.factories.uploads import EICAR, pdf

pytestmark = pytest.mark.django_db
LATER = NOW + dt.timedelta(minutes=5)


@pytest.fixture
def address(tmp_path, settings):
    settings.DOCUMENT_SCANNER = "core.documents.scanners.clamd"
    settings.CLAMD_ADDRESS = str(tmp_path / "clamd")
    settings.CLAMD_SECONDS = 1.0
    return tmp_path / "clamd"


def test_what_the_scanner_finds_is_rejected_and_its_bytes_go(
    cast, address, media, django_capture_on_commit_callbacks
):
    with clamd(address) as server, django_capture_on_commit_callbacks(execute=True):
        bad = filed(cast, pdf() + b"\n%" + EICAR)
        good = filed(cast, pdf())
    assert bad.state == "rejected" and "virus scanner found" in bad.reason
    assert bad.stored_as == "" and EICAR in server.seen[0]  # shown as it came
    assert good.state == "clean"
    assert [p.name for p in media.rglob("*") if p.is_file()] == [good.stored_as]


def test_away_it_leaves_the_file_locked_and_takes_it_up_again(
    cast, address, as_user, django_capture_on_commit_callbacks
):
    row = filed(cast)
    assert (row.state, row.reason) == ("quarantined", rules.WAITING["scanner"])
    page = as_user(cast.ana).get(f"/documents/{row.pk}/file")
    assert page.status_code == 422 and b"%PDF" not in page.content
    assert check_waiting(now=LATER) == 1
    row.refresh_from_db()
    assert (row.state, row.tried_at) == ("quarantined", LATER)
    with clamd(address), django_capture_on_commit_callbacks(execute=True):
        check_waiting(now=LATER)
    row.refresh_from_db()
    assert (row.state, row.reason, row.decided_at) == ("clean", "", LATER)
    assert as_user(cast.ana).get(f"/documents/{row.pk}/file").content.startswith(b"%PDF")


@pytest.mark.parametrize(
    "says", [None, "", "stream: perhaps", "INSTREAM size limit exceeded. ERROR", "OK", "FOUND"]
)
def test_an_answer_nobody_expects_is_no_answer(cast, address, says):
    with clamd(address) as server:
        server.says = says
        assert filed(cast).state == "quarantined"


def test_one_that_is_silent_does_not_hold_anybody_up_for_long(cast, address, settings):
    settings.CLAMD_SECONDS = 0.2
    import socket

    deaf = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    deaf.bind(str(address))
    deaf.listen()
    assert filed(cast).state == "quarantined"
    deaf.close()


@pytest.mark.parametrize("name", ["core.documents.nowhere", "builtins.len", "x"])
def test_a_wrong_setting_locks_too(cast, settings, name):
    settings.DOCUMENT_SCANNER = name
    assert filed(cast).state == "quarantined"


def test_no_setting_is_not_the_same_as_none(cast, settings):
    settings.DOCUMENT_SCANNER = ""
    row = filed(cast)
    assert (row.state, row.reason) == ("quarantined", rules.WAITING["no_scanner"])
    settings.DOCUMENT_SCANNER = "none"
    assert filed(cast).state == "clean"


def test_the_health_page_says_how_it_stands(cast, settings):
    settings.DOCUMENT_SCANNER = "none"
    assert line("Virus scanner").ok is None and "without one" in line("Virus scanner").says
    settings.DOCUMENT_SCANNER = "core.documents.scanners.clamd"
    settings.CLAMD_ADDRESS = "/nowhere"
    filed(cast)
    assert line("Virus scanner").ok is False
    assert "1 document" in line("Virus scanner").says
    Document.objects.get().delete()
    assert line("Virus scanner").ok is True


def line(what):
    return next(line for line in system.lines(NOW + dt.timedelta(hours=1)) if line.what == what)


def test_a_file_that_never_ends_is_given_up_after_a_day(cast, monkeypatch):
    from core.documents import checking

    monkeypatch.setattr(checking, "ask", lambda *_: checking.Answer(slow=True))
    row = filed(cast)
    assert (row.state, row.reason) == ("quarantined", rules.WAITING["slow"])
    check_waiting(now=NOW + dt.timedelta(hours=23))
    row.refresh_from_db()
    assert row.state == "quarantined"
    check_waiting(now=NOW + dt.timedelta(hours=25))
    row.refresh_from_db()
    assert (row.state, row.reason) == ("rejected", rules.SENTENCES["too_much"])
