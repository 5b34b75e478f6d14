"""Files of a day: written encrypted, read back whole, gone when their time is over.

A large one lies in pieces, so that neither making nor fetching it holds it in memory as a whole:
rows whose ids follow from the first one's, which alone is spoken of.
"""

import datetime as dt
import uuid
from collections.abc import Iterator
from itertools import chain, count

from core.accounts.models import User
from core.accounts.vault import InvalidToken, box
from core.lib.errors import NotFound
from core.people.models import Clinic
from core.work.job_rules import KEPT
from core.work.models import KeptFile

PIECE = 8 * 1024 * 1024  # bytes


class Keeping:
    """A file that is being kept: takes bytes as they come, `close` says which row it is.

    For 24 hours. `name` is ours and names nobody. In the caller's transaction.
    """

    def __init__(self, *, clinic: Clinic, owner: User, name: str, now: dt.datetime) -> None:
        self.first = KeptFile(
            clinic=clinic, owner=owner, name=name, size=0, made_at=now, kept_until=now + KEPT
        )
        self.waiting = bytearray()
        self.pieces = 0

    def write(self, data: bytes) -> int:
        self.waiting += data
        self.first.size += len(data)
        while len(self.waiting) >= PIECE:
            self._keep(bytes(self.waiting[:PIECE]))
            del self.waiting[:PIECE]
        return len(data)

    def flush(self) -> None:
        """Nothing: what waits is less than a piece. ZipFile asks."""

    def close(self) -> KeptFile:
        if self.waiting or not self.pieces:
            self._keep(bytes(self.waiting))
        self.first.save(update_fields=["size"])
        return self.first

    def _keep(self, data: bytes) -> None:
        row, sealed = self.first, box().encrypt(data)
        if not self.pieces:
            row.content = sealed
            row.save(force_insert=True)
            row.content = b""  # not held until the last piece
        else:
            KeptFile.objects.create(
                pk=_piece(row, self.pieces), clinic_id=row.clinic_id, owner_id=row.owner_id,
                name=row.name, content=sealed, size=len(data), made_at=row.made_at,
                kept_until=row.kept_until,
            )  # fmt: skip
        self.pieces += 1


def keep_file(
    *, clinic: Clinic, owner: User, name: str, content: bytes, now: dt.datetime
) -> KeptFile:
    """What is at hand as a whole, for 24 hours."""
    kept = Keeping(clinic=clinic, owner=owner, name=name, now=now)
    kept.write(content)
    return kept.close()


def pieces_of(file: KeptFile | None, *, now: dt.datetime) -> Iterator[bytes]:
    """The file's bytes, one piece after the other.

    Raises NotFound before the first when its day is over or no key fits any more.
    """
    if file is None or file.kept_until <= now:
        raise NotFound("This file was kept for a day and is gone. Make or upload it again.")
    first = _opened(file)
    return chain([first], _rest(file, len(first)))


def content_of(file: KeptFile | None, *, now: dt.datetime) -> bytes:
    """The whole file at once, for one that is known to be small. Raises NotFound."""
    return b"".join(pieces_of(file, now=now))


def _piece(first: KeptFile, number: int) -> uuid.UUID:
    return uuid.uuid5(first.pk, str(number))


def _rest(first: KeptFile, read: int) -> Iterator[bytes]:
    for number in count(1):
        if read >= first.size:
            return
        row = KeptFile.objects.filter(pk=_piece(first, number)).first()
        if row is None:  # its day ended while it was being fetched: never a short file that passes
            raise NotFound("This file was kept for a day and is gone. Make or upload it again.")
        data = _opened(row)
        read += len(data)
        yield data


def _opened(row: KeptFile) -> bytes:
    try:
        return box().decrypt(bytes(row.content))
    except InvalidToken as error:
        raise NotFound("This file can no longer be read. Make or upload it again.") from error


def drop_files(*, now: dt.datetime) -> int:
    """Those whose day is over; the tick asks, so that nobody has to remember it."""
    gone, _ = KeptFile.objects.filter(kept_until__lte=now).delete()
    return gone
