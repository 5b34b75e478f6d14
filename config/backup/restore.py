"""Bring a backup back into an empty database and prove it before anybody works on it.

The mails it still had to send are held: they may have left after the backup was made, so a person
says which go out again (Deliveries page).
"""
# ruff: noqa: S603 - runs PostgreSQL's own programs

import datetime as dt
import os
import shutil
import subprocess
import tarfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pyrage
from django.contrib.sessions.models import Session
from django.db import connection, transaction

from config.backup import manifest as manifests
from config.backup.manifest import Manifest
from config.backup.programs import environment, program, server_major
from config.backup.take import DATABASE, MEDIA
from core.audit.anchors import anchor
from core.audit.models import AuditEvent
from core.audit.seals import problems_against
from core.audit.services import record
from core.events.services import set_aside
from core.lib.errors import Refused
from messaging.services.deliveries import hold_outbox


@dataclass(frozen=True)
class Restored:
    """`problems` = what differs from the manifest, as sentences; empty = proven."""

    rows: int
    files: int
    held: int
    seconds: float
    problems: list[str]


def restore(*, folder: Path, identity: str, media_into: Path, now: dt.datetime) -> Restored:
    """`identity` = the age secret key ("" for a plain backup). Raises Refused before any change."""
    begun = time.monotonic()
    manifest = manifests.read(folder)
    check_parts(folder, manifest)
    check_target(media_into)
    key = identity_of(identity) if manifest.encrypted else None
    _restore_database(folder / DATABASE, key)
    held, changed = _make_safe(folder, now)  # at once: whatever fails below, no old mail leaves
    problems = counts_differ(manifest, changed)
    if manifest.audit:
        problems += problems_against(manifest.audit)
    _unpack(folder / MEDIA, key, media_into)
    if manifests.media_hashes(media_into) != manifest.media:
        problems.append("The media files are not those of the backup.")
    if not problems:  # what was anchored after the backup counts no longer
        anchor(now=now, restored=True)
    return Restored(
        rows=sum(manifest.counts.values()),
        files=len(manifest.media),
        held=held,
        seconds=round(time.monotonic() - begun, 1),
        problems=problems,
    )


def check_parts(folder: Path, manifest: Manifest) -> None:
    """Every file of the backup is the one that was written."""
    for name, digest in manifest.parts.items():
        if not (folder / name).exists() or manifests.sha256(folder / name) != digest:
            raise Refused(f"{name} is damaged or missing: its digest is not the manifest's.")


def check_target(media_into: Path) -> None:
    """Only into an empty database and folder, while no worker or web process is connected."""
    with connection.cursor() as cursor:
        if connection.introspection.table_names(cursor):
            raise Refused("The database of DATABASE_URL is not empty. Give a new, empty one.")
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        if cursor.fetchone()[0]:
            raise Refused("Other programs are connected to that database. Stop web and workers.")
    if media_into.exists() and any(media_into.iterdir()):
        raise Refused(f"{media_into} is not empty. Give a new, empty folder for the media.")


def identity_of(text: str) -> pyrage.x25519.Identity:
    for line in text.splitlines():
        if line.startswith("AGE-SECRET-KEY-"):
            return pyrage.x25519.Identity.from_str(line.strip())
    raise Refused("The backup is encrypted: give the file with its age secret key (--identity).")


@transaction.atomic
def _make_safe(folder: Path, now: dt.datetime) -> tuple[int, dict[str, int]]:
    """Nothing of before the restore acts by itself. Mails held, and rows gained by table.

    Mails wait for a person; a reset or an invitation asked for then is not sent a second time;
    nobody is signed in to a restored chart.
    """
    trail = AuditEvent.objects.count()
    held = hold_outbox(now=now)
    links = set_aside(prefix="accounts.", now=now)
    record(
        by=None,
        action="set_aside",
        object_kind="events",
        now=now,
        reason=f"Restored from a backup: {links} resets and invitations are not sent",
    )
    sessions = Session.objects.count()
    Session.objects.all().delete()
    record(by=None, action="restore", object_kind="system", object_id=folder.name, now=now)
    return held, {
        AuditEvent._meta.db_table: AuditEvent.objects.count() - trail,
        Session._meta.db_table: -sessions,
    }


def counts_differ(manifest: Manifest, changed: Mapping[str, int]) -> list[str]:
    """Tables whose rows are not those of the backup; `changed` = rows that _make_safe added."""
    there = {name: count - changed.get(name, 0) for name, count in manifests.counts().items()}
    return [
        f"{table}: {there.get(table)} rows, {manifest.counts.get(table)} in the backup."
        for table in sorted({*there, *manifest.counts})
        if there.get(table) != manifest.counts.get(table)
    ]


def _open(source: IO[bytes], sink: IO[bytes], key: pyrage.x25519.Identity | None) -> None:
    if key is None:
        shutil.copyfileobj(source, sink, 1 << 20)
        return
    try:
        pyrage.decrypt_io(source, sink, [key])
    except pyrage.DecryptError as error:
        raise Refused("That secret key does not open this backup.") from error


def _restore_database(dump: Path, key: pyrage.x25519.Identity | None) -> None:
    argv = [program("pg_restore", major=server_major()), "--single-transaction", "--no-owner"]
    env = environment()
    target = f"--dbname={env['PGDATABASE']}"
    failure: Exception | None = None
    with subprocess.Popen(
        [*argv, "--exit-on-error", "--no-privileges", "--no-comments", target],
        env=env,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as running:
        assert running.stdin and running.stderr  # noqa: S101 - opened just above
        try:
            with dump.open("rb") as source, running.stdin as sink:
                _open(source, sink, key)
        except (Refused, BrokenPipeError) as error:
            failure = error
        said = running.stderr.read().decode(errors="replace")
        code = running.wait()
    if isinstance(failure, Refused):
        raise failure
    if code or failure:
        why = next(
            (line for line in said.splitlines() if "ERROR" in line or "error:" in line), code
        )
        raise Refused(f"pg_restore failed, nothing was restored: {why}")


def _unpack(archive: Path, key: pyrage.x25519.Identity | None, into: Path) -> None:
    """Raises Refused: the database is there by then, its mails held, but nothing is proven."""
    failures: list[Exception] = []

    def feed(write_end: int) -> None:
        try:
            with os.fdopen(write_end, "wb") as pipe, archive.open("rb") as source:
                _open(source, pipe, key)
        except Exception as error:  # noqa: BLE001 - told below
            failures.append(error)

    try:
        into.mkdir(parents=True, exist_ok=True, mode=0o700)
        read_end, write_end = os.pipe()
        feeder = threading.Thread(target=feed, args=(write_end,))
        feeder.start()
        try:
            with os.fdopen(read_end, "rb") as pipe, tarfile.open(mode="r|", fileobj=pipe) as packed:
                packed.extractall(into, filter="data")
        finally:
            feeder.join()
        if failures:
            raise failures[0]
    except (OSError, tarfile.TarError, Refused) as error:
        raise Refused(
            f"The media could not be unpacked ({error}). Do not work on it: mend that, then "
            "restore into a new empty database and folder."
        ) from error
