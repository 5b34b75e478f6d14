"""A surgeon's document becomes limits the same day: asked, copied in, or found to have none."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from core.accounts.models import User
from core.accounts.permissions import Perm
from core.audit.services import record
from core.documents.models import Document
from core.documents.services.filing import locked
from core.lib.errors import Conflict, Forbidden, Refused
from core.people.models import Episode, Patient
from intake.models import OutsideProvider, RecordsRequest
from messaging.models import WorkItem
from messaging.services.work import close_item, open_item
from rehab.limit_rules import Limit, span, speaks_of_limits
from rehab.models import LimitsCheck, Restriction
from rehab.services.limit_doubts import doubt_limits_of
from rehab.services.limits import SHORTEST, set_restrictions
from rehab.services.versions import settle

KIND = "surgeon_limits"
NOBODY = "This document is not open to anybody yet. Wait until it was checked."


@transaction.atomic
def look_for_limits(*, document: Document, now: dt.datetime, since: dt.datetime) -> bool:
    """A document is clean, was given its kind or came to this chart: does it speak of limits?

    Then somebody reads it today; who read it on this chart already is not asked again. `since` =
    when it happened, from which the day counts. Returns whether a promise is open now.
    """
    row = locked(document)
    if row.state != Document.State.CLEAN or _answered(row) or not _from_a_surgeon(row):
        return False
    if row.patient.status == Patient.Status.DECEASED:
        return False
    _ask(row, by=None, now=now, since=since)
    return True


@transaction.atomic
def ask_for_limits(*, document: Document, by: User, now: dt.datetime) -> WorkItem:
    """“This has limits in it”, says somebody who saw it; asked twice is once."""
    if not by.may(Perm.DOCUMENT_FILE):
        raise Forbidden("Whoever files documents says that one has limits in it.")
    row = locked(document)
    if row.state != Document.State.CLEAN:
        raise Refused(NOBODY)
    return _ask(row, by=by, now=now, since=now)


def _ask(row: Document, *, by: User | None, now: dt.datetime, since: dt.datetime) -> WorkItem:
    return open_item(
        kind=KIND,
        subject_id=row.pk,
        clinic=row.patient.clinic,
        patient=row.patient,
        reason="A document to read for limits today",
        by=by,
        now=now,
        opened_at=since,
    )


def _answered(row: Document) -> bool:
    return LimitsCheck.objects.filter(document=row.pk, patient_id=row.patient_id).exists()


def _from_a_surgeon(row: Document) -> bool:
    surgeon = OutsideProvider.Kind.SURGEON
    asked = row.subject_id is not None and (
        RecordsRequest.objects.filter(pk=row.subject_id, source__kind=surgeon).exists()
    )
    names = OutsideProvider.objects.filter(clinic_id=row.clinic_id, kind=surgeon)
    return speaks_of_limits(
        kind=row.kind,
        source=row.source,
        surgeons=names.values_list("name", flat=True),
        asked_a_surgeon=asked,
    )


@transaction.atomic
def document_moved(*, document: Document, now: dt.datetime, since: dt.datetime) -> None:
    """It belongs to another patient: the promise goes with it, and what was copied from it onto
    the wrong chart is in doubt."""
    row = locked(document)
    asked = WorkItem.objects.filter(kind=KIND, subject_id=row.pk)
    for item in asked.filter(closed_at=None).exclude(patient_id=row.patient_id):
        close_item(item=item, by=None, now=now, event="document_moved")
    copied = LimitsCheck.objects.filter(document=row.pk, found=LimitsCheck.Found.COPIED).exists()
    was_asked = asked.filter(close_event="document_moved").exists()
    doubt_limits_of(document=row, now=now, since=since)
    if row.state == Document.State.CLEAN and not _answered(row) and (
        copied or was_asked or _from_a_surgeon(row)
    ) and row.patient.status != Patient.Status.DECEASED:  # fmt: skip
        _ask(row, by=None, now=now, since=since)


@transaction.atomic
def copy_limits(  # noqa: PLR0913 - what one document says
    *,
    document: Document,
    source: str,
    source_words: str,
    limits: Sequence[Limit],
    seen: int,
    by: User,
    now: dt.datetime,
    episode: Episode | None = None,
) -> list[Restriction]:
    """The limits as they stand in the document; the promise is kept by it.

    `seen` = how many answers the page showed; a colleague's in between comes back as Conflict, so
    that nothing is copied in twice.
    """
    row = locked(document)
    _check_first(row, seen, [("Limits", _said(limits), _there(row))])
    rows = set_restrictions(
        patient=row.patient,
        source=source,
        source_words=source_words,
        limits=limits,
        by=by,
        now=now,
        episode=episode,
        document=row,
    )
    _answer(row, LimitsCheck.Found.COPIED, "", by, now)
    settle(KIND, row.pk, "limits_copied", by, now)
    return rows


@transaction.atomic
def no_limits(
    *, document: Document, reason: str, seen: int, by: User, now: dt.datetime
) -> LimitsCheck:
    """Somebody read it, and there is nothing to copy; says why."""
    if not by.may(Perm.RESTRICTION_SET):
        raise Forbidden("Physicians and therapists say what a document means for the patient.")
    row = locked(document)
    if row.state != Document.State.CLEAN:
        raise Refused(NOBODY)
    words = " ".join(reason.split())[:300]
    if len(words) < SHORTEST:
        raise Refused("Write what it says instead, for example “wound care only”.")
    _check_first(row, seen, [("No limits in it", words, _there(row))])
    check = _answer(row, LimitsCheck.Found.NONE, words, by, now)
    settle(KIND, row.pk, "no_limits", by, now)
    return check


def _check_first(row: Document, seen: int, texts: list[tuple[str, str, str]]) -> None:
    """Raises Conflict when somebody answered since the page was shown. Holds the document."""
    checks = LimitsCheck.objects.filter(document=row.pk, patient_id=row.patient_id)
    last = checks.select_related("by").order_by("-at", "-pk").first()
    if last is not None and checks.count() != seen:
        raise Conflict(
            "A colleague has read this document for limits meanwhile. Open the page again and "
            "add what is missing.",
            versions=texts,
            who=last.by.full_name,
        )


def _said(limits: Sequence[Limit]) -> str:
    return "\n".join(f"{limit.sentence}, {span(limit)}" for limit in limits)


def _there(row: Document) -> str:
    """What was copied from it so far, or why there was nothing."""
    rows = Restriction.objects.filter(document=row, patient_id=row.patient_id).order_by("set_at")
    copied = "\n".join(each.sentence for each in rows)
    why = LimitsCheck.objects.filter(document=row.pk, patient_id=row.patient_id)
    return copied or str(why.order_by("-at").values_list("words", flat=True).first() or "")


def _answer(row: Document, found: str, words: str, by: User, now: dt.datetime) -> LimitsCheck:
    check = LimitsCheck.objects.create(
        patient=row.patient, document=row.pk, found=found, words=words, at=now, by=by
    )
    record(
        by=by,
        action=f"limits_{found}",
        object_kind="document",
        object_id=row.pk,
        patient_id=row.patient_id,
        now=now,
        reason=words,
    )
    return check
