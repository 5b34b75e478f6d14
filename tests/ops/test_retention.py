"""Retention: exactly what is due goes, nothing under a legal hold, never an audit row."""

import datetime as dt
import uuid
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection

from config.retention import charts, due, purge
from core.accounts import codes
from core.accounts.models import ApiToken
from core.accounts.services import issue_token
from core.audit.models import AuditEvent
from core.documents.models import Document
from core.documents.services import make_document
from core.lib.errors import Conflict, Refused
from core.people.models import Patient, StaffMember
from core.people.related import links, rows_of
from core.people.services import merge
from core.people.services.holds import lift_hold, place_hold
from core.protocols.models import ProtocolVersion
from core.work.models import Draft, IdempotencyKey
from intake.models import Call
from intake.services.answers import save_answer
from intake.services.calls import hang_up, start_call, use_match
from messaging.models import Message, Rung, WorkItem
from messaging.services.threads import start_thread
from tests.cast import NOW, Cast
from tests.core.test_sign_in import KEY

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def key(cast: Cast, at: dt.datetime) -> IdempotencyKey:
    return IdempotencyKey.objects.create(
        user=cast.ana, key=uuid.uuid4(), route="/x", digest="0" * 64, status=302, at=at
    )


def test_only_what_is_due_goes(cast: Cast) -> None:
    key(cast, NOW - 8 * DAY)
    young = key(cast, NOW - 6 * DAY)
    Draft.objects.create(user=cast.ana, place="x", text="x", saved_at=NOW - 31 * DAY)
    fresh = Draft.objects.create(user=cast.ben, place="x", text="x", saved_at=NOW - 29 * DAY)
    Session.objects.create(session_key="a" * 32, expire_date=NOW - 2 * DAY)
    Session.objects.create(session_key="b" * 32, expire_date=NOW)
    audited = AuditEvent.objects.count()
    found = due(now=NOW)
    assert (found["form_keys"], found["drafts"], found["sessions"]) == (1, 1, 1)
    assert IdempotencyKey.objects.count() == 2, "the dry run purges nothing"
    assert purge(now=NOW) == found
    assert list(IdempotencyKey.objects.all()) == [young]
    assert list(Draft.objects.all()) == [fresh]
    assert Session.objects.filter(session_key="b" * 32).exists()
    assert AuditEvent.objects.count() > audited, "what was purged is on the audit trail"
    assert purge(now=NOW)["drafts"] == 0


def old_chart(cast: Cast, patient: Patient, at: dt.datetime) -> Call:
    """A chart with a finished call, a thread, everything `at` that time."""
    ProtocolVersion.objects.update(effective_on=dt.date(2000, 1, 1))
    StaffMember.objects.update(from_on=dt.date(2000, 1, 1))
    Patient.objects.filter(pk=patient.pk).update(registered_at=at, birth_date=dt.date(1950, 1, 1))
    patient.refresh_from_db()
    call = start_call(clinic=cast.riverside, by=cast.ana, now=at, form_key=uuid.uuid4())
    use_match(call=call, patient=patient, birth_date=patient.birth_date, by=cast.ana, now=at)
    save_answer(call=call, question="Q1", answer="no", flags=[], by=cast.ana, now=at)
    hang_up(call=Call.objects.get(pk=call.pk), by=cast.ana, now=at)
    Call.objects.filter(pk=call.pk).update(state="closed", closed_at=at, closed_by=cast.ana)
    start_thread(
        clinic=cast.riverside, patient=patient, title="x", body="x", to=[cast.amin], by=cast.ben,
        now=at, dedupe_key=f"old:{patient.pk}",
    )  # fmt: skip
    WorkItem.objects.filter(patient=patient).update(
        closed_at=at, close_event="x", owner=None, taken_at=None, due_at=at, next_action_at=at
    )
    Rung.objects.filter(item__patient=patient).update(at=at)  # some lie days after the opening
    return call


def test_charts_are_kept_until_the_clinic_sets_its_years(cast: Cast, settings: Any) -> None:
    old_chart(cast, cast.hale, NOW - 4000 * DAY)
    assert settings.RETENTION_CHART_YEARS == 0 and not charts(NOW).exists()
    settings.RETENTION_CHART_YEARS = 10
    assert list(charts(NOW)) == [cast.hale]
    settings.RETENTION_CHART_YEARS = 11
    assert not charts(NOW).exists()


