"""A red flag is acknowledged and decided by a physician. How one is raised: raising.py."""

import datetime as dt
from zoneinfo import ZoneInfo

from django.db import transaction

from core.accounts.models import User
from core.accounts.permissions import Perm
from core.events.services import emit
from core.lib.errors import Conflict, Forbidden, Refused
from core.lib.states import next_state
from core.people.access import own_clinics_of
from core.people.selectors import roster_at
from intake.call_rules import FLAG, RANKS
from intake.models import Call, Disposition, DispositionChange, RedFlag
from intake.services.holds import follow_hold
from intake.services.raising import addressees, audit
from intake.services.standing import standing_of
from intake.services.visits import open_visit_item
from messaging.models import Recipient, WorkItem
from messaging.rules import people_of, why_of
from messaging.selectors.urgent import fired
from messaging.services.alerts import address
from messaging.services.threads import post
from messaging.services.work import close_item, open_item


@transaction.atomic
def note_seen(*, flag: RedFlag, by: User, now: dt.datetime) -> None:
    """Who saw what when; whoever must see it now but was not told yet is on the list too."""
    roster = roster_at(flag.clinic, now=now)
    for item in WorkItem.objects.filter(subject_id=flag.pk, closed_at__isnull=True).select_related(
        "patient", "clinic"
    ):
        for audience in fired(item, now=now):
            if any(u.pk == by.pk for u in people_of(audience, roster)):
                address(item=item, user=by, why=why_of(audience, by, roster), now=now)
    Recipient.objects.filter(message__thread=flag.thread, user=by, read_at__isnull=True).update(
        read_at=now
    )


def _locked(flag: RedFlag) -> RedFlag:
    """The flag under lock, its call before it: in the order in which an answer takes them."""
    Call.objects.select_for_update().get(pk=flag.call_id)
    return (
        RedFlag.objects.select_for_update(of=("self",))
        .select_related("clinic", "call", "thread")  # no empty link: stale after a wait
        .get(pk=flag.pk)
    )


def _physician(by: User, perm: Perm, what: str) -> None:
    if not by.may(perm):
        raise Forbidden(f"Only a physician may {what} a red flag, on their own sign-in.")


@transaction.atomic
def acknowledge_flag(*, flag: RedFlag, by: User, now: dt.datetime) -> RedFlag:
    """“I have it.” The escalation stops, the decision stays due. A second physician is told who."""
    _physician(by, Perm.FLAG_ACKNOWLEDGE, "acknowledge")
    row = _locked(flag)
    if row.acknowledged_by_id == by.pk:
        return row
    if row.acknowledged_at and row.acknowledged_by:
        raise Conflict(
            f"{row.acknowledged_by.full_name} acknowledged this at "
            f"{row.acknowledged_at.astimezone(ZoneInfo(row.clinic.zone)):%H:%M} and has it."
        )
    next_state(FLAG, row.state, "acknowledge")
    row.acknowledged_at, row.acknowledged_by = now, by
    row.version += 1
    row.save()
    note_seen(flag=row, by=by, now=now)
    Recipient.objects.filter(message__dedupe_key=f"red_flag:{row.pk}", user=by).update(
        acknowledged_at=now
    )
    for item in WorkItem.objects.filter(kind="red_flag", subject_id=row.pk, closed_at__isnull=True):
        close_item(item=item, by=by, now=now, event="acknowledged")
    for item in WorkItem.objects.filter(
        kind="red_flag_decision", subject_id=row.pk, closed_at__isnull=True
    ):
        item.owner = by
        item.save(update_fields=["owner"])
    audit("acknowledge", row, by, now)
    emit(name="intake.flag_acknowledged", subject_id=row.pk, now=now)
    return row


@transaction.atomic
def decide_flag(  # noqa: PLR0913 - one row, its columns
    *,
    flag: RedFlag,
    decision: str,
    to: str,
    reason: str,
    release_hold: bool,
    by: User,
    now: dt.datetime,
    version: int | None = None,
) -> RedFlag:
    """Confirm, or change with a reason; the PT hold may be released in the same breath.

    `version` = the flag as the physician read it: what was found since must be read first.
    """
    _physician(by, Perm.FLAG_DECIDE, "decide")
    row = _locked(flag)
    if row.state != "decided":
        _check_read(row, version, reason)
    if row.state == "new":
        row = acknowledge_flag(flag=row, by=by, now=now)
    _check_decision(row, decision, to, reason)
    row.decision, row.decided_at, row.decided_by = decision, now, by
    row.decided_disposition = to if decision == RedFlag.Decision.CHANGE else row.disposition
    row.decision_reason = reason.strip()
    row.version += 1
    row.save()
    if release_hold:
        row = release_pt_hold(flag=row, reason=reason, by=by, now=now)
    for item in WorkItem.objects.filter(
        kind="red_flag_decision", subject_id=row.pk, closed_at__isnull=True
    ):
        close_item(item=item, by=by, now=now, event="decided")
    post(
        thread=row.thread,
        body=f"Decided: {Disposition(row.decided_disposition).label}. {row.decision_reason}"
        + (" PT hold released." if release_hold else ""),
        to=[u for u in {row.opened_by, *addressees(row)} if u.pk != by.pk],
        by=by,
        now=now,
        dedupe_key=f"decided:{row.pk}:{row.version}",
    )
    if row.is_holding_pt:  # decided, and still held: the hold stays somebody's to release
        open_item(
            kind="pt_hold",
            subject_id=row.pk,
            clinic=row.clinic,
            patient=row.patient,
            reason=row.thread.title,
            by=by,
            now=now,
        )
    audit("decide", row, by, now, row.decision_reason)
    emit(name="intake.flag_decided", subject_id=row.pk, now=now)
    _move_call(row, by, now)
    return row


