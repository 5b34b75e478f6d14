"""Restrictions: set from a procedure, a surgeon or a physician; lifted with a reason."""

import datetime as dt
import uuid
from collections.abc import Sequence

from django.db import transaction

from core.accounts.models import User
from core.accounts.permissions import Perm
from core.audit.services import record
from core.documents.models import Document
from core.documents.services.filing import locked as locked_document
from core.events.services import emit
from core.lib.errors import Conflict, Forbidden, Refused
from core.people.dates import today_at
from core.people.models import Episode, Patient
from core.people.services.sheets import save
from messaging.models import WorkItem
from messaging.services.work import close_item
from rehab.limit_rules import Limit, contradiction
from rehab.models import CarePlan, Restriction
from rehab.selectors.limits import in_force
from rehab.services.versions import refresh_limits

DOUBTED = "limits_doubted"  # the promise that a physician looks at limits in doubt
MOST = 20
SHORTEST = 3
MOST_VALUE = 9999


@transaction.atomic
def set_restrictions(  # noqa: PLR0913 - several rows of one source, their columns
    *,
    patient: Patient,
    source: str,
    source_words: str,
    limits: Sequence[Limit],
    by: User | None,
    now: dt.datetime,
    episode: Episode | None = None,
    document: Document | None = None,
    source_id: uuid.UUID | None = None,
) -> list[Restriction]:
    """What one source says, all at once; every active plan of the patient says so from then on.

    `by` None = a procedure that was completed. Raises Refused with what to write.
    """
    if by is not None and not by.may(Perm.RESTRICTION_SET):
        raise Forbidden("Restrictions are set by physicians and therapists.")
    if document is not None:  # held until the end: it cannot leave the chart meanwhile
        document = locked_document(document)
    _check(patient, source, source_words, limits, document, episode)
    rows = []
    for limit in limits:
        row = Restriction(
            clinic=patient.clinic,
            patient=patient,
            episode=episode,
            source=source,
            source_words=" ".join(source_words.split())[:120],
            source_id=source_id,
            document=document,
            activity=limit.activity,
            value=limit.value,
            unit=limit.unit,
            sentence=" ".join(limit.sentence.split()),
            from_on=limit.from_on,
            to_on=limit.to_on,
            until="" if limit.to_on else " ".join(limit.until.split()),
            set_at=now,
            set_by=by,
        )
        row._history_user = by  # type: ignore[attr-defined]
        save(row)
        audit("create", row, by, now)
        emit(name="rehab.restriction_set", subject_id=row.pk, now=now)
        rows.append(row)
    tell_plans(patient, by=by, now=now)
    return rows


def _check(
    patient: Patient,
    source: str,
    source_words: str,
    limits: Sequence[Limit],
    document: Document | None,
    episode: Episode | None,
) -> None:
    if source not in Restriction.Source.values:
        raise Refused("Choose who says so: a procedure, the surgeon or the physician.")
    if not source_words.strip():
        raise Refused("Write whose word it is, for example “Dr. Mills, letter of 4 Nov”.")
    if not limits or len(limits) > MOST:
        raise Refused(f"Write at least one limit, at most {MOST} at once.")
    if document is not None and document.patient_id != patient.pk:
        raise Refused("That document is on another chart. Open it from this patient’s documents.")
    if document is not None and document.state != Document.State.CLEAN:
        raise Refused("This document is not open to anybody yet. Copy its limits once it is.")
    if episode is not None and episode.patient_id != patient.pk:
        raise Refused("Choose one of this patient’s problems.")
    for limit in limits:
        _check_one(limit)


