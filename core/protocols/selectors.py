"""Which version holds."""

import datetime as dt
import uuid
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils.module_loading import import_string

from core.accounts.models import User
from core.lib.errors import NotFound
from core.protocols.models import ProtocolVersion


def current_version(kind: str, *, now: dt.datetime) -> ProtocolVersion:
    """The version in force: the latest effective one. Raises NotFound while nothing is loaded."""
    row = (
        ProtocolVersion.objects.filter(kind=kind, effective_on__lte=now.date())
        .order_by("-effective_on", "-loaded_at")
        .first()
    )
    if row is None:
        raise NotFound(f"The protocol “{kind}” is not loaded. Run: manage.py load_protocols")
    return row


def protocol_of(row: ProtocolVersion) -> Any:
    """The validated object of a version; versions never change, so it is parsed once a process."""
    return _parsed(row.kind, row.digest, row.pk)


@lru_cache(maxsize=64)
def _parsed(kind: str, digest: str, pk: uuid.UUID) -> Any:
    schema = import_string(settings.PROTOCOL_FILES[kind][1])
    return schema.model_validate(ProtocolVersion.objects.get(pk=pk).body)


def library(viewer: User) -> QuerySet[ProtocolVersion]:
    """All versions, newest first; content of the clinic, the same for all who work here."""
    return ProtocolVersion.objects.select_related("signed_off_by").order_by(
        "kind", "key", "-effective_on", "-loaded_at"
    )
