"""Urgent items: who must see one now, and the nudges that say so.

Who must see it is computed at read time from the item's rungs and the roster, so it shows on
the right screens with worker and beat stopped. The tick only writes inbox rows and sends nudges.
"""

import datetime as dt
import uuid
from collections.abc import Sequence

from django.db import transaction
from django.db.models import F

from core.accounts.models import User
from core.accounts.roles import Role
from core.people.models import AccessGrant, Clinic, Patient
from core.people.selectors import roster_at, staff_with
from core.people.services import grant_access
from messaging.models import Delivery, Message, Recipient, Rung, Thread, WorkItem
from messaging.rules import people_of, why_of
from messaging.selectors.urgent import fired
from messaging.services.deliveries import nudge
from messaging.services.threads import deliver_to, post
from messaging.services.work import open_item
from messaging.worklist import WORKLIST

GRANT_HOURS = 72


@transaction.atomic
def raise_alert(  # noqa: PLR0913 - one row, its columns
    *,
    subject_id: uuid.UUID,
    clinic: Clinic,
    patient: Patient | None,
    title: str,
    body: str,
    by: User,
    now: dt.datetime,
    kinds: Sequence[str],
) -> Thread:
    """A red flag: its thread, its items (acknowledge and decide, or only the hold), the first told.

    All in the caller's transaction, nothing left to a worker. Once per subject; a flag that gets
    worse keeps its thread and gains the items it did not have.
    """
    key = f"red_flag:{subject_id}"
    existing = Message.objects.select_related("thread").filter(dedupe_key=key).first()
    if existing:  # what lists show says how bad it is now
        thread = existing.thread
        thread.title = title[:160]
        thread.save(update_fields=["title"])
        still_open = WorkItem.objects.filter(subject_id=subject_id, closed_at__isnull=True)
        still_open.update(reason=title[:300], version=F("version") + 1)
    else:
        thread = Thread.objects.create(
            clinic=clinic,
            patient=patient,
            kind=Thread.Kind.RED_FLAG,
            title=title[:160],
            opened_by=by,
            opened_at=now,
        )
        post(thread=thread, body=body, to=[], by=by, now=now, dedupe_key=key)
    for kind in kinds:
        item = open_item(
            kind=kind,
            subject_id=subject_id,
            clinic=clinic,
            patient=patient,
            reason=title,
            by=by,
            now=now,
        )
        speak(item=item, now=now)
    return thread


def speak(*, item: WorkItem, now: dt.datetime) -> int:
    """Tell an open item's due rungs to their audience. Returns people nudged.

    After a pause several rungs may be overdue: each person then gets one nudge, the most urgent.
    """
    with transaction.atomic():
        row = (
            WorkItem.objects.select_for_update(of=("self",))
            .select_related("clinic")  # no empty link: stale after a wait
            .get(pk=item.pk)
        )
        if row.closed_at:
            return 0
        due = list(row.rungs.filter(sent_at__isnull=True, at__lte=now).order_by("at"))
        roster = roster_at(row.clinic, now=now)
        people: dict[uuid.UUID, tuple[User, Rung]] = {}
        for rung in due:
            audience = people_of(rung.audience, roster, owners=_owners(row, now))
            holder = [row.owner] if row.owner and WORKLIST[row.kind].urgent else []
            for user in (*audience, *holder):  # whoever acknowledged holds the decision
                people[user.pk] = (user, rung)
        steps = {rung.pk: step_of(row, rung) for rung in due}
        for user, rung in people.values():
            _tell(row, user, why_of(rung.audience, user, roster), steps[rung.pk], now)
        Rung.objects.filter(pk__in=[r.pk for r in due]).update(sent_at=now)
        return len(people)


def step_of(item: WorkItem, rung: Rung) -> str:
    """What the nudge's key calls the rung; told anew (work.tell_again) it is another nudge."""
    before = Delivery.objects.filter(item=item, dedupe_key__startswith=f"{item.pk}:{rung.name}:")
    return f"{rung.name}+{item.version}" if before.exists() else rung.name


def hand_over(*, item: WorkItem, now: dt.datetime) -> int:
    """The roster moved on: whoever must see an open urgent item now and was not told yet, is."""
    if not WORKLIST[item.kind].urgent:
        return 0
    with transaction.atomic():
        row = (
            WorkItem.objects.select_for_update(of=("self",))
            .select_related("clinic")
            .get(pk=item.pk)
        )
        if row.closed_at:
            return 0
        roster = roster_at(row.clinic, now=now)
        since = row.rungs.filter(at__lte=now).order_by("at").values_list("at", flat=True).first()
        nudges = Delivery.objects.filter(
            item__subject_id=row.subject_id, created_at__gte=since or now
        )
        told = set(nudges.values_list("user_id", flat=True))
        new = [
            (u, a) for a in fired(row, now=now) for u in people_of(a, roster) if u.pk not in told
        ]
        for user, audience in new:
            _tell(row, user, why_of(audience, user, roster), "on_call_now", now)
        return len(new)


def call_again(*, subject_id: uuid.UUID, step: str, now: dt.datetime) -> int:
    """More was found: everyone told so far, and who must see it now, gets one more nudge."""
    told = Recipient.objects.filter(message__dedupe_key=f"red_flag:{subject_id}")
    known = {r.user_id: r.user for r in told.select_related("user")}
    item = (
        WorkItem.objects.filter(subject_id=subject_id, kind="red_flag", closed_at__isnull=True)
        .select_related("clinic", "patient")
        .first()
    )
    if item is None:
        return 0
    roster = roster_at(item.clinic, now=now)
    for audience in fired(item, now=now):
        known |= {u.pk: u for u in people_of(audience, roster)}
    for user in known.values():
        _tell(item, user, why_of("first", user, roster), step, now)
    return len(known)


def _owners(item: WorkItem, now: dt.datetime) -> list[User]:
    if item.owner:
        return [item.owner]
    return list(staff_with(item.clinic_id, Role(item.owner_role), now=now))


def _tell(item: WorkItem, user: User, why: str, step: str, now: dt.datetime) -> None:
    """Inbox row, access to the one chart, and a nudge without health data."""
    spec = WORKLIST[item.kind]
    if spec.urgent:
        address(item=item, user=user, why=why, now=now)
        same = Delivery.objects.filter(item__subject_id=item.subject_id, user=user, created_at=now)
        if same.exists():  # two rungs of one flag in one moment are one nudge
            return
    nudge(
        user=user,
        clinic=item.clinic,
        template="urgent" if spec.urgent else "reminder",
        path="/today/",
        item=item,
        key=f"{item.pk}:{step}:{user.pk}",
        now=now,
    )


def address(*, item: WorkItem, user: User, why: str, now: dt.datetime) -> None:
    """The flag is in this person's inbox and its one chart is open to them."""
    message = Message.objects.filter(dedupe_key=f"red_flag:{item.subject_id}").first()
    if message:
        deliver_to(message=message, user=user, why=why, now=now)
    if item.patient:
        grant_for_flag(
            patient=item.patient, user=user, subject_id=item.subject_id, why=why, now=now
        )


def grant_for_flag(
    *, patient: Patient, user: User, subject_id: uuid.UUID, why: str, now: dt.datetime
) -> None:
    """The one chart a flag is about is open to whoever must answer it, for a time."""
    grant_access(
        patient=patient,
        user=user,
        kind=AccessGrant.Kind.RED_FLAG,
        subject_id=subject_id,
        reason=f"Red flag: {why}",
        by=None,
        now=now,
        hours=GRANT_HOURS,
    )
