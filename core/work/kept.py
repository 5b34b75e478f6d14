"""Files of a day: written encrypted, read back whole, gone when their time is over."""

import datetime as dt

from core.accounts.models import User
from core.accounts.vault import InvalidToken, box
from core.lib.errors import NotFound
from core.people.models import Clinic
from core.work.job_rules import KEPT
from core.work.models import KeptFile


def keep_file(
    *, clinic: Clinic, owner: User, name: str, content: bytes, now: dt.datetime
) -> KeptFile:
    """For 24 hours. `name` is ours and names nobody."""
    return KeptFile.objects.create(
        clinic=clinic,
        owner=owner,
        name=name,
        content=box().encrypt(content),
        size=len(content),
        made_at=now,
        kept_until=now + KEPT,
    )


def content_of(file: KeptFile | None, *, now: dt.datetime) -> bytes:
    """The file's bytes. Raises NotFound when its day is over or no key fits any more."""
    if file is None or file.kept_until <= now:
        raise NotFound("This file was kept for a day and is gone. Make or upload it again.")
    try:
        return box().decrypt(bytes(file.content))
    except InvalidToken as error:
        raise NotFound("This file can no longer be read. Make or upload it again.") from error


def drop_files(*, now: dt.datetime) -> int:
    """Those whose day is over; the tick asks, so that nobody has to remember it."""
    gone, _ = KeptFile.objects.filter(kept_until__lte=now).delete()
    return gone
