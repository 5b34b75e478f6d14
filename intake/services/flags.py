"""A red flag: raised in the transaction that found it, acknowledged and decided by a physician."""

import datetime as dt
import uuid
from collections.abc import Sequence

from django.db import transaction

from core.accounts.models import User
from core.accounts.permissions import Perm
from core.audit.services import record
from core.lib.errors import Conflict, Forbidden, Refused
from core.lib.states import next_state
from core.people.names import phone_words
from core.people.selectors import roster_at
from intake.call_rules import FLAG, FLAGGED, RANKS, highest
from intake.models import Call, Disposition, RedFlag
from intake.services.standing import Standing, standing_of
from intake.services.visits import open_visit_item
from messaging.models import Recipient, Thread, WorkItem
from messaging.rules import people_of, why_of
from messaging.selectors.urgent import fired
from messaging.services.alerts import address, raise_alert
from messaging.services.threads import post
from messaging.services.work import close_item, open_item


def refresh(call: Call, *, by: User, now: dt.datetime, asking: str = "") -> Standing:
    """Compute again after a change, keep it on the row, and page when it cannot wait.

    `asking` = a question just answered yes whose branch is still open: it counts on the screen at
    once, but the physician is paged when the person moves on, so that “yes … but checked and
    unchanged” pages nobody.
    """
    standing = standing_of(call, now=now)
    if call.disposition != standing.disposition or call.hold_pt != standing.hold_pt:
        call.disposition, call.hold_pt = standing.disposition, standing.hold_pt
        call.save(update_fields=["disposition", "hold_pt"])
    # Without `asking` this is the whole call; else what stands already, the open question left out.
    settled = standing_of(call, now=now, without=asking) if asking else standing
    settle_flag(call, settled, by=by, now=now)
    return standing


PAGED = ("red_flag", "red_flag_decision")


def settle_flag(
    call: Call, standing: Standing, *, by: User, now: dt.datetime, ending: bool = False
) -> RedFlag | None:
    """Page when the call cannot wait; once per call, made worse in place.

    A call that only holds therapy (a minor injury) pages nobody, but when it ends the hold is a
    physician's item: somebody has to release it.
    """
    flag = RedFlag.objects.select_for_update().filter(call=call).first()
    cannot_wait = standing.disposition in FLAGGED
    if not cannot_wait and not (ending and standing.hold_pt):
        return flag
    if flag is None:
        return _raise(call, standing, PAGED if cannot_wait else ("pt_hold",), by, now)
    worse = RANKS[standing.disposition] > RANKS[flag.disposition]
    if worse or (standing.hold_pt and not flag.hold_pt):
        flag.disposition = highest(flag.disposition, standing.disposition)
        flag.hold_pt = flag.hold_pt or standing.hold_pt
        flag.reasons = reasons_of(standing)
        if worse:
            _ask_again(flag)
        flag.version += 1
        flag.save()
        audit("change", flag, by, now)
    if worse:
        _alert(flag.pk, call, standing, PAGED, by, now)
        post(
            thread=flag.thread,
            body=f"Now: {Disposition(flag.disposition).label}. {because(standing)}",
            to=addressees(flag),
            by=by,
            now=now,
            dedupe_key=f"worse:{flag.pk}:{flag.version}",
        )
    return flag


def _ask_again(flag: RedFlag) -> None:
    """What was acknowledged or decided was something milder: it is new again.

    The earlier answers stay in the row's history and in the thread.
    """
    flag.acknowledged_at = flag.acknowledged_by = None
    flag.decided_at = flag.decided_by = None
    flag.decision = flag.decided_disposition = flag.decision_reason = ""
    if flag.hold_pt:
        flag.hold_released_at = flag.hold_released_by = None
        flag.hold_release_reason = ""


def reasons_of(standing: Standing) -> list[dict[str, object]]:
    """What people said about it, then what the rules say."""
    said: list[dict[str, object]] = [
        {"rule": "said", "flags": [], "why": words} for words in standing.said
    ]
    for r in standing.verdict.reasons:
        said.append({"rule": r.rule, "flags": list(r.flags), "why": r.why})
    return said


