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
from core.audit.seals import problems_against
from core.audit.services import record
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
    problems = counts_differ(manifest)
    if manifest.audit:
        problems += problems_against(manifest.audit)
    _unpack(folder / MEDIA, key, media_into)
    if manifests.media_hashes(media_into) != manifest.media:
        problems.append("The media files are not those of the backup.")
    with transaction.atomic():
        held = hold_outbox(before=manifest.instant, now=now)
        Session.objects.all().delete()  # nobody is signed in to a restored chart
        record(by=None, action="restore", object_kind="system", object_id=folder.name, now=now)
    anchor(now=now, restored=True)  # what was anchored after the backup counts no longer
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


def counts_differ(manifest: Manifest) -> list[str]:
    there = manifests.counts()
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
    into.mkdir(parents=True, exist_ok=True, mode=0o700)
    read_end, write_end = os.pipe()

    def feed() -> None:
        with archive.open("rb") as source, os.fdopen(write_end, "wb") as pipe:
            _open(source, pipe, key)

    feeder = threading.Thread(target=feed)
    feeder.start()
    with os.fdopen(read_end, "rb") as pipe, tarfile.open(mode="r|", fileobj=pipe) as packed:
        packed.extractall(into, filter="data")
    feeder.join()
