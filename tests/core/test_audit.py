"""The trail is only ever added to, and what cannot be recorded is not shown."""

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from core.audit.models import AuditEvent
from core.audit.services import record, record_list
from tests.cast import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def row(cast):
    return record(by=cast.ana, action="read", object_kind="patient", object_id=cast.okafor.pk,
                  patient_id=cast.okafor.pk, now=NOW)  # fmt: skip


@pytest.mark.parametrize(
    "sql",
    ["UPDATE audit_auditevent SET action = 'nothing'", "DELETE FROM audit_auditevent",
     "TRUNCATE audit_auditevent"],
)  # fmt: skip
def test_the_database_denies_every_change(row, sql):
    before = AuditEvent.objects.count()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        connection.cursor().execute(sql)
    assert AuditEvent.objects.count() == before >= 1
    assert AuditEvent.objects.get(pk=row.pk).action == "read"


def test_the_orm_is_denied_too(row):
    row.action = "nothing"
    with pytest.raises(DatabaseError), transaction.atomic():
        row.save()
    with pytest.raises(DatabaseError), transaction.atomic():
        AuditEvent.objects.all().delete()
    assert AuditEvent.objects.get(pk=row.pk).action == "read"


def test_a_row_says_who_in_which_role_about_whom(cast, row):
    assert (row.actor, row.actor_roles, row.patient_id) == (
        cast.ana,
        ["front_desk"],
        cast.okafor.pk,
    )
    stranger = record(by=None, action="sign_in", object_kind="user", now=NOW, outcome="refused")
    assert (stranger.actor, stranger.actor_roles) == (None, [])


def test_a_list_is_a_row_per_patient_and_none_for_an_empty_one(cast):
    start = AuditEvent.objects.count()
    record_list(by=cast.ana, action="search", object_kind="patient",
                patient_ids=[cast.okafor.pk, cast.hale.pk], now=NOW)  # fmt: skip
    record_list(by=cast.ana, action="search", object_kind="patient", patient_ids=[], now=NOW)
    assert AuditEvent.objects.count() == start + 2


@pytest.fixture
def chart(cast, as_user):
    """Amin opens Okafor's page, again and again."""
    with time_machine.travel(NOW, tick=False):
        browser = as_user(cast.amin)
        yield lambda: browser.get(reverse("home:patient", args=[cast.okafor.pk]))


def test_a_page_that_cannot_be_recorded_is_not_shown(chart, monkeypatch):
    assert b"Okafor" in chart().content

    def fail(*args, **kwargs):
        raise DatabaseError("disk full")

    monkeypatch.setattr(AuditEvent, "save", fail)
    monkeypatch.setattr("config.home.errors.log.error", lambda *a, **k: None)
    answer = chart()
    assert answer.status_code == 503 and b"Okafor" not in answer.content


def test_the_answer_carries_the_id_its_rows_carry(chart):
    answer = chart()
    ids = set(AuditEvent.objects.filter(action="read").values_list("request_id", flat=True))
    assert ids == {answer["X-Request-ID"]}
