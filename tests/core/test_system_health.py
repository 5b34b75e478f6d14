"""System health tells a manager what stands still, fails or was not checked."""

import datetime as dt

import pytest
from django.core.management import call_command

from config.home.management.commands import backup as command
from config.home.system import lines
from core.audit.services import record
from core.events.models import DomainEvent
from core.events.services import emit
from tests.cast import NOW

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


def line(what, at=NOW):
    return next(found for found in lines(at) if found.what == what)


def checked(reason, at):
    record(by=None, action="verify", object_kind="audit_trail", now=at, reason=reason)


def test_a_check_that_failed_is_red_although_an_older_one_was_good(cast):
    assert line("Audit chain").ok is None
    checked("whole", NOW - 3 * HOUR)
    assert line("Audit chain").ok is True
    checked("row_changed", NOW - HOUR)
    found = line("Audit chain")
    assert found.ok is False and "NOT WHOLE" in found.says and found.since == NOW - HOUR
    checked("whole", NOW)
    assert line("Audit chain").ok is True


@pytest.mark.parametrize(("hours", "well"), [(26, True), (27, False)])
def test_a_check_is_due_after_each_nights_backup(cast, hours, well):
    checked("whole", NOW - hours * HOUR)
    assert line("Audit chain").ok is well


def test_events_that_go_on_failing_are_named(cast):
    emit(name="accounts.invited", subject_id=cast.ben.pk, now=NOW)
    DomainEvent.objects.update(attempts=3)
    assert line("Events that fail").ok is True
    DomainEvent.objects.update(attempts=4)
    found = line("Events that fail")
    assert found.ok is False and "accounts.invited" in found.says and found.since == NOW


def test_managers_read_on_every_page_that_an_event_goes_on_failing(cast, as_user):
    emit(name="accounts.invited", subject_id=cast.ben.pk, now=NOW)
    DomainEvent.objects.update(attempts=4)
    for user, told in ((cast.cole, True), (cast.ana, False)):
        assert ("follow-up keeps failing" in as_user(user).get("/today/").content.decode()) is told
    DomainEvent.objects.update(handled_at=NOW)
    assert "keeps failing" not in as_user(cast.cole).get("/today/").content.decode()


def test_what_is_due_to_be_purged_is_counted_only_when_asked_for(cast, as_user, monkeypatch):
    asked = []
    monkeypatch.setattr("config.home.system.due", lambda *, now: asked.append(now) or {"drafts": 7})
    manager = as_user(cast.cole)
    page = manager.get("/manage/health/").content.decode()
    assert asked == [] and "Count what is due now" in page
    page = manager.get("/manage/health/?count").content.decode()
    assert len(asked) == 1 and "Drafts" in page


@pytest.mark.parametrize(("whole", "deleted"), [(True, [7]), (False, [])])
def test_old_backups_are_kept_while_the_chain_is_broken(db, tmp_path, monkeypatch, whole, deleted):
    gone = []

    def verify(*_, **__):
        if not whole:
            raise SystemExit(1)

    monkeypatch.setattr(command, "backup", lambda **_: tmp_path)
    monkeypatch.setattr(command, "anchor", lambda **_: None)
    monkeypatch.setattr(command, "call_command", verify)
    monkeypatch.setattr(command, "prune", lambda *, into, keep: gone.append(keep) or [])
    ends = []
    try:
        call_command("backup", str(tmp_path), plain=True, keep=7)
    except SystemExit as end:
        ends.append(end.code)
    assert gone == deleted and ends == ([] if whole else [1])
