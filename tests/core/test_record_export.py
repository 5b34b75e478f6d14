"""A patient's whole record as a file: all that hangs on the chart, for who asked, for a day."""

import datetime as dt
import io
import json
import zipfile

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.urls import reverse

from config.home.patient_export import KIND, archive, ask_for_record
from core.accounts.permissions import Perm
from core.accounts.roles import ROLES, who_may
from core.audit.models import AuditEvent
from core.documents import files
from core.documents.services import make_document
from core.importing.reading import fhir
from core.lib.errors import Conflict, NotFound, Refused
from core.people.models import Coverage, Patient, Payer
from core.people.services import merge, open_episode
from core.work.jobs import run_here
from core.work.kept import Keeping, content_of, drop_files, pieces_of
from core.work.models import Job, KeptFile
from core.work.progress import silent
from intake.services.calls import use_match
from tests.cast import NOW, patient
from tests.documents.filing import filed
from tests.factories.uploads import pdf

pytestmark = pytest.mark.django_db
WHY = "Asked for by the patient on paper"


@pytest.fixture(autouse=True)
def at_now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def chart(cast, new_call, monkeypatch):
    monkeypatch.setattr("config.home.patient_export.letter_pdf", lambda *a, **k: b"%PDF-letter")
    payer = Payer.objects.create(
        clinic=cast.riverside, name="Aetna", payer_class="commercial_erisa"
    )
    Coverage.objects.create(patient=cast.okafor, payer=payer, member_id="W1", noted_at=NOW)
    open_episode(
        patient=cast.okafor, problem="Left leg pain", region="low_back", by=cast.ana, now=NOW
    )
    call = new_call(others="no")
    use_match(
        call=call, patient=cast.okafor, birth_date=cast.okafor.birth_date, by=cast.ana, now=NOW
    )
    return cast.okafor


def unpacked(content):
    return zipfile.ZipFile(io.BytesIO(content))


def made(chart, by):
    into = io.BytesIO()
    counts = archive(chart, into=into, by=by, tell=silent, now=NOW)
    return unpacked(into.getvalue()), counts


def test_everything_of_the_chart_and_nothing_of_another(cast, chart):
    packed, counts = made(chart, cast.park)
    rows = json.loads(packed.read("record.json"))["rows"]
    assert {"people.patient", "people.coverage", "people.episode", "intake.call",
            "intake.callanswer"} <= set(rows)  # fmt: skip
    assert rows["people.episode"][0]["problem"] == "Left leg pain"
    assert packed.read("letters/call-1.pdf") == b"%PDF-letter" and counts["letters"] == 1
    whole = b"".join(packed.read(name) for name in packed.namelist())
    assert b"Hale" not in whole and b"5550143" not in whole
    assert str(cast.ana.password).encode() not in whole


def test_its_fhir_is_read_back_by_the_import(cast, chart):
    packed, _ = made(chart, cast.park)
    document = json.loads(packed.read("fhir.json"))
    [row] = list(fhir.people(document, today=NOW.date()))
    assert (row.person.mrn, row.person.phone) == ("1042", "+13125550142")
    assert [c.member_id for c in row.person.coverages] == ["W1"]


def test_documents_and_letters_are_in_it_and_what_is_not_is_said(cast, chart, settings, tmp_path):
    settings.MEDIA_ROOT, settings.DOCUMENT_SCANNER = str(tmp_path), "none"
    mri, locked = filed(cast, pdf(), documented_on=NOW.date()), filed(cast, pdf(), title="EMG")
    for document, state in ((filed(cast, b"PK", title="Old note"), "rejected"),
                            (filed(cast, at_once=False, title="X-ray"), "quarantined"),
                            (mri, "clean")):  # fmt: skip
        assert document.state == state
    request = make_document(patient=chart, data=pdf(), kind="letter", title="Request for records 7",
                            file_name="7.pdf", by=cast.ana, now=NOW)  # fmt: skip
    files.path_of(locked.stored_as, "kept").unlink()
    another = filed(cast, patient=cast.hale, title="Not his")
    packed, counts = made(chart, cast.park)
    rows = json.loads(packed.read("record.json"))["rows"]["documents.document"]
    named = {row["id"]: row["file"] for row in rows if "file" in row}
    assert set(named) == {str(mri.pk), str(request.pk)} and len(rows) == 5
    assert packed.read(named[str(mri.pk)]) == files.read(mri)
    assert named[str(mri.pk)].endswith("-imaging-report-2026-11-24.pdf")
    assert (counts["documents"], counts["files_missing"]) == (2, 3)
    said = packed.read("MISSING.txt").decode()
    assert all(line in said for line in ("Old note", "X-ray", "still being checked", "EMG",
               "could not be read", "who looked at the chart", "legal holds"))  # fmt: skip
    assert "Not his" not in said and not opened(another)
    assert opened(mri) == opened(request) == 1 and not opened(locked), "each is on the trail"


def opened(document):
    return AuditEvent.objects.filter(object_id=document.pk, action="download").count()


