"""The pages: each file with its own answer, nothing typed lost, nothing served that runs."""

import datetime as dt
import uuid

import pytest
import time_machine

from core.audit.models import AuditEvent
from core.documents.models import Document
from core.people.models import CareTeamMember
from tests.cast import NOW
from tests.documents.filing import filed
from tests.factories.uploads import BAD, pdf, picture, upload

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False):
        yield


def send(client, patient, files, **typed):
    words = {"kind": "lab", "title": "Blood of June", "form_key": str(uuid.uuid4())} | typed
    return client.post(f"/patients/{patient.pk}/documents/upload", {"files": files} | words)


def test_filed_and_on_the_list(cast, as_user):
    ana = as_user(cast.ana)
    answer = send(ana, cast.okafor, [upload(pdf()), upload(picture(), "b.png")], region="hip")
    assert answer.status_code == 302 and answer.url == f"/patients/{cast.okafor.pk}/documents/"
    page = ana.get(answer.url)
    assert "2 documents filed" in page.text and "Blood of June (1 of 2)" in page.text
    for narrow, count in (("kind=lab", 2), ("kind=letter", 0), ("state=rejected", 0),
                          ("region=hip", 2), ("kind=nonsense", 2)):  # fmt: skip
        shown = ana.get(f"{answer.url}?{narrow}").text
        assert shown.count("data-row") == count, narrow


def test_a_bad_one_does_not_keep_a_good_one_out(cast, as_user):
    make, _ = BAD["svg"]
    files = [upload(pdf(), "good.pdf"), upload(make(), "bad.svg"), upload(b"", "none.pdf")]
    page = send(as_user(cast.ana), cast.okafor, files)
    assert page.status_code == 422
    assert "bad.svg</strong>: Only PDF" in page.text and "good.pdf</strong>: filed" in page.text
    assert "none.pdf</strong>: This file is empty" in page.text
    assert 'value="Blood of June"' in page.text
    assert sorted(Document.objects.values_list("state", flat=True)) == ["clean", "rejected"]


@pytest.mark.parametrize(
    ("files", "typed", "word"),
    [(0, {}, "Choose the file"), (11, {}, "At most 10"),
     (1, {"documented_on": "some day"}, "cannot be read"), (1, {"kind": ""}, "what kind")],
)  # fmt: skip
def test_a_refused_form_keeps_what_was_typed(cast, as_user, files, typed, word):
    page = send(as_user(cast.ana), cast.okafor, [upload(pdf()) for _ in range(files)], **typed)
    assert page.status_code == 422 and word in page.text and 'value="Blood of June"' in page.text
    assert "data-posted" in page.text and not Document.objects.exists()


def test_only_an_answered_form_is_forgotten_and_first_of_all(cast, as_user):
    ana, place = as_user(cast.ana), f"/patients/{cast.okafor.pk}/documents/"
    answered, opened = send(ana, cast.okafor, []).text, ana.get(place).text
    assert f'data-posted="{place}"' in answered and "data-posted" not in opened
    assert answered.index("js/forget") < answered.index('rel="stylesheet"')
    assert "js/forget" not in opened


def test_sent_twice_is_filed_once(cast, as_user):
    ana, key = as_user(cast.ana), str(uuid.uuid4())
    for _ in range(2):
        assert send(ana, cast.okafor, [upload(pdf())], form_key=key).status_code == 302
    assert Document.objects.count() == 1


def test_more_than_a_form_may_carry_is_not_even_read(cast, as_user, monkeypatch):
    from core.documents import uploads

    monkeypatch.setattr(uploads, "MOST", 100)
    assert send(as_user(cast.ana), cast.okafor, [upload(pdf())]).status_code == 400


def test_served_as_a_download_that_runs_nothing_and_names_nobody(cast, as_user):
    row = filed(cast, name="Okafor Daniel 1974.pdf", documented_on=dt.date(2026, 11, 3))
    answer = as_user(cast.amin).get(f"/documents/{row.pk}/file")
    assert answer.content.startswith(b"%PDF")
    assert answer["Content-Disposition"] == 'attachment; filename="imaging-report-2026-11-03.pdf"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "no-store" in answer["Cache-Control"]
    assert AuditEvent.objects.get(action="download").patient_id == cast.okafor.pk


