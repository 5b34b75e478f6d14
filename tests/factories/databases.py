"""The database of a test process: a copy of one that was migrated once in this run."""

import fcntl
from pathlib import Path

from django.conf import settings
from django.db import connection

MIGRATED = "test_hallway_migrated"


def copied(run: Path) -> str:
    """This process's own database; `run` = a folder that all processes of the run share."""
    own = connection.creation._get_test_db_name()
    with (run / "migrated.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one migrates, the others wait for the copy
        if not (run / "migrated").exists():
            migrate()
            (run / "migrated").touch()
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{own}" WITH (FORCE)')
            cursor.execute(f'CREATE DATABASE "{own}" TEMPLATE "{MIGRATED}"')
    use(own)
    return own


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
