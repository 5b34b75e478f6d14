"""What people do with a document: say what it is, review it, move it to the right chart."""

import datetime as dt
from dataclasses import dataclass

from core.accounts.models import User
from core.documents.models import Document
from core.people.models import Patient


@dataclass(frozen=True)
class Label:
    """What a document is, as people say it."""

    kind: str
    title: str
    source: str
    documented_on: dt.date | None
    region: str
    side: str


def classify(
    *, document: Document, wanted: Label, version: int, by: User, now: dt.datetime
) -> Document:
    """Say what it is. Raises Conflict when somebody changed it since version `version`."""
    raise NotImplementedError


def review(
    *, document: Document, by: User, now: dt.datetime, words: str = "", version: int | None = None
) -> Document:
    """Somebody clinical has read it. Raises Refused unless clean, Conflict when it was already."""
    raise NotImplementedError


def refile(
    *,
    document: Document,
    to: Patient,
    reason: str,
    by: User,
    now: dt.datetime,
    version: int | None = None,
) -> Document:
    """It stood on the wrong chart. Raises Refused, or Conflict when it was changed meanwhile."""
    raise NotImplementedError
