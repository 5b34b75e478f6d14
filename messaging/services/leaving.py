"""Somebody leaves: their work goes to one person, then their account ends. Nothing is orphaned."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction

from core.accounts.models import User
from core.accounts.roles import Role
from core.audit.services import record
from core.lib.errors import Conflict, Refused
from core.people.models import OnCallShift
from core.people.services.care import replace_on_care_teams
from core.people.services.roster import cut_short, take_over_shift
from core.people.services.staff import check_other, end_account, lock_clinics_of
from messaging.models import Recipient, WorkItem
from messaging.selectors.leaving import (
    HANDED_OVER,
    flags_asking,
    heirs,
    open_items_of,
    shifts_of,
    waiting_for,
)
from messaging.services.alerts import grant_for_flag
from messaging.services.threads import deliver_to
from messaging.services.work import close_item
from messaging.tick import roster_gaps


@dataclass(frozen=True)
class HandedOver:
    """What went where."""

    items: int
    shifts: int
    gaps: int
    flags: int
    patients: int

    def sentence(self, heir: User) -> str:
        gone = f" {self.gaps} shifts have nobody now: fill them." if self.gaps else ""
        return (
            f"{heir.full_name} has {self.items} work items, {self.shifts} shifts, "
            f"{self.flags} red flags and {self.patients} places on care teams.{gone}"
        )


@transaction.atomic
def hand_over_all(
    *, user: User, heir: User, keep_shifts: bool, by: User, now: dt.datetime
) -> HandedOver:
    """Everything somebody has in hand goes to `heir`, in one transaction.

    A shift the heir cannot stand (no physician, or on call in that time) is removed, and so is
    every shift unless `keep_shifts`: the gap is a manager's work item at once.
    """
    lock_clinics_of(user)
    check_other(user, by, "hand over your own work here", now=now)
    if heir.pk not in {u.pk for u in heirs(by, user, now=now)}:
        raise Refused(
            f"{heir.full_name} cannot take this over. Choose somebody who works at the same clinic "
            f"and shares a role with {user.full_name}."
        )
    patients = replace_on_care_teams(user=user, heir=heir, by=by, now=now)
    flags = [_hand_flag(row, heir, now) for row in flags_asking(user).select_related("message")]
    items = [
        _hand_item(item, user, heir, by, now)
        for item in open_items_of(user).select_for_update().order_by("pk")
    ]
    kept = [
        _hand_shift(shift, heir if keep_shifts else None, by, now)
        for shift in shifts_of(user, now=now).select_related("clinic")
    ]
    if not all(kept):
        roster_gaps(now=now)
    done = HandedOver(
        items=len(items),
        shifts=sum(kept),
        gaps=len(kept) - sum(kept),
        flags=len(flags),
        patients=patients,
    )
    record(
        by=by,
        action="hand_over",
        object_kind="user",
        object_id=user.pk,
        now=now,
        reason=f"to {heir.full_name}: {done.items} items, {done.shifts} shifts, "
        f"{done.gaps} shifts removed, {done.flags} red flags, {done.patients} care teams",
    )
    return done


def _hand_item(
    item: WorkItem, user: User, heir: User, by: User, now: dt.datetime
) -> WorkItem | None:
    """The heir owns it; what was only taken, in a role the heir lacks, goes back to that role."""
    if item.kind == "message" and not _readdress(item, heir, now):
        return close_item(item=item, by=by, now=now, event="handed_over", reason="asked twice")
    taken = item.taken_at is not None
    if taken and item.owner_role not in heir.roles:
        item.owner, item.taken_at = None, None
    else:
        item.owner, item.taken_at = heir, now if taken else None
    item.version += 1
    item.save(update_fields=["owner", "taken_at", "subject_id", "version"])
    record(
        by=by,
        action="hand_over",
        object_kind=f"work_item:{item.kind}",
        object_id=item.pk,
        patient_id=item.patient_id,
        now=now,
        fields=["owner"],
        reason=f"from {user.full_name} to {item.owner.full_name if item.owner else 'the role'}",
    )
    return item


def _readdress(item: WorkItem, heir: User, now: dt.datetime) -> bool:
    """A message to act on is an inbox row: the heir gets one. False when it asks them already."""
    row = Recipient.objects.select_related("message", "user").get(pk=item.subject_id)
    mine = deliver_to(
        message=row.message, user=heir, why=f"took over from {row.user.full_name}"[:80], now=now
    )
    asked = WorkItem.objects.filter(kind=item.kind, subject_id=mine.pk, closed_at__isnull=True)
    if asked.exists():
        return False
    item.subject_id = mine.pk
    return True


def _hand_flag(row: Recipient, heir: User, now: dt.datetime) -> Recipient:
    """The flag asks the heir now; the row of who leaves says so and no longer asks."""
    message = row.message
    words = f"took over from {row.user.full_name}"[:80]
    mine = deliver_to(message=message, user=heir, why=words, now=now)
    if message.thread.patient:
        subject = message.dedupe_key.removeprefix("red_flag:")
        flagged = WorkItem.objects.get(kind="red_flag", subject_id=subject, closed_at=None)
        grant_for_flag(
            patient=message.thread.patient,
            user=heir,
            subject_id=flagged.subject_id,
            why=words,
            now=now,
        )
    row.why = f"{HANDED_OVER}{heir.full_name}"[:80]
    row.save(update_fields=["why"])
    return mine


def _hand_shift(shift: OnCallShift, heir: User | None, by: User, now: dt.datetime) -> bool:
    """True when the heir stands it; else it is removed."""
    if heir and heir.has_role(Role.PHYSICIAN):
        try:
            with transaction.atomic():
                take_over_shift(shift=shift, heir=heir, by=by, now=now)
            return True
        except (Refused, Conflict):  # on call in that time already, or not of the clinic itself
            shift.refresh_from_db()
    cut_short(shift=shift, by=by, now=now)
    return False


@transaction.atomic
def disable(*, user: User, by: User, now: dt.datetime) -> User:
    """The end of an account. Raises Refused while anything would be nobody's."""
    lock_clinics_of(user)
    check_other(user, by, "disable yourself", now=now)
    waiting = waiting_for(user, now=now)
    if waiting:
        what = "; ".join(f"{words.lower()}: {count}" for words, count in waiting.rows())
        raise Refused(
            f"{user.full_name} still has work in hand ({what}). Hand it over to a colleague first."
        )
    return end_account(user=user, by=by, now=now)
