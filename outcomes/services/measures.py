"""A measurement is recorded; a wrong one is marked, never changed and never deleted."""

import datetime as dt
from zoneinfo import ZoneInfo

from django.db import transaction

from core.accounts.models import User
from core.accounts.permissions import Perm
from core.audit.services import record
from core.events.services import emit
from core.lib.errors import Conflict, Forbidden, Refused
from core.people.access import may_know
from core.people.models import Clinic, Episode, Patient
from core.protocols.models import ProtocolVersion
from core.protocols.selectors import current_version, protocol_of
from outcomes.models import Measurement
from outcomes.protocol_schema import Metric, MetricsProtocol
from outcomes.rules import LONGEST, Entry, Reading, read
from outcomes.services.context import context_of


def metrics_now(clinic: Clinic, *, now: dt.datetime) -> tuple[ProtocolVersion, MetricsProtocol]:
    """The metrics in force at a clinic."""
    version = current_version("metrics", now=now, clinic=clinic)
    return version, protocol_of(version)


def metric_of(protocol: MetricsProtocol, key: str) -> Metric:
    """One metric. Raises Refused for a key that is none."""
    found = protocol.by_id.get(key)
    if found is None:
        raise Refused("Choose what was measured.")
    return found


@transaction.atomic
def record_measurement(  # noqa: PLR0913 - one row, its columns
    *,
    patient: Patient,
    metric: str,
    entry: Entry,
    by: User,
    now: dt.datetime,
    measured_at: dt.datetime | None = None,
    clinician: User | None = None,
    episode: Episode | None = None,
) -> Measurement:
    """One value, as typed. Raises Unreadable with a sentence per field.

    `clinician` = who measured, when it was not who types it.
    """
    version, protocol = metrics_now(patient.clinic, now=now)
    row = metric_of(protocol, metric)
    if row.is_survey:
        raise Refused(f"{row.name} has a page of its own: record it there.")
    return keep(
        patient=patient,
        metric=row,
        reading=read(row, entry),
        version=version,
        by=by,
        now=now,
        measured_at=measured_at,
        clinician=clinician,
        episode=episode,
    )


def keep(  # noqa: PLR0913 - one row, its columns
    *,
    patient: Patient,
    metric: Metric,
    reading: Reading,
    version: ProtocolVersion,
    by: User,
    now: dt.datetime,
    measured_at: dt.datetime | None,
    clinician: User | None,
    episode: Episode | None,
) -> Measurement:
    """Write a reading as a row, with its context, history and audit. Within a transaction."""
    if not by.may(Perm.MEASURE_WRITE):
        raise Forbidden("Measures are recorded by clinicians and coordinators.")
    at = measured_at or now
    if at > now:
        raise Refused("The measurement cannot lie in the future. Check the day and the time.")
    zone = ZoneInfo(patient.clinic.zone)
    if at < dt.datetime.combine(patient.birth_date, dt.time(), tzinfo=zone):
        raise Refused("That day is before the patient was born. Check the year.")
    check_measured_by(clinician, patient, now=now)
    if episode is not None and episode.patient_id != patient.pk:
        raise Refused("Choose one of this patient’s problems.")
    context = context_of(patient, at=at, episode=episode)
    row = Measurement(
        clinic=patient.clinic,
        patient=patient,
        episode=context.episode,
        payer_id=context.payer_id,
        clinician=clinician or by,
        metric=metric.id,
        value=reading.value,
        missing_reason=reading.missing_reason,
        unit=metric.unit,
        instrument=reading.instrument,
        side=reading.side,
        region=reading.region,
        variant=reading.variant,
        details=reading.details,
        measured_at=at,
        recorded_at=now,
        recorded_by=by,
        metrics=version,
    )
    row._history_user = by  # type: ignore[attr-defined]
    row.save(force_insert=True)
    audit("create", row, by, now)
    emit(name="outcomes.measured", subject_id=row.pk, now=now)
    return row


def check_measured_by(clinician: User | None, patient: Patient, *, now: dt.datetime) -> None:
    """Raises Refused when this person cannot have measured this patient."""
    if clinician is not None and not (
        clinician.may(Perm.MEASURE_WRITE) and may_know(clinician, patient, now=now)
    ):
        raise Refused("Choose who measured: a clinician who knows this patient.")


def audit(action: str, row: Measurement, by: User, now: dt.datetime, reason: str = "") -> None:
    record(
        by=by,
        action=action,
        object_kind="measurement",
        object_id=row.pk,
        patient_id=row.patient_id,
        now=now,
        reason=reason,
    )


@transaction.atomic
def mark_in_error(
    *, measurement: Measurement, reason: str, by: User, now: dt.datetime, version: int
) -> Measurement:
    """It stays readable, struck through, and leaves its series. The same twice is once.

    Raises Refused without a reason, Conflict when somebody else was faster.
    """
    if not by.may(Perm.MEASURE_WRITE):
        raise Forbidden("Measures are corrected by clinicians and coordinators.")
    row = Measurement.objects.select_for_update(of=("self",)).get(pk=measurement.pk)
    words = " ".join(reason.split())
    if row.wrong_at and row.wrong_by_id == by.pk and row.wrong_reason == words:
        return row
    if not words:
        raise Refused("Write what is wrong with it, for example “typed 43 instead of 34”.")
    if len(words) > LONGEST["reason"]:
        raise Refused(f"The reason has at most {LONGEST['reason']} characters. Shorten it.")
    if row.wrong_at or row.version != version:
        who = row.wrong_by.full_name if row.wrong_by else ""
        raise Conflict(
            "This was marked as wrong already." if row.wrong_at else "This was changed since.",
            versions=[("What is wrong", words, row.wrong_reason)],
            who=who,
        )
    row.wrong_at, row.wrong_by, row.wrong_reason = now, by, words
    row.version += 1
    row._history_user = by  # type: ignore[attr-defined]
    row.save(update_fields=["wrong_at", "wrong_by", "wrong_reason", "version"])
    audit("mark_in_error", row, by, now, words)
    emit(name="outcomes.measured", subject_id=row.pk, now=now)
    return row
