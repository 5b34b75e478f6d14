"""Reads of intake. Fetching is authorizing: a call or flag comes only from here."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.db.models import Exists, OuterRef, Q, QuerySet

from core.accounts.models import User
from core.accounts.permissions import Perm
from core.audit.services import record, record_list
from core.lib.errors import NotFound
from core.people.access import known_to, reach_of
from core.people.selectors import (
    PatientRow,
    Roster,
    by_phone,
    calendar_of,
    likely_duplicates,
    roster_at,
)
from core.protocols.selectors import protocol_of
from intake.call_rules import CLOSING, FLAGGED, RANKS, WORDS_NEEDED, counted, missing_to_close
from intake.models import Call, CallAction, CallAnswer, Disposition, RedFlag
from intake.protocol_schema import Question, RedFlagProtocol
from intake.rules import read_aloud
from intake.services.standing import Standing, may_lower, standing_of
from messaging.models import Recipient

PAGE = 30


def calls_visible_to(viewer: User, *, now: dt.datetime) -> QuerySet[Call]:
    """Calls of patients the viewer may know of, of the viewer's own clinic, and one's own."""
    own = reach_of(viewer, now=now).own
    return Call.objects.filter(
        known_to(viewer, now=now, patient="patient")
        | (Q(clinic_id__in=own) & Q(patient__isnull=True))
        | (Q(opened_by=viewer) & Q(patient__isnull=True))
    )


def call_for(viewer: User, pk: uuid.UUID, *, now: dt.datetime) -> Call:
    """One call; the look is on the audit trail. Raises NotFound."""
    call = (
        calls_visible_to(viewer, now=now)
        .select_related(
            "clinic", "patient", "protocol__signed_off_by", "held_by", "opened_by", "closed_by"
        )
        .filter(pk=pk)
        .first()
    )
    _audit_look(viewer, "call", pk, call, now)
    if call is None:
        raise NotFound("There is no such call, or it belongs to another clinic.")
    return call


def flags_visible_to(viewer: User, *, now: dt.datetime) -> QuerySet[RedFlag]:
    """Flags of patients the viewer may know of, of the own clinic, and those sent to the viewer."""
    reach = reach_of(viewer, now=now)
    sent = Recipient.objects.filter(message__thread=OuterRef("thread"), user=viewer)
    return RedFlag.objects.filter(
        known_to(viewer, now=now, patient="patient")
        | (Q(clinic_id__in=reach.own) & Q(patient__isnull=True))
        | (Q(clinic_id__in=reach.clinics) & Q(Exists(sent)))
        | (Q(opened_by=viewer) & Q(patient__isnull=True))
    )


def flag_for(viewer: User, pk: uuid.UUID, *, now: dt.datetime) -> RedFlag:
    """One red flag; the look is on the audit trail. Raises NotFound."""
    flag = (
        flags_visible_to(viewer, now=now)
        .select_related(
            "clinic",
            "patient",
            "call__protocol",
            "thread",
            "opened_by",
            "acknowledged_by",
            "decided_by",
            "hold_released_by",
        )  # fmt: skip
        .filter(pk=pk)
        .first()
    )
    _audit_look(viewer, "red_flag", pk, flag, now)
    if flag is None:
        raise NotFound("There is no such red flag, or you are not on the patient's care team.")
    return flag


def _audit_look(
    viewer: User, kind: str, pk: uuid.UUID, row: Call | RedFlag | None, now: dt.datetime
) -> None:
    record(
        by=viewer,
        action="read",
        object_kind=kind,
        object_id=pk,
        patient_id=row.patient_id if row else None,
        now=now,
        outcome="done" if row else "refused",
    )


def flag_state(viewer: User, call_pk: uuid.UUID, *, now: dt.datetime) -> RedFlag | None:
    """What became of a call's flag, for a page that is open already.

    No audit row of its own: opening that page wrote one, and it shows nothing about the patient.
    """
    calls = calls_visible_to(viewer, now=now).filter(pk=call_pk)
    return (
        RedFlag.objects.filter(call__in=calls)
        .select_related("call", "acknowledged_by", "decided_by")
        .first()
    )


def unfinished_calls(viewer: User, *, now: dt.datetime) -> list[Call]:
    """Calls on the line or left open: what cannot wait first, then the viewer's own."""
    rows = (
        calls_visible_to(viewer, now=now)
        .filter(clinic_id__in=reach_of(viewer, now=now).clinics, state=Call.State.OPEN)
        .select_related("held_by", "patient")
        .order_by("-received_at", "id")[:PAGE]
    )
    return sorted(rows, key=lambda c: (c.disposition not in FLAGGED, c.held_by_id != viewer.pk))