def _check_one(limit: Limit) -> None:
    if (
        limit.activity not in Restriction.Activity.values
        or limit.unit not in Restriction.Unit.values
    ):
        raise Refused("Choose what is limited, and the unit, from the lists.")
    if not limit.sentence.strip():
        raise Refused("Write each limit as everybody reads it: “Lift at most 15 lb”.")
    if limit.to_on is None and not limit.until.strip():
        raise Refused(f"“{limit.sentence}”: write until which day, or what it waits for.")
    if limit.to_on and limit.to_on < limit.from_on:
        raise Refused(f"“{limit.sentence}”: the last day lies before the first.")
    if (limit.value is None) != (not limit.unit):
        raise Refused(f"“{limit.sentence}”: write the number with its unit, or neither.")
    if limit.value is not None and not 0 <= limit.value <= MOST_VALUE:
        raise Refused(f"“{limit.sentence}”: the number lies outside 0 to {MOST_VALUE}.")
    if wrong := contradiction(limit):
        raise Refused(wrong)


@transaction.atomic
def lift(
    *, restriction: Restriction, reason: str, by: User, now: dt.datetime, version: int
) -> Restriction:
    """It holds no more, with the reason. Lifted twice by the same person is once."""
    if not by.may(Perm.RESTRICTION_SET):
        raise Forbidden("Restrictions are lifted by physicians and therapists.")
    words = " ".join(reason.split())[:200]
    row = (
        Restriction.objects.select_for_update(of=("self",))
        .select_related("patient__clinic", "clinic")
        .get(pk=restriction.pk)
    )
    if row.lifted_at and row.lifted_by_id == by.pk and row.lift_reason == words:
        return row
    if row.in_doubt and not by.may(Perm.PLAN_COSIGN):
        raise Forbidden("A limit in doubt is confirmed or lifted by a physician. Write to them.")
    if row.source == Restriction.Source.SURGEON and not by.may(Perm.PLAN_COSIGN):
        raise Forbidden(
            "A surgeon’s limit is lifted by a physician, on the surgeon’s word. Send them a "
            "message with what was said."
        )
    if len(words) < SHORTEST:
        raise Refused("Write why it holds no more, for example “cleared by Dr. Mills, 4 Nov”.")
    if row.lifted_at or row.version != version:
        who = row.lifted_by.full_name if row.lifted_by else ""
        raise Conflict(
            "This limit was lifted already." if row.lifted_at else "This limit was changed since.",
            versions=[("Reason", words, row.lift_reason)],
            who=who,
        )
    row.lifted_at, row.lifted_by, row.lift_reason = now, by, words
    row.version += 1
    row._history_user = by  # type: ignore[attr-defined]
    row.save()
    audit("lift", row, by, now, words)
    settle_doubts(row.patient, by=by, now=now)
    tell_plans(row.patient, by=by, now=now)
    return row


def settle_doubts(patient: Patient, *, by: User | None, now: dt.datetime) -> None:
    """The last limit in doubt was confirmed or lifted, or is over: the promise is kept.

    The item is held first, so that of two physicians who settle the last two at once the second
    sees what the first did.
    """
    items = WorkItem.objects.filter(patient=patient, kind=DOUBTED, closed_at=None)
    held = list(items.select_for_update(of=("self",)).order_by("pk"))
    today = today_at(patient.clinic.zone, now=now)
    if held and not any(row.in_doubt for row in in_force(patient, today=today)):
        for item in held:
            close_item(item=item, by=by, now=now, event="limits_settled")


def settle_lapsed_doubts(*, now: dt.datetime) -> None:
    """The tick's part: a limit in doubt that is over by its day asks nobody any more."""
    waiting = WorkItem.objects.filter(kind=DOUBTED, closed_at=None).values("patient")
    for patient in Patient.objects.select_related("clinic").filter(pk__in=waiting).order_by("pk"):
        with transaction.atomic():
            settle_doubts(patient, by=None, now=now)


def tell_plans(patient: Patient, *, by: User | None, now: dt.datetime) -> None:
    """Every active plan of the patient gets a version with what holds now."""
    for plan in CarePlan.objects.filter(patient=patient, ended_at=None).order_by("pk"):
        refresh_limits(plan, by=by, now=now)


def audit(
    action: str, row: Restriction, by: User | None, now: dt.datetime, reason: str = ""
) -> None:
    record(
        by=by,
        action=action,
        object_kind="restriction",
        object_id=row.pk,
        patient_id=row.patient_id,
        now=now,
        reason=reason,
    )
