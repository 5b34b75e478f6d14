"""A physician decides a step of the pathway; a new deficit ends the wait for surgery at once."""

import datetime as dt
import uuid

from django.db import transaction

from core.accounts.models import User
from core.accounts.permissions import Perm
from core.audit.services import record
from core.lib.errors import Conflict, Forbidden, Refused
from core.lib.states import next_state
from core.people.dates import today_at
from core.protocols.selectors import day_at, in_force, protocol_of
from intake.call_rules import RANKS
from intake.models import RedFlag
from rehab.care_rules import is_told, with_another
from rehab.models import CarePlan, PathwayStep
from rehab.pathway_rules import (
    ENDS_THE_PATHWAY,
    MOST_STEPS,
    OPEN,
    after_decision,
    begins_next,
)
from rehab.plan_body import THEN, Step, with_part
from rehab.plan_rules import PATHWAY
from rehab.services.steps import save_step
from rehab.services.versions import add_version, audit, body_of, locked, promise, settle

SHORTEST, LONGEST = 3, 300
ONE_MORE = 200  # characters of a deficit beside one that is noted
WEEKS = range(1, 53)
REFERRAL = "A surgeon is asked"  # read by everybody who sees the item


@transaction.atomic
def decide(  # noqa: PLR0913 - one decision, its columns
    *,
    step: PathwayStep,
    decision: str,
    words: str,
    by: User,
    now: dt.datetime,
    version: int,
    more_weeks: int | None = None,
    next_weeks: int | None = None,
) -> PathwayStep:
    """What happens next, in the words of who decides. The same again is once.

    `decision` = a key of THEN; `more_weeks` with “continue”: the same goes on as a step of its own.
    Else the next step without a first day begins today, unless a further one still runs;
    `next_weeks` = for how long, where the plan does not say. Raises Refused for what is missing,
    Conflict with both texts when the step was decided or has moved since it was shown.
    """
    if not by.may(Perm.PLAN_COSIGN):
        raise Forbidden("A step of the pathway is decided by a physician. Write them a message.")
    plan = locked(step.plan)
    row = PathwayStep.objects.select_for_update(of=("self",)).get(pk=step.pk)
    said = " ".join(words.split())
    mine = (decision, said)
    if row.decided_by_id == by.pk and (row.decision, row.decision_words) == mine:
        return row
    _check_open(row, decision, said, version)
    _check_decision(decision, said, more_weeks, next_weeks)
    row.state = next_state(PATHWAY, row.state, "decide")
    row.state_at = row.decided_at = now
    row.decided_by, row.decision, row.decision_words = by, decision, said
    save_step(row, by)
    _audit("decide", plan, row, by, now)
    settle("pathway_step", row.pk, "decided", by, now)
    if decision == "surgical_referral":
        promise(plan, "surgical_referral", plan.pk, REFERRAL, by, now)
    _go_on(plan, row, more_weeks, next_weeks, by, now)
    return row


def _check_open(row: PathwayStep, decision: str, words: str, version: int) -> None:
    yours = THEN.get(decision, decision)
    if row.decided_by:
        who = row.decided_by.full_name
        raise Conflict(
            f"{who} decided this step already.",
            versions=[("Decision", yours, THEN.get(row.decision, row.decision)),
                      ("Words", words, row.decision_words)],
            who=who,
        )  # fmt: skip
    if row.state == PathwayStep.State.DROPPED:
        raise Conflict(
            "This step was taken out of the plan meanwhile. Read the plan.",
            versions=[("Decision", yours, "taken out of the plan"), ("Words", words, "")],
        )
    if row.version != version:
        raise Conflict(
            "What this step rests on changed since you opened it. Read it and decide again.",
            versions=[("Decision", yours, row.get_state_display()), ("Words", words, row.reason)],
        )