def test_shown_as_pictures_only(cast, as_user):
    amin = as_user(cast.amin)
    row, photo = filed(cast, pdf(2)), filed(cast, picture("JPEG"))
    for number in (1, 2):
        answer = amin.get(f"/documents/{row.pk}/pages/{number}")
        assert answer["Content-Type"] == "image/png" and answer.content.startswith(b"\x89PNG")
        assert "sandbox" in answer["Content-Security-Policy"]
    assert amin.get(f"/documents/{row.pk}/pages/3").status_code == 422
    assert amin.get(f"/documents/{photo.pk}/pages/1")["Content-Type"] == "image/jpeg"
    assert f"/documents/{row.pk}/pages/2" in amin.get(f"/documents/{row.pk}/?page=2").text
    for odd in ("0", "9", "x", "-1", "9" * 30):
        assert amin.get(f"/documents/{row.pk}/?page={odd}").status_code == 200


@pytest.mark.parametrize("route", ["", "file", "pages/1", "refile"])
def test_of_another_chart_it_is_as_if_there_were_none(cast, as_user, route):
    row = filed(cast)
    for outsider in (cast.zoe, cast.quist, cast.berg):
        assert as_user(outsider).get(f"/documents/{row.pk}/{route}").status_code in {403, 404}
    CareTeamMember.objects.create(
        patient=cast.okafor, user=cast.berg, role="therapist", from_on=NOW.date()
    )
    assert as_user(cast.berg).get(f"/documents/{row.pk}/{route}").status_code == 200


def test_reviewed_and_said_what_it_is(cast, as_user):
    row, amin = filed(cast), as_user(cast.amin)
    form = {"form_key": str(uuid.uuid4()), "version": row.version, "words": "Read"}
    assert amin.post(f"/documents/{row.pk}/review", form).status_code == 302
    assert "Read" in amin.get(f"/documents/{row.pk}/").text
    row.refresh_from_db()
    words = {"kind": "lab", "title": "New", "source": "", "documented_on": "", "region": "",
             "side": ""}  # fmt: skip
    was = {f"was_{k}": "" for k in words} | {"was_kind": "imaging_report"}
    form = words | was | {"form_key": str(uuid.uuid4()), "version": row.version}
    bad = amin.post(f"/documents/{row.pk}/classify", form | {"documented_on": "11/30/2099"})
    assert bad.status_code == 422 and 'value="New"' in bad.text and "future" in bad.text
    assert amin.post(f"/documents/{row.pk}/classify", form).status_code == 302
    stale = amin.post(
        f"/documents/{row.pk}/classify", form | {"title": "Mine", "form_key": str(uuid.uuid4())}
    )
    assert stale.status_code == 409 and "Mine" in stale.text and "New" in stale.text


def test_moved_step_by_step(cast, as_user):
    row, ana = filed(cast), as_user(cast.ana)
    here = f"/documents/{row.pk}/refile"
    assert "Find the patient" in ana.get(here).text
    found = ana.post(f"{here}/find", {"q": "hale"})
    assert str(cast.hale.pk) in found.text
    assert str(cast.outis.pk) not in ana.post(f"{here}/find", {"q": "outis"}).text
    form = {"version": row.version, "patient": str(cast.hale.pk), "reason": "no"}
    short = ana.post(f"{here}/move", form | {"form_key": str(uuid.uuid4())})
    assert (
        short.status_code == 422 and "Hale, Margaret" in short.text and 'value="no"' in short.text
    )
    form["reason"] = "Her name and birthday stand on page 1"
    other = form | {"patient": str(cast.outis.pk), "form_key": str(uuid.uuid4())}
    assert ana.post(f"{here}/move", other).status_code == 404
    moved = ana.post(f"{here}/move", form | {"form_key": str(uuid.uuid4())})
    assert moved.status_code == 302
    assert "stood on another chart" in ana.get(moved.url).text
    assert str(row.pk) not in ana.get(f"/patients/{cast.okafor.pk}/documents/").text
    assert str(row.pk) in ana.get(f"/patients/{cast.hale.pk}/documents/").text
    manager = as_user(cast.cole).get("/documents/refiled/")
    assert "Her name and birthday" in manager.text and "Ana Flores" in manager.text
    assert "MRI lumbar" not in manager.text  # what it says is for who treats
    assert "Okafor" not in as_user(cast.mora).get("/documents/refiled/").text


def test_fifty_a_page(cast, as_user):
    row = filed(cast)
    for n in range(60):
        Document.objects.create(
            patient=cast.okafor, clinic=cast.riverside, kind="lab", title=f"Paper {n:02}",
            file_name="x", size=1, sha256="0" * 64, state="rejected", reason="x",
            decided_at=NOW, uploaded_at=NOW - dt.timedelta(hours=1 + n // 2),
        )  # fmt: skip
    ana, here = as_user(cast.ana), f"/patients/{cast.okafor.pk}/documents/"
    first = ana.get(here).text
    older = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    second = ana.get(here + older).text
    assert (first.count("data-row"), second.count("data-row")) == (50, 11)
    assert str(row.pk) in first and str(row.pk) not in second
