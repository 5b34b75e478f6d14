"""The plan of an episode: begun, revised part by part, read by the team, co-signed, ended.

A version is written once. Two editors: what only one of them changed is kept; what both changed
differently comes back with both texts.
"""

import datetime as dt
from collections.abc import Mapping

from django.db import IntegrityError, transaction

from core.accounts.models import User
from core.accounts.permissions import Perm
from core.lib.errors import Conflict, Forbidden, Refused
from core.people.dates import today_at
from core.people.models import Clinic, Episode
from core.protocols.models import ProtocolVersion
from core.protocols.selectors import current_version, protocol_of
from intake.services.limits import HELD, HELD_ON_THE_LINE, held_on_the_line, on_hold
from outcomes.selectors import metrics_at
from rehab.lane_rules import standing_order
from rehab.models import CarePlan, FirstVisit, PlanAck, PlanVersion
from rehab.part_rules import Known, plan_problems, problems_of
from rehab.plan_body import (
    PARTS,
    Hypothesis,
    Pathway,
    PlanBody,
    Therapy,
    Written,
    part_of,
    with_part,
)
from rehab.plan_rules import beside, met_by, still_kept, still_standing
from rehab.protocol_schema import Lane, LanesProtocol
from rehab.selectors.plans import names_of
from rehab.services.versions import (
    add_version,
    audit,
    body_of,
    check_chart,
    locked,
    save_plan,
    settle,
)

SHORTEST = 3
TO_BEGIN = "plan_to_begin"  # work about a signed first visit


def lanes_now(clinic: Clinic, *, now: dt.datetime) -> tuple[ProtocolVersion, LanesProtocol]:
    """The lanes in force at a clinic."""
    version = current_version("lanes", now=now, clinic=clinic)
    return version, protocol_of(version)


@transaction.atomic
def start_plan(
    *,
    episode: Episode,
    hypothesis: Hypothesis,
    by: User,
    now: dt.datetime,
    only_mine: bool = False,
    more: Mapping[str, Written] | None = None,
) -> CarePlan:
    """The one plan of a problem, from its hypothesis. Begun twice is once.

    `more`: further parts that its first version says, such as a signed first visit’s.
    Raises Refused for a problem that is closed, a lane that is none, words that say nothing; with
    `only_mine` Conflict with both texts where a colleague's plan says something else.
    """
    check_may_write(by)
    there = CarePlan.objects.filter(episode=episode, ended_at=None).first()
    fresh = check_chart(episode, there)
    if there:
        return _there(there, hypothesis, now, only_mine=only_mine)
    if fresh.closed_on:
        raise Refused("This problem is closed. Open a new one at the registration first.")
    patient = episode.patient
    version, lanes = lanes_now(patient.clinic, now=now)
    check_lane(lanes, hypothesis.lane)
    check_part(patient.clinic, "hypothesis", PlanBody(hypothesis=hypothesis), now=now)
    today = today_at(patient.clinic.zone, now=now)
    plan = CarePlan(
        clinic=patient.clinic,
        patient=patient,
        episode=episode,
        lane=hypothesis.lane,
        lanes=version,
        started_on=today,
        head=0,
    )
    try:
        with transaction.atomic():
            save_plan(plan, by)
    except IntegrityError:  # a colleague began it in this very moment
        there = CarePlan.objects.get(episode=episode, ended_at=None)
        return _there(there, hypothesis, now, only_mine=only_mine)
    audit("create", plan, by, now)
    body = PlanBody(hypothesis=hypothesis).model_copy(update=dict(more or {}))
    add_version(plan, body, part="", why="", by=by, now=now)
    for visit in FirstVisit.objects.filter(episode=episode, state=FirstVisit.State.SIGNED):
        settle(TO_BEGIN, visit.pk, "plan_begun", by, now)
    return plan


def _there(
    plan: CarePlan, hypothesis: Hypothesis, now: dt.datetime, *, only_mine: bool
) -> CarePlan:
    """The plan that was begun already; its other words are shown beside one's own."""
    saved = body_of(plan).hypothesis
    if only_mine and saved != hypothesis:
        first = plan.versions.select_related("made_by").get(number=1)
        raise Conflict(
            "A plan for this problem was begun meanwhile. Read it and change what it says.",
            versions=beside(hypothesis, saved, names_of(plan, now=now)),
            who=first.made_by.full_name if first.made_by else "",
        )
    return plan


