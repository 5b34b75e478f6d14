"""A long import holds its audit rows back: no page waits for it, and its rows are sealed later."""

import threading
import time

import pytest
from django.db import connection, transaction
from django.urls import reverse

from core.audit.models import AuditEvent, AuditSeal
from core.audit.seals import seal
from core.audit.verifying import unsealed, verify
from tests.factories.races import race
from tests.factories.trail import after, fill, run

pytestmark = pytest.mark.django_db(transaction=True)
ROWS = 10_000


@pytest.fixture
def importing(cast):
    """Another connection that inserts 10,000 audit rows and commits when told."""
    inserted, commit = threading.Event(), threading.Event()

    def work():
        try:
            with transaction.atomic():
                fill(cast, ROWS, first=after(0), step=after(0) - after(0))
                inserted.set()
                assert commit.wait(60)
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    assert inserted.wait(60)
    yield lambda: (commit.set(), thread.join(60))
    commit.set()
    thread.join(60)


def test_pages_answer_and_sealing_goes_on_while_an_import_runs(
    cast, importing, as_user, time_machine
):
    time_machine.move_to(after(1), tick=False)
    amin = as_user(cast.amin)
    with connection.cursor() as cursor:  # a wait for the import would be an error, not a hang
        cursor.execute("SET lock_timeout = '2s'")
    for minute in (1, 2):
        assert amin.get(reverse("home:patient", args=[cast.okafor.pk])).status_code == 200
        waiting = unsealed()
        assert waiting > 0 and verify().unsealed == waiting
        assert seal(now=after(minute)) == waiting and unsealed() == 0
    high = AuditEvent.objects.latest("pk").pk
    importing()  # commits
    report = verify()
    assert report.is_whole and report.unsealed == ROWS == unsealed()
    assert report.oldest_unsealed == after(0)
    assert seal(now=after(20)) == ROWS
    late = AuditSeal.objects.latest("pk")
    assert late.first_id < high and late.highest_id == max(high, late.last_id)
    assert verify().is_whole and verify().unsealed == 0


def until_settled(cast, wanted, *, minute):
    """Seal until rows up to `wanted` are settled; the minute then.

    Transaction numbers are the whole server's: another test's open one may put it off.
    """
    deadline = time.monotonic() + 90
    while AuditSeal.objects.latest("pk").settled_id < wanted and time.monotonic() < deadline:
        minute += 11
        fill(cast, 1, first=after(minute))
        seal(now=after(minute))
        time.sleep(0.5)
    return minute


def test_what_is_settled_is_not_looked_at_again(cast):
    """The tick looks only above the ids of which none can still come; the check looks at all."""
    fill(cast, 10)
    run("SELECT setval('audit_auditevent_id_seq', 50 + (SELECT max(id) FROM audit_auditevent))")
    for minute in (0, 11, 12):
        fill(cast, 10, first=after(minute))
        seal(now=after(minute))
    first = AuditSeal.objects.get(pk=1).highest_id
    minute = until_settled(cast, first, minute=12)
    settled = AuditSeal.objects.latest("pk").settled_id
    assert first <= settled < AuditSeal.objects.latest("pk").first_id
    AuditEvent.objects.create(pk=first - 15, at=after(minute), action="read", object_kind="patient")
    assert seal(now=after(minute + 1)) == 0
    assert [(f.kind, f.id) for f in verify().findings] == [("row_slipped_in", first - 15)]


def test_nothing_is_settled_while_an_older_transaction_runs(cast, importing):
    for minute in (0, 11, 22, 33):
        fill(cast, 10, first=after(minute))
        seal(now=after(minute))
    assert AuditSeal.objects.latest("pk").settled_id == 0
    importing()
    until_settled(cast, ROWS, minute=44)
    assert AuditSeal.objects.latest("pk").settled_id > ROWS
    assert verify().is_whole and unsealed() == 0


def test_two_sealers_make_one_chain(cast):
    seal(now=after(0))  # the cast's own rows
    for minute in range(5):
        at = after(minute)
        fill(cast, 200, first=at)
        sealed = race(lambda _, at=at: seal(now=at), runners=4)
        assert sum(sealed) == 200
    assert verify().is_whole and AuditSeal.objects.count() == 6
