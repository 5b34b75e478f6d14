"""pg_dump and pg_restore: a version that fits the server, and how it signs in."""
# ruff: noqa: S603 - runs PostgreSQL's own programs

import os
import re
import shutil
import subprocess
from pathlib import Path

from django.conf import settings
from django.db import connection

from config.embedded_binaries import installed
from core.lib.errors import Refused


def server_major() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        return int(cursor.fetchone()[0]) // 10000


def program(name: str, *, major: int) -> str:
    """The path of a PostgreSQL client program at least as new as the server. Raises Refused."""
    candidates = [str(folder / name) for _, folder in installed()]
    if found := shutil.which(name):
        candidates.insert(0, found)
    for path in candidates:
        if not Path(path).exists():
            continue
        said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
        numbers = re.findall(r"\d+", said.stdout)
        if said.returncode == 0 and numbers and int(numbers[0]) >= major:
            return path
    raise Refused(f"{name} of PostgreSQL {major} or later is not installed on this machine.")


def environment() -> dict[str, str]:
    """libpq's variables for the database of the settings; the password stays out of `ps`."""
    db = settings.DATABASES["default"]
    options = db.get("OPTIONS", {})
    named = {
        "PGHOST": db.get("HOST"),
        "PGPORT": str(db.get("PORT") or ""),
        "PGUSER": db.get("USER"),
        "PGPASSWORD": db.get("PASSWORD"),
        "PGDATABASE": connection.settings_dict["NAME"],
        "PGSSLMODE": options.get("sslmode"),
        "PGSSLROOTCERT": options.get("sslrootcert"),
    }
    return os.environ | {name: str(value) for name, value in named.items() if value}