def emergencies_on_the_line(viewer: User, *, now: dt.datetime) -> list[Call]:
    """Every open call that stands at emergency or same-day, before anyone closed anything."""
    rows = calls_visible_to(viewer, now=now).filter(
        clinic_id__in=reach_of(viewer, now=now).clinics,
        state=Call.State.OPEN,
        disposition__in=FLAGGED,
    )
    return list(rows.select_related("held_by", "patient").order_by("received_at", "id"))


def recent_calls(viewer: User, *, now: dt.datetime, limit: int = PAGE) -> list[Call]:
    """The calls that ended last."""
    # Values, not a subquery: with one clinic the index gives the rows newest first.
    here = reach_of(viewer, now=now).clinics
    rows = calls_visible_to(viewer, now=now).filter(clinic_id__in=here, state=Call.State.CLOSED)
    return list(rows.select_related("closed_by", "patient").order_by("-received_at", "id")[:limit])


@dataclass(frozen=True)
class AskedQuestion:
    question: Question
    number: int
    answer: str | None
    flags: list[str]
    details: str  # the branches chosen, in words
    read_as: str  # the wording that was read, when it differs from today's


@dataclass(frozen=True)
class CallScreen:
    """Everything the call screen shows."""

    call: Call
    protocol: RedFlagProtocol
    questions: list[AskedQuestion]
    standing: Standing
    say: str
    closed_now: bool
    reasons: list[str]
    todo: list[str]
    actions_offered: list[tuple[str, str, str]]  # (kind, words, what must be written beside it)
    actions: list[CallAction]
    matches: list[PatientRow]
    flag: RedFlag | None
    on_call: Roster
    can_raise_to: list[tuple[str, str]]
    can_lower_to: list[tuple[str, str]]
    may_register: bool


def call_screen(viewer: User, call: Call, *, now: dt.datetime) -> CallScreen:
    """A fixed number of queries however much was typed."""
    protocol: RedFlagProtocol = protocol_of(call.protocol)
    standing = standing_of(call, now=now)
    answers = standing.answers
    actions = list(call.actions.select_related("by").order_by("at"))
    closed_now = not calendar_of(call.clinic).is_open(now)
    return CallScreen(
        call=call,
        protocol=protocol,
        questions=[_asked(q, i, answers.get(q.id)) for i, q in enumerate(protocol.questions, 1)],
        standing=standing,
        say=say(protocol, standing, closed_now=closed_now),
        closed_now=closed_now,
        reasons=reasons_of(standing),
        todo=missing_to_close(
            disposition=standing.disposition,
            unanswered=standing.verdict.unanswered,
            recorded=counted(
                [(a.kind, a.disposition, a.at) for a in actions], disposition=standing.disposition
            ),
            phone=call.phone,
            named=bool(call.patient_id or call.family_name),
            relation=call.relation,
            permission=call.permission,
        ),
        actions_offered=[
            (kind, CallAction.Kind(kind).label, WORDS_NEEDED.get(kind, ""))
            for kind in CLOSING[standing.disposition]
        ],
        actions=actions,
        matches=matches(viewer, call, now=now),
        flag=standing.flag,
        on_call=roster_at(call.clinic, now=now),
        can_raise_to=[
            (d.value, d.label) for d in Disposition if RANKS[d.value] > RANKS[standing.disposition]
        ],
        can_lower_to=[
            (d.value, d.label)
            for d in Disposition
            if viewer.may(Perm.DISPOSITION_LOWER) and may_lower(standing, d.value)
        ],
        may_register=viewer.may(Perm.PATIENT_REGISTER),
    )


