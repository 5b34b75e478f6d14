"""The head of the chain in a file of its own, and what the check says about both."""

import json
import os

import pytest
from django.core.management import CommandError, call_command

from core.audit.anchors import AnchorFileError, anchor, anchor_daily, read, that_count
from core.audit.models import AuditEvent
from core.audit.seals import seal
from core.events.models import Heartbeat
from messaging.tick import tick
from tests.cast import NOW
from tests.factories.trail import after, fill, run

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(settings, tmp_path, time_machine):
    time_machine.move_to(NOW, tick=False)
    settings.AUDIT_ANCHOR_FILE = str(tmp_path / "outside" / "anchors.jsonl")
    return tmp_path / "outside" / "anchors.jsonl"


def check(*options):
    """(exit code, what it said) of manage.py verify_audit."""
    import io

    out = io.StringIO()
    try:
        call_command("verify_audit", *options, stdout=out, stderr=io.StringIO())
    except SystemExit as end:
        return end.code, out.getvalue()
    return 0, out.getvalue()


def test_the_tick_seals_and_writes_one_line_a_day(cast, file):
    for minute in (0, 1, 60, 23 * 60, 24 * 60, 24 * 60 + 1):
        fill(cast, 5, first=after(minute))
        tick(now=after(minute))
    lines = read(file)
    assert [line.at for line in lines] == [after(0).isoformat(), after(24 * 60).isoformat()]
    assert (lines[0].seal, lines[1].seal) == (1, 5) and file.stat().st_mode & 0o777 == 0o600
    assert Heartbeat.objects.get(loop="audit").beat_at == after(24 * 60 + 1)


def test_a_file_that_cannot_be_written_stops_the_heartbeat(cast, settings, tmp_path):
    (tmp_path / "taken").write_text("no folder")
    settings.AUDIT_ANCHOR_FILE = str(tmp_path / "taken" / "anchors.jsonl")
    with pytest.raises(OSError, match="taken"):  # outside a test the tick goes on and logs it
        tick(now=NOW)
    assert not Heartbeat.objects.filter(loop="audit").exists()


def test_no_file_no_line(cast, settings):
    settings.AUDIT_ANCHOR_FILE = ""
    seal(now=NOW)
    assert anchor(now=NOW) is None and anchor_daily(now=NOW) is None


def test_the_check_says_what_it_found_and_remembers_that_it_ran(cast, file):
    fill(cast, 28)
    seal(now=NOW)
    anchor(now=NOW)
    record_count = AuditEvent.objects.count()
    fill(cast, 4, first=NOW)
    code, said = check()
    assert code == 0 and "35 rows, 1 seals, 1 anchors" in said and "The chain is whole" in said
    assert "4 rows wait for a seal" in said
    assert Heartbeat.objects.filter(loop="verify_audit").exists()
    ran = AuditEvent.objects.filter(action="verify").get()
    assert ran.pk and AuditEvent.objects.count() == record_count + 5 and ran.reason == "whole"


def test_a_bad_row_is_named_and_the_exit_code_is_1(cast, file):
    fill(cast, 28)
    seal(now=NOW)
    pk = AuditEvent.objects.order_by("pk")[7].pk
    run("SET LOCAL session_replication_role = replica")
    run("UPDATE audit_auditevent SET actor_id = NULL WHERE id = %s", pk)
    code, said = check()
    assert code == 1 and f"NOT WHOLE. Row {pk} is not what was sealed" in said
    assert "No anchor was given" in said
    code, said = check("--json")
    answer = json.loads(said)
    assert code == 1 and answer["whole"] is False and answer["findings"][0]["id"] == pk
    assert not Heartbeat.objects.filter(loop="verify_audit").exists()
    assert AuditEvent.objects.filter(action="verify", reason="row_changed").count() == 2


def test_after_a_restore_the_later_anchors_are_set_aside(cast, file):
    fill(cast, 10)
    seal(now=NOW)
    anchor(now=NOW)
    anchor(now=after(1))
    line = json.loads(file.read_text().splitlines()[1])
    file.write_text(file.read_text() + json.dumps(line | {"seal": 7, "hash": "e" * 64}) + "\n")
    assert check()[0] == 1 and "cut off" in check()[1]
    anchor(now=after(2), restored=True)
    assert [a.seal for a in that_count(read(file))] == [1, 1, 1]
    assert check()[0] == 0


def test_a_changed_anchor_file_is_told_and_a_line_cut_by_a_crash_is_not(cast, file):
    seal(now=NOW)
    anchor(now=NOW)
    with file.open("a") as handle:
        handle.write('{"seal": 2, "ha')
    assert len(read(file)) == 1 and check()[0] == 0
    file.write_text("rubbish\n" + file.read_text())
    with pytest.raises(AnchorFileError, match="Line 1"):
        read(file)
    with pytest.raises(CommandError, match="was changed or damaged"):
        check()


def test_a_line_written_in_part_is_told_and_breaks_no_later_reading(cast, file, monkeypatch):
    seal(now=NOW)
    anchor(now=NOW)
    write = os.write
    monkeypatch.setattr("core.audit.anchors.os.write", lambda to, text: write(to, text[:20]))
    with pytest.raises(OSError, match="in part"):
        anchor(now=after(1))
    monkeypatch.undo()
    anchor(now=after(2))
    anchor(now=after(3))
    assert [line.at for line in read(file)] == [m.isoformat() for m in (NOW, after(2), after(3))]


def test_marking_a_whole_line_as_cut_off_hides_nothing(cast, file):
    seal(now=NOW)
    anchor(now=NOW)
    file.write_text(file.read_text().replace("}\n", "} (cut off)\n"))
    assert len(read(file)) == 1
