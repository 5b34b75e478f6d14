"""Web and workers act as a role that may add to the trail and change nothing of it."""

import uuid
from contextlib import contextmanager

import psycopg2
import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from config.database_role import grant
from core.audit.models import AuditEvent, AuditSeal
from core.audit.seals import seal
from core.audit.services import record
from messaging.tick import tick
from tests.cast import NOW
from tests.factories.trail import after, run

pytestmark = pytest.mark.django_db(transaction=True)
ROLE = "hallway_app"
TABLES = ("audit_auditevent", "audit_auditseal", "audit_auditsealed")


@contextmanager
def as_role():
    """This connection is what web and workers have: their role, not the owner."""
    run(f"SET ROLE {ROLE}")
    try:
        yield
    finally:
        run("RESET ROLE")


@pytest.fixture
def trail(cast):
    grant(role=ROLE)
    grant(role=ROLE)  # again does no harm
    record(by=cast.ana, action="read", object_kind="patient", patient_id=cast.okafor.pk, now=NOW)
    seal(now=NOW)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("sql", [
    "UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {}", "DROP TABLE {}",
    "ALTER TABLE {} DISABLE TRIGGER ALL", "DROP TRIGGER audit_no_change ON {}",
    "ALTER TABLE {} OWNER TO CURRENT_USER", "GRANT UPDATE ON {} TO CURRENT_USER",
    "CREATE TRIGGER x BEFORE INSERT ON {} FOR EACH ROW EXECUTE FUNCTION audit_append_only()",
])  # fmt: skip
def test_the_role_may_not_change_the_trail(trail, table, sql):
    key = "event_id" if table == "audit_auditsealed" else "id"
    statement = sql.format(table, key, key) if "SET" in sql else sql.format(table)
    with as_role():
        refused = "permission denied|must be owner|no privileges"
        if sql.startswith("GRANT"):
            run(statement)  # PostgreSQL only warns: nothing was granted
            statement = f"UPDATE {table} SET {key} = {key}"
        with pytest.raises(DatabaseError, match=refused):
            run(statement)


def test_the_role_may_add_and_read(cast, trail):
    before = AuditEvent.objects.count()
    with as_role():
        record(by=cast.ana, action="read", object_kind="patient", now=NOW)
        assert AuditEvent.objects.count() == before + 1
        assert seal(now=after(1)) == 1 and AuditSeal.objects.count() == 2


@pytest.mark.parametrize("sql", [
    "SET session_replication_role = replica", "CREATE TABLE mine (id int)",
    "SELECT setval('audit_auditevent_id_seq', 1)", "DELETE FROM django_migrations",
    "DROP FUNCTION audit_append_only()", "ALTER ROLE CURRENT_USER SUPERUSER",
])  # fmt: skip
def test_nor_go_round_it(trail, sql):
    with as_role(), pytest.raises(DatabaseError, match="permission denied|must be|privilege"):
        run(sql)


def test_the_app_works_as_that_role(cast, trail, as_user, new_call, time_machine):
    time_machine.move_to(NOW, tick=False)
    amin, ana, cole = (as_user(who) for who in (cast.amin, cast.ana, cast.cole))
    with as_role():
        assert amin.get(reverse("home:patient", args=[cast.okafor.pk])).status_code == 200
        begun = ana.post(reverse("intake:start"), {"form_key": str(uuid.uuid4())})
        assert begun.status_code == 302 and ana.get(begun.url).status_code == 200
        new_call(Q2="yes")  # pages the physicians
        tick(now=after(1))
        assert cole.get(reverse("home:looks", args=[cast.okafor.pk])).status_code == 200
        assert cole.get("/readyz").content == b"ready"


@contextmanager
def no_audit_insert():
    run(f"REVOKE INSERT ON audit_auditevent FROM {ROLE}")
    try:
        with as_role():
            yield
    finally:
        run(f"GRANT INSERT ON audit_auditevent TO {ROLE}")


def test_what_cannot_be_recorded_is_not_shown(cast, trail, as_user, new_call, time_machine):
    time_machine.move_to(NOW, tick=False)
    call = new_call()
    ana = as_user(cast.ana)
    asks = {
        "page": lambda: ana.get(reverse("home:patient", args=[cast.okafor.pk])),
        "fragment": lambda: ana.post(
            reverse("home:patients"), {"q": "okafor"}, headers={"HX-Request": "true"}),
        "answer": lambda: ana.post(
            reverse("intake:answer", args=[call.pk, "Q1"]), {"Q1": "no"},
            headers={"HX-Request": "true"}),
        "api": lambda: ana.get(reverse("api_patient", args=[cast.okafor.pk])),
    }  # fmt: skip
    with as_role():
        assert [ask().status_code for ask in asks.values()] == [200] * 4
    for kind, ask in asks.items():
        with no_audit_insert():
            answer = ask()
        assert answer.status_code == 503, kind
        assert b"Okafor" not in answer.content and answer["X-Request-ID"]
        if kind == "api":
            assert answer.json()["detail"]
    assert asks["page"]().status_code == 200


def test_a_role_name_is_a_name(db):
    with pytest.raises(CommandError, match="lower-case"):
        call_command("grant_app_role", role="x; DROP TABLE y")
    with transaction.atomic():
        call_command("grant_app_role", role=ROLE, verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolcanlogin, rolsuper FROM pg_roles WHERE rolname = %s", [ROLE])
        assert cursor.fetchone() == (False, False)


def test_signed_in_as_itself_it_cannot_step_back(trail, settings):
    """Who signs in as the owner and takes the role on could RESET it; production signs in as it."""
    grant(role=ROLE, password="throw-away-1")
    at = connection.settings_dict
    line = psycopg2.connect(
        host=at["HOST"], port=at["PORT"], dbname=at["NAME"], user=ROLE, password="throw-away-1"
    )
    try:
        line.autocommit = True
        cursor = line.cursor()
        cursor.execute("SELECT count(*) FROM audit_auditevent")
        assert cursor.fetchone()[0] > 0, "it reads"
        cursor.execute("RESET ROLE")
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute("DELETE FROM audit_auditevent")
    finally:
        line.close()
        run(f"ALTER ROLE {ROLE} NOLOGIN PASSWORD NULL")
