"""The one writer of a plan's versions: numbered, told to the team, its pathway kept in step."""

import datetime as dt
import uuid

from django.db import transaction

from core.accounts.models import User
from core.accounts.permissions import Perm
from core.accounts.roles import Role
from core.audit.services import record
from core.events.services import emit
from core.lib.day_words import day_words
from core.lib.errors import Conflict, Refused
from core.people.access import may_know
from core.people.dates import today_at
from core.people.models import CareTeamMember
from messaging.models import WorkItem
from messaging.services.work import close_item, open_item
from rehab.models import CarePlan, PlanAck, PlanVersion
from rehab.plan_body import PlanBody
from rehab.plan_rules import goal_columns
from rehab.selectors.limits import limits_in_words
from rehab.services.steps import sync_steps


def locked(plan: CarePlan) -> CarePlan:
    """The plan as it is now. Raises Conflict when it ended meanwhile."""
    row = (
        CarePlan.objects.select_for_update(of=("self",))
        .select_related("patient", "clinic", "episode")
        .get(pk=plan.pk)
    )
    if row.ended_at:
        raise Conflict("This plan was ended meanwhile. Look at it again; a new one can be begun.")
    return row


def body_of(plan: CarePlan, *, number: int | None = None) -> PlanBody:
    """What a version says; the newest one without `number`. Raises Refused for none."""
    wanted = plan.head if number is None else number
    row = PlanVersion.objects.filter(plan=plan, number=wanted).first()
    if row is None:
        raise Refused("This form was incomplete. Reload the page and try again.")
    return PlanBody.model_validate(row.body)


def add_version(
    plan: CarePlan, body: PlanBody, *, part: str, why: str, by: User | None, now: dt.datetime
) -> PlanVersion:
    """The one writer of versions: numbered, told to the team, its pathway followed.

    The caller holds the plan's lock. `by` None = Hallway itself, of a restriction that came in.
    Which limits hold is read anew: one of the version before may be over by its day. A new deficit
    is repeated from the plan; it is no order, so no co-signature is asked for it.
    """
    today = today_at(plan.clinic.zone, now=now)
    said = {"limits": limits_in_words(plan.patient, today=today), "deficit": _deficit_of(plan)}
    body = body.model_copy(update=said)
    plan.head += 1
    for name, value in goal_columns(body.goal).items():
        setattr(plan, name, value)
    plan.version += 1
    save_plan(plan, by)
    needs = by is not None and Role.PHYSICIAN not in by.roles and part != "deficit"
    row = PlanVersion.objects.create(
        plan=plan,
        number=plan.head,
        body=body.model_dump(mode="json"),
        part=part,
        why=why,
        made_at=now,
        made_by=by,
        cosign_needed=needs,
    )
    audit("revise" if plan.head > 1 else "write", plan, by, now, fields=[part] if part else [])
    sync_steps(plan, body, by=by, now=now)
    _ask_the_team(plan, row, by, now)
    if needs:
        promise(plan, "plan_cosign", row.pk, f"Version {row.number} of the plan", by, now)
    emit(name="rehab.plan_changed", subject_id=row.pk, now=now)
    return row


def _deficit_of(plan: CarePlan) -> str:
    return f"{day_words(plan.deficit_on)}: {plan.deficit_words}" if plan.deficit_on else ""


def _ask_the_team(plan: CarePlan, row: PlanVersion, by: User | None, now: dt.datetime) -> None:
    """Every clinician on the care team reads it; who has not read the one before reads this.

    So does its author, where a colleague's change was still unread: it is not read by writing.
    """
    overtaken = PlanAck.objects.select_for_update().filter(
        plan_version__plan=plan, acknowledged_at=None, overtaken_at=None
    )
    unread = set()
    for ack in overtaken:
        unread.add(ack.user_id)
        ack.overtaken_at = now
        ack.save(update_fields=["overtaken_at"])
        settle("plan_changed", ack.pk, "overtaken", by, now)
    for user in team_that_reads(plan, now=now):
        _ask(plan, row, user, by, now, read=row.made_by_id == user.pk and user.pk not in unread)


def _ask(
    plan: CarePlan,
    row: PlanVersion,
    user: User,
    by: User | None,
    now: dt.datetime,
    *,
    read: bool = False,
) -> None:
    """One member reads this version; `read` = its author, who knows what stood before."""
    ack, fresh = PlanAck.objects.get_or_create(
        plan_version=row,
        user=user,
        defaults={"asked_at": now, "acknowledged_at": now if read else None},
    )
    if fresh and not read:
        promise(plan, "plan_changed", ack.pk, "The plan was changed", by, now, owner=user)


@transaction.atomic
def ask_newcomer(*, plan: CarePlan, user: User, now: dt.datetime) -> None:
    """Who joined the team since reads the plan as it is now. Asked twice is once."""
    row = locked(plan)
    if user in team_that_reads(row, now=now):
        _ask(row, row.versions.get(number=row.head), user, None, now)


def team_that_reads(plan: CarePlan, *, now: dt.datetime) -> list[User]:
    """The clinicians on the care team today, each once."""
    today = today_at(plan.clinic.zone, now=now)
    members = CareTeamMember.objects.filter(patient_id=plan.patient_id, from_on__lte=today)
    ids = {m.user_id for m in members if m.to_on is None or m.to_on >= today}
    people = User.objects.filter(pk__in=ids, is_active=True).order_by("full_name")
    return [u for u in people if u.may(Perm.CHART_VIEW)]


def refresh_limits(plan: CarePlan, *, by: User | None, now: dt.datetime) -> None:
    """A restriction came in or was lifted: the plan says so in a version of its own.

    A plan that is ended in this very moment says nothing more and keeps no limit from being set.
    """
    try:
        row = locked(plan)
    except Conflict:
        return
    body = body_of(row)
    today = today_at(row.clinic.zone, now=now)
    if limits_in_words(row.patient, today=today) != body.limits:
        add_version(row, body, part="limits", why="", by=by, now=now)


def promise(  # noqa: PLR0913 - one promise
    plan: CarePlan,
    kind: str,
    subject_id: uuid.UUID,
    reason: str,
    by: User | None,
    now: dt.datetime,
    owner: User | None = None,
) -> WorkItem:
    """Open it once. `reason` is read by everybody who sees the item: no clinical word in it."""
    if owner is not None and not may_know(owner, plan.patient, now=now):
        owner = None
    return open_item(
        kind=kind,
        subject_id=subject_id,
        clinic=plan.clinic,
        patient=plan.patient,
        reason=reason,
        by=by,
        now=now,
        owner=owner,
    )


def settle(kind: str, subject_id: uuid.UUID, event: str, by: User | None, now: dt.datetime) -> None:
    """Close the open promise of this kind about this row, if there is one."""
    for item in WorkItem.objects.filter(kind=kind, subject_id=subject_id, closed_at__isnull=True):
        close_item(item=item, by=by, now=now, event=event)


def audit(
    action: str,
    plan: CarePlan,
    by: User | None,
    now: dt.datetime,
    fields: list[str] | None = None,
    reason: str = "",
) -> None:
    record(
        by=by,
        action=action,
        object_kind="care_plan",
        object_id=plan.pk,
        patient_id=plan.patient_id,
        now=now,
        fields=fields or [],
        reason=reason,
    )


def save_plan(plan: CarePlan, by: User | None) -> None:
    plan._history_user = by  # type: ignore[attr-defined]
    plan.save()