def check_may_write(by: User) -> None:
    if not by.may(Perm.PLAN_WRITE):
        raise Forbidden("The plan is written by physicians, therapists and behavioral health.")


def check_lane(lanes: LanesProtocol, key: str) -> Lane | None:
    """The lane, or none for “no lane fits”. Raises Refused for a key that is none."""
    if key and key not in lanes.by_id:
        raise Refused("Choose a lane from the list, or “no lane fits”.")
    return lanes.by_id.get(key)


@transaction.atomic
def revise(  # noqa: PLR0913 - one part, what was typed and what had been shown
    *,
    plan: CarePlan,
    part: str,
    value: Written,
    base: int,
    by: User,
    now: dt.datetime,
    why: str = "",
    seen: int | None = None,
) -> CarePlan:
    """A new version in which one part says something else. `base` = the version that was shown.

    Nothing changed = no new version. Raises Conflict with both texts where somebody else changed
    the same field meanwhile (`seen` = the version read there, to save one's own all the same),
    PartRefused for what cannot be worked from.
    """
    check_may_write(by)
    if part not in PARTS:
        raise Refused("Choose which part of the plan to change.")
    row = locked(plan)
    saved = body_of(row)
    if base != row.head:
        value = _met(row, part, value, base, base if seen is None else seen, now)
    if isinstance(value, Therapy):  # one's own words take the standing order's place
        standing = still_standing(value, saved.therapy) and not by.may(Perm.PLAN_COSIGN)
        value = still_kept(value.model_copy(update={"standing": standing}), saved.goal)
    if value == part_of(saved, part):
        return row
    body = with_part(saved, part, value)
    if isinstance(value, Hypothesis) and value.lane != row.lane:
        version, lanes = lanes_now(row.clinic, now=now)
        check_lane(lanes, value.lane)
        row.lane, row.lanes = value.lane, version
    check_part(row.clinic, part, body, now=now)
    _check_plan(row, part_of(saved, part), value)
    add_version(row, body, part=part, why=" ".join(why.split())[:300], by=by, now=now)
    return row


def _met(
    plan: CarePlan, part: str, mine: Written, base: int, seen: int, now: dt.datetime
) -> Written:
    """One's own words and what a colleague saved meanwhile; the plan's lock is held."""
    shown, read, saved = (part_of(body_of(plan, number=n), part) for n in (base, seen, plan.head))
    try:
        return met_by(
            mine=mine, base=shown, seen=read, saved=saved, version=plan.head,
            names=names_of(plan, now=now),
        )  # fmt: skip
    except Conflict as conflict:
        theirs = plan.versions.filter(part=part, number__gt=base).select_related("made_by")
        last = theirs.order_by("number").last()
        conflict.who = last.made_by.full_name if last and last.made_by else ""
        raise


@transaction.atomic
def start_standing_order(*, plan: CarePlan, by: User, now: dt.datetime, base: int) -> CarePlan:
    """Therapy begins today on what the lane orders; who begins it writes doses and frequency.

    Raises Refused without a lane, where an order stands already, and while therapy is on hold.
    """
    check_may_write(by)
    row = locked(plan)
    saved = body_of(row)
    lanes: LanesProtocol = protocol_of(row.lanes)  # those the plan came from
    lane = lanes.by_id.get(row.lane)
    if saved.therapy.standing:
        return row
    if lane is None:
        raise Refused("No lane is chosen, so there is no standing order. Ask for a therapy order.")
    if saved.therapy != Therapy():
        raise Refused("A therapy order stands already. Work from it, or change it.")
    if held_on_the_line(row.patient):
        raise Refused(HELD_ON_THE_LINE)
    if on_hold(row.patient):
        raise Refused(HELD)
    body = with_part(
        saved, "therapy", standing_order(lane, today=today_at(row.clinic.zone, now=now))
    )
    add_version(row, body, part="therapy", why="Standing order of the lane", by=by, now=now)
    return row


