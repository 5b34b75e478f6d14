"""What stories with real commits need; the conftests of the folders import it."""

from collections.abc import Iterator

import pytest
from django.db import connection


@pytest.fixture(autouse=True)
def committed(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Such tests end with TRUNCATE, which the audit trail denies to everyone: only here it is let.

    Their commits would also ring the doorbell: no worker listens in these tests.
    """
    mark = request.node.get_closest_marker("django_db")
    if not (mark and mark.kwargs.get("transaction")):
        yield
        return
    request.getfixturevalue("transactional_db")
    monkeypatch.setattr("messaging.services.deliveries.ring", lambda: None)
    yield
    with connection.cursor() as cursor:  # of this connection, which is closed after the flush
        cursor.execute("SET session_replication_role = replica")
