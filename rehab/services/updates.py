"""The three-element update: due, and sent to whoever referred to therapy.

One thread a plan; an inbox row is the delivery, read and acknowledged as every message is.
"""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence

from django.db import transaction

from core.accounts.models import User
from core.accounts.permissions import Perm
from core.accounts.roles import Role
from core.audit.services import record
from core.lib.errors import Conflict, Forbidden, Refused
from core.people.dates import today_at
from intake.models import Appointment
from messaging.models import Message, Thread
from messaging.services.threads import check_recipients, post
from messaging.services.work import close_item
from rehab.models import CarePlan, PlanVersion, Update
from rehab.plan_rules import differences
from rehab.selectors.updates import done_sessions, reached_by
from rehab.services.versions import body_of, locked, promise, settle, team_that_reads
from rehab.update_rules import LABELS, SESSIONS, in_message, one_line, problems

DUE = "update_due"
TITLE = "Update from therapy"


class Unwritten(Refused):
    """Elements that cannot be sent; `problems` = element → what to do about it."""

    def __init__(self, found: Mapping[str, str]) -> None:
        super().__init__(" ".join(found.values()))
        self.problems = dict(found)


@transaction.atomic
def send(  # noqa: PLR0913 - three elements, to whom, what the writer had read
    *,
    plan: CarePlan,
    changed: str,
    next_week: str,
    call_if: str,
    to: Sequence[User],
    by: User,
    now: dt.datetime,
    key: uuid.UUID,
    head: int,
) -> Update:
    """Send it, keep it, close what was owed. The same `key` again is the one there is.

    `head` = the version of the plan the writer had before them. Raises Unwritten for elements that
    are empty or too long, Refused for recipients who cannot get it, Conflict with what changed when
    the plan is another by now.
    """
    if not by.may(Perm.UPDATE_SEND):
        raise Forbidden("Updates are sent by therapists, physicians and behavioral health.")
    dedupe = f"update:{by.pk}:{key}"
    sent = Update.objects.filter(message__dedupe_key=dedupe).first()
    if sent:
        return sent
    elements = {"changed": changed, "next_week": next_week, "call_if": call_if}
    found = problems(elements)
    if found:
        raise Unwritten(found)
    row = locked(plan)
    if row.head != head:
        raise _changed_since(row, head)
    people = [user for user in to if user.pk != by.pk]
    if {user.pk for user in people} - {user.pk for user in reached_by(row, by, now=now)}:
        raise Refused(
            "Not sent: somebody you chose is not on the care team any more. Look whom it would "
            "reach now, choose again and send it."
        )
    check_recipients(row.patient, people, by, now)
    thread = _thread_of(row, by, now)
    words = in_message(elements)
    message = post(thread=thread, body=words, to=people, by=by, now=now, dedupe_key=dedupe)
    return _keep(row, message, elements, by, now)


def _keep(
    plan: CarePlan, message: Message, elements: Mapping[str, str], by: User, now: dt.datetime
) -> Update:
    update = Update.objects.create(
        plan=plan,
        message=message,
        plan_number=plan.head,
        at=now,
        by=by,
        **{name: one_line(words) for name, words in elements.items()},
    )
    settle(DUE, plan.pk, "update_sent", by, now)
    record(
        by=by,
        action="send",
        object_kind="update",
        object_id=update.pk,
        patient_id=plan.patient_id,
        now=now,
        fields=list(LABELS),
    )
    return update


def _changed_since(plan: CarePlan, head: int) -> Conflict:
    changes = differences(body_of(plan, number=head), body_of(plan))
    newest = PlanVersion.objects.select_related("made_by").get(plan=plan, number=plan.head)
    who = newest.made_by.full_name if newest.made_by else "Hallway"
    return Conflict(
        "The plan was changed while you wrote. Read what changed, then send your words or change "
        "them first.",
        versions=[(f"{change.part}: {change.label}", change.old, change.new) for change in changes],
        who=who,
        version=plan.head,
    )


def _thread_of(plan: CarePlan, by: User, now: dt.datetime) -> Thread:
    """The one conversation of a plan's updates; the caller holds the plan's lock."""
    last = Update.objects.filter(plan=plan).select_related("message__thread").first()
    if last:
        return last.message.thread
    return Thread.objects.create(
        clinic=plan.clinic,
        patient=plan.patient,
        kind=Thread.Kind.UPDATE,
        title=TITLE,
        opened_by=by,
        opened_at=now,
    )


# --- when one is due ------------------------------------------------------------------------------


@transaction.atomic
def sessions_counted(*, plan: CarePlan, now: dt.datetime) -> None:
    """After the second PT visit of a plan an update is owed, once; again when counted anew.

    A visit that turned out not to have taken place takes it back.
    """
    row = _running(plan)
    if row is None:
        return
    done = done_sessions(row)
    if len(done) < SESSIONS:
        _take_back(row, now)
        return
    second = done[SESSIONS - 1]
    if not row.updates.filter(at__gte=second.starts_at).exists():
        _owe(row, SECOND, None, now)


SECOND = "Two PT sessions are done"
CHANGED = "The plan was changed"


@transaction.atomic
def plan_changed(*, version: PlanVersion, now: dt.datetime) -> None:
    """A physician changed the plan: who treats writes what that means.

    What is written on the day the plan begins is its beginning, and no change.
    """
    row = _running(version.plan)
    author = version.made_by
    if row is None or author is None or Role.PHYSICIAN not in author.roles:
        return
    if today_at(row.clinic.zone, now=version.made_at) <= row.started_on:
        return
    if not row.updates.filter(plan_number__gte=version.number).exists():
        _owe(row, CHANGED, author, now)


def _running(plan: CarePlan) -> CarePlan | None:
    """The plan under its lock, unless it has ended."""
    try:
        return locked(plan)
    except Conflict:
        return None


def _owe(plan: CarePlan, reason: str, by: User | None, now: dt.datetime) -> None:
    team = team_that_reads(plan, now=now)
    therapists = [user for user in team if Role.THERAPIST in user.roles]
    owner = therapists[0] if len(therapists) == 1 else None
    promise(plan, DUE, plan.pk, reason, by, now, owner=owner)


def _take_back(plan: CarePlan, now: dt.datetime) -> None:
    for item in plan.patient.work_items.filter(
        kind=DUE, subject_id=plan.pk, closed_at=None, reason=SECOND
    ):
        close_item(item=item, by=None, now=now, event="visit_undone")


def plan_of_visit(visit: Appointment) -> list[CarePlan]:
    """The running plans whose sessions are counted anew: a visit may have been another's before."""
    return list(CarePlan.objects.filter(patient=visit.patient_id, ended_at=None).order_by("pk"))
