"""A call from its first ring to its end."""

import datetime as dt
import uuid
from collections.abc import Mapping

from django.db import IntegrityError, transaction

from core.accounts.models import User
from core.audit.services import record
from core.events.services import emit
from core.lib.errors import Conflict, Refused
from core.lib.states import next_state
from core.people.models import Clinic, Patient
from core.people.names import phone_dialled, phone_e164
from core.people.services import register_patient
from core.protocols.selectors import current_version
from intake.call_rules import (
    CALL,
    CLOSING,
    FLAGGED,
    WORDS_NEEDED,
    counted,
    missing_to_close,
)
from intake.fields import TYPED, read_field, touched
from intake.models import Call, CallAction, Disposition, RedFlag
from intake.services.holds import follow_hold
from intake.services.raising import addressees, refresh, settle_flag
from intake.services.standing import Standing, standing_of
from intake.services.visits import open_visit_item
from messaging.models import Thread, WorkItem
from messaging.services.alerts import grant_for_flag
from messaging.services.work import close_item, open_item

CALL_BACK_SOON = dt.timedelta(minutes=60)  # the same-day target of the protocol


@transaction.atomic
def start_call(  # noqa: PLR0913 - one row, its columns
    *,
    clinic: Clinic,
    by: User,
    now: dt.datetime,
    form_key: uuid.UUID,
    origin: str = Call.Origin.INCOMING,
    patient: Patient | None = None,
    phone: str = "",
) -> Call:
    """Somebody is on the line. The same form key again is the same call."""
    existing = same_form(form_key, by)
    if existing:
        return existing
    call = Call(
        clinic=clinic,
        origin=origin,
        state=Call.State.OPEN,
        form_key=form_key,
        phone=phone_e164(phone) or phone.strip()[:40],
        protocol=current_version("red_flags", now=now, clinic=clinic),
        received_at=now,
        spoke_at=now,
        opened_by=by,
        held_by=by,
        saved_at=now,
    )
    if patient:
        _take_over(call, patient)
    try:
        with transaction.atomic():
            call.save(force_insert=True)
    except IntegrityError:  # the second click of a double click
        return same_form(form_key, by) or call
    audit("create", call, by, now)
    keep_owner(call, by=by, now=now)
    if origin == Call.Origin.INCOMING:  # a re-triage is our own asking: nobody rang
        emit(name="intake.call_answered", subject_id=call.pk, now=now)
    return call


def keep_owner(call: Call, *, by: User, now: dt.datetime) -> None:
    """An open call is a promise too: left open, it is late for somebody."""
    open_item(
        kind="open_call",
        subject_id=call.pk,
        clinic=call.clinic,
        patient=call.patient,
        reason=f"{call.caller_line}: the call is not finished",
        by=by,
        now=now,
        owner=by,
    )


def close_open_item(call: Call, *, by: User, now: dt.datetime, event: str) -> None:
    for item in WorkItem.objects.filter(
        kind="open_call", subject_id=call.pk, closed_at__isnull=True
    ):
        close_item(item=item, by=by, now=now, event=event)


def done_about(call: Call, standing: Standing) -> list[str]:
    """The actions that count for where the call stands now."""
    rows = call.actions.values_list("kind", "disposition", "at")
    return counted(rows, disposition=standing.disposition)


def same_form(form_key: uuid.UUID, by: User) -> Call | None:
    """The call this very form made before, if any. Raises Conflict when it was somebody else's."""
    existing = Call.objects.filter(form_key=form_key).first()
    if existing and existing.opened_by_id != by.pk:
        raise Conflict("This call was started by somebody else. Start a new one.")
    return existing


def _take_over(call: Call, patient: Patient) -> None:
    call.patient = patient
    call.phone = call.phone or patient.phone
    call.given_name, call.family_name = patient.given_name, patient.family_name
    call.birth_date = patient.birth_date


def audit(
    action: str, call: Call, by: User | None, now: dt.datetime, fields: tuple[str, ...] = ()
) -> None:
    record(
        by=by,
        action=action,
        object_kind="call",
        object_id=call.pk,
        patient_id=call.patient_id,
        now=now,
        fields=fields,
    )


def locked(call: Call) -> Call:
    return (
        Call.objects.select_for_update(of=("self",))
        .select_related("clinic", "protocol")  # an empty link would be read stale after a wait
        .get(pk=call.pk)
    )


