"""A red flag is raised in the transaction that found it, and asks again when more is found."""

import datetime as dt
import uuid
from collections.abc import Sequence

from core.accounts.models import User
from core.audit.services import record
from core.people.names import phone_words
from intake.call_rules import FLAGGED, RANKS, highest
from intake.models import Call, Disposition, RedFlag
from intake.services.holds import follow_hold
from intake.services.standing import Finding, Standing, standing_of
from messaging.models import Recipient, Thread
from messaging.services.alerts import call_again, raise_alert
from messaging.services.threads import post

PAGED = ("red_flag", "red_flag_decision")


def refresh(call: Call, *, by: User, now: dt.datetime, asking: str = "") -> Standing:
    """Compute again after a change, keep it on the row, and page when it cannot wait.

    `asking` = a question just answered yes whose branch is still open: it counts on the screen at
    once, but the physician is paged with the next thing that happens to the call, or a minute
    later (`settle_waiting`), so that “yes … but checked and unchanged” pages nobody.
    """
    standing = standing_of(call, now=now)
    kept = (call.disposition, call.hold_pt, call.asking)
    if kept != (standing.disposition, standing.hold_pt, asking):
        call.disposition, call.hold_pt = standing.disposition, standing.hold_pt
        call.asking = asking
        call.save(update_fields=["disposition", "hold_pt", "asking"])
    # With `asking`: what stands already, the open question left out.
    settled = standing_of(call, now=now, without=asking) if asking else standing
    settle_flag(call, settled, by=by, now=now)
    return standing


def settle_flag(
    call: Call, standing: Standing, *, by: User, now: dt.datetime, ending: bool = False
) -> RedFlag | None:
    """Page when the call cannot wait; one flag per call, which asks again when more is found.

    A call that only holds therapy (a minor injury) pages nobody, but when it ends the hold is a
    physician's item: somebody has to release it.
    """
    flag = RedFlag.objects.select_for_update().filter(call=call).first()
    cannot_wait = standing.disposition in FLAGGED
    if not cannot_wait and not (ending and standing.hold_pt):
        return flag
    if flag is None:
        return _raise(call, standing, PAGED if cannot_wait else ("pt_hold",), by, now)
    known = {reason["key"] for reason in flag.reasons}
    fresh = [f for f in standing.findings if f.key not in known]
    pressing = [f for f in fresh if f.disposition in FLAGGED]
    held_for = {words.partition(":")[0] for words in standing.verdict.hold_reasons}
    new_hold = any(f.rule in held_for for f in fresh)
    worse = RANKS[standing.disposition] > RANKS[flag.disposition]
    if not (pressing or new_hold or worse):
        return flag
    flag.disposition = highest(flag.disposition, standing.disposition)
    flag.hold_pt = flag.hold_pt or standing.hold_pt
    flag.reasons = reasons_of(standing.findings)
    _ask_again(flag, new_hold=new_hold, anew=cannot_wait)
    flag.version += 1
    flag.save()
    follow_hold(flag, by=by, now=now)
    audit("change", flag, by, now)
    _tell_more(flag, call, standing, pressing or fresh, by, now)
    return flag


def _ask_again(flag: RedFlag, *, new_hold: bool, anew: bool) -> None:
    """What was acknowledged, decided or released was something else: it is new again.

    The earlier answers stay in the row's history and in the thread.
    """
    if anew:
        flag.acknowledged_at = flag.acknowledged_by = None
        flag.decided_at = flag.decided_by = None
        flag.decision = flag.decided_disposition = flag.decision_reason = ""
    if new_hold:
        flag.hold_released_at = flag.hold_released_by = None
        flag.hold_release_reason = ""


def _tell_more(
    flag: RedFlag,
    call: Call,
    standing: Standing,
    more: Sequence[Finding],
    by: User,
    now: dt.datetime,
) -> None:
    """Everyone who was told reads what came on top, and is nudged again."""
    kinds = PAGED if standing.disposition in FLAGGED else ("pt_hold",)
    _alert(flag.pk, call, standing, kinds, by, now)
    post(
        thread=flag.thread,
        body=f"Now: {Disposition(flag.disposition).label}. {because(more)}",
        to=addressees(flag),
        by=by,
        now=now,
        dedupe_key=f"more:{flag.pk}:{flag.version}",
    )
    call_again(subject_id=flag.pk, step=f"more_{flag.version}", now=now)


def reasons_of(findings: Sequence[Finding]) -> list[dict[str, object]]:
    """What people said about it, then what the rules say."""
    return [{"key": f.key, "rule": f.rule, "flags": list(f.flags), "why": f.why} for f in findings]


def because(findings: Sequence[Finding]) -> str:
    """What cannot wait, as sentences; what is merely still open is left to the call."""
    pressing = [f for f in findings if f.disposition in FLAGGED] or list(findings)
    return " ".join(f"{f.why[:1].upper()}{f.why[1:]}." for f in pressing[:5])


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
        body=f"{words}. {because(standing.findings)} Caller's number: {number}.",
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
        reasons=reasons_of(standing.findings),
        hold_pt=standing.hold_pt,
        opened_at=now,
        opened_by=by,
    )
    follow_hold(flag, by=by, now=now)
    audit("raise", flag, by, now)
    return flag


def addressees(flag: RedFlag) -> list[User]:
    rows = Recipient.objects.filter(message__dedupe_key=f"red_flag:{flag.pk}")
    return [r.user for r in rows.select_related("user")]
