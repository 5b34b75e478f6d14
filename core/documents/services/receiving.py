"""A file arrives: into quarantine, checked, then clean or rejected."""

import datetime as dt
import uuid

from django.core.files.base import File

from core.accounts.models import User
from core.documents.models import Document
from core.people.models import Consent, Patient


def receive(  # noqa: PLR0913 - one row, its columns
    *,
    patient: Patient,
    upload: File[bytes],
    kind: str,
    title: str,
    source: str,
    documented_on: dt.date | None,
    region: str,
    by: User,
    now: dt.datetime,
    side: str = "",
    subject_id: uuid.UUID | None = None,
    consent: Consent | None = None,
) -> Document:
    """File what somebody uploaded, and check it at once where that is quick.

    The row comes back `clean`, `rejected` (with `reason`) or still `quarantined`: then the tick
    checks it again. Raises Refused (nothing was kept: empty, too large, unknown kind) and DiskFull.
    """
    raise NotImplementedError


def make_document(  # noqa: PLR0913 - one row, its columns
    *,
    patient: Patient,
    data: bytes,
    kind: str,
    title: str,
    file_name: str,
    by: User | None,
    now: dt.datetime,
    content_type: str = "application/pdf",
    pages: int | None = None,
    subject_id: uuid.UUID | None = None,
    consent: Consent | None = None,
) -> Document:
    """File bytes that Hallway itself made (a letter, a request): clean from the start."""
    raise NotImplementedError