def writable(call: Call) -> Call:
    """The locked row, if it may still be written. Raises Conflict for a call that has ended."""
    row = locked(call)
    if row.state != Call.State.OPEN:
        raise Conflict(
            "This call has ended, so nothing was changed. "
            "Start a new call or re-triage the patient."
        )
    return row


@transaction.atomic
def save_fields(
    *,
    call: Call,
    typed: dict[str, str],
    by: User,
    now: dt.datetime,
    shown: Mapping[str, str] | None = None,
) -> tuple[Call, dict[str, str]]:
    """Save what was typed, field by field. Returns the call and a sentence per unread field.

    Such a field keeps its last saved value; the screen keeps what was typed. `shown` = what stood
    in the field before: Clash with both texts when somebody else wrote there meanwhile.
    """
    row = writable(call)
    typed = touched(row, typed, shown or {}, by=by, now=now)
    problems: dict[str, str] = {}
    changed: list[str] = []
    for name in TYPED:
        if name not in typed:
            continue
        value, problem = read_field(row, name, typed[name].strip(), now)
        if problem:
            problems[name] = problem
        elif getattr(row, name) != value:
            setattr(row, name, value)
            changed.append(name)
    if changed:
        row.saved_at = now
        row.version += 1
        row._history_user = by  # type: ignore[attr-defined]  # whose words a later clash shows
        row.save(update_fields=[*changed, "saved_at", "version"])
        audit("change", row, by, now, tuple(changed))
    if row.asking or {"region", "birth_date"} & set(changed):
        refresh(row, by=by, now=now)  # whoever goes on typing has moved on
    return row, problems


def use_match(
    *, call: Call, patient: Patient, birth_date: dt.date | None, by: User, now: dt.datetime
) -> Call:
    """The caller is this patient: their date of birth, asked now, must agree with the chart."""
    if birth_date is None:
        raise Refused("Ask for the date of birth and type it before you use this match.")
    if birth_date != patient.birth_date:
        record(  # outside the transaction: a refused guess stays on the trail
            by=by,
            action="match",
            object_kind="call",
            object_id=call.pk,
            patient_id=patient.pk,
            now=now,
            outcome="refused",
        )
        raise Refused(
            "That date of birth does not agree with this chart. "
            "Ask again, or register a new patient."
        )
    if patient.clinic_id != call.clinic_id:
        raise Refused("This chart belongs to another clinic. Register the caller here instead.")
    with transaction.atomic():
        row = writable(call)
        if row.patient_id and row.patient_id != patient.pk:
            joined = Patient.objects.get(pk=row.patient_id)
            raise Conflict(
                "This call belongs to another chart already.",
                versions=[("Chart", patient.list_name, joined.list_name)],
            )
        return join(call=row, patient=patient, by=by, now=now)


@transaction.atomic
def join(*, call: Call, patient: Patient, by: User, now: dt.datetime) -> Call:
    """The call and all it caused belong to this patient."""
    _take_over(call, patient)
    call.saved_at = now
    call.version += 1
    call._history_user = by  # type: ignore[attr-defined]  # as for typed fields
    call.save()
    flag = RedFlag.objects.filter(call=call).select_related("thread").first()
    if flag:
        flag.patient = patient
        flag.save(update_fields=["patient"])
        follow_hold(flag, by=by, now=now)
        Thread.objects.filter(pk=flag.thread_id).update(patient=patient)
        WorkItem.objects.filter(subject_id=flag.pk, closed_at__isnull=True).update(patient=patient)
        for person in addressees(flag):  # told before the chart was known: it opens to them now
            grant_for_flag(
                patient=patient, user=person, subject_id=flag.pk, why="paged before", now=now
            )
    WorkItem.objects.filter(subject_id=call.pk, closed_at__isnull=True).update(patient=patient)
    audit("match", call, by, now)
    emit(name="intake.call_joined", subject_id=call.pk, now=now)
    refresh(call, by=by, now=now)
    return call


@transaction.atomic
def register_caller(*, call: Call, by: User, now: dt.datetime) -> Call:
    """The person on the phone is new: a chart from what was typed."""
    row = writable(call)
    if row.patient_id:
        raise Conflict("This call belongs to a chart already.")
    if not (row.given_name and row.family_name and row.birth_date):
        raise Refused(
            "Write the first name, last name and date of birth before you register the patient."
        )
    patient = register_patient(
        clinic=row.clinic,
        given_name=row.given_name,
        family_name=row.family_name,
        birth_date=row.birth_date,
        phone=row.phone if row.relation == Call.Relation.PATIENT else "",
        by=by,
        now=now,
    )
    return join(call=row, patient=patient, by=by, now=now)