def reasons_of(standing: Standing) -> list[str]:
    """Why the call goes there; what a physician was paged for stands first when it alone holds."""
    whys = [*standing.said, *(reason.why for reason in standing.verdict.reasons)]
    flag = standing.flag
    held = flag and not standing.raised_by_person and standing.raised
    if flag and held:
        now_known = {finding.key for finding in standing.findings}
        gone = [str(r["why"]) for r in flag.reasons if r["key"] not in now_known]
        what = "; ".join(gone) or "an earlier answer"
        whys.insert(0, f"a physician was paged for: {what}. It stays until a physician changes it")
    return whys


def _asked(question: Question, number: int, answer: CallAnswer | None) -> AskedQuestion:
    return AskedQuestion(
        question=question,
        number=number,
        answer=answer.answer if answer else None,
        flags=list(answer.flags) if answer else [],
        details=details_of(question, answer.flags if answer else []),
        read_as=answer.wording if answer and answer.wording != question.text else "",
    )


def details_of(question: Question, flags: Sequence[str]) -> str:
    """The branches chosen under a yes, in words."""
    return "; ".join(b.label for b in question.branches if b.flag in flags)


def answers_of(call: Call) -> list[tuple[CallAnswer, str]]:
    """A call's answers in the order they were given, each with its branches in words."""
    questions = protocol_of(call.protocol).questions_by_id
    rows = call.answers.select_related("answered_by").order_by("answered_at", "pk")
    return [(a, details_of(questions[a.question], a.flags)) for a in rows]


def say(protocol: RedFlagProtocol, standing: Standing, *, closed_now: bool) -> str:
    """The sentence to read aloud; nothing that sounds final while questions are open."""
    if standing.verdict.unanswered and RANKS[standing.disposition] < RANKS["same_day_physician"]:
        return ""
    spoken = replace(standing.verdict, disposition=standing.disposition)
    return " ".join(read_aloud(protocol, spoken, is_open=not closed_now))


def matches(viewer: User, call: Call, *, now: dt.datetime) -> list[PatientRow]:
    """Charts that may be this caller's; none once one is joined."""
    if call.patient_id:
        return []
    found = {
        row.id: row
        for row in (by_phone(viewer, call.phone, clinic=call.clinic, now=now) if call.phone else [])
    }
    if call.family_name and (call.given_name or call.birth_date):
        for row in likely_duplicates(
            viewer,
            given_name=call.given_name,
            family_name=call.family_name,
            birth_date=call.birth_date,
            phone=call.phone,
            clinic=call.clinic,
            now=now,
        ):
            found.setdefault(row.id, row)
    rows = list(found.values())[:5]
    record_list(
        by=viewer,
        action="match_offered",
        object_kind="patient",
        patient_ids=[r.id for r in rows],
        now=now,
    )
    return rows


def unseen(viewer: User, flag: RedFlag, told: Sequence[Recipient]) -> bool:
    """Is there something to note when this person opens it? `told` = their rows of its thread.

    Not yet opened by somebody who was told; or by a physician who may be its next audience.
    """
    if told:
        return any(row.read_at is None for row in told)
    return flag.state == "new" and viewer.may(Perm.FLAG_ACKNOWLEDGE)


@dataclass(frozen=True)
class Witness:
    """Who was told, why, and what they did with it."""

    name: str
    why: str
    delivered_at: dt.datetime
    read_at: dt.datetime | None
    acknowledged_at: dt.datetime | None


def witnesses(flag: RedFlag) -> list[Witness]:
    """Who saw what when."""
    rows = Recipient.objects.filter(message__dedupe_key=f"red_flag:{flag.pk}").select_related(
        "user"
    )
    return [
        Witness(r.user.name_line, r.why, r.delivered_at, r.read_at, r.acknowledged_at)
        for r in rows.order_by("delivered_at", "id")
    ]
