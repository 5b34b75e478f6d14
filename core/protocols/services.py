"""Protocol files become rows; a named clinician signs them off."""

import datetime as dt
import functools
import hashlib
import json
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string
from pydantic import BaseModel

from core.accounts.models import User
from core.audit.services import record
from core.events.services import emit
from core.lib.errors import Conflict, Forbidden
from core.lib.states import next_state
from core.protocols.models import ProtocolVersion
from core.protocols.rules import VERSION


def read_file(kind: str) -> tuple[dict[str, Any], BaseModel]:
    """The file of a kind, validated by its schema. Raises ValidationError naming what is wrong."""
    path, schema = settings.PROTOCOL_FILES[kind]
    protocol = _read(Path(settings.BASE_DIR, path).read_text("utf-8"), schema)
    return protocol.model_dump(mode="json"), protocol


@functools.lru_cache(maxsize=32)
def _read(text: str, schema: str) -> BaseModel:
    """Kept, for reading the long files takes as long as forty pages."""
    protocol: BaseModel = import_string(schema).model_validate(yaml.safe_load(text))
    return protocol


@transaction.atomic
def load(*, kind: str, now: dt.datetime) -> tuple[ProtocolVersion, bool]:
    """The file as a version row; the same file twice is one row.

    Raises Conflict when a version's content was changed without a new version number: what decided
    about a patient must stay readable as it was.
    """
    body, _ = read_file(kind)
    digest = digest_of(body)
    row, fresh = ProtocolVersion.objects.get_or_create(
        kind=kind,
        key=body["key"],
        version=str(body["version"]),
        defaults={
            "body": body,
            "digest": digest,
            "source": body["source"],
            "effective_on": body["effective_on"],
            "loaded_at": now,
        },
    )
    if row.author_id:
        raise Conflict(
            f"{row.label} was written in Hallway under the same number. Give the file another."
        )
    if not fresh and row.digest != digest:
        raise Conflict(
            f"{row.label} is loaded with other content. Give the changed file a new version."
        )
    if fresh:
        record(by=None, action="load", object_kind="protocol", object_id=row.pk, now=now)
        _tell_rows(row, now)
    return row, fresh


def _tell_rows(row: ProtocolVersion, now: dt.datetime) -> None:
    if row.kind in settings.PROTOCOL_ROWS:
        emit(name="protocols.counts", subject_id=row.pk, now=now)


def digest_of(body: dict[str, Any]) -> str:
    """The fingerprint of a version's content."""
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


@transaction.atomic
def sign_off(*, version: ProtocolVersion, by: User, now: dt.datetime) -> ProtocolVersion:
    """A named clinician answers for this version, once. One written in Hallway counts from now.

    Raises Forbidden for its own author: nobody reviews what they wrote themselves.
    """
    row = ProtocolVersion.objects.select_for_update().get(pk=version.pk)
    if row.signed_off_by_id:
        who = row.signed_off_by.full_name if row.signed_off_by else ""
        raise Conflict(
            f"{row.label} was signed off before, by {who}. A change needs a new version."
        )
    if row.author_id == by.pk:
        raise Forbidden(
            f"You wrote {row.label} yourself. Another physician of the clinic has to sign it off."
        )
    next_state(VERSION, row.state, "sign_off")
    row.signed_off_at = now
    row.signed_off_by = by
    row.save(update_fields=["signed_off_at", "signed_off_by"])
    record(by=by, action="sign_off", object_kind="protocol", object_id=row.pk, now=now)
    if row.author_id:
        _tell_rows(row, now)
        emit(name="protocols.settled", subject_id=row.pk, now=now)
    return row