@transaction.atomic
def record_action(*, call: Call, kind: str, words: str, by: User, now: dt.datetime) -> CallAction:
    """What was done, by whom, when. Raises Refused with the question that is still open."""
    row = writable(call)
    standing = standing_of(row, now=now)
    if kind not in CLOSING[standing.disposition]:
        raise Refused(
            f"“{kind.replace('_', ' ')}” does not fit where this call goes. "
            "Choose one of the actions shown."
        )
    if kind in WORDS_NEEDED and not words.strip():
        raise Refused(WORDS_NEEDED[kind])
    if kind == CallAction.Kind.LOST_CONTACT and not phone_dialled(words):
        raise Refused("Write the number you dialled again, with its area code: 312 555 0142.")
    last = row.actions.order_by("-at").first()
    if (
        last
        and last.kind == kind
        and last.words == words.strip()
        and now - last.at < dt.timedelta(seconds=30)
    ):
        return last  # a double click
    settle_flag(row, standing, by=by, now=now)
    action = CallAction.objects.create(
        call=row,
        kind=kind,
        words=words.strip(),
        disposition=standing.disposition,
        by=by,
        at=now,
    )
    audit("record_action", row, by, now)
    return action


@transaction.atomic
def close_call(*, call: Call, by: User, now: dt.datetime) -> Call:
    """The call is over, what follows is set in motion. Raises Refused naming what is to do."""
    row = locked(call)
    if row.state == Call.State.CLOSED:
        return row
    standing = standing_of(row, now=now)
    todo = missing_to_close(
        disposition=standing.disposition,
        unanswered=standing.verdict.unanswered,
        recorded=done_about(row, standing),
        phone=row.phone,
        named=bool(row.patient_id or row.family_name),
        relation=row.relation,
        permission=row.permission,
    )
    if todo:
        raise Refused(" ".join(todo))
    settle_flag(row, standing, by=by, now=now, ending=True)
    row.state = next_state(CALL, row.state, "close")
    row.closed_at, row.closed_by, row.held_by, row.asking = now, by, None, ""
    row.disposition, row.hold_pt = standing.disposition, standing.hold_pt
    row.version += 1
    row.save()
    audit("close", row, by, now)
    close_open_item(row, by=by, now=now, event="ended")
    if row.origin != Call.Origin.RETRIAGE or standing.disposition != Disposition.ROUTINE:
        open_visit_item(row, standing.disposition, by=by, now=now)
    return row


@transaction.atomic
def hang_up(*, call: Call, by: User, now: dt.datetime) -> WorkItem:
    """The line went dead before the questions were done: call back the same day, answers kept."""
    row = writable(call)
    standing = standing_of(row, now=now)
    recorded = set(done_about(row, standing)) & set(CLOSING["emergency_now"])
    if standing.disposition == Disposition.EMERGENCY and not recorded:
        raise Refused(
            "This may be an emergency: dial the number again now, "
            "then record “lost contact” with that number."
        )
    if not row.phone:
        raise Refused("Write the number the call came from, so that somebody can call back.")
    settle_flag(row, standing, by=by, now=now, ending=True)
    CallAction.objects.create(
        call=row, kind=CallAction.Kind.HUNG_UP, disposition=standing.disposition, by=by, at=now
    )
    row.state = next_state(CALL, row.state, "hang_up")
    row.held_by = None
    row.asking = ""
    row.disposition, row.hold_pt = standing.disposition, standing.hold_pt
    row.version += 1
    row.save()
    audit("hang_up", row, by, now)
    close_open_item(row, by=by, now=now, event="hung_up")
    for item in WorkItem.objects.filter(
        kind="call_back", subject_id=row.pk, closed_at__isnull=True
    ):
        close_item(item=item, by=by, now=now, event="replaced_by_same_day")
    return open_item(
        kind="same_day_call_back",
        subject_id=row.pk,
        clinic=row.clinic,
        patient=row.patient,
        reason=f"{row.caller_line} hung up; stands at {Disposition(row.disposition).label}",
        by=by,
        now=now,
        due=now + CALL_BACK_SOON if row.disposition in FLAGGED else None,
    )
