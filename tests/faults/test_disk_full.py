"""The disk for documents is full, or the process dies while it files: nothing half, nothing lost.

A real web process files into a small disk of its own (tmpfs).
"""

import datetime as dt
import http.client
import io
import os
import subprocess
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.conf import settings
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from PIL import Image

from core.documents import files
from core.documents.models import Document
from tests.factories.uploads import upload
from tests.faults.stack import Stack, Visitor

pytestmark = [pytest.mark.faults, pytest.mark.timeout(90)]
DISK = 32 * 1024 * 1024
SENT = 8


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "media"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "hallway-media", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small disk needs root; tests/documents/test_storing.py stands in")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], capture_output=True, check=False)


def noise() -> bytes:
    """Some 750 kB that no compression makes smaller."""
    out = io.BytesIO()
    Image.frombytes("RGB", (500, 500), os.urandom(750_000)).save(out, "PNG")
    return out.getvalue()


def send(visitor: Visitor, patient: Any) -> tuple[int, str]:
    """(status, page) of one upload; (0, "") when the process died under it."""
    form = {"files": upload(noise(), "scan.png"), "kind": "lab", "title": "Typed by hand",
            "form_key": str(uuid.uuid4())}  # fmt: skip
    cookies = {settings.SESSION_COOKIE_NAME: visitor.session,
               settings.CSRF_COOKIE_NAME: visitor.csrf}  # fmt: skip
    headers = {
        "Cookie": "; ".join(f"{k}={v}" for k, v in cookies.items()),
        "X-CSRFToken": visitor.csrf,
        "Content-Type": MULTIPART_CONTENT,
    }
    line = http.client.HTTPConnection("127.0.0.1", visitor.port, timeout=60)
    try:
        line.request("POST", f"/patients/{patient.pk}/documents/upload",
                     encode_multipart(BOUNDARY, form), headers)  # fmt: skip
        reply = line.getresponse()
        return reply.status, reply.read().decode(errors="replace")
    except (OSError, http.client.HTTPException):
        return 0, ""
    finally:
        line.close()


def stored(media: Path) -> set[str]:
    return {p.name for p in (media / "documents").rglob("*") if p.is_file()}


def rows() -> set[str]:
    return set(Document.objects.exclude(stored_as="").values_list("stored_as", flat=True))


def health(visitor: Visitor) -> str:
    page = visitor.get("/manage/health/").text
    return page.split("Disk for documents")[1][:3000]


def test_a_full_disk_keeps_nothing_half_and_says_so(
    stack: Stack, small_disk: Path, figures: Any
) -> None:
    stack.env |= {"MEDIA_ROOT": str(small_disk), "DOCUMENT_SCANNER": "none"}
    okafor = stack.cast.okafor
    with stack.web() as web:
        ana, cole = web.visitor(stack.cast.ana), web.visitor(stack.cast.cole)
        assert send(ana, okafor)[0] == 302
        ballast = small_disk / "ballast"
        ballast.write_bytes(b"\0" * (DISK - 3 * 1024 * 1024))
        answers = [send(ana, okafor) for _ in range(SENT)]
        refused = [page for status, page in answers if status == 507]
        assert {status for status, _ in answers} == {302, 507} and refused
        assert all("disk for documents is full" in page for page in refused)
        assert all("Typed by hand" in page for page in refused)
        lost, orphans = rows() - stored(small_disk), stored(small_disk) - rows()
        assert not lost and not orphans
        assert "FULL" in health(cole)
        ballast.unlink()
        begun = time.monotonic()
        assert send(ana, okafor)[0] == 302
        took = time.monotonic() - begun
        assert "FULL" not in health(cole)
        filed = sum(status == 302 for status, _ in answers) + 2
        assert Document.objects.filter(state="clean").count() == filed
    figures(fault="F14", lost=len(lost), duplicate=0, silent=0, recovery_s=took)


def test_killed_while_it_files_there_is_no_row_without_its_file(
    stack: Stack, small_disk: Path, figures: Any
) -> None:
    stack.env |= {"MEDIA_ROOT": str(small_disk), "DOCUMENT_SCANNER": "none"}
    answers: list[int] = []
    for wait in (0.05, 0.2, 0.4):
        with stack.web() as web:
            ana = web.visitor(stack.cast.ana)
            sender = Thread(target=lambda a=ana: answers.append(send(a, stack.cast.okafor)[0]))
            sender.start()
            time.sleep(wait)
            web.process.kill9()
            sender.join()
    lost = rows() - stored(small_disk)
    assert not lost
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "MEDIA_ROOT", str(small_disk))
        patch.setattr(files, "ORPHAN", -files.ORPHAN)
        swept = files.sweep(now=dt.datetime.now(dt.UTC), shards=[f"{n:02x}" for n in range(256)])
    assert stored(small_disk) == rows()
    figures(fault="F14", lost=len(lost), duplicate=0, silent=0, swept=swept)