def because(standing: Standing) -> str:
    """The reasons that cannot wait, as sentences; what is merely still open is left to the call."""
    pressing = [r for r in standing.verdict.reasons if r.disposition in FLAGGED]
    whys = [*standing.said, *(r.why for r in pressing)]
    return " ".join(f"{why[:1].upper()}{why[1:]}." for why in whys[:4])


def audit(action: str, flag: RedFlag, by: User | None, now: dt.datetime, reason: str = "") -> None:
    record(
        by=by,
        action=action,
        object_kind="red_flag",
        object_id=flag.pk,
        patient_id=flag.patient_id,
        now=now,
        reason=reason,
    )


def _alert(
    pk: uuid.UUID, call: Call, standing: Standing, kinds: Sequence[str], by: User, now: dt.datetime
) -> Thread:
    words = Disposition(standing.disposition).label
    who = call.patient.list_name if call.patient else call.caller_line
    number = phone_words(call.phone) or "not given yet"
    return raise_alert(
        subject_id=pk,
        clinic=call.clinic,
        patient=call.patient,
        title=f"{words}: {who}",
        body=f"{words}. {because(standing)} Caller's number: {number}.",
        by=by,
        now=now,
        kinds=kinds,
    )


def _raise(
    call: Call, standing: Standing, kinds: Sequence[str], by: User, now: dt.datetime
) -> RedFlag:
    pk = uuid.uuid5(call.pk, "red flag")
    thread = _alert(pk, call, standing, kinds, by, now)
    flag = RedFlag.objects.create(
        id=pk,
        call=call,
        clinic=call.clinic,
        patient=call.patient,
        thread=thread,
        protocol=call.protocol,
        disposition=standing.disposition,
        reasons=reasons_of(standing),
        hold_pt=standing.hold_pt,
        opened_at=now,
        opened_by=by,
    )
    audit("raise", flag, by, now)
    return flag


def addressees(flag: RedFlag) -> list[User]:
    return [
        r.user
        for r in Recipient.objects.filter(message__dedupe_key=f"red_flag:{flag.pk}").select_related(
            "user"
        )
    ]


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
            f"{row.acknowledged_at:%H:%M} UTC and has it."
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
) -> RedFlag:
    """Confirm, or change with a reason; the PT hold may be released in the same breath."""
    _physician(by, Perm.FLAG_DECIDE, "decide")
    row = _locked(flag)
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
    open_visit_item(row.call, row.decided_disposition, by=by, now=now)
    return row


def _check_decision(row: RedFlag, decision: str, to: str, reason: str) -> None:
    """Raise Conflict when a colleague decided, Refused for what is missing."""
    if row.state == "decided":
        who = row.decided_by.full_name if row.decided_by else ""
        raise Conflict(
            f"{who} decided this already.",
            versions=[
                ("Decision", decision, row.decision),
                ("Where it goes", to or row.disposition, row.decided_disposition),
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
def release_pt_hold(*, flag: RedFlag, reason: str, by: User, now: dt.datetime) -> RedFlag:
    """A named physician answers for it that therapy may start. Raises Refused without a reason."""
    _physician(by, Perm.FLAG_DECIDE, "release the PT hold of")
    row = _locked(flag)
    if not row.is_holding_pt:
        raise Refused("This flag does not hold physical therapy, or the hold was released before.")
    if not reason.strip():
        raise Refused("Write why therapy may start.")
    row.hold_released_at, row.hold_released_by, row.hold_release_reason = now, by, reason.strip()
    row.version += 1
    row.save()
    for item in WorkItem.objects.filter(kind="pt_hold", subject_id=row.pk, closed_at__isnull=True):
        close_item(item=item, by=by, now=now, event="hold_released")
    audit("release_hold", row, by, now, row.hold_release_reason)
    return row
