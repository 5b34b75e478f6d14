"""A new version written in Hallway: proposed, then signed off by another, or withdrawn."""

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F

from core.accounts.models import User
from core.audit.services import record
from core.events.services import emit
from core.lib.errors import Conflict, Refused
from core.lib.instants import read_day, within_reason
from core.lib.states import next_state
from core.people.dates import today_at
from core.people.models import Clinic
from core.protocols.differences import Row, differences
from core.protocols.models import ProtocolVersion
from core.protocols.rules import VERSION
from core.protocols.selectors import schema_of, written_so_far
from core.protocols.services import digest_of
from core.protocols.text import read_text

NUMBER = re.compile(r"[0-9]{1,4}(\.[0-9]{1,4}){0,2}")
REASON = 300


@dataclass(frozen=True)
class Wanted:
    """A new version as somebody typed it."""

    text: str
    number: str
    effective_on: str
    reason: str


@dataclass(frozen=True)
class Checked:
    """The same, read and found sound; `changes` = what is different from the version before."""

    body: dict[str, Any]
    number: str
    effective_on: dt.date
    reason: str
    changes: list[Row]


def check(*, parent: ProtocolVersion, wanted: Wanted, clinic: Clinic, now: dt.datetime) -> Checked:
    """Read what was typed; nothing is saved. Raises Refused: what to correct, and on which line."""
    number = wanted.number.strip()
    if not NUMBER.fullmatch(number):
        raise Refused("Write the new version’s number, for example 4 or 4.1.")
    day = read_day(wanted.effective_on)
    if day < today_at(clinic.zone, now=now):
        raise Refused("The effective date lies in the past. Choose today or a later day.")
    within_reason(dt.datetime.combine(day, dt.time(12), tzinfo=dt.UTC), now=now)
    reason = " ".join(wanted.reason.split())
    if not reason:
        raise Refused("Write why it changes, in a sentence that the signing physician reads.")
    if len(reason) > REASON or "\x00" in reason:
        raise Refused(f"The reason has at most {REASON} characters. Put the rest beside the rows.")
    head = {**_head(parent), "version": number, "effective_on": day.isoformat()}
    body, protocol = read_text(wanted.text, head=head, schema=schema_of(parent.kind))
    # What a kind cannot do without although its schema lets it go, e.g. the clock of a promise.
    lost = getattr(protocol, "lost_since", None)
    if lost and (sentence := lost(parent.body)):
        raise Refused(sentence)
    changes = differences(parent.body, body)
    if not changes:
        raise Refused(f"Nothing is different from {parent.label} yet. Change the text first.")
    return Checked(body, number, day, reason, changes)


def _head(parent: ProtocolVersion) -> dict[str, Any]:
    return {"key": parent.key, "kind": parent.kind}


@transaction.atomic
def propose(
    *,
    parent: ProtocolVersion,
    wanted: Wanted,
    clinic: Clinic,
    seen: int,
    by: User,
    now: dt.datetime,
) -> ProtocolVersion:
    """A new version that decides nothing until another clinician signs it.

    `seen` = `written_so_far` as the form showed it. Raises Conflict with both texts when somebody
    wrote a version meanwhile; Refused for what cannot be one.
    """
    # The turnstile of a kind: two who write at once come one after the other.
    first = ProtocolVersion.objects.filter(kind=parent.kind).order_by("loaded_at", "pk")
    ProtocolVersion.objects.select_for_update().get(pk=first.values_list("pk", flat=True)[0])
    checked = check(parent=parent, wanted=wanted, clinic=clinic, now=now)
    _check_nobody_else(parent, checked, seen)
    taken = ProtocolVersion.objects.filter(
        kind=parent.kind, key=parent.key, version=checked.number
    ).first()
    if taken:
        raise Refused(
            f"Version {checked.number} exists already ({STATES[taken.state]}). "
            "Choose a number that was never used."
        )
    row = ProtocolVersion.objects.create(
        kind=parent.kind,
        key=parent.key,
        version=checked.number,
        body=checked.body,
        digest=digest_of(checked.body),
        source=f"Edited in Hallway by {by.name_line}, from {parent.label}. {parent.body['source']}",
        effective_on=checked.effective_on,
        loaded_at=now,
        parent=parent,
        author=by,
        reason=checked.reason,
    )
    record(by=by, action="propose", object_kind="protocol", object_id=row.pk, now=now,
           reason=checked.reason)  # fmt: skip
    emit(name="protocols.proposed", subject_id=row.pk, now=now)
    return row


STATES = {
    "loaded": "from a file",
    "proposed": "waiting for sign-off",
    "adopted": "signed off",
    "withdrawn": "withdrawn",
}


def _check_nobody_else(parent: ProtocolVersion, mine: Checked, seen: int) -> None:
    """Nobody's new version is passed over unread: the second to save sees both."""
    so_far = written_so_far(parent.kind)
    if so_far == seen:
        return
    newest = (
        ProtocolVersion.objects.filter(kind=parent.kind)
        .select_related("author")
        .order_by("-loaded_at", F("author").asc(nulls_last=True), "-pk")
        .first()
    )
    assert newest is not None  # noqa: S101 - parent is one
    who = newest.author.full_name if newest.author else "a file"
    theirs = {where: after for where, _, after in differences(parent.body, newest.body)}
    ours = {where: after for where, _, after in mine.changes}
    before = {where: was for where, was, _ in differences(parent.body, newest.body)}
    before |= {where: was for where, was, _ in mine.changes}
    raise Conflict(
        f"{newest.label} was added while you were writing. Save yours beside it only if it should "
        "replace it; otherwise write your change into that version.",
        versions=[
            (where, ours.get(where, before[where]), theirs.get(where, before[where]))
            for where in dict.fromkeys([*ours, *theirs])
        ],
        who=f"{who}, {newest.label}",
        version=so_far,
    )


@transaction.atomic
def withdraw(
    *, version: ProtocolVersion, reason: str, by: User, now: dt.datetime
) -> ProtocolVersion:
    """A proposal is taken back; it stays readable. Raises StateError once it was signed."""
    row = ProtocolVersion.objects.select_for_update().get(pk=version.pk)
    next_state(VERSION, row.state, "withdraw")
    words = " ".join(reason.split())
    if not words or len(words) > REASON or "\x00" in words:
        raise Refused("Write in a sentence why it is withdrawn.")
    row.withdrawn_at, row.withdrawn_by, row.withdraw_reason = now, by, words
    row.save(update_fields=["withdrawn_at", "withdrawn_by", "withdraw_reason"])
    record(by=by, action="withdraw", object_kind="protocol", object_id=row.pk, now=now,
           reason=words)  # fmt: skip
    emit(name="protocols.settled", subject_id=row.pk, now=now)
    return row
