"""What intake does from the tick: what happened on the phone, to flags, letters and visits.

The handler reads the row as it is now; every instant it counts is on the row and never moves.
"""

import datetime as dt

from django.db.models import Q

from core.audit.models import AuditEvent
from core.events.models import DomainEvent
from core.people.models import Clinic, Patient
from core.people.related import charts_of
from intake.models import Appointment, Call, RecordsRequest, RedFlag
from intake.record_rules import REQUEST
from intake.services import record_answers, record_letters, records
from intake.services.appointments import cancel
from intake.services.refit import refit
from messaging.models import Delivery, WorkItem
from messaging.services.work import close_item
from outcomes.services.occurrences import now_about, record_occurrence


def call_answered(event: DomainEvent, now: dt.datetime) -> None:
    """Somebody spoke with a caller for the first time: at once, or after a missed call."""
    call = _call(event)
    if call is not None and call.spoke_at is not None:
        record_occurrence(
            kind="call_answered",
            subject_id=call.pk,
            clinic=call.clinic,
            patient=call.patient,
            started_at=call.received_at,
            at=call.spoke_at,
            clinician=call.held_by or call.closed_by or call.opened_by,
            outcome=call.origin,
            now=now,
        )


def call_back_reached(event: DomainEvent, now: dt.datetime) -> None:
    """A call-back reached its caller; `count` = the tries before it that reached nobody."""
    call = _call(event)
    if call is not None:
        record_occurrence(
            kind="call_back_reached",
            subject_id=call.pk,
            clinic=call.clinic,
            patient=call.patient,
            started_at=min(call.received_at, event.happened_at),
            at=event.happened_at,
            clinician=call.held_by or call.closed_by,
            count=call.attempts.filter(at__lte=event.happened_at).count(),
            now=now,
        )


def call_joined(event: DomainEvent, now: dt.datetime) -> None:
    """The caller's chart was found: what was counted without a patient is theirs."""
    call = _call(event)
    if call is not None and call.patient is not None:
        flag = RedFlag.objects.filter(call=call).values_list("pk", flat=True)
        about = [call.pk, *flag]
        items = WorkItem.objects.filter(subject_id__in=about).values_list("pk", flat=True)
        now_about(subject_ids=[*about, *items], patient=call.patient)


def flag_acknowledged(event: DomainEvent, now: dt.datetime) -> None:
    """A physician has it; from opening."""
    flag = _flag(event)
    if flag is not None and flag.acknowledged_at is not None:
        record_occurrence(
            kind="flag_acknowledged",
            subject_id=flag.pk,
            clinic=flag.clinic,
            patient=flag.patient,
            started_at=flag.opened_at,
            at=flag.acknowledged_at,
            clinician=flag.acknowledged_by,
            now=now,
        )


def flag_decided(event: DomainEvent, now: dt.datetime) -> None:
    """A physician decided; from opening."""
    flag = _flag(event)
    if flag is not None and flag.decided_at is not None:
        record_occurrence(
            kind="flag_decided",
            subject_id=flag.pk,
            clinic=flag.clinic,
            patient=flag.patient,
            started_at=flag.opened_at,
            at=flag.decided_at,
            clinician=flag.decided_by,
            outcome=flag.decision,
            now=now,
        )


def _call(event: DomainEvent) -> Call | None:
    rows = Call.objects.select_related(
        "clinic", "patient__clinic", "opened_by", "held_by", "closed_by"
    )
    return rows.filter(pk=event.subject_id).first()


def _flag(event: DomainEvent) -> RedFlag | None:
    rows = RedFlag.objects.select_related(
        "clinic", "patient__clinic", "acknowledged_by", "decided_by"
    )
    return rows.filter(pk=event.subject_id).first()


def delivery_settled(event: DomainEvent, now: dt.datetime) -> None:
    """A letter asking for records left, or did not."""
    delivery = Delivery.objects.filter(pk=event.subject_id, template=records.TEMPLATE).first()
    if delivery:
        record_letters.delivery_ended(delivery=delivery, now=now)


def closure_added(event: DomainEvent, now: dt.datetime) -> None:
    """Visits booked on the day that is closed now are the desk's to move."""
    refit(clinic=Clinic.objects.get(pk=event.subject_id), by=None, now=now)


def roster_changed(event: DomainEvent, now: dt.datetime) -> None:
    """Somebody leaves, lost a role or is back: visits after their last day are the desk's."""
    refit(clinic=Clinic.objects.get(pk=event.subject_id), by=None, now=now)


def answer_gone(event: DomainEvent, now: dt.datetime) -> None:
    """What had answered a request was on the wrong chart, or was refused: it is asked for again."""
    request = RecordsRequest.objects.filter(pk=event.subject_id).first()
    if request:
        record_answers.answer_gone(request=request, now=now)


# What nobody does for somebody who has died; what clinicians owe each other stays open.
ENDED_BY_DEATH = (
    "initial_visit", "initial_visit_urgent", "pt_start", "pt_after_flare", "visit_rebook",
    "visit_missed", "follow_up", "records_request", "records_release", "records_chase",
)  # fmt: skip

DIED = "The patient has died"


def status_changed(event: DomainEvent, now: dt.datetime) -> None:
    """Somebody has died: visits to come and requests for records end by whoever noted it (or
    brought them over from the other chart of a merge), and nobody phones them about either any
    more. What came in is still read."""
    patient = Patient.objects.get(pk=event.subject_id)
    said = Q(object_kind="patient", action="change", fields__contains=["status"])
    noted = AuditEvent.objects.filter(
        said | Q(object_kind="merge", action="merge"), patient_id__in=charts_of(patient.pk)
    )
    last = noted.select_related("actor").order_by("-id").first()
    if patient.status != Patient.Status.DECEASED or last is None or last.actor is None:
        return
    by = last.actor
    booked = Appointment.objects.filter(
        patient=patient, state=Appointment.State.BOOKED, starts_at__gt=now
    )
    for row in booked.order_by("starts_at"):
        cancel(appointment=row, whose="patient", reason=DIED, by=by, now=now)
    asking = [state for state, action in REQUEST if action == "cancel"]
    for request in RecordsRequest.objects.filter(patient=patient, state__in=asking).order_by("pk"):
        record_answers.cancel(request=request, reason=DIED, by=by, now=now, version=request.version)
    items = WorkItem.objects.filter(patient=patient, kind__in=ENDED_BY_DEATH, closed_at=None)
    for item in items.order_by("pk"):
        close_item(item=item, by=by, now=now, event="patient_died")
