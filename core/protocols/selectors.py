"""Which version holds."""

import datetime as dt
import uuid
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db.models import Case, F, Q, QuerySet, When
from django.utils.module_loading import import_string

from core.accounts.models import User
from core.lib.errors import NotFound
from core.people.dates import today_at
from core.people.models import Clinic
from core.protocols.models import ProtocolVersion
from core.protocols.rules import Standing

# What may decide: a file's version, or one written here that somebody signed.
COUNTING = Q(author__isnull=True) | Q(signed_off_at__isnull=False)
WAITING = Q(author__isnull=False, signed_off_at__isnull=True, withdrawn_at__isnull=True)


# The order of `core.protocols.rules.in_order`, from the strongest on, for the database.
WRITTEN = Case(When(author__isnull=True, then=0), default=1)
SINCE = Case(When(author__isnull=True, then=F("loaded_at")), default=F("signed_off_at"))


def standings(kind: str) -> list[Standing]:
    """Every version of a kind that may decide; which one does: core/protocols/rules.py."""
    rows = ProtocolVersion.objects.filter(COUNTING, kind=kind).annotate(since=SINCE)
    return [
        Standing(pk=pk, effective_on=day, written_here=author is not None, since=since)
        for pk, day, author, since in rows.values_list("pk", "effective_on", "author_id", "since")
    ]


def day_at(clinic: Clinic | None, *, now: dt.datetime) -> dt.date:
    """The day by which a version holds: the clinic's own; that of UTC where none is known."""
    return today_at(clinic.zone, now=now) if clinic else now.astimezone(dt.UTC).date()


def current_version(
    kind: str, *, now: dt.datetime, clinic: Clinic | None = None
) -> ProtocolVersion:
    """The version in force at a moment, at a clinic: in its evening UTC is a day ahead.

    Raises NotFound while nothing is loaded.
    """
    row = in_force(kind, day=day_at(clinic, now=now)).first()
    if row is None:
        raise NotFound(f"The protocol “{kind}” is not loaded. Run: manage.py load_protocols")
    return row


def in_force(kind: str, *, day: dt.date) -> QuerySet[ProtocolVersion]:
    """The versions that may decide on a day, the one that does first."""
    return (
        ProtocolVersion.objects.filter(COUNTING, kind=kind, effective_on__lte=day)
        .annotate(written=WRITTEN, since=SINCE)
        .order_by("-effective_on", "-written", "-since")
    )


def protocol_of(row: ProtocolVersion) -> Any:
    """The validated object of a version; versions never change, so it is parsed once a process."""
    return _parsed(row.kind, row.digest, row.pk)


@lru_cache(maxsize=64)
def _parsed(kind: str, digest: str, pk: uuid.UUID) -> Any:
    return schema_of(kind).model_validate(ProtocolVersion.objects.get(pk=pk).body)


def schema_of(kind: str) -> Any:
    """The schema a kind's content is checked against."""
    return import_string(settings.PROTOCOL_FILES[kind][1])


def library(viewer: User) -> QuerySet[ProtocolVersion]:
    """All versions, newest first; content of the clinic, the same for all who work here."""
    return ProtocolVersion.objects.select_related(
        "signed_off_by", "author", "withdrawn_by", "parent"
    ).order_by("kind", "key", "-effective_on", "-loaded_at")


def version_for(viewer: User, pk: uuid.UUID) -> ProtocolVersion:
    """One version. Raises NotFound."""
    row = library(viewer).filter(pk=pk).first()
    if row is None:
        raise NotFound("There is no such protocol version.")
    return row


def waiting_count() -> int:
    """How many versions written here wait for a clinician's sign-off."""
    return ProtocolVersion.objects.filter(WAITING).count()


def siblings(row: ProtocolVersion, viewer: User) -> QuerySet[ProtocolVersion]:
    """The other versions of the same protocol, newest first."""
    return library(viewer).filter(kind=row.kind, key=row.key).exclude(pk=row.pk)


def written_so_far(kind: str) -> int:
    """Counts the versions of a kind; none is ever deleted, so it tells when one was added."""
    return ProtocolVersion.objects.filter(kind=kind).count()


def counting_ids(*, now: dt.datetime, clinic: Clinic | None = None) -> set[uuid.UUID]:
    """The versions in force at a moment, one a kind."""
    rows = (
        ProtocolVersion.objects.filter(COUNTING, effective_on__lte=day_at(clinic, now=now))
        .annotate(written=WRITTEN, since=SINCE)
        .order_by("kind", "-effective_on", "-written", "-since")
        .distinct("kind")
    )
    return set(rows.values_list("pk", flat=True))
