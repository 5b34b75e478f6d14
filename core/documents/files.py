"""Where the bytes lie: two folders below MEDIA_ROOT, outside static files, 0600, random names.

A file is written under a temporary name, synced and renamed; its row is written after it, in the
caller's transaction. What a crash leaves between is a file without a row: `sweep` removes it once
it is an hour old. A file goes only after its row's change is committed.
"""

import datetime as dt
import errno
import hashlib
import logging
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from core.documents.models import Document
from core.lib.errors import NoRoom

log = logging.getLogger(__name__)
QUARANTINE, KEPT = "quarantine", "kept"
ORPHAN = dt.timedelta(hours=1)  # longer than any request that is still writing
PART = ".part"
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
MEDIA_LOCK = "media"  # the backup holds it while it reads the folders: then nothing goes


def folder() -> Path:
    return Path(settings.MEDIA_ROOT) / "documents"


def path_of(name: str, place: str) -> Path:
    """`name` is one of ours: 32 hex digits. Anything else is a fault of the program."""
    if len(name) != 32 or not all(c in "0123456789abcdef" for c in name):
        raise ValueError("not the name of a stored file")
    return folder() / place / name[:2] / name if place == KEPT else folder() / place / name


def place_of(document: Document) -> str:
    return KEPT if document.state == Document.State.CLEAN else QUARANTINE


def new_name() -> str:
    return secrets.token_hex(16)


def store(data: bytes, name: str, place: str) -> str:
    """Whole and on the disk, or not there at all. Returns its sha256. Raises NoRoom."""
    target = path_of(name, place)
    part = target.with_name(target.name + PART)
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.rename(target)
        _sync(target.parent)
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
            target.unlink(missing_ok=True)
        log.error("document_not_stored", extra={"code": error.errno})
        raise NoRoom(full=error.errno in FULL) from error
    return hashlib.sha256(data).hexdigest()


def _sync(parent: Path) -> None:
    """The new name itself outlives a power cut."""
    descriptor = os.open(parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read(document: Document) -> bytes | None:
    """Its bytes; None when they are not there or not those that were stored."""
    try:
        data = path_of(document.stored_as, place_of(document)).read_bytes()
    except OSError as error:
        log.error("document_not_read", extra={"document_id": str(document.pk), "code": error.errno})
        return None
    if hashlib.sha256(data).hexdigest() != document.sha256:
        log.error("document_changed_on_disk", extra={"document_id": str(document.pk)})
        return None
    return data


def is_lost(document: Document) -> bool:
    """Is it gone, or changed? A disk that cannot be read for the moment has lost nothing."""
    try:
        data = path_of(document.stored_as, place_of(document)).read_bytes()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return hashlib.sha256(data).hexdigest() != document.sha256


def forget(name: str, *places: str) -> None:
    """Delete once the caller's transaction is committed; while a backup reads, the sweep does."""
    transaction.on_commit(lambda: remove(name, *(places or (QUARANTINE, KEPT))))


def remove(name: str, *places: str) -> None:
    """Delete now; left to the sweep while a backup reads, or when the disk refuses."""
    with transaction.atomic():
        if not _no_backup_reads():
            return
        for place in places:
            try:
                path_of(name, place).unlink(missing_ok=True)
            except OSError as error:
                log.error("document_not_deleted", extra={"code": error.errno})


def _no_backup_reads() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock_shared(hashtext(%s))", [MEDIA_LOCK])
        return bool(cursor.fetchone()[0])


def sweep(*, now: dt.datetime, shards: Iterable[str] | None = None) -> int:
    """Remove files without a row, and half ones, older than an hour. How many; it is reported.

    `shards`: which of the 256 folders of kept files; by default one, another one each half minute.
    """
    turn = f"{int(now.timestamp() // 30) % 256:02x}"
    gone = 0
    with transaction.atomic():
        if not _no_backup_reads():
            return 0
        for place, inside in _folders(shards if shards is not None else (turn,)):
            old = [p for p in inside.iterdir() if _older(p, now)] if inside.exists() else []
            state = Document.State.CLEAN if place == KEPT else Document.State.QUARANTINED
            wanted = set(
                Document.objects.filter(
                    stored_as__in=[p.name for p in old], state=state
                ).values_list("stored_as", flat=True)
            )
            for orphan in (p for p in old if p.name not in wanted):
                with suppress(OSError):
                    orphan.unlink()
                    gone += 1
    if gone:
        log.warning("documents_swept", extra={"count": gone})
    return gone


def _folders(shards: Iterable[str]) -> Iterator[tuple[str, Path]]:
    yield QUARANTINE, folder() / QUARANTINE
    for shard in shards:
        yield KEPT, folder() / KEPT / shard


def _older(path: Path, now: dt.datetime) -> bool:
    try:
        return path.is_file() and path.stat().st_mtime < (now - ORPHAN).timestamp()
    except OSError:  # gone meanwhile
        return False
