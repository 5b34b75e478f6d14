"""The sheet a patient leaves with: what it says, and that a screen reader can follow it."""

import io
import re

import pytest
import time_machine
from django.urls import reverse
from pypdf import PdfReader

from core.audit.models import AuditEvent
from rehab.documents import print_sheet
from tests.cast import NOW
from tests.factories.plans import GOAL, THERAPY, Planned, restricted

pytestmark = pytest.mark.django_db


@pytest.fixture
def story(cast):
    with time_machine.travel(NOW, tick=False):
        made = Planned(cast)
        made.write_all()
        restricted(cast)
        yield made


def words_of(reader):
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in reader.pages))


def tags_of(reader):
    """How often each kind of tag stands in the structure."""
    found, waiting = {}, [reader.trailer["/Root"]["/StructTreeRoot"]]
    while waiting:
        node = waiting.pop().get_object()
        if not isinstance(node, dict):
            continue
        if "/S" in node:
            found[node["/S"]] = found.get(node["/S"], 0) + 1
            if node["/S"] == "/TD":
                headers = node["/A"].get_object().get("/Headers", [])
                found.setdefault("headed", []).append(len(headers))
        kids = node.get("/K", [])
        waiting += kids if isinstance(kids, list) else [kids]
    return found


def test_it_says_the_plan_the_next_step_and_when_to_call(cast, as_user, story):
    answer = as_user(cast.ruiz).get(reverse("rehab:plan_pdf", args=[story.pk]))
    assert answer.status_code == 200 and answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == 'inline; filename="plan.pdf"'
    reader = PdfReader(io.BytesIO(answer.content))
    said = words_of(reader)
    for words in (
        GOAL.words, "Daniel Okafor", "MRN 1042", THERAPY.progression, "Hip hinge with dowel, 3 x 8",
        "End-range flexion: until it no longer provokes leg pain", "Lift at most 15 lb",
        "If not 45 minutes, a surgeon looks at it.", "Stop the exercise",
        "Leg pain moves further down",
        "Call us the same day", "New weakness pushing off", "gabapentin 300 mg at night",
        "Warehouse manager",
        "Leila Amin", "Lena Ruiz", "plan version 9", "2 times a week for 6 weeks",
    ):  # fmt: skip
        assert words in said, words
    assert "Page 1 of" in said or re.search(r"\b1 (of|/) \d", said), said
    # a screen reader: tagged, a language, a title that is shown and names nobody
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] and root["/Lang"].startswith("en")
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert dict(reader.metadata)["/Title"] == "Your plan"
    assert "Okafor" not in str(dict(reader.metadata))
    packet = reader.xmp_metadata.stream.get_data()
    assert b"Okafor" not in packet and b"pdfuaid:part" in packet
    tags = tags_of(reader)
    assert tags["/H1"] == 1 and tags["/H2"] >= 3 and tags["/LI"] >= 6
    assert tags["/TH"] >= 8 and min(tags["headed"]) >= 1, "each cell names its header"
    look = AuditEvent.objects.filter(action="print", object_kind="care_plan").get()
    assert (look.actor, look.patient_id) == (cast.ruiz, cast.okafor.pk)


def test_an_empty_plan_prints_too_and_an_outsider_prints_nothing(cast, as_user):
    with time_machine.travel(NOW, tick=False):
        bare = Planned(cast)
        said = words_of(PdfReader(io.BytesIO(print_sheet(cast.ruiz, bare.plan, now=NOW))))
        assert "Your goal is written at the next visit" in said
        for outsider in (cast.quist, cast.berg):
            answer = as_user(outsider).get(reverse("rehab:plan_pdf", args=[bare.pk]))
            assert answer.status_code == 404
    assert AuditEvent.objects.filter(action="print").count() == 1
