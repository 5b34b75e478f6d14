"""When a patient may not be booked: limits are written, checked, overridden and reviewed."""

import datetime as dt
import uuid
from collections.abc import Sequence

from django.db import transaction
from django.db.models import QuerySet

from core.accounts.models import User
from core.accounts.permissions import Perm
from core.audit.services import record
from core.lib.errors import Conflict, Forbidden, Refused
from core.people.access import may_review, own_clinics_of
from core.people.dates import today_at
from core.people.models import Patient
from intake.appointment_rules import PT_KINDS, STANDING, Limit, hits
from intake.models import (
    Appointment,
    BookingLimit,
    Call,
    LimitOverride,
    RedFlag,
    VisitKind,
    VisitType,
)
from messaging.models import WorkItem
from messaging.services.work import close_item, open_item

HELD = (
    "Physical therapy is on hold. A physician of this clinic releases it, with a reason, "
    "on the red flag's page."
)
HELD_ON_THE_LINE = (
    "What was answered in a call that is still open holds physical therapy. Finish the call first; "
    "a physician of this clinic then releases the hold, with a reason."
)


def lock_patient(patient: Patient) -> Patient:
    """Bookings and holds of one patient wait for each other; references to the chart do not."""
    return Patient.objects.select_for_update(of=("self",), no_key=True).get(pk=patient.pk)


@transaction.atomic
def keep_hold(flag: RedFlag, *, by: User, now: dt.datetime) -> BookingLimit | None:
    """The flag's hold as a limit of its patient: there while it holds, ended when released.

    Called wherever a flag begins or ceases to hold, or gets its patient, in that transaction.
    """
    if flag.patient is None:
        return None
    lock_patient(flag.patient)
    row = BookingLimit.objects.filter(
        source=BookingLimit.Source.RED_FLAG, source_id=flag.pk
    ).first()
    holding = flag.is_holding_pt
    if row is None and not holding:
        return None
    if row and holding == (row.ended_at is None) and row.patient_id == flag.patient_id:
        return row
    row = row or BookingLimit(
        source=BookingLimit.Source.RED_FLAG,
        source_id=flag.pk,
        kinds=list(PT_KINDS),
        sentence=HELD,
        hard=True,
        made_at=now,
        made_by=by,
        from_on=today_at(flag.clinic.zone, now=now),
        version=0,
    )
    row.clinic, row.patient = flag.clinic, flag.patient
    row.ended_at, row.ended_by = (None, None) if holding else (now, by)
    row.version += 1
    row.save()
    audit("create" if holding else "end", row, by, now)
    return row


def audit(action: str, row: BookingLimit, by: User | None, now: dt.datetime) -> None:
    record(
        by=by,
        action=action,
        object_kind="booking_limit",
        object_id=row.pk,
        patient_id=row.patient_id,
        now=now,
    )


@transaction.atomic
def set_limit(  # noqa: PLR0913 - one row, its columns
    *,
    patient: Patient,
    source: str,
    source_id: uuid.UUID,
    kinds: Sequence[str],
    from_on: dt.date,
    to_on: dt.date | None,
    sentence: str,
    by: User | None,
    now: dt.datetime,
    effect: str = BookingLimit.Effect.CLOSED,
    units: int | None = None,
    hard: bool = False,
) -> BookingLimit:
    """The limit of one source, written or written over. For the apps above; raises Refused."""
    if not kinds or set(kinds) - set(VisitKind.values):
        raise Refused("Choose which visits this limits.")
    if not sentence.strip():
        raise Refused("Write the sentence that the front desk reads.")
    if to_on and to_on < from_on:
        raise Refused("The last day lies before the first.")
    lock_patient(patient)
    row = BookingLimit.objects.filter(source=source, source_id=source_id).first()
    row = row or BookingLimit(source=source, source_id=source_id, made_at=now, made_by=by,
                              version=0)  # fmt: skip
    row.clinic, row.patient = patient.clinic, patient
    row.kinds, row.effect, row.units, row.hard = list(kinds), effect, units, hard
    row.from_on, row.to_on, row.sentence = from_on, to_on, sentence.strip()[:300]
    row.ended_at = row.ended_by = None
    row.version += 1
    row.save()
    audit("create" if row.version == 1 else "change", row, by, now)
    return row


@transaction.atomic
def end_limit(*, limit: BookingLimit, by: User | None, now: dt.datetime) -> BookingLimit:
    """What made it is over. Ending an ended one changes nothing; a hold ends by its release."""
    row = BookingLimit.objects.select_for_update().get(pk=limit.pk)
    if row.source == BookingLimit.Source.RED_FLAG:
        raise Refused(HELD)
    if row.ended_at is None:
        row.ended_at, row.ended_by = now, by
        row.version += 1
        row.save()
        audit("end", row, by, now)
    return row


def limits_of(patient: Patient) -> list[BookingLimit]:
    """What stands now, in order of their days."""
    rows = BookingLimit.objects.filter(patient=patient, ended_at__isnull=True)
    return list(rows.order_by("from_on", "pk"))


def on_hold(patient: Patient) -> bool:
    """Does an open red flag hold this patient's physical therapy?"""
    return BookingLimit.objects.filter(
        patient=patient, source=BookingLimit.Source.RED_FLAG, ended_at__isnull=True
    ).exists()