def _check_decision(
    decision: str, words: str, more_weeks: int | None, next_weeks: int | None
) -> None:
    if decision not in THEN:
        raise Refused("Choose what happens next.")
    if len(words) < SHORTEST:
        raise Refused("Write why, as the team and the patient will read it.")
    if len(words) > LONGEST:
        raise Refused("At most 300 characters. Shorten your words.")
    if more_weeks is not None and decision != "continue":
        raise Refused("More weeks belong to “Go on as planned”. Take them away, or choose that.")
    if more_weeks is not None and more_weeks not in WEEKS:
        raise Refused("Write how many weeks more, 1 to 52.")
    if next_weeks is not None and next_weeks not in WEEKS:
        raise Refused("Write for how many weeks the next step is tried, 1 to 52.")


def _go_on(
    plan: CarePlan,
    row: PathwayStep,
    more_weeks: int | None,
    next_weeks: int | None,
    by: User,
    now: dt.datetime,
) -> None:
    """What the decision changes in the plan is a version of it, read by the team."""
    body = body_of(plan)
    today = today_at(plan.clinic.zone, now=now)
    undecided = set(plan.steps.filter(state__in=OPEN).values_list("key", flat=True))
    ends = bool(more_weeks) or row.decision in ENDS_THE_PATHWAY
    later = None if ends else begins_next(
        body.pathway, row.key, undecided=undecided, today=today
    )  # fmt: skip
    _check_length(later, next_weeks)
    if more_weeks and len(body.pathway.steps) >= MOST_STEPS:
        raise Refused(
            f"The pathway has {MOST_STEPS} steps already. Take one out of the plan first."
        )
    path = after_decision(
        body.pathway,
        row.key,
        decision=row.decision,
        today=today,
        more_weeks=more_weeks,
        fresh=str(uuid.uuid4()),
        undecided=undecided,
        next_weeks=next_weeks,
    )
    if path != body.pathway:
        add_version(plan, with_part(body, "pathway", path), part="pathway",
                    why=row.decision_words, by=by, now=now)  # fmt: skip


def _check_length(later: Step | None, next_weeks: int | None) -> None:
    """What begins has a length: a step without one would run for ever and nobody would ask."""
    open_ended = later is not None and later.weeks is None
    if later and open_ended and next_weeks is None:
        raise Refused(
            f"“{later.title}” begins with this decision: write for how many weeks it is tried."
        )
    if next_weeks is not None and not open_ended:
        raise Refused(
            "No step without a length begins with this decision. Take the weeks of the next step "
            "away, or reload the page."
        )


@transaction.atomic
def note_deficit(
    *,
    plan: CarePlan,
    words: str,
    on: dt.date,
    by: User,
    now: dt.datetime,
    version: int | None = None,
) -> CarePlan:
    """A new deficit: the window of conservative care is over and a surgeon is asked, at once.

    It is a version of the plan, so that the whole team is asked to read it. Any clinician. The same
    again is once; another one is added, and the earlier day stays. What changed elsewhere in the
    plan never stands in its way; only a deficit that somebody else noted meanwhile comes back with
    both texts.
    """
    if not by.may(Perm.PLAN_WRITE):
        raise Forbidden(
            "A new deficit is noted by a clinician. Raise a red flag in a call instead."
        )
    row = locked(plan)
    said = " ".join(words.split())
    if said and row.deficit_on and row.deficit_on <= on and is_told(row.deficit_words, said):
        return row
    if len(said) < SHORTEST:
        raise Refused("Write what is new, for example “cannot rise on the left toes”.")
    longest = ONE_MORE if row.deficit_on else LONGEST
    if len(said) > longest:
        raise Refused(f"At most {longest} characters. Shorten your words.")
    if on > today_at(row.clinic.zone, now=now):
        raise Refused("That day lies ahead. Write the day on which it was found.")
    if on < row.patient.birth_date:
        raise Refused("That day is before the patient was born. Check the year.")
    if version is not None and version != row.version and row.deficit_on:
        raise Conflict(
            "A new deficit was noted here already. The surgeon’s item stands; nothing waits.",
            versions=[("What is new", said, row.deficit_words),
                      ("Found on", on.isoformat(), row.deficit_on.isoformat())],
            version=row.version,
        )  # fmt: skip
    if row.deficit_on and is_told(row.deficit_words, said):  # found earlier than was noted
        row.deficit_on = on
    else:
        row.deficit_on, row.deficit_words = with_another(
            row.deficit_on, row.deficit_words, on, said, longest=LONGEST
        )
    add_version(row, body_of(row), part="deficit", why=said, by=by, now=now)
    audit("note_deficit", row, by, now, fields=["deficit_on", "deficit_words"])
    promise(row, "surgical_referral", row.pk, REFERRAL, by, now)
    return row


