"""What an ended call promises: a visit, and physical therapy in the same week, each with a clock.

A booking keeps the promise by itself; what is cancelled or moved away opens it again. Nothing here
asks about imaging or an authorization: therapy waits for neither (domain section 1.5).
"""

import datetime as dt
import uuid
from zoneinfo import ZoneInfo

from django.db.models import F, Q, QuerySet

from core.accounts.models import User
from core.people.dates import today_at
from intake.appointment_rules import PT_KINDS, STANDING, pt_deadline
from intake.models import Appointment, Call, RedFlag, VisitKind
from intake.services.limits import on_hold
from messaging.models import WorkItem
from messaging.services.work import close_item, open_item

VISITS = {"urgent_24_72h": "initial_visit_urgent", "routine": "initial_visit"}
ON_HOLD = "pt_on_hold"  # closed because therapy may not start; the release opens it anew
LATELY = dt.timedelta(days=60)
KEPT = ("visit_booked", "pt_booked")


def standing_visits(patient_id: uuid.UUID, kinds: tuple[str, ...]) -> QuerySet[Appointment]:
    return Appointment.objects.filter(
        patient_id=patient_id, state__in=STANDING, visit_type__kind__in=kinds
    )


def open_visit_item(call: Call, disposition: str, *, by: User, now: dt.datetime) -> None:
    """Urgent and routine end in a visit with a due time; a flagged call's follows the decision.

    What was booked while the caller was on the line keeps it at once: kept, it can be lost.
    """
    kind = VISITS.get(disposition)
    if kind is None:
        return
    if not WorkItem.objects.filter(kind=kind, subject_id=call.pk).exists():
        open_item(
            kind=kind,
            subject_id=call.pk,
            clinic=call.clinic,
            patient=call.patient,
            reason=f"{call.caller_line} called; {call.get_region_display() or 'region not asked'}",
            by=by,
            now=now,
        )
        _keep_booked(call, (VisitKind.INITIAL,), since=call.received_at, by=by, now=now)
    open_pt_start(call, by=by, now=now)


def open_pt_start(
    call: Call, *, by: User, now: dt.datetime, since: dt.datetime | None = None
) -> None:
    """The first PT visit within 7 calendar days of the call (or of `since`: a hold's release).

    Not for a re-triage, not while therapy is on hold, not twice; kept where it is booked already.
    """
    start = since or call.spoke_at or call.received_at
    before = WorkItem.objects.filter(kind="pt_start", subject_id=call.pk)
    settled = any(
        not _lost(item, now=now)
        for item in before.exclude(close_event=ON_HOLD).select_related("clinic")
    )
    if call.origin == Call.Origin.RETRIAGE or settled:
        return
    flag = RedFlag.objects.filter(call=call).first()
    if flag.is_holding_pt if flag else call.hold_pt:
        return
    if call.patient and on_hold(call.patient):  # by what an earlier call found
        return
    open_item(
        kind="pt_start",
        subject_id=call.pk,
        clinic=call.clinic,
        patient=call.patient,
        reason=f"{call.caller_line}: first PT visit by "
        f"{pt_deadline(start, ZoneInfo(call.clinic.zone)):%a %d %b}",
        by=by,
        now=now,
        opened_at=start,
    )
    _keep_booked(call, PT_KINDS, since=start, by=by, now=now)


def _keep_booked(
    call: Call, kinds: tuple[str, ...], *, since: dt.datetime, by: User, now: dt.datetime
) -> None:
    """Visits that stand already keep what this call promises.

    Under their locks: one that is called off in this moment keeps nothing.
    """
    if call.patient_id is None:
        return
    visits = standing_visits(call.patient_id, kinds).filter(starts_at__gte=since)
    locked = visits.select_for_update(of=("self",), no_key=True)
    for visit in locked.select_related("visit_type", "clinic").order_by("starts_at", "pk"):
        keep_promises(visit, by=by, now=now, of=call)


def _in_time(
    patient_id: uuid.UUID, opened_at: dt.datetime, zone: str, *, since: dt.datetime
) -> bool:
    """Does a PT visit stand on a day within the week?"""
    last = pt_deadline(opened_at, ZoneInfo(zone))
    rows = standing_visits(patient_id, PT_KINDS).filter(starts_at__gte=since)
    return any(today_at(zone, now=at) <= last for at in rows.values_list("starts_at", flat=True))


def stop_pt_start(flag: RedFlag, *, by: User, now: dt.datetime) -> None:
    """Therapy is on hold: the PT clock of the patient stops."""
    mine = WorkItem.objects.filter(kind="pt_start", closed_at__isnull=True, patient=flag.patient)
    for item in mine:
        close_item(item=item, by=by, now=now, event=ON_HOLD)


