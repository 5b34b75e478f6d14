"""The chain over the trail: sealed by the tick, late rows in a later seal, any change found."""

import datetime as dt

import pytest
from django.db import connection

from core.audit import chain
from core.audit.anchors import Anchor
from core.audit.models import AuditEvent, AuditSeal
from core.audit.seals import head, problems_against, seal
from core.audit.services import record
from core.audit.verifying import unsealed, verify
from tests.cast import NOW
from tests.factories.trail import after, fill, run

pytestmark = pytest.mark.django_db


def test_a_tick_seals_what_is_there_and_the_next_continues_the_chain(cast):
    fill(cast, 28)
    assert seal(now=NOW) == AuditEvent.objects.count() == 31  # with three of the cast's own
    fill(cast, 5, first=NOW)
    assert unsealed() == 5
    assert seal(now=after(1)) == 5
    assert seal(now=after(2)) == 0 == unsealed()  # nothing new makes no seal
    one, two = AuditSeal.objects.order_by("id")
    assert (one.pk, two.pk, one.previous, two.previous) == (1, 2, chain.START, one.hash)
    assert (two.count, two.total, head()["count"]) == (5, 36, 36)
    report = verify()
    assert report.is_whole and (report.rows, report.seals, report.unsealed) == (36, 2, 0)


def test_a_long_backlog_is_sealed_in_batches_and_is_no_tampering(cast):
    fill(cast, 23, first=NOW - dt.timedelta(days=400), step=dt.timedelta(days=9))
    assert [seal(now=NOW, batch=10) for _ in range(4)] == [10, 10, 6, 0]
    assert list(AuditSeal.objects.order_by("id").values_list("complete", flat=True)) == [
        False, False, True]  # fmt: skip
    assert verify().is_whole


def test_the_digest_covers_every_column():
    assert set(chain.COLUMNS) == {f.column for f in AuditEvent._meta.concrete_fields}


@pytest.mark.parametrize("setting", [
    "TimeZone = 'Asia/Kathmandu'", "DateStyle = 'German, DMY'", "extra_float_digits = 3",
    "bytea_output = 'escape'", "IntervalStyle = 'sql_standard'", "client_encoding = 'LATIN1'",
])  # fmt: skip
def test_no_session_setting_changes_a_digest(cast, setting):
    fill(cast, 10)
    seal(now=NOW)
    run(f"SET LOCAL {setting}")
    with connection.cursor() as cursor:  # not through verify(): the driver reads ISO dates only
        cursor.execute(
            f"SELECT count(*) FILTER (WHERE s.digest = {chain.DIGEST}), count(*)"
            " FROM audit_auditevent e JOIN audit_auditsealed s ON s.event_id = e.id"
        )
        assert cursor.fetchone() == (13, 13)


def test_null_is_not_empty_and_text_does_not_move_between_columns(cast):
    record(by=cast.ana, action="ab", object_kind="c", now=NOW)
    seal(now=NOW)
    pk = AuditEvent.objects.latest("pk").pk
    run("SET LOCAL session_replication_role = replica")
    for change in ("action = 'a', object_kind = 'bc'", "source_ip = NULL, session_hash = '-'"):
        run(f"UPDATE audit_auditevent SET {change} WHERE id = %s", pk)
        assert verify().findings[0].id == pk
        run("UPDATE audit_auditevent SET action = 'ab', object_kind = 'c', session_hash = ''"
            " WHERE id = %s", pk)  # fmt: skip
        assert verify().is_whole


def test_a_row_that_claims_to_be_older_is_named(cast):
    fill(cast, 10)
    seal(now=NOW)
    record(by=cast.ana, action="read", object_kind="patient", now=NOW - dt.timedelta(minutes=50))
    assert verify().is_whole  # a request may take long
    record(by=cast.ana, action="read", object_kind="patient", now=NOW - dt.timedelta(minutes=61))
    pk = AuditEvent.objects.latest("pk").pk
    assert [(f.kind, f.id) for f in verify().findings] == [("row_slipped_in", pk)]
    seal(now=after(1))  # sealing it does not hide it
    assert [(f.kind, f.id) for f in verify().findings] == [("row_slipped_in", pk)]


def test_the_head_of_a_backup_is_asked_for(cast):
    assert head() is None
    fill(cast, 10)
    seal(now=NOW)
    kept = head()
    fill(cast, 10, first=NOW)
    seal(now=after(1))
    assert problems_against(kept) == []
    assert "written anew" in problems_against(kept | {"hash": "f" * 64})[0]
    assert "cut off" in problems_against(kept | {"seal": 3})[0]


def test_the_first_check_of_an_empty_trail(db):
    report = verify(anchors=[])
    assert report.is_whole and (report.rows, report.seals) == (0, 0)
    assert not verify(anchors=[Anchor(1, "a" * 64, 1)]).is_whole
