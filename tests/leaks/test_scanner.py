"""The scanner finds what was planted on purpose, in every place and every spelling."""

import base64
import json
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pypdf
import pytest
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from core.events.services import emit
from tests.leaks import places
from tests.leaks.person import Heard
from tests.leaks.scanner import Scanner
from tests.leaks.sink import RawSink
from tests.leaks.words import Words
from tests.processes import Process, Valkey

pytestmark = pytest.mark.journey  # runs beside the scan itself
WORDS = Words(seed=11)
WORD, PHONE = WORDS.new("name"), WORDS.phone("phone")
BORN = WORDS.born("date of birth").isoformat()
TEXT = f"Mrs {WORD}-Ä, saddle numbness"
SPELT = {
    "as it is": TEXT,
    "lower case": TEXT.lower(),
    "upper case": TEXT.upper(),
    "url-encoded": "q=" + "".join(f"%{ord(c):02X}" for c in WORD),
    "JSON-escaped": "".join(f"\\u{ord(c):04x}" for c in WORD),
    "HTML-escaped": "".join(f"&#{ord(c)};" for c in WORD),
    "base64": base64.b64encode(f"x{TEXT}".encode()).decode(),
    "base64, one on": base64.b64encode(f"xy{TEXT}".encode()).decode(),
    "base64, two on": base64.b64encode(f"xyz{TEXT}".encode()).decode(),
    "base64 for addresses": base64.urlsafe_b64encode(TEXT.encode()).decode().rstrip("="),
    "base64, wrapped": base64.encodebytes(f"{'x' * 50}{TEXT}".encode()).decode(),
    "base32": base64.b32encode(WORD.encode()).decode(),
    "UTF-16": TEXT.encode("utf-16-le").decode("latin-1"),
    "hex": WORD.encode().hex(),
    "wrapped": f"{WORD[:5]}\r\n {WORD[5:]}",
    "quoted-printable": f"{WORD[:5]}=\r\n{WORD[5:]}",
    "wrapped inside JSON": json.dumps({"body": f"{WORD[:5]}\n{WORD[5:]}"}),
    "phone, shown": f"({PHONE[:3]}) {PHONE[3:6]}-{PHONE[6:]}",
    "phone, kept": f"+1{PHONE}",
    "date, typed": f"{BORN[5:7]}/{BORN[8:]}/{BORN[:4]}",
    "date, kept": BORN,
}  # fmt: skip


def finds(blob: bytes | str) -> bool:
    scan = Scanner(WORDS.what)
    scan.look("here", blob)
    return bool(scan.hits)


@pytest.mark.parametrize("way", SPELT)
def test_every_spelling_is_found(way: str) -> None:
    assert finds(f"before {SPELT[way]} after")
    other = Words(seed=12)
    other.new("a word of somebody else")
    scan = Scanner(other.what)
    scan.look("here", SPELT[way])
    assert not scan.hits


def test_a_hit_names_the_place_and_what_belongs_there_is_none() -> None:
    scan = Scanner(WORDS.what)
    scan.look("the log", f"line with {WORD}")
    scan.look("the mail", WORD, but=[WORD])
    assert [(place, token) for place, token, _ in scan.hits] == [("the log", WORD)]
    assert "1 of 3" in scan.table() and "the mail: 11 bytes" in scan.table()


def test_a_planted_log_line_command_line_and_head_are_found(tmp_path: Path) -> None:
    say = f"import time; print('{WORD}', flush=True); time.sleep(30)"
    with Process("planted", [sys.executable, "-c", say], ready=lambda p: WORD in p.output()) as one:
        assert finds(one.output())
        assert finds(places.command_lines([one]))
    quiet = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(30)"]
    with Process("quiet", quiet, ready=lambda p: "up" in p.output()) as one:
        assert not finds(one.output()) and not finds(places.command_lines([one]))
    cookie = Heard("GET", "/", "", 302, f"Set-Cookie: messages={WORD}", b"", "")
    address = Heard("GET", f"/?q={WORD}", "", 200, "", b"", "")
    assert finds(places.heads([cookie])) and finds(places.heads([address]))


