"""A patient's whole record as a file: all that hangs on the chart, for who asked, for a day."""

import io
import json
import zipfile

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.urls import reverse

from config.home.patient_export import KIND, archive, ask_for_record
from core.audit.models import AuditEvent
from core.importing.reading import fhir
from core.lib.errors import Conflict, Refused
from core.people.models import Coverage, Payer
from core.people.services import open_episode
from core.work.jobs import run_here
from core.work.models import Job
from core.work.progress import silent
from intake.services.calls import use_match
from tests.cast import NOW

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


def test_everything_of_the_chart_and_nothing_of_another(cast, chart):
    content, counts = archive(chart, by=cast.park, tell=silent, now=NOW)
    packed = unpacked(content)
    rows = json.loads(packed.read("record.json"))["rows"]
    assert {"people.patient", "people.coverage", "people.episode", "intake.call",
            "intake.callanswer"} <= set(rows)  # fmt: skip
    assert rows["people.episode"][0]["problem"] == "Left leg pain"
    assert packed.read("letters/call-1.pdf") == b"%PDF-letter" and counts["letters"] == 1
    whole = b"".join(packed.read(name) for name in packed.namelist())
    assert b"Hale" not in whole and b"5550143" not in whole
    assert str(cast.ana.password).encode() not in whole


def test_its_fhir_is_read_back_by_the_import(cast, chart):
    content, _ = archive(chart, by=cast.park, tell=silent, now=NOW)
    document = json.loads(unpacked(content).read("fhir.json"))
    [row] = list(fhir.people(document, today=NOW.date()))
    assert (row.person.mrn, row.person.phone) == ("1042", "+13125550142")
    assert [c.member_id for c in row.person.coverages] == ["W1"]


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
    assert "record.json" in unpacked(got.content).namelist()
    assert "Okafor" not in got["Content-Disposition"]
    assert AuditEvent.objects.filter(action="export", patient_id=chart.pk).count() == 2
    for other in (cast.cole, cast.mora):
        assert as_user(other).get(file).status_code == 404
    assert as_user(cast.ana).get(file).status_code == 403
    with time_machine.travel(NOW.replace(day=26), tick=False):
        assert as_user(cast.park).get(file).status_code == 404, "kept for a day"


def test_who_lost_the_right_meanwhile_gets_nothing(cast, chart):
    job = ask_for_record(patient=chart, reason=WHY, by=cast.park, now=NOW)
    with pytest.raises(Conflict):
        ask_for_record(patient=chart, reason=WHY, by=cast.cole, now=NOW)
    cast.park.roles = ["front_desk"]
    cast.park.save()
    ended = run_here(job, now=NOW)
    assert (ended.state, ended.file) == ("failed", None)


def test_the_command_writes_a_file_for_its_owner(cast, chart, tmp_path, capsys):
    path = tmp_path / "record.zip"
    given = (str(chart.pk), str(path), "--as", cast.park.email, "--reason", WHY)
    call_command("export_patient", *given)
    assert path.stat().st_mode & 0o777 == 0o600
    assert "fhir.json" in unpacked(path.read_bytes()).namelist()
    assert "Okafor" not in capsys.readouterr().out
    with pytest.raises(CommandError, match="already"):
        call_command("export_patient", *given)
    for who, what in ((cast.ana, "Nobody"), (cast.mora, "no such patient")):
        with pytest.raises(CommandError, match=what):
            call_command("export_patient", str(chart.pk), str(tmp_path / "x"), "--as", who.email,
                         "--reason", WHY)  # fmt: skip
    with pytest.raises(Refused):
        ask_for_record(patient=chart, reason="no", by=cast.park, now=NOW)
