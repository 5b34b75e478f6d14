"""Drafts: saved as typed, gone when sent. Forms: one effect, however often they arrive."""

import datetime as dt
import re
import uuid
from collections.abc import Iterable, Mapping, Sequence

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from core.accounts.models import User
from core.lib.errors import Conflict, Refused
from core.work.models import Draft, IdempotencyKey

# Where unsent text may stand: a word for the form, then the id of what it is about.
PLACES = re.compile(
    r"(thread|flag|release|call|raise|lower|callback|missed|work|plan|delivery|emergency|review"
    r"|user|hold|roster|cover|document|protocol|records|book|visit|override|step|deficit|update"
    r"|careplan|firstvisit):[0-9a-z:_-]{1,69}"
)
LONGEST = 20_000
LONGER = {"protocol": 200_000}  # a whole version is one text
# What is no word of the person: the same form sent again may differ in it.
UNSAID = {"csrfmiddlewaretoken", "form_key", "draft"}


def save_draft(
    *, user: User, place: str, text: str, now: dt.datetime, version: int | None = None
) -> Draft:
    """Unsent text, kept. `version` = the draft as this window knows it, 0 for none.

    Raises Conflict when another window of the same person saved other words meanwhile.
    """
    if not PLACES.fullmatch(place):
        raise Refused("This text has no place to be saved. Copy it and reload the page.")
    longest = LONGER.get(place.partition(":")[0], LONGEST)
    if len(text) > longest:
        raise Refused(
            f"Not saved: more than {longest:,} characters. Copy your words, or shorten them."
        )
    with transaction.atomic():
        row, fresh = Draft.objects.select_for_update().get_or_create(
            user=user, place=place, defaults={"text": text, "saved_at": now}
        )
        if fresh or row.text == text:
            return row
        if version is not None and version != row.version:
            raise Conflict(
                "Another window of yours saved other words at "
                f"{timezone.localtime(row.saved_at):%H:%M}.",
                versions=[("Text", text, row.text)],
                version=row.version,
            )
        row.text, row.saved_at = text, now
        row.version += 1
        row.save(update_fields=["text", "saved_at", "version"])
        return row


def drop_draft(*, user: User, place: str) -> None:
    drop_drafts(user=user, places=[place])


def drop_drafts(*, user: User, places: Iterable[str]) -> None:
    """What was sent is no draft any more."""
    Draft.objects.filter(user=user, place__in=list(places)).delete()


def digest_of(words: Mapping[str, Sequence[str]], *, unsaid: Iterable[str] = ()) -> str:
    """A fingerprint of what a form says. Keyed: short words cannot be guessed back from it."""
    left_out = UNSAID.union(unsaid)
    said = sorted((name, list(words[name])) for name in words if name not in left_out)
    return salted_hmac("hallway.form", repr(said), algorithm="sha256").hexdigest()


def take_key(
    *, user: User, key: uuid.UUID, route: str, digest: str, now: dt.datetime
) -> tuple[IdempotencyKey, bool]:
    """(row, fresh). The very same form at the same moment waits here until the first is through.

    Call it in the transaction of the effect. Raises Conflict for other words under the same key.
    """
    try:
        with transaction.atomic():
            row = IdempotencyKey.objects.create(
                user=user, key=key, route=route[:200], digest=digest, status=0, at=now
            )
            return row, True
    except IntegrityError:
        row = IdempotencyKey.objects.get(user=user, key=key)
    if (row.route, row.digest) != (route[:200], digest):
        raise Conflict(
            "This form was sent already, with other words. What you sent now was not saved: open "
            "the page again and send it from there if you want both."
        )
    return row, False


def settle_key(*, row: IdempotencyKey, status: int, location: str) -> None:
    """The form had its effect; this is its answer from now on."""
    row.status, row.location = status, location
    row.save(update_fields=["status", "location"])


def give_back_key(*, row: IdempotencyKey) -> None:
    """Nothing was done: the corrected form may come under the same key."""
    row.delete()
