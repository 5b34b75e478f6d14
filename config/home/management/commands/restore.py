"""Bring a backup back, or rehearse it."""
# ruff: noqa: S603 - runs this project's own program

import os
import secrets
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from config.backup.restore import restore
from core.lib.clock import now
from core.lib.errors import Refused


class Command(BaseCommand):
    help = (
        "Restore FOLDER into the empty database of DATABASE_URL and the empty folder MEDIA_ROOT, "
        "and prove it: row counts, audit chain, media. Run it as the owner of the database, "
        "without DATABASE_ROLE. Old mails wait on the Deliveries page until a manager releases "
        "them. --drill does it in a scratch database and removes it again."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--identity", type=Path, help="file with the age secret key")
        parser.add_argument("--drill", action="store_true", help="rehearse; changes nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["drill"]:
            self.drill(options["folder"], options["identity"])
            return
        key = options["identity"].read_text() if options["identity"] else ""
        into = Path(settings.MEDIA_ROOT)
        try:
            done = restore(folder=options["folder"], identity=key, media_into=into, now=now())
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        for problem in done.problems:
            self.stderr.write(problem)
        self.stdout.write(
            f"{done.rows} rows and {done.files} files restored in {done.seconds} s; "
            f"{done.held} old mails wait for a manager."
        )
        if done.problems:
            raise CommandError("The restored data is not that of the backup. Do not work on it.")
        call_command("grant_app_role", stdout=self.stdout)
        self.stdout.write("Proven: row counts, audit chain and media are those of the backup.")

    def drill(self, folder: Path, identity: Path | None) -> None:
        name = f"hallway_drill_{secrets.token_hex(4)}"
        begun = time.monotonic()
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name}")
        try:
            with tempfile.TemporaryDirectory() as media:
                argv = [sys.executable, "manage.py", "restore", str(folder)]
                argv += ["--identity", str(identity)] if identity else []
                env = os.environ | {"DATABASE_URL": address(name), "MEDIA_ROOT": media}
                env |= {"AUDIT_ANCHOR_FILE": "", "DATABASE_ROLE": ""}
                done = subprocess.run(
                    argv,
                    env=env,
                    cwd=settings.BASE_DIR,
                    capture_output=True,
                    text=True,
                    check=False,
                )
        finally:
            with connection.cursor() as cursor:
                cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        self.stdout.write(done.stdout)
        if done.returncode:
            raise CommandError(f"The drill failed. {done.stderr.strip()}")
        self.stdout.write(f"Drill passed in {time.monotonic() - begun:.1f} s; nothing was changed.")


def address(database: str) -> str:
    """DATABASE_URL with another database name."""
    db = settings.DATABASES["default"]
    who = quote(str(db.get("USER") or ""), safe="")
    if db.get("PASSWORD"):
        who += ":" + quote(str(db["PASSWORD"]), safe="")
    options = {k: v for k, v in db.get("OPTIONS", {}).items() if k.startswith("ssl")}
    query = "&".join(f"{k}={quote(str(v), safe='/')}" for k, v in options.items())
    url = f"postgres://{who}@{db.get('HOST') or ''}:{db.get('PORT') or 5432}/{database}"
    return f"{url}?{query}" if query else url