@transaction.atomic
def withdraw_deficit(
    *, plan: CarePlan, reason: str, by: User, now: dt.datetime, version: int
) -> CarePlan:
    """What was noted is no new deficit: the window runs again and nobody is asked for it.

    What was said stays in the versions of the plan; a new one says why it was taken back. A surgeon
    whom a decision of the pathway asks is asked still. Raises Conflict where the plan was changed
    since it was shown: another deficit may have been noted.
    """
    if not by.may(Perm.PLAN_COSIGN):
        raise Forbidden("A new deficit is withdrawn by a physician. Write them what you found.")
    row = locked(plan)
    said = " ".join(reason.split())
    if row.deficit_on is None:
        raise Conflict(
            "No new deficit is noted any more: a colleague has withdrawn it.",
            versions=[("Why it is none", said, "")],
        )
    if len(said) < SHORTEST:
        raise Refused("Write why it is none, for example “weakness of 2019, known before”.")
    if len(said) > LONGEST:
        raise Refused(f"At most {LONGEST} characters. Shorten your words.")
    if version != row.version:
        raise Conflict(
            "The plan was changed since you opened it. Read what is noted, then withdraw it.",
            versions=[("Why it is none", said, f"Noted: {row.deficit_words}")],
        )
    row.deficit_on, row.deficit_words = None, ""
    add_version(row, body_of(row), part="deficit", why=said, by=by, now=now)
    audit("withdraw_deficit", row, by, now, fields=["deficit_on", "deficit_words"], reason=said)
    if not row.steps.filter(decision="surgical_referral").exists():
        settle("surgical_referral", row.pk, "deficit_withdrawn", by, now)
    return row


def flag_says_deficit(*, flag: RedFlag, now: dt.datetime) -> int:
    """A red flag that a physician confirmed tells of a new deficit: noted on the patient’s plans.

    On those of the region the call was about, on all where none is. How many.
    """
    if flag.decided_by is None or flag.patient_id is None or not _stands(flag):
        return 0
    found = CarePlan.objects.filter(patient=flag.patient_id, ended_at=None)
    plans = list(found.select_related("episode").order_by("pk"))  # locked in this order, as always
    same = [plan for plan in plans if plan.episode.region == flag.call.region]
    on = today_at(flag.clinic.zone, now=flag.opened_at)
    count = 0
    for plan in same or plans:
        why = _deficits(flag, plan, now=now)
        if why:
            why = why[:ONE_MORE] if plan.deficit_on else why
            note_deficit(plan=plan, words=why, on=on, by=flag.decided_by, now=now)
            count += 1
    return count


def _stands(flag: RedFlag) -> bool:
    """Confirmed, or changed to what is no milder."""
    if flag.decision == RedFlag.Decision.CONFIRM:
        return True
    return RANKS.get(flag.decided_disposition, 0) >= RANKS.get(flag.disposition, 0)


def _deficits(flag: RedFlag, plan: CarePlan, *, now: dt.datetime) -> str:
    """The findings among the flag's reasons that end the wait, in words; "" for none.

    Which ones, the newest lanes in force say; a version written before they did is passed over.
    """
    ends: set[str] = set()
    for version in in_force("lanes", day=day_at(plan.clinic, now=now)):
        found = protocol_of(version).new_deficit
        if found:
            ends = set(found.flags)
            break
    told = [str(row["why"]) for row in flag.reasons if ends & set(row.get("flags", ()))]
    return f"Red flag confirmed: {'; '.join(told)}"[:300] if told else ""


def _audit(action: str, plan: CarePlan, row: PathwayStep, by: User, now: dt.datetime) -> None:
    record(
        by=by,
        action=action,
        object_kind="pathway_step",
        object_id=row.pk,
        patient_id=plan.patient_id,
        now=now,
        reason=row.decision_words,
    )