class PartRefused(Refused):
    """A part lacks something; `problems` = field → what to write, `str()` says all of it."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = dict(problems)


def check_part(clinic: Clinic, part: str, body: PlanBody, *, now: dt.datetime) -> None:
    """Raises PartRefused with a sentence for each field that lacks something."""
    known = Known(metrics_at(now, clinic).by_id, today_at(clinic.zone, now=now))
    problems = problems_of(part, body, known)
    if problems:
        raise PartRefused(problems)


def _check_plan(plan: CarePlan, old: Written, new: Written) -> None:
    """Raises PartRefused for what this very plan does not let change."""
    rows = plan.steps.filter(decided_at__isnull=False) if isinstance(new, Pathway) else ()
    decided = {
        row.key: today_at(plan.clinic.zone, now=row.decided_at) for row in rows if row.decided_at
    }
    problems = plan_problems(old, new, begun=plan.started_on, decided=decided)
    if problems:
        raise PartRefused(problems)


@transaction.atomic
def acknowledge(*, ack: PlanAck, by: User, now: dt.datetime) -> PlanAck:
    """“I have read it.” One's own; again keeps the first time."""
    row = PlanAck.objects.select_for_update(of=("self",)).get(pk=ack.pk)
    if row.user_id != by.pk:
        raise Forbidden("Everybody acknowledges for themselves. Your own line is on your Today.")
    if row.acknowledged_at is None:
        row.acknowledged_at = now
        row.save(update_fields=["acknowledged_at"])
        settle("plan_changed", row.pk, "acknowledged", by, now)
        audit("acknowledge", row.plan_version.plan, by, now)
    return row


@transaction.atomic
def cosign(*, plan_version: PlanVersion, by: User, now: dt.datetime) -> PlanVersion:
    """A physician stands by what somebody else wrote. Twice by the same one is once.

    Raises Forbidden for its author, Refused where none is needed.
    """
    if not by.may(Perm.PLAN_COSIGN):
        raise Forbidden("A plan is co-signed by a physician.")
    row = PlanVersion.objects.select_for_update(of=("self",)).get(pk=plan_version.pk)
    if row.made_by_id == by.pk:
        raise Forbidden("You wrote this version yourself. A colleague co-signs it.")
    if not row.cosign_needed:
        raise Refused("A physician wrote this version: it needs no co-signature.")
    if row.cosigned_at:
        if row.cosigned_by_id == by.pk:
            return row
        who = row.cosigned_by.full_name if row.cosigned_by else ""
        raise Conflict(f"{who} has co-signed this version already.", who=who)
    row.cosigned_at, row.cosigned_by = now, by
    row.save(update_fields=["cosigned_at", "cosigned_by"])
    settle("plan_cosign", row.pk, "cosigned", by, now)
    audit("cosign", row.plan, by, now)
    return row


@transaction.atomic
def end_plan(*, plan: CarePlan, reason: str, by: User, now: dt.datetime, version: int) -> CarePlan:
    """The plan is over; it stays readable, and what it promised is called off."""
    check_may_write(by)
    words = " ".join(reason.split())
    if len(words) < SHORTEST:
        raise Refused("Write why the plan ends, for example “goal reached, home programme”.")
    row = locked(plan)
    if row.version != version:
        raise Conflict(
            "The plan was changed since you opened it. Read it, then end it.",
            versions=[("Version", "what you read", f"version {row.head}")],
        )
    row.ended_at, row.ended_by, row.end_reason = now, by, words[:300]
    row.version += 1
    save_plan(row, by)
    for ack in PlanAck.objects.filter(
        plan_version__plan=row, acknowledged_at=None, overtaken_at=None
    ):
        ack.overtaken_at = now
        ack.save(update_fields=["overtaken_at"])
        settle("plan_changed", ack.pk, "plan_ended", by, now)
    for step in row.steps.all():
        settle("pathway_step", step.pk, "plan_ended", by, now)
    settle("update_due", row.pk, "plan_ended", by, now)
    settle("follow_up", row.episode_id, "plan_ended", by, now)
    audit("end", row, by, now)
    return row