def begin_pt_start(flag: RedFlag, *, by: User, now: dt.datetime) -> None:
    """The hold is released: the seven days begin now, for the newest call that goes to a visit."""
    lately = Call.objects.filter(
        patient=flag.patient, state=Call.State.CLOSED, received_at__gte=now - LATELY
    ).exclude(origin=Call.Origin.RETRIAGE)
    for call in lately.select_related("clinic", "patient", "flag").order_by("-received_at"):
        raised = getattr(call, "flag", None)
        decided = raised.decided_disposition if raised else ""
        if (decided or call.disposition) in VISITS:
            open_pt_start(call, by=by, now=now, since=now)
            return


def keep_promises(
    visit: Appointment, *, by: User, now: dt.datetime, of: Call | None = None
) -> None:
    """Close what this booking keeps (only `of` a call, when given); a visit nobody linked to a
    call belongs to the kept one's."""
    kind, zone = visit.visit_type.kind, visit.clinic.zone
    day = today_at(zone, now=visit.starts_at)
    items = WorkItem.objects.filter(patient=visit.patient_id, closed_at__isnull=True)
    for item in items.filter(subject_id=of.pk) if of else items:
        event = ""
        if item.kind in VISITS.values() and kind == VisitKind.INITIAL:
            # Within 72 hours is the promise of an urgent call; a later visit does not keep it.
            late = item.kind == VISITS["urgent_24_72h"] and visit.starts_at > item.due_at
            event = "" if late else "visit_booked"
        elif item.kind == "pt_start" and kind in PT_KINDS:
            in_time = day <= pt_deadline(item.opened_at, ZoneInfo(zone))
            event = "pt_booked" if in_time else ""
        elif item.kind == "pt_after_flare" and kind in PT_KINDS:
            event = "pt_booked"
        elif item.kind in {"visit_missed", "visit_rebook"} and kind == _gone_kind(item):
            event = "rebooked"
        if not event:
            continue
        close_item(item=item, by=by, now=now, event=event)
        if visit.call_id is None and item.kind in {*VISITS.values(), "pt_start"}:
            visit.call_id = item.subject_id
            visit.save(update_fields=["call"])


def _gone_kind(item: WorkItem) -> str:
    """What kind of visit this item's was, if it does not stand any more."""
    row = Appointment.objects.filter(pk=item.subject_id).select_related("visit_type").first()
    gone = row is not None and row.state not in STANDING
    return row.visit_type.kind if row and gone else ""


def lose_promises(visit: Appointment, *, by: User | None, now: dt.datetime) -> bool:
    """A visit was cancelled or moved: what it kept is open again unless another keeps it.

    Returns whether anything is owed again. While a red flag holds therapy no clock runs: the
    release opens the PT start anew.
    """
    owed = [item for item in _kept_since(visit) if _lost(item, now=now)]
    for item in owed:
        if item.kind == "pt_start" and on_hold(visit.patient):
            continue
        open_item(
            kind=item.kind,
            subject_id=item.subject_id,
            clinic=visit.clinic,
            patient=visit.patient,
            reason=item.reason,
            by=by,
            now=now,
            opened_at=item.opened_at,
        )
    return bool(owed)


def _kept_since(visit: Appointment) -> list[WorkItem]:
    """What this visit may have kept: its call's promises, and its patient's since it was booked."""
    kinds = {VisitKind.INITIAL: tuple(VISITS.values())} | dict.fromkeys(PT_KINDS, ("pt_start",))
    rows = WorkItem.objects.filter(
        Q(subject_id=visit.call_id) | Q(closed_at__gte=visit.booked_at),
        patient=visit.patient_id,
        kind__in=kinds.get(visit.visit_type.kind, ()),
    ).select_related("clinic")
    # The last word on each promise counts: what was closed by hand since is not owed again.
    last = {(row.kind, row.subject_id): row
            for row in rows.order_by(F("closed_at").asc(nulls_last=True), "opened_at")}  # fmt: skip
    return list(last.values())


def _lost(item: WorkItem, *, now: dt.datetime) -> bool:
    """Was it kept by a visit, and does none keep it any more?"""
    if item.close_event not in KEPT or item.patient_id is None:
        return False
    if item.kind == "pt_start":
        return not _in_time(item.patient_id, item.opened_at, item.clinic.zone, since=item.opened_at)
    seen = Q(state__in=("arrived", "done"), starts_at__gte=item.opened_at)
    rows = standing_visits(item.patient_id, (VisitKind.INITIAL,)).filter(
        seen | Q(starts_at__gte=now)
    )
    if item.kind == VISITS["urgent_24_72h"]:
        rows = rows.filter(starts_at__lte=item.due_at)
    return not rows.exists()