def _check_read(row: RedFlag, version: int | None, typed: str) -> None:
    """Raise Conflict when the flag changed since the page was opened."""
    if version is not None and version != row.version:
        found = "; ".join(str(reason["why"]) for reason in row.reasons)
        raise Conflict(
            "Something was added to this red flag since you opened it. Read it and answer again.",
            versions=[("Reason", typed, ""), ("What is known", "", found)],
        )


def _move_call(row: RedFlag, by: User, now: dt.datetime) -> None:
    """A changed disposition moves the call while it is open; a call that ended gets its visit."""
    call = Call.objects.select_for_update(of=("self",)).select_related("clinic").get(pk=row.call_id)
    if call.state == Call.State.CLOSED:
        open_visit_item(call, row.decided_disposition, by=by, now=now)
        return
    standing = standing_of(call, now=now)
    if row.decision != RedFlag.Decision.CHANGE or row.decided_disposition == standing.disposition:
        return
    down = RANKS[row.decided_disposition] < RANKS[standing.disposition]
    DispositionChange.objects.create(
        call=call,
        direction="lower" if down else "raise",
        was=standing.disposition,
        to=row.decided_disposition,
        known=[f.key for f in standing.findings],
        reason=row.decision_reason,
        at=now,
        by=by,
    )
    call.disposition = standing_of(call, now=now).disposition
    call.save(update_fields=["disposition"])


def label(disposition: str) -> str:
    """Where it goes, in words; what nobody offered stays as sent."""
    return dict(Disposition.choices).get(disposition, disposition)


def _check_decision(row: RedFlag, decision: str, to: str, reason: str) -> None:
    """Raise Conflict when a colleague decided, Refused for what is missing."""
    if row.state == "decided":
        who = row.decided_by.full_name if row.decided_by else ""
        raise Conflict(
            f"{who} decided this already.",
            versions=[
                ("Decision", decision, row.decision),
                ("Where it goes", label(to or row.disposition), label(row.decided_disposition)),
                ("Reason", reason, row.decision_reason),
            ],
            who=who,
        )
    next_state(FLAG, row.state, "decide")
    if decision not in RedFlag.Decision.values:
        raise Refused("Choose: confirm, or change where it goes.")
    if decision == RedFlag.Decision.CHANGE and (to not in RANKS or to == row.disposition):
        raise Refused("Choose where it goes instead.")
    if not reason.strip():
        raise Refused(
            "Write the reason or what happens next; the front desk and the therapist read it."
        )


@transaction.atomic
def release_pt_hold(
    *, flag: RedFlag, reason: str, by: User, now: dt.datetime, version: int | None = None
) -> RedFlag:
    """A named physician answers for it that therapy may start. Raises Refused without a reason."""
    _physician(by, Perm.FLAG_DECIDE, "release the PT hold of")
    if not own_clinics_of(by, now=now).filter(pk=flag.clinic_id).exists():
        raise Forbidden(
            "Only a physician of this clinic may release the PT hold. A physician of a partner "
            "practice or of another clinic may not: write to the physician on call."
        )
    row = _locked(flag)
    _check_read(row, version, reason)
    if not row.is_holding_pt:
        raise Refused("This flag does not hold physical therapy, or the hold was released before.")
    if not reason.strip():
        raise Refused("Write why therapy may start.")
    row.hold_released_at, row.hold_released_by, row.hold_release_reason = now, by, reason.strip()
    row.version += 1
    row.save()
    for item in WorkItem.objects.filter(kind="pt_hold", subject_id=row.pk, closed_at__isnull=True):
        close_item(item=item, by=by, now=now, event="hold_released")
    follow_hold(row, by=by, now=now)
    audit("release_hold", row, by, now, row.hold_release_reason)
    return row
