"""Where a call stands: the rules' verdict over its answers, with what people raised or lowered."""

import datetime as dt
from dataclasses import dataclass

from core.people.names import age_on
from core.protocols.selectors import protocol_of
from intake.call_rules import RANKS, effective, highest
from intake.models import Call, CallAnswer, DispositionChange, RedFlag
from intake.rules import Answer, Verdict, evaluate

PAST = {"raise": "raised", "lower": "lowered"}
SILENT = frozenset({"incomplete", "routine"})  # rules that are no finding


@dataclass(frozen=True)
class Finding:
    """Something that speaks for a disposition: a rule's reason, or a person's words."""

    key: str
    rule: str
    flags: tuple[str, ...]
    why: str
    disposition: str


@dataclass(frozen=True)
class Standing:
    """The verdict, and where the call goes after people had their say."""

    verdict: Verdict
    disposition: str
    hold_pt: bool
    lowered: bool
    raised: bool
    findings: tuple[Finding, ...]
    answers: dict[str, CallAnswer]
    flag: RedFlag | None

    @property
    def raised_by_person(self) -> bool:
        return any(f.rule == "raised" for f in self.findings)

    @property
    def said(self) -> list[str]:
        return [f.why for f in self.findings if f.rule in PAST.values()]


def findings_of(verdict: Verdict) -> list[Finding]:
    """The verdict's findings, each with a key that stays the same while it stays the same."""
    return [
        Finding(
            f"{r.rule} {r.why}" if r.rule == "dont_know" else r.rule,
            r.rule,
            r.flags,
            r.why,
            r.disposition,
        )
        for r in verdict.reasons
        if r.rule not in SILENT
    ]


def said_by(change: DispositionChange) -> Finding:
    """A person's words; a lowering speaks for nothing that cannot wait."""
    rule = PAST[change.direction]
    to = change.to if rule == "raised" else "routine"
    why = f"{rule} by {change.by.full_name}: “{change.reason}”"
    return Finding(f"{rule} {change.pk}", rule, (), why, to)


def holds(change: DispositionChange, findings: list[Finding]) -> bool:
    """Does a lowering still cover what is known? A later finding that is worse ends it."""
    known = set(change.known)
    return all(f.key in known or RANKS[f.disposition] <= RANKS[change.to] for f in findings)


def verdict_of(call: Call, answers: dict[str, CallAnswer], *, now: dt.datetime) -> Verdict:
    """The rules over the answers as given."""
    given = {q: Answer(answer=a.answer, flags=tuple(a.flags)) for q, a in answers.items()}
    age = age_on(call.birth_date, now.date()) if call.birth_date else None
    return evaluate(protocol_of(call.protocol), given, age=age, region=call.region or None)


def standing_of(call: Call, *, now: dt.datetime, without: str = "") -> Standing:
    """Three queries: answers, changes, flag. `without` leaves one question out."""
    answers = {a.question: a for a in call.answers.all() if a.question != without}
    verdict = verdict_of(call, answers, now=now)
    changes = list(call.changes.select_related("by").order_by("at", "pk"))
    flags = RedFlag.objects.select_related("acknowledged_by", "decided_by")
    flag = flags.filter(call=call).first()
    found = findings_of(verdict)
    lower = next((c for c in reversed(changes) if c.direction == "lower"), None)
    if lower and not holds(lower, found):
        lower = None
    raised = [c.to for c in changes if c.direction == "raise" and not (lower and c.pk < lower.pk)]
    disposition = effective(
        computed=verdict.disposition,
        floor=flag.disposition if flag else None,
        raised=highest(*raised) if raised else None,
        lowered=lower.to if lower else None,
        least=None if verdict.complete else protocol_of(call.protocol).incomplete_rule.at_least,
    )
    return Standing(
        verdict=verdict,
        disposition=disposition,
        hold_pt=verdict.hold_pt or bool(flag and flag.hold_pt),
        lowered=lower is not None and RANKS[disposition] < RANKS[verdict.disposition],
        raised=RANKS[disposition] > RANKS[verdict.disposition],
        findings=(*(said_by(c) for c in changes), *found),
        answers=answers,
        flag=flag,
    )


def may_lower(standing: Standing, to: str) -> bool:
    """A step down, and never to routine while a question is open."""
    if to not in RANKS or (to == "routine" and not standing.verdict.complete):
        return False
    return RANKS[to] < RANKS[standing.disposition]
