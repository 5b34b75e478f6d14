"""One backup: the database and the media of one moment, encrypted, with a manifest beside them."""
# ruff: noqa: S603 - runs PostgreSQL's own programs

import datetime as dt
import os
import shutil
import subprocess
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pyrage
from django.conf import settings
from django.db import connection, transaction

from config.backup import manifest as manifests
from config.backup.manifest import Manifest
from config.backup.programs import environment, program, server_major
from core.audit.seals import head
from core.audit.services import record
from core.documents.files import MEDIA_LOCK
from core.events.services import beat
from core.lib.errors import Refused

DATABASE, MEDIA = "database.dump", "media.tar"


def backup(*, into: Path, recipient: str, now: dt.datetime) -> Path:
    """A folder `hallway-<instant>` below `into`, there as a whole or not at all.

    `recipient` is an age public key; "" leaves the files plain. Raises Refused with what to mend.
    """
    begun = time.monotonic()
    seal = sealer(recipient)
    half = into / f".hallway-{now:%Y%m%dT%H%M%SZ}.part"
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(parents=True, mode=0o700)
    try:
        with nothing_goes():  # from before the snapshot: every file it names is still there
            # Dump and counts read one snapshot: they agree although the clinic goes on working.
            with transaction.atomic():
                snapshot, at = _one_snapshot()
                counted = manifests.counts()
                audit = head()
                _dump(snapshot, half / DATABASE, seal)
            root = Path(settings.MEDIA_ROOT)
            media = manifests.media_hashes(root)
            _pack(root, sorted(media), half / MEDIA, seal)
        Manifest(
            at=at.isoformat(),
            encrypted=bool(recipient),
            counts=counted,
            media=media,
            parts={name: manifests.sha256(half / name) for name in (DATABASE, MEDIA)},
            audit=audit,
            postgres=server_major(),
            seconds=round(time.monotonic() - begun, 1),
        ).write(half)
        done = into / f"hallway-{now:%Y%m%dT%H%M%SZ}"
        half.rename(done)
    except OSError as error:
        raise Refused(f"The backup could not be written: {error.strerror or error}.") from error
    finally:
        shutil.rmtree(half, ignore_errors=True)
    with transaction.atomic():
        record(by=None, action="backup", object_kind="system", object_id=done.name, now=now)
        beat(loop="backup", now=now)
    return done


@contextmanager
def nothing_goes() -> Iterator[None]:
    """No stored document is deleted while it is read here; the connection holds the lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext(%s))", [MEDIA_LOCK])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtext(%s))", [MEDIA_LOCK])


def prune(*, into: Path, keep: int) -> list[str]:
    """Delete all but the `keep` newest complete backups; their names."""
    names = sorted(p.name for p in into.glob("hallway-*") if (p / manifests.NAME).exists())
    gone = names[: max(0, len(names) - keep)]
    for name in gone:
        shutil.rmtree(into / name)
    return gone


Seal = Callable[[IO[bytes], IO[bytes]], None]


def sealer(recipient: str) -> Seal:
    """Copies a stream, encrypted to the recipient's public key."""
    if not recipient:
        return lambda reader, writer: shutil.copyfileobj(reader, writer, 1 << 20)
    try:
        key = pyrage.x25519.Recipient.from_str(recipient)
    except pyrage.RecipientError as error:
        raise Refused("BACKUP_RECIPIENT is no age public key (age1…).") from error
    return lambda reader, writer: pyrage.encrypt_io(reader, writer, [key])


def _one_snapshot() -> tuple[str, dt.datetime]:
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")  # while pg_dump reads
        cursor.execute("SELECT pg_export_snapshot(), now()")
        name, at = cursor.fetchone()
    return str(name), at


def _dump(snapshot: str, target: Path, seal: Seal) -> None:
    argv = [program("pg_dump", major=server_major()), "-Fc", "--no-owner", "--no-privileges"]
    with (
        target.open("wb") as out,
        subprocess.Popen(
            [*argv, f"--snapshot={snapshot}"],
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as running,
    ):
        assert running.stdout and running.stderr  # noqa: S101 - opened just above
        seal(running.stdout, out)
        said = running.stderr.read().decode(errors="replace")
        if running.wait():
            raise Refused(f"pg_dump failed: {said.strip().splitlines()[-1] if said else 'no word'}")
        out.flush()
        os.fsync(out.fileno())


def _pack(root: Path, names: list[str], target: Path, seal: Seal) -> None:
    """Media through a pipe, so that no plain copy of it ever lies on the disk."""
    read_end, write_end = os.pipe()
    failures: list[Exception] = []

    def pack() -> None:
        try:
            with (
                os.fdopen(write_end, "wb") as pipe,
                tarfile.open(mode="w|", fileobj=pipe) as archive,
            ):
                for name in names:
                    archive.add(root / name, arcname=name)
        except Exception as error:  # noqa: BLE001 - told by the caller
            failures.append(error)

    packer = threading.Thread(target=pack)
    packer.start()
    with os.fdopen(read_end, "rb") as pipe, target.open("wb") as out:
        seal(pipe, out)
        out.flush()
        os.fsync(out.fileno())
    packer.join()
    if failures:
        raise Refused(f"The media could not be read: {failures[0]}.") from failures[0]
