"""Fixtures of the fault and journey tests; both folders' conftest.py take them from here."""

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from config.database_role import grant
from config.keeper import free_port
from tests.cast import assemble
from tests.faults.stack import LEASE_SECONDS, TICK_SECONDS, Stack, database_url
from tests.processes import Postgres, SmtpSink, Valkey


@pytest.fixture
def committed(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Rows other processes can see; emptied afterwards although the audit log forbids TRUNCATE."""
    call_command("createcachetable", verbosity=0)
    cache.clear()
    logging.disable(logging.INFO)  # figures are read on this screen, not requests
    monkeypatch.setattr("messaging.services.deliveries.ring", lambda: None)  # the suite's broker
    yield
    logging.disable(logging.NOTSET)
    with connection.cursor() as cursor:  # until Django's flush, which closes this connection
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        cursor.execute("SET session_replication_role = replica")


@pytest.fixture
def own_postgres(committed: None) -> Iterator[Postgres]:
    """A cluster this test may restart; ask for it before `stack`, which then stands on it."""
    with Postgres() as postgres:
        shared = {part: connection.settings_dict[part] for part in postgres.settings}
        connection.close()
        connection.settings_dict |= postgres.settings
        try:
            call_command("migrate", verbosity=0)
            call_command("createcachetable", verbosity=0)
            yield postgres
        finally:
            connection.close()
            connection.settings_dict |= shared


@pytest.fixture
def stack(committed: None) -> Iterator[Stack]:
    grant(role="hallway_app")
    with Valkey() as valkey, SmtpSink() as sink:
        port = free_port()
        env = {
            "BASE_URL": f"http://127.0.0.1:{port}",
            "DATABASE_URL": database_url(),
            "DATABASE_ROLE": "hallway_app",
            "REDIS_URL": valkey.url,
            "EMAIL_URL": sink.url,
            "HALLWAY_MODE": "test",
            "TICK_SECONDS": f"{TICK_SECONDS:g}",
            "DELIVERY_LEASE_SECONDS": f"{LEASE_SECONDS:g}",
            "DELIVERY_BACKOFF_SECONDS": "0.2",
        }
        yield Stack(assemble(now=timezone.now()), valkey, sink, port, env)


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Callable[..., None]:
    """`figures(fault="F1", lost=0, …)` prints what was measured, for the table at the end."""

    def note(**numbers: Any) -> None:
        request.node.user_properties.append(("faults", numbers))
        words = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in numbers.items())
        print(f"\n{request.node.name}: {words}")  # noqa: T201 - shown with -s

    return note
