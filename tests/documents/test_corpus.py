"""Every file a stranger may send: refused or made harmless, and a good one of each kind passes."""

import io
import pickle
import subprocess
import sys

import pytest
from PIL import Image
from pypdf import PdfReader

from core.documents import checking, files, rules
from core.documents.models import Document
from core.lib.pdf import ROOT
from tests.documents.filing import filed
from tests.factories.uploads import BAD, GOOD, NEUTRALISED, fax, form, photo, picture

NAMES = {
    "../x": "x", "..\\..\\boot.ini": "boot.ini", "/etc/passwd": "passwd", "a\r\nb.pdf": "a b.pdf",
    "x" * 400 + ".pdf": None, "\u202efdp.exe": "fdp.exe", "": "file", "...": "file",
    "a\0b.pdf": "a b.pdf", "<script>.pdf": "<script>.pdf",
}  # fmt: skip
KEPT = {"application/pdf", "image/jpeg", "image/png"}


def test_the_corpus_is_large_enough():
    assert len(BAD) + len(NEUTRALISED) + len(NAMES) >= 60


ALONE = {"pdf bomb", "png bomb"}  # in a child each, as every file of a patient is
MANY = """
import pickle, sys
from core.documents.check_child import checked, limit_myself
limit_myself()
files = pickle.load(sys.stdin.buffer)
sys.stdout.buffer.write(pickle.dumps([checked(kind, data) for kind, data in files]))
"""


@pytest.fixture(scope="module")
def verdicts():
    """What becomes of each file: all through one child, which starts once."""
    named = {name: make() for name, (make, _) in BAD.items() if name not in ALONE}
    named |= {name: make() for name, make in (NEUTRALISED | GOOD).items()}
    known = {name: data for name, data in named.items() if rules.type_of(data[:16])}
    done = subprocess.run(
        [sys.executable, "-c", MANY], cwd=ROOT, capture_output=True, timeout=100, check=True,
        input=pickle.dumps([(rules.type_of(data[:16]), data) for data in known.values()]),
    )  # fmt: skip
    told = dict(zip(known.values(), pickle.loads(done.stdout), strict=True))

    def answered(data, kind):
        said, new = told[data]
        return checking.Answer(said.get("why", ""), said.get("content_type", ""),
                               said.get("pages"), new)  # fmt: skip

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checking, "ask", answered)
        patch.setattr(checking.scanners, "scan", lambda data: "")
        found = {name: checking.examine(data) for name, data in named.items()}
    return found | {name: checking.examine(BAD[name][0]()) for name in ALONE}


@pytest.mark.parametrize("name", BAD)
def test_refused_with_a_sentence_that_helps(name, verdicts):
    word, verdict = BAD[name][1], verdicts[name]
    assert verdict.state == "rejected" and not verdict.data
    assert word.lower() in verdict.reason.lower() and verdict.reason in rules.SENTENCES.values()


@pytest.mark.parametrize("name", NEUTRALISED)
def test_made_harmless(name, verdicts):
    verdict = verdicts[name]
    assert verdict.state == "clean" and verdict.content_type in KEPT
    assert b"HUNG-ON" not in verdict.data and b"/OpenAction" not in verdict.data


@pytest.mark.parametrize("name", GOOD)
def test_a_good_one_passes(name, verdicts):
    verdict = verdicts[name]
    assert (verdict.state, verdict.reason) == ("clean", "") and verdict.data
    assert verdict.pages == {"many pages": 12, "fax": 3}.get(name, 1)


def test_a_photo_stands_upright_and_says_nothing_of_its_camera():
    assert b"SECRETCAM" in photo()
    kept = checking.examine(photo()).data
    image = Image.open(io.BytesIO(kept))
    assert not image.getexif() and b"SECRETCAM" not in kept
    assert image.size == (40, 60)  # it was taken sideways


def test_a_fax_keeps_its_shape_although_its_dots_are_not_square():
    verdict = checking.examine(fax())
    page = PdfReader(io.BytesIO(verdict.data)).pages[0]
    assert verdict.content_type == "application/pdf"
    assert abs(float(page.mediabox.width) - 864 / 204 * 72) < 1
    assert abs(float(page.mediabox.height) - 550 / 98 * 72) < 1


def test_what_was_filled_into_a_form_is_still_seen():
    kept = checking.examine(form(drawn=True)).data
    reader = PdfReader(io.BytesIO(kept))
    assert "/AcroForm" not in reader.root_object
    drawn = Image.open(io.BytesIO(checking.page_image(kept, 1)))
    scale = drawn.width / 200
    assert drawn.getpixel((int(50 * scale), int((300 - 220) * scale)))[:3] == (255, 0, 0)
    assert drawn.getpixel((int(70 * scale), int((300 - 70) * scale)))[:3] == (0, 0, 255)


@pytest.mark.parametrize(("name", "clean"), NAMES.items())
def test_a_name_is_only_shown(name, clean):
    shown = rules.clean_name(name)
    assert shown == clean or (clean is None and len(shown) == 120 and shown.endswith("….pdf"))


@pytest.mark.django_db
def test_the_name_is_never_a_path(cast, media, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        row = filed(cast, name="../../../x")
    assert row.file_name == "x"
    found = [p for p in media.rglob("*") if p.is_file()]
    assert [p.name for p in found] == [row.stored_as] and row.state == Document.State.CLEAN
    assert found[0].stat().st_mode & 0o777 == 0o600
    assert found[0].parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.django_db
def test_the_ending_means_nothing(cast):
    assert filed(cast, picture("PNG"), name="letter.exe").content_type == "image/png"


CONNECT = """
import socket
from core.documents.check_child import limit_myself
limit_myself()
connect = lambda: socket.create_connection(("127.0.0.1", 9), 1)
for act in (connect, lambda: open("x", "wb", 0).write(b"x")):
    try:
        act()
    except OSError as error:
        print(type(error).__name__)
"""


def test_the_child_reaches_nothing(tmp_path):
    """It inherits no secret, and may neither connect nor write a file."""
    assert not {"SECRET_KEY", "DATABASE_URL"} & set(checking.INHERITED)
    done = subprocess.run(
        [sys.executable, "-c", CONNECT], cwd=tmp_path, env={"PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert done.stdout.split() == ["PermissionError", "OSError"]


def test_a_child_that_was_ended_has_refused_the_file():
    assert checking.read_answer(-9, b"").why == "too_much"
    assert checking.read_answer(0, b'{"why": "script"}\n').why == "script"
    assert checking.read_answer(0, b'{"content_type": "image/png", "pages": 1}\nx').data == b"x"


def test_only_our_own_names_are_files():
    for name in ("../x", "", "a" * 31, "A" * 32, "g" * 32):
        with pytest.raises(ValueError, match="name of a stored file"):
            files.path_of(name, files.KEPT)
    assert files.path_of("a" * 32, files.KEPT).parent.name == "aa"