def held_on_the_line(patient: Patient) -> bool:
    """A call that is being taken holds therapy before its flag is raised."""
    return calls_that_hold().filter(patient=patient).exists()


def calls_that_hold() -> QuerySet[Call]:
    """Calls that are being taken and hold therapy; their flags are not raised yet."""
    rows = Call.objects.filter(hold_pt=True, flag__isnull=True)
    return rows.exclude(state=Call.State.CLOSED)


def check_limits(
    *,
    patient: Patient,
    visit_type: VisitType,
    day: dt.date,
    reason: str,
    by: User,
    without: Appointment | None = None,
) -> list[BookingLimit]:
    """Limits that the booking breaks and that `by` may and does override with `reason`.

    Raises Refused with the limit's own sentence. The caller holds the patient's lock.
    """
    if visit_type.kind in PT_KINDS and held_on_the_line(patient):
        raise Refused(HELD_ON_THE_LINE)
    rows = {row.pk: row for row in limits_of(patient)}
    asked = [_asked(row, without) for row in rows.values()]
    broken = [rows[hit.id] for hit in hits(asked, kind=visit_type.kind, day=day)]
    hard = next((row for row in broken if row.hard), None)
    if hard:
        raise Refused(hard.sentence)
    if not broken:
        return []
    words = " ".join(dict.fromkeys(row.sentence for row in broken))
    if not by.may(Perm.LIMIT_OVERRIDE):
        raise Refused(f"{words} A physician may book it all the same, with a reason.")
    if not reason.strip():
        raise Refused(f"{words} To book it all the same, write the reason.")
    return broken


def _asked(row: BookingLimit, without: Appointment | None) -> Limit:
    used = 0
    if row.units is not None:
        zone = row.clinic.zone
        visits = Appointment.objects.filter(
            patient=row.patient_id, state__in=STANDING, visit_type__kind__in=row.kinds
        )
        if without:
            visits = visits.exclude(pk=without.pk)
        days = [today_at(zone, now=at) for at in visits.values_list("starts_at", flat=True)]
        used = sum(row.from_on <= d and (row.to_on is None or d <= row.to_on) for d in days)
    return Limit(
        id=row.pk,
        kinds=frozenset(row.kinds),
        only_within=row.effect == BookingLimit.Effect.ONLY_WITHIN,
        from_on=row.from_on,
        to_on=row.to_on,
        units=row.units,
        used=used,
    )


def note_overrides(
    *,
    appointment: Appointment,
    broken: Sequence[BookingLimit],
    reason: str,
    by: User,
    now: dt.datetime,
) -> None:
    """Each overridden limit is somebody else's to look at within a business day."""
    for limit in broken:
        row = LimitOverride.objects.create(
            appointment=appointment, limit=limit, reason=reason.strip()[:500], by=by, at=now
        )
        record(
            by=by,
            action="override",
            object_kind="booking_limit",
            object_id=limit.pk,
            patient_id=appointment.patient_id,
            now=now,
            reason=row.reason,
        )
        open_item(
            kind="override_review",
            subject_id=row.pk,
            clinic=appointment.clinic,
            patient=appointment.patient,
            reason=f"Booked against a limit: {limit.sentence}",
            by=by,
            now=now,
        )


@transaction.atomic
def review_override(
    *, override: LimitOverride, verdict: str, words: str, by: User, now: dt.datetime
) -> LimitOverride:
    """Somebody else says whether it was right. Raises Forbidden for its author, Conflict twice."""
    row = (
        LimitOverride.objects.select_for_update(of=("self",))
        .select_related("appointment__clinic")
        .get(pk=override.pk)
    )
    here = own_clinics_of(by, now=now).filter(pk=row.appointment.clinic_id).exists()
    if not by.may(Perm.OVERRIDE_REVIEW) or not here:
        raise Forbidden("Only a physician or manager of this clinic may review this.")
    if not may_review(by, row.by_id):
        raise Forbidden("Nobody reviews what they did themselves. Ask a colleague or the manager.")
    if row.reviewed_by:
        raise Conflict(
            f"{row.reviewed_by.full_name} reviewed this already.",
            versions=[("Verdict", verdict, row.get_verdict_display()),
                      ("Words", words, row.review_words)],
            who=row.reviewed_by.full_name,
        )  # fmt: skip
    if verdict not in LimitOverride.Verdict.values:
        raise Refused("Choose: it was right, or it was not.")
    if verdict == LimitOverride.Verdict.NOT_JUSTIFIED and not words.strip():
        raise Refused("Write what should have been done instead.")
    row.reviewed_at, row.reviewed_by, row.verdict = now, by, verdict
    row.review_words = words.strip()[:500]
    row.save()
    record(by=by, action="review", object_kind="limit_override", object_id=row.pk,
           patient_id=row.appointment.patient_id, now=now, reason=row.review_words)  # fmt: skip
    for item in WorkItem.objects.filter(
        kind="override_review", subject_id=row.pk, closed_at__isnull=True
    ):
        close_item(item=item, by=by, now=now, event="reviewed")
    return row