def test_a_due_chart_goes_with_all_its_rows_and_no_other(cast: Cast, settings: Any) -> None:
    settings.RETENTION_CHART_YEARS = 10
    old_chart(cast, cast.hale, NOW - 4000 * DAY)
    old_chart(cast, cast.okafor, NOW - 3000 * DAY)
    audited = AuditEvent.objects.filter(patient_id=cast.hale.pk).count()
    before = {m: q.count() for m, q in rows_of(Patient.objects.filter(pk=cast.okafor.pk)).items()}
    gone = rows_of(Patient.objects.filter(pk=cast.hale.pk))
    ids = {model: list(q.values_list("pk", flat=True)) for model, q in gone.items()}
    assert sum(bool(i) for i in ids.values()) >= 5, "the walk finds calls, answers, threads, work"
    assert purge(now=NOW)["charts"] == 1
    for model, pks in ids.items():
        assert not model._default_manager.filter(pk__in=pks).exists(), model
    assert not Patient.history.filter(id=cast.hale.pk).exists()
    assert {
        m: q.count() for m, q in rows_of(Patient.objects.filter(pk=cast.okafor.pk)).items()
    } == before
    kept = AuditEvent.objects.filter(patient_id=cast.hale.pk).count()
    assert kept == audited + 1, "audit rows stay, and say that the chart was purged"
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_chart_merged_away_goes_with_the_one_it_became_part_of(cast: Cast, settings: Any) -> None:
    settings.RETENTION_CHART_YEARS = 10
    then = NOW - 4000 * DAY
    for chart in (cast.hale, cast.okafor):
        old_chart(cast, chart, then)
    merge(kept=cast.hale, gone=cast.okafor, reason="One person", by=cast.park, now=then)
    Call.objects.filter(patient=cast.hale).update(received_at=NOW)
    assert purge(now=NOW)["charts"] == 0, "its old numbers and its trail still lead somewhere"
    Call.objects.filter(patient=cast.hale).update(received_at=then)
    assert purge(now=NOW)["charts"] == 1
    assert not Patient.objects.filter(pk__in=[cast.hale.pk, cast.okafor.pk]).exists()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_due_charts_sign_in_goes_with_it_unless_they_work_here(cast: Cast, settings: Any) -> None:
    settings.RETENTION_CHART_YEARS = 10
    daniel, ana = cast.daniel, cast.ana
    for patient, person in ((cast.okafor, daniel), (cast.hale, ana)):
        old_chart(cast, patient, NOW - 4000 * DAY)
        Patient.objects.filter(pk=patient.pk).update(user=person)
        codes.enrol(user=person, secret=KEY)
        EmailAddress.objects.update_or_create(user=person, email=person.email)
        issue_token(user=person, label="x", by=person, now=NOW)
    name, address = ana.full_name, ana.email
    assert purge(now=NOW)["charts"] == 2
    daniel.refresh_from_db()
    ana.refresh_from_db()
    assert (daniel.is_active, daniel.full_name) == (False, "Purged")
    assert not daniel.has_usable_password()
    assert (ana.is_active, ana.full_name, ana.email) == (True, name, address)
    for rows in (EmailAddress.objects, Authenticator.objects, ApiToken.objects):
        assert not rows.filter(user=daniel).exists() and rows.filter(user=ana).exists()


@pytest.mark.parametrize("what", ["hold", "call", "episode", "message", "minor"])
def test_a_hold_or_anything_open_or_newer_keeps_it(cast: Cast, settings: Any, what: str) -> None:
    settings.RETENTION_CHART_YEARS = 10
    call = old_chart(cast, cast.hale, NOW - 4000 * DAY)
    assert list(charts(NOW)) == [cast.hale]
    match what:
        case "hold":
            place_hold(patient=cast.hale, reason="Court order 12-345", by=cast.cole, now=NOW)
        case "call":
            Call.objects.filter(pk=call.pk).update(received_at=NOW - 100 * DAY)
        case "episode":
            cast.hale.episodes.create(problem="x", region="knee", opened_on=dt.date(2010, 1, 1))
        case "message":
            Message.objects.filter(thread__patient=cast.hale).update(sent_at=NOW - DAY)
        case "minor":
            Patient.objects.filter(pk=cast.hale.pk).update(birth_date=dt.date(2005, 1, 1))
    assert not charts(NOW).exists()
    assert purge(now=NOW)["charts"] == 0
    assert Patient.objects.filter(pk=cast.hale.pk).exists()


