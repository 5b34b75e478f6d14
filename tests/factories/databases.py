"""The database of a test process: a copy of one that was migrated once in this cluster."""

import fcntl
import hashlib
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import connection

MIGRATED = "test_hallway_migrated"


def copied(run: Path) -> str:
    """This process's own database; `run` = a folder that all processes of the run share."""
    own = connection.creation._get_test_db_name()
    with (run / "migrated.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one migrates, the others wait for the copy
        wanted = fingerprint()
        if said() != wanted:
            migrate()
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'COMMENT ON DATABASE "{MIGRATED}" IS %s', [wanted])
            cursor.execute(f'DROP DATABASE IF EXISTS "{own}" WITH (FORCE)')
            cursor.execute(f'CREATE DATABASE "{own}" TEMPLATE "{MIGRATED}"')
    use(own)
    return own


def fingerprint() -> str:
    """Of every migration: a change of one makes the migrated database another."""
    homes = [Path(app.path, "migrations") for app in apps.get_app_configs()]
    files = sorted(path for home in homes for path in home.glob("*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def said() -> str:
    """The fingerprint on the migrated database; "" while there is none."""
    with connection._nodb_cursor() as cursor:
        cursor.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s",
            [MIGRATED],
        )
        row = cursor.fetchone()
    return (row and row[0]) or ""


def migrate() -> None:
    named = connection.settings_dict["TEST"]["NAME"]
    connection.settings_dict["TEST"]["NAME"] = MIGRATED
    try:
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    finally:
        connection.settings_dict["TEST"]["NAME"] = named
        connection.close()


def use(name: str) -> None:
    connection.close()
    settings.DATABASES["default"]["NAME"] = name
    connection.settings_dict["NAME"] = name


def drop(name: str) -> None:
    connection.close()
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