def test_a_planted_mail_head_and_body_are_found() -> None:
    import smtplib

    for head, body in ((f"X-About: {WORD}", "fixed"), ("X-About: none", f"Dear {WORD}")):
        with RawSink() as sink:
            with smtplib.SMTP("127.0.0.1", sink.port) as server:
                server.sendmail("a@x.example", ["b@x.example"], f"{head}\r\n\r\n{body}\r\n")
            sink.wait_for(1)
            assert finds(sink.raw())


def test_a_planted_queue_entry_and_key_are_found() -> None:
    import socket

    with Valkey() as valkey:
        task = base64.b64encode(json.dumps([[WORD], {}]).encode()).decode()
        with socket.create_connection(("127.0.0.1", valkey.port)) as line:
            line.sendall(f"LPUSH celery messaging.tasks.tick-{task}\r\nSET k{PHONE} 1\r\n".encode())
            line.recv(100)
        told = dict(places.broker(valkey))
        assert finds(told["broker, every command"]) and finds(told["broker, keys"])


@pytest.mark.django_db
def test_planted_rows_are_found() -> None:
    call_command("createcachetable", verbosity=0)
    clean = dict(places.tables())
    assert not any(finds(blob) for blob in clean.values())
    cache.set("seen", {"name": WORD})
    emit(name="intake.closed", subject_id=WORD, now=timezone.now())
    session = SessionStore()
    session["search"] = TEXT
    session.save()
    found = {place for place, blob in places.tables() if finds(blob)}
    assert found >= {"table cache_rows", "table events_domainevent"}
    assert finds(places.sessions())
    with connection.cursor() as cursor:  # every table named is there, and read
        cursor.execute(
            "SELECT count(*) FROM pg_tables WHERE tablename = ANY(%s)", [list(places.TABLES)]
        )
        assert cursor.fetchone()[0] == len(places.TABLES)
    assert settings.SESSION_ENGINE.endswith(".db")


def test_planted_pdf_words_are_found_in_what_it_says_about_itself() -> None:
    from core.lib.pdf import render

    page = f"<html lang='en'><body><p>{WORD}</p></body></html>"
    assert not finds(places.metadata(render(page, title="Call summary")))
    assert finds(places.metadata(render(page, title=f"Letter of {WORD}")))
    writer = pypdf.PdfWriter(clone_from=BytesIO(render(page, title="Call summary")))
    writer.add_metadata({"/Subject": WORD})
    out = BytesIO()
    writer.write(out)
    assert finds(places.metadata(out.getvalue()))


@pytest.mark.browser
def test_words_planted_in_the_browser_are_found(tmp_path: Path) -> None:
    """Storage, cookies, databases, caches, history and the profile's own files."""
    from playwright.sync_api import sync_playwright

    from tests.leaks.surfing import FLAGS, KEPT

    plants = {
        "local": f"localStorage.setItem('k', '{WORD}')",
        "session": f"sessionStorage.setItem('k', '{WORD}')",
        "cookie": f"document.cookie = 'seen={WORD}'",
        "history": f"history.replaceState({{ q: '{WORD}' }}, '')",
        "name": f"window.name = '{WORD}'",
        "database": "new Promise((done) => { const asked = indexedDB.open('kept');"
        " asked.onupgradeneeded = () => asked.result.createObjectStore('rows');"
        " asked.onsuccess = () => { const t = asked.result.transaction('rows', 'readwrite');"
        f" t.objectStore('rows').put('{WORD}', 1);"
        " t.oncomplete = () => { asked.result.close(); done(1); }; }; })",
    }
    server = subprocess.Popen(
        [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", "0"], cwd=tmp_path,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={"PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    try:
        assert server.stdout
        port = server.stdout.readline().split("port ")[1].split()[0]
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path="/usr/bin/chromium", args=FLAGS.split()
            )
            for place, plant in plants.items():
                context = browser.new_context()
                page = context.new_page()
                page.goto(f"http://127.0.0.1:{port}/")
                before = json.dumps([page.evaluate(KEPT), context.cookies()])
                assert not finds(before), place
                page.evaluate(plant)
                assert finds(json.dumps([page.evaluate(KEPT), context.cookies()])), place
                context.close()
            browser.close()
    finally:
        server.terminate()
        server.wait()
