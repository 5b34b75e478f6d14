"""Each answer saved as given; anyone raises, only a physician lowers."""

import datetime as dt

from django.db import transaction

from core.accounts.models import User
from core.accounts.permissions import Perm
from core.lib.errors import Forbidden, Refused
from core.protocols.selectors import protocol_of
from intake.call_rules import RANKS
from intake.models import Call, CallAnswer, DispositionChange, RedFlag
from intake.protocol_schema import Question, RedFlagProtocol
from intake.rules import AnswersInvalid, rank, read_answers
from intake.services.calls import audit, writable
from intake.services.flags import decide_flag
from intake.services.raising import addressees, refresh
from intake.services.standing import Standing, may_lower, standing_of
from messaging.services.threads import post


@transaction.atomic
def save_answer(
    *, call: Call, question: str, answer: str, flags: list[str], by: User, now: dt.datetime
) -> tuple[Call, Standing]:
    """One answer with the wording that was read. Raises Refused naming what cannot be read."""
    row = writable(call)
    protocol = protocol_of(row.protocol)
    raw = {"answer": answer, **({"flag": flags} if flags else {})}
    try:
        read_answers(protocol, {question: raw})
    except AnswersInvalid as error:
        raise Refused(" ".join(error.problems)) from error
    asked = next(q for q in protocol.questions if q.id == question)
    previous = CallAnswer.objects.filter(call=row, question=question).first()
    was = (previous.answer, list(previous.flags)) if previous else None
    entry = previous or CallAnswer(call=row, question=question)
    entry.wording, entry.answer, entry.flags = asked.text, answer, flags
    entry.answered_at, entry.answered_by = now, by
    entry.save()
    row.saved_at = now
    row.version += 1
    row.save(update_fields=["saved_at", "version"])
    audit("answer", row, by, now, (question,))
    if was and was != (answer, flags):
        _tell_correction(row, asked, was, (answer, flags), by, now)
    asking = answer == CallAnswer.Answer.YES and _still_asking(protocol, asked, flags)
    return row, refresh(row, by=by, now=now, asking=question if asking else "")


def _still_asking(protocol: RedFlagProtocol, asked: Question, flags: list[str]) -> bool:
    """Is the branch of this yes still being chosen?

    Without a branch, and with one that is not the worst: the arrow keys pass through the others.
    """
    if not asked.branches or asked.several:
        return bool(asked.branches) and not flags
    ranks = {f: rank(protocol, protocol.flags_by_id[f].alone) for f in asked.flags}
    return not flags or max(ranks[f] for f in flags) < max(ranks.values())


Given = tuple[str, list[str]]


def _tell_correction(
    call: Call, asked: Question, was: Given, given: Given, by: User, now: dt.datetime
) -> None:
    """A physician was paged on the earlier answer: they read the correction beside it."""
    flag = RedFlag.objects.filter(call=call).select_related("thread").first()
    if flag:
        post(
            thread=flag.thread,
            body=f"Correction: {asked.id} was “{_spoken(asked, was)}”, is now "
            f"“{_spoken(asked, given)}”. The disposition stays until a physician changes it.",
            to=addressees(flag),
            by=by,
            now=now,
            dedupe_key=f"correction:{call.pk}:{call.version}",
        )


def _spoken(asked: Question, given: Given) -> str:
    """An answer with its branches, in words."""
    answer, flags = given
    words = [answer.replace("_", " "), *(b.label for b in asked.branches if b.flag in flags)]
    return ", ".join(words)


@transaction.atomic
def raise_disposition(*, call: Call, to: str, reason: str, by: User, now: dt.datetime) -> Standing:
    """Anyone who hears something worrying may raise it, in their own words."""
    row = writable(call)
    standing = standing_of(row, now=now)
    if to not in RANKS or RANKS[to] <= RANKS[standing.disposition]:
        raise Refused("Choose something more urgent than where the call goes now.")
    if not reason.strip():
        raise Refused("Write what you heard that worries you.")
    return _change(row, standing, "raise", to, reason, by, now)


@transaction.atomic
def lower_disposition(*, call: Call, to: str, reason: str, by: User, now: dt.datetime) -> Standing:
    """Only a physician, on their own sign-in, with a reason."""
    if not by.may(Perm.DISPOSITION_LOWER):
        raise Forbidden(
            "Only a physician may lower where a call goes, on their own sign-in. "
            "Ask the physician on call."
        )
    row = writable(call)
    standing = standing_of(row, now=now)
    if not may_lower(standing, to):
        raise Refused(
            "Choose something less urgent than where the call goes now; "
            "routine only when every question is answered."
        )
    if not reason.strip():
        raise Refused("Write why it may be lowered; the reason stays with the call.")
    lowered = _change(row, standing, "lower", to, reason, by, now)
    flag = lowered.flag
    if flag and flag.state != "decided":  # whoever lowers the call has answered its flag
        changes = to != flag.disposition
        decide_flag(
            flag=flag,
            decision=RedFlag.Decision.CHANGE if changes else RedFlag.Decision.CONFIRM,
            to=to if changes else "",
            reason=reason,
            release_hold=False,
            by=by,
            now=now,
        )
    return lowered


def _change(  # noqa: PLR0913 - one row, its columns
    row: Call, standing: Standing, direction: str, to: str, reason: str, by: User, now: dt.datetime
) -> Standing:
    DispositionChange.objects.create(
        call=row,
        direction=direction,
        was=standing.disposition,
        to=to,
        known=[f.key for f in standing.findings],
        reason=reason.strip(),
        at=now,
        by=by,
    )
    audit(f"{direction}_disposition", row, by, now)
    return refresh(row, by=by, now=now)
