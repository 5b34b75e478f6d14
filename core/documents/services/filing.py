"""What people do with a document: say what it is, review it, move it to the right chart."""

import datetime as dt

from django.db import transaction

from core.accounts.models import User
from core.audit.services import record
from core.documents.models import Document, Refiling
from core.documents.rules import SHORTEST_REASON
from core.documents.services.labels import Label, label_of
from core.events.services import emit
from core.lib.errors import Conflict, Refused
from core.people.access import may_know
from core.people.models import Patient

CHANGED = "Somebody changed this document since you opened it."


def locked(document: Document) -> Document:
    """The row as it is now. Raises Conflict when it left the chart it was opened on."""
    row = (
        Document.objects.select_for_update(of=("self",))
        .select_related("patient__clinic")
        .get(pk=document.pk)
    )
    if row.patient_id != document.patient_id:
        raise Conflict("This document was moved to another chart meanwhile. Nothing was changed.")
    return row


def classify(
    *,
    document: Document,
    wanted: Label,
    version: int,
    by: User,
    now: dt.datetime,
    shown: Label | None = None,
) -> Document:
    """Say what it is. `shown`: as it stood on the form; only what was changed since is saved.

    Raises Refused for what cannot be, Conflict when somebody changed the same since `version`.
    """
    with transaction.atomic():
        row = locked(document)
        _not_rejected(row)
        saved = label_of(row)
        if shown is not None and row.version != version:
            mine = wanted.over(shown, saved)
            clash = [
                (part, yours, saved.words()[part])
                for part, yours in wanted.words().items()
                if shown.words()[part] not in {yours, saved.words()[part]}
                and yours != saved.words()[part]
            ]
        else:
            mine = wanted
            clash = [] if row.version == version else _differing(wanted, saved)
        if clash:
            raise Conflict(CHANGED, versions=clash, version=row.version)
        new = mine.settled(row.patient, now=now)
        changed = [part for part, value in new.columns().items() if getattr(row, part) != value]
        if not changed:
            return row
        for part in changed:
            setattr(row, part, new.columns()[part])
        row.version += 1
        row.save()
        _audit("classify", row, by, now, fields=changed)
        emit(name="documents.classified", subject_id=row.pk, now=now)
    return row


def _differing(wanted: Label, saved: Label) -> list[tuple[str, str, str]]:
    there = saved.words()
    found = [(part, mine, there[part]) for part, mine in wanted.words().items()]
    return [one for one in found if one[1] != one[2]] or found


@transaction.atomic
def review(
    *, document: Document, by: User, now: dt.datetime, words: str = "", version: int | None = None
) -> Document:
    """Somebody clinical has read it. Raises Refused unless clean, Conflict when it was already.

    `version`: as the page showed it; a document that was changed or moved since is read again.
    """
    row = locked(document)
    said = words.strip()
    if row.state != Document.State.CLEAN:
        raise Refused("Only a document that was checked and found clean can be reviewed.")
    if row.reviewed_at:
        who = row.reviewed_by.full_name if row.reviewed_by else ""
        raise Conflict(
            f"{who} has reviewed this document already. Your words are below: add them as a "
            "message if they say more.",
            versions=[("Review", said or "no words", row.review_words or "no words")],
            who=who,
        )
    if version is not None and row.version != version:
        raise Conflict(f"{CHANGED} Read it again, then review it.")
    row.reviewed_by, row.reviewed_at, row.review_words = by, now, said
    row.version += 1
    row.save()
    _audit("review", row, by, now)
    emit(name="documents.reviewed", subject_id=row.pk, now=now)
    return row


@transaction.atomic
def refile(
    *,
    document: Document,
    to: Patient,
    reason: str,
    by: User,
    now: dt.datetime,
    version: int | None = None,
) -> Document:
    """It stood on the wrong chart: `to` is the right one. The trail of both says so.

    What tied it to the earlier chart goes: its review, its consent and what it answered. Raises
    Refused, or Conflict when it was changed meanwhile.
    """
    row = locked(document)
    _not_rejected(row)
    why = " ".join(reason.split())[:300]
    if len(why) < SHORTEST_REASON:
        raise Refused("Write in a few words how you know whose document it is.")
    if to.pk == row.patient_id:
        raise Refused("It is on this chart already. Choose the patient it belongs to.")
    if to.clinic_id != row.clinic_id or not may_know(by, to, now=now):
        raise Refused("A document can only move to a chart of this clinic that is open to you.")
    if to.merged_into_id:
        raise Refused("That chart was merged into another. Choose the one that is kept.")
    if version is not None and row.version != version:
        raise Conflict(f"{CHANGED} Read it again, then move it.", version=row.version)
    was = row.patient
    Refiling.objects.create(document=row, was=was, to=to, reason=why, by=by, at=now)
    answered = row.subject_id
    row.patient, row.consent, row.subject_id = to, None, None
    row.reviewed_by = row.reviewed_at = None
    row.review_words = ""
    row.version += 1
    row.save()
    for chart in (was, to):
        record(
            by=by,
            action="refile",
            object_kind="document",
            object_id=row.pk,
            patient_id=chart.pk,
            now=now,
            fields=["patient"],
            reason=why,
        )
    emit(name="documents.refiled", subject_id=row.pk, now=now)
    if answered:
        emit(name="documents.answer_gone", subject_id=answered, now=now)
    return row


def _not_rejected(row: Document) -> None:
    if row.state == Document.State.REJECTED:
        raise Refused("This file was rejected, so there is nothing to change. Upload it once more.")


def _audit(
    action: str, row: Document, by: User, now: dt.datetime, *, fields: list[str] | None = None
) -> None:
    record(
        by=by,
        action=action,
        object_kind="document",
        object_id=row.pk,
        patient_id=row.patient_id,
        now=now,
        fields=fields or [],
    )
