"""Where a call stands: the rules' verdict over its answers, with what people raised or lowered."""

import datetime as dt
from dataclasses import dataclass

from core.people.names import age_on
from core.protocols.selectors import protocol_of
from intake.call_rules import RANKS, effective, highest
from intake.models import Call, CallAnswer, DispositionChange, RedFlag
from intake.rules import Answer, Verdict, evaluate

PAST = {"raise": "raised", "lower": "lowered"}


@dataclass(frozen=True)
class Standing:
    """The verdict, and where the call goes after people had their say; `said`: in their words."""

    verdict: Verdict
    disposition: str
    hold_pt: bool
    lowered: bool
    raised: bool
    said: tuple[str, ...]
    answers: dict[str, CallAnswer]
    flag: RedFlag | None


def standing_of(call: Call, *, now: dt.datetime, without: str = "") -> Standing:
    """Three queries: answers, changes, flag. `without` leaves one question out."""
    given = {a.question: a for a in call.answers.all()}
    answers = {
        question: Answer(answer=a.answer, flags=tuple(a.flags))
        for question, a in given.items()
        if question != without
    }
    age = age_on(call.birth_date, now.date()) if call.birth_date else None
    protocol = protocol_of(call.protocol)
    verdict = evaluate(protocol, answers, age=age, region=call.region or None)
    changes = list(call.changes.select_related("by").order_by("at", "pk"))
    flags = RedFlag.objects.select_related("acknowledged_by", "decided_by")
    flag = flags.filter(call=call).first()
    raised = [c.to for c in changes if c.direction == DispositionChange.Direction.RAISE]
    lowers = [c for c in changes if c.direction == DispositionChange.Direction.LOWER]
    after_lower = [
        c.to for c in changes if lowers and c.direction == "raise" and c.at > lowers[-1].at
    ]
    lowered = (lowers[-1].to, lowers[-1].computed) if lowers else None
    disposition = effective(
        computed=verdict.disposition,
        floor=flag.disposition if flag else None,
        raised=highest(*raised) if raised else None,
        lowered=lowered,
    )
    if after_lower:
        disposition = highest(disposition, *after_lower)
    return Standing(
        verdict=verdict,
        disposition=disposition,
        hold_pt=verdict.hold_pt or bool(flag and flag.hold_pt),
        lowered=bool(lowered) and RANKS[disposition] < RANKS[verdict.disposition],
        raised=RANKS[disposition] > RANKS[verdict.disposition],
        answers=given,
        flag=flag,
        said=tuple(f"{PAST[c.direction]} by {c.by.full_name}: “{c.reason}”" for c in changes),
    )