def test_lifted_the_hold_no_longer_keeps_it(cast: Cast, settings: Any) -> None:
    settings.RETENTION_CHART_YEARS = 10
    old_chart(cast, cast.hale, NOW - 4000 * DAY)
    place_hold(patient=cast.hale, reason="Court order 12-345", by=cast.cole, now=NOW - 4000 * DAY)
    assert not charts(NOW).exists()
    with pytest.raises(Conflict, match="already"):
        place_hold(patient=cast.hale, reason="Another matter", by=cast.cole, now=NOW)
    with pytest.raises(Refused, match="why"):
        lift_hold(patient=cast.hale, reason="done", by=cast.cole, now=NOW - 4000 * DAY)
    lift_hold(patient=cast.hale, reason="The matter ended", by=cast.cole, now=NOW - 4000 * DAY)
    assert list(charts(NOW)) == [cast.hale]


def test_the_hold_page(cast: Cast, as_user: Any) -> None:
    address = f"/patients/{cast.hale.pk}/hold"
    assert as_user(cast.ana).get(address).status_code == 403
    assert as_user(cast.mora).get(address).status_code == 404, "the other clinic's manager"
    browser = as_user(cast.cole)
    assert browser.get(address).status_code == 200
    short = browser.post(address, {"reason": "x", "form_key": uuid.uuid4()})
    assert short.status_code == 422 and "Who asked for it" in short.content.decode()
    done = browser.post(address, {"reason": "Court order 12-345", "form_key": uuid.uuid4()})
    assert done.status_code == 302
    assert "Court order 12-345" in browser.get(address).content.decode()


def test_the_command_is_a_dry_run_unless_told(cast: Cast, capsys: Any) -> None:
    key(cast, NOW - 4000 * DAY)
    call_command("purge")
    assert "dry run" in capsys.readouterr().out and IdempotencyKey.objects.count() == 1
    call_command("purge", "--yes")
    assert "dry run" not in capsys.readouterr().out and IdempotencyKey.objects.count() == 0


def test_every_link_to_a_patient_is_found() -> None:
    """A new model with a link to a chart is walked without being named anywhere."""
    found = {(link.model.__name__, link.path) for link in links()}
    assert {("Call", "patient"), ("CallAnswer", "call__patient"), ("Rung", "item__patient"),
            ("Recipient", "message__thread__patient")} <= found  # fmt: skip


def test_a_chart_takes_its_files_with_it(
    cast: Cast, settings: Any, tmp_path: Path, django_capture_on_commit_callbacks: Any
) -> None:
    settings.RETENTION_CHART_YEARS = 7
    settings.MEDIA_ROOT = str(tmp_path)
    old_chart(cast, cast.okafor, NOW - 4000 * DAY)
    for patient in (cast.okafor, cast.hale):
        make_document(patient=patient, data=b"%PDF", kind="letter", title="x", file_name="x",
                      by=cast.ana, now=NOW - 4000 * DAY)  # fmt: skip
    with django_capture_on_commit_callbacks(execute=True):
        purge(now=NOW)
    kept = Document.objects.get()
    assert kept.patient == cast.hale
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == [kept.stored_as]


def test_of_a_refused_file_the_name_goes_after_a_year(cast: Cast) -> None:
    for days in (300, 400):
        Document.objects.create(
            patient=cast.okafor, clinic=cast.riverside, kind="lab", title="x", file_name="x",
            size=1, sha256="0" * 64, state="rejected", reason="x", uploaded_at=NOW - days * DAY,
            decided_at=NOW - days * DAY,
        )  # fmt: skip
    assert due(now=NOW)["rejected_files"] == 1 == purge(now=NOW)["rejected_files"]
    assert Document.objects.get().decided_at == NOW - 300 * DAY
    assert not Document.history.exclude(id=Document.objects.get().pk).exists()