def test_what_was_written_on_a_chart_that_was_merged_is_in_it(cast, chart):
    """The other chart's own number and name stay on it; one asked for there is of the whole."""
    older = patient(cast.riverside, "2042", "Dan", "Okafor", chart.birth_date, "+13125550199")
    oldest = patient(cast.riverside, "3042", "D", "Okafor", chart.birth_date, "")
    for kept, gone in ((older, oldest), (chart, older)):
        merge(kept=Patient.objects.get(pk=kept.pk), gone=gone, reason="The same person, both say",
              by=cast.park, now=NOW)  # fmt: skip
    for asked in (Patient.objects.get(pk=chart.pk), Patient.objects.get(pk=oldest.pk)):
        record = json.loads(made(asked, cast.park)[0].read("record.json"))
        assert record["patient"] == str(chart.pk)
        assert {p["mrn"] for p in record["rows"]["people.patient"]} == {"1042", "2042", "3042"}


def test_a_large_file_is_kept_and_sent_in_pieces(cast, monkeypatch):
    monkeypatch.setattr("core.work.kept.PIECE", 1000)
    into = Keeping(clinic=cast.riverside, owner=cast.park, name="x.zip", now=NOW)
    with zipfile.ZipFile(into, "w") as packed:
        for number in range(5):
            packed.writestr(f"{number}.txt", bytes([number]) * 700)
    file = into.close()
    file.refresh_from_db()
    rows = KeptFile.objects.all()
    assert len(rows) == 5 and max(len(row.content) for row in rows) < 1500
    assert max(map(len, pieces_of(file, now=NOW))) == 1000
    whole = content_of(file, now=NOW)
    assert len(whole) == file.size and unpacked(whole).read("4.txt") == b"\4" * 700
    rows.exclude(pk=file.pk).order_by("-size").first().delete()
    with pytest.raises(NotFound):
        content_of(file, now=NOW)
    assert drop_files(now=NOW + dt.timedelta(days=2)) == 4


def test_from_the_page_to_the_file_for_who_asked_alone(cast, chart, as_user):
    browser = as_user(cast.park)
    address = reverse("home:export_record", args=[chart.pk])
    assert browser.post(address, {"reason": "short"}).status_code == 422
    sent = browser.post(address, {"reason": WHY})
    job = Job.objects.get(kind=KIND)
    assert sent.url == reverse("work:job", args=[job.pk])
    assert AuditEvent.objects.get(action="export", patient_id=chart.pk).reason == WHY
    run_here(job, now=NOW)
    file = reverse("work:job_file", args=[job.pk])
    got = browser.get(file)
    assert "record.json" in unpacked(got.getvalue()).namelist()
    assert "Okafor" not in got["Content-Disposition"]
    assert AuditEvent.objects.filter(action="export", patient_id=chart.pk).count() == 2
    assert as_user(cast.amin).get(file).status_code == 404
    for other in (cast.ana, cast.cole, cast.mora):
        assert as_user(other).get(file).status_code == 403
    with time_machine.travel(NOW.replace(day=26), tick=False):
        assert as_user(cast.park).get(file).status_code == 404, "kept for a day"


def test_only_who_reads_charts_takes_one_along(cast, chart, as_user):
    """All clinical words are in the file: a manager, who reads none, does not get them this way."""
    for role in who_may(Perm.PATIENT_EXPORT):
        assert ROLES[role] >= {Perm.CHART_VIEW, Perm.DOCUMENT_VIEW, Perm.BACKGROUND}
    address = reverse("home:export_record", args=[chart.pk])
    for who, code in ((cast.amin, 200), (cast.park, 200), (cast.cole, 403), (cast.ruiz, 403)):
        browser = as_user(who)
        assert browser.get(address).status_code == code
        offered = address in browser.get(reverse("home:patient", args=[chart.pk])).content.decode()
        assert offered == (code == 200)


def test_who_lost_the_right_meanwhile_gets_nothing(cast, chart):
    job = ask_for_record(patient=chart, reason=WHY, by=cast.park, now=NOW)
    with pytest.raises(Conflict):
        ask_for_record(patient=chart, reason=WHY, by=cast.cole, now=NOW)
    cast.park.roles = ["front_desk"]
    cast.park.save()
    ended = run_here(job, now=NOW)
    assert (ended.state, ended.file) == ("failed", None)


def test_the_command_writes_a_file_for_its_owner(cast, chart, tmp_path, capsys, monkeypatch):
    path = tmp_path / "record.zip"
    given = (str(chart.pk), str(path), "--as", cast.park.email, "--reason", WHY)
    call_command("export_patient", *given)
    assert path.stat().st_mode & 0o777 == 0o600
    assert "fhir.json" in unpacked(path.read_bytes()).namelist()
    assert "Okafor" not in capsys.readouterr().out
    monkeypatch.setattr("config.home.patient_export.bundle_of", None)
    with pytest.raises(TypeError):
        call_command("export_patient", str(chart.pk), str(tmp_path / "half.zip"), *given[2:])
    assert not (tmp_path / "half.zip").exists(), "half a record is none"
    with pytest.raises(CommandError, match="already"):
        call_command("export_patient", *given)
    for who, what in ((cast.ana, "Nobody"), (cast.mora, "Nobody"), (cast.quist, "no such patient")):
        with pytest.raises(CommandError, match=what):
            call_command("export_patient", str(chart.pk), str(tmp_path / "x"), "--as", who.email,
                         "--reason", WHY)  # fmt: skip
    with pytest.raises(Refused):
        ask_for_record(patient=chart, reason="no", by=cast.park, now=NOW)
