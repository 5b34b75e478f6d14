"""A PDF is made in a process of its own that reads nothing, reaches nobody and ends in time."""

import io
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from pypdf import PdfReader

from core.lib import pdf, pdf_child
from core.lib.errors import Refused

PAGE = "<!DOCTYPE html><html lang='en'><head><title>Okafor</title></head><body>{}</body></html>"


def text_of(made: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(made)).pages)


@contextmanager
def listener() -> Iterator[tuple[int, list[Any]]]:
    """(port, who called): a server on loopback that notes every connection."""
    called: list[Any] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        over = threading.Event()

        def note() -> None:
            while not over.is_set():
                try:
                    line, peer = server.accept()
                except TimeoutError:
                    continue
                called.append(peer)
                line.close()

        thread = threading.Thread(target=note)
        thread.start()
        yield server.getsockname()[1], called
        time.sleep(0.2)
        over.set()
        thread.join()


def evil(port: int) -> str:
    """Everything a text could try to fetch, as raw markup."""
    there = f"http://127.0.0.1:{port}"
    return f"""
      <base href="{there}/"><link rel="stylesheet" href="{there}/a.css">
      <link rel="attachment" href="file:///etc/hostname"><link rel="attachment" href="{there}/b">
      <style>@import url({there}/c.css); @font-face {{ font-family: x; src: url({there}/f.woff) }}
        p {{ font-family: x; background: url({there}/d.png) }}</style>
      <img src="file:///etc/passwd"><img src="{there}/e.png"><img src="relative.png">
      <object data="file:///etc/passwd"></object><embed src="{there}/g.svg"><iframe src="{there}">
      </iframe><svg><image href="{there}/h.png"/><use href="file:///etc/passwd#x"/></svg>
      <a rel="attachment" href="file:///etc/passwd">x</a><script>fetch("{there}")</script>
      <p>The words stay.</p>"""


def test_its_words_are_there_and_its_metadata_name_nobody() -> None:
    head = '<meta name="author" content="Okafor"><meta name="keywords" content="Okafor">'
    made = pdf.render(PAGE.format(f"{head}<h1>Daniel Okafor</h1>"), title="Call summary", lang="en")
    reader = PdfReader(io.BytesIO(made))
    assert "Daniel Okafor" in text_of(made)
    assert dict(reader.metadata or {}) == {
        "/Title": "Call summary", "/Creator": "Hallway", "/Producer": "Hallway",
    }  # fmt: skip
    packet = reader.xmp_metadata.stream.get_data()  # type: ignore[union-attr]
    assert b"Okafor" not in packet and b"WeasyPrint" not in packet and b"pdfuaid:part" in packet
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]  # tagged: a screen reader follows it


def test_nothing_is_fetched_and_no_file_is_read() -> None:
    with listener() as (port, called):
        made = pdf.render(PAGE.format(evil(port)), title="x")
        assert "The words stay." in text_of(made)
        assert not called
        socket.create_connection(("127.0.0.1", port)).close()  # the listener would have noticed
    assert len(called) == 1
    reader = PdfReader(io.BytesIO(made))
    assert not reader.attachments
    assert b"root:" not in made and "root:" not in text_of(made)


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:1/", "https://127.0.0.1:1/", "file:///etc/passwd", "ftp://x/",
                "//127.0.0.1/x", "relative.png"],
)  # fmt: skip
def test_the_fetcher_alone_refuses_all_but_data(address: str) -> None:
    fetcher = pdf_child.fetcher()
    with pytest.raises(ValueError, match="disallowed protocol|Not an absolute"):
        fetcher.fetch(address)
    assert fetcher.fetch("data:text/plain,words").read() == b"words"


def test_the_second_belt_refuses_a_connection() -> None:
    """Even if a future fetcher had a hole."""
    with listener() as (port, called):
        words = "import socket; from core.lib.pdf_child import limit_myself; {}socket.socket()"
        words += f".connect(('127.0.0.1', {port}))"
        free, bound = (
            subprocess.run([sys.executable, "-c", words.format(first)], cwd=pdf.ROOT,
                           capture_output=True, text=True, check=False)
            for first in ("", "limit_myself(); ")
        )  # fmt: skip
    assert free.returncode == 0 and len(called) == 1
    assert bound.returncode != 0 and "PermissionError" in bound.stderr


def test_memory_ends_at_its_limit() -> None:
    words = "from core.lib.pdf_child import limit_myself; {}bytearray(700_000_000)"
    free, bound = (
        subprocess.run([sys.executable, "-c", words.format(first)], cwd=pdf.ROOT,
                       capture_output=True, text=True, check=False)
        for first in ("", "limit_myself(); ")
    )  # fmt: skip
    assert free.returncode == 0
    assert bound.returncode != 0 and "MemoryError" in bound.stderr


@pytest.mark.parametrize(
    "body",
    ["<div>" * 20_000, "<table>" + ("<tr>" + "<td>x" * 50) * 4_000, "<p>" + "word " * 300_000],
    ids=["deep", "huge table", "long text"],
)
def test_what_takes_too_long_is_ended(body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "SECONDS", 2)  # in life 20
    before, begun = children(), time.monotonic()
    with pytest.raises(Refused, match="too large or too deeply nested"):
        pdf.render(PAGE.format(body), title="x")
    assert time.monotonic() - begun < 10
    assert children() == before  # nobody goes on working
    monkeypatch.undo()
    assert pdf.render(PAGE.format("<p>short</p>"), title="x")  # and the next letter is made


def children() -> set[str]:
    """Processes this one started that still run."""
    found = set()
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                with open(f"/proc/{entry.name}/stat") as stat:
                    parent, state = stat.read().rpartition(")")[2].split()[1::-1]
            except OSError:
                continue
            if int(parent) == os.getpid() and state != "Z":
                found.add(entry.name)
    return found


def test_text_beyond_any_letter_starts_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "run", pytest.fail)
    with pytest.raises(Refused, match="too large"):
        pdf.render("x" * (pdf.LONGEST + 1), title="x")


def test_the_child_inherits_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "s" * 60)
    monkeypatch.setenv("DATABASE_URL", "postgres://u:p@127.0.0.1/x")
    given: dict[str, Any] = {}
    plain = subprocess.run

    def note(*args: Any, **more: Any) -> Any:
        given.update(more)
        return plain(*args, **more)

    monkeypatch.setattr(subprocess, "run", note)
    assert pdf.render(PAGE.format("x"), title="x")
    assert set(given["env"]) <= set(pdf.INHERITED) and not given.get("pass_fds")


def test_only_two_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "PATIENCE", 0.05)
    places = [pdf.PLACES.acquire() for _ in range(pdf.AT_ONCE)]
    try:
        with pytest.raises(Refused, match="Try again in a few seconds"):
            pdf.render(PAGE.format("x"), title="x")
    finally:
        for _ in places:
            pdf.PLACES.release()
    assert pdf.render(PAGE.format("x"), title="x")


@pytest.mark.parametrize(
    ("code", "sentence"),
    [(pdf_child.NO_PANGO, "Pango is not installed"), (pdf_child.TOO_LARGE, "too large"),
     (-9, "too large"), (1, "could not be made")],
)  # fmt: skip
def test_what_went_wrong_is_a_sentence(code: int, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        pdf.answer_of(code, b"")
    assert pdf.answer_of(0, b"%PDF-1.7") == b"%PDF-1.7"
