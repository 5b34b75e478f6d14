"""Somebody leaves: their work goes to one person, then their account ends. Nothing is orphaned."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction

from core.accounts.models import User
from core.accounts.permissions import Perm
from core.accounts.roles import Role
from core.audit.services import record
from core.lib.errors import Conflict, Refused
from core.people.access import may_know
from core.people.dates import today_at
from core.people.models import Clinic, OnCallShift, StaffMember
from core.people.services.care import replace_on_care_teams
from core.people.services.roster import cut_short, take_over_shift
from core.people.services.staff import (
    Particulars,
    check_other,
    check_shared,
    end_account,
    lock_clinics_of,
    particulars_of,
)
from core.people.services.staff import change_person as change_particulars
from messaging.models import Recipient, WorkItem
from messaging.selectors.leaving import (
    HANDED_OVER,
    Waiting,
    clinics_to_hand,
    flags_asking,
    open_items_of,
    shifts_of,
    waiting_for,
    waiting_without,
)
from messaging.services.alerts import grant_for_flag
from messaging.services.threads import deliver_to
from messaging.services.work import close_item, tell_again
from messaging.tick import roster_gaps


@dataclass(frozen=True)
class HandedOver:
    """What went where."""

    items: int
    shifts: int
    gaps: int
    flags: int
    patients: int
    left: bool = False

    def sentence(self, heir: User) -> str:
        rest = " Some of it still waits: choose who takes that." if self.left else ""
        gone = f" {self.gaps} shifts have nobody now: fill them." if self.gaps else ""
        return (
            f"{heir.full_name} has {self.items} work items, {self.shifts} shifts, "
            f"{self.flags} red flags and {self.patients} places on care teams.{gone}{rest}"
        )


@transaction.atomic
def hand_over_all(
    *, user: User, heir: User, keep_shifts: bool, by: User, now: dt.datetime
) -> HandedOver:
    """What somebody has in hand at the clinics `by` manages goes to `heir`, in one transaction.

    Only where the heir works, and only what the heir has the role for; the rest keeps waiting.
    A shift the heir cannot stand (on call in that time) is removed, and so is every shift unless
    `keep_shifts`: the gap is a manager's work item at once.
    """
    lock_clinics_of(user)
    check_shared(user, by, "hand over your own work here", now=now)
    clinics = clinics_to_hand(by, user, heir, now=now)
    if not clinics:
        raise Refused(
            f"{heir.full_name} cannot take this over. Choose somebody who works at the same clinic "
            f"and shares a role with {user.full_name}."
        )
    patients = replace_on_care_teams(user=user, heir=heir, clinics=clinics, by=by, now=now)
    asking = flags_asking(user).filter(message__thread__clinic__in=clinics)
    flags = [
        _hand_flag(row, heir, now)
        for row in asking.select_related("message__thread__patient", "user")
        if _may_answer(heir, row, now)
    ]
    items = [
        _hand_item(item, user, heir, by, now)
        for item in open_items_of(user)
        .filter(clinic__in=clinics)
        .select_for_update()
        .order_by("pk")
    ]
    shifts = shifts_of(user, now=now).filter(clinic__in=clinics)
    if keep_shifts and not heir.has_role(Role.PHYSICIAN):
        shifts = shifts.none()
    kept = [
        _hand_shift(shift, heir if keep_shifts else None, by, now)
        for shift in shifts.select_related("clinic")
    ]
    if not all(kept):
        roster_gaps(now=now)
    done = HandedOver(
        items=len(items),
        shifts=sum(kept),
        gaps=len(kept) - sum(kept),
        flags=len(flags),
        patients=patients,
        left=bool(waiting_for(user, now=now)),
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
    tell_again(item)  # a reminder to who leaves would be cancelled
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


def _may_answer(heir: User, row: Recipient, now: dt.datetime) -> bool:
    """Somebody who may acknowledge it and know of its patient; the flag waits for one."""
    patient = row.message.thread.patient
    known = patient is None or may_know(heir, patient, now=now)
    return known and heir.may(Perm.FLAG_ACKNOWLEDGE)


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
    pk = shift.pk
    if heir:
        try:
            with transaction.atomic():
                take_over_shift(shift=shift, heir=heir, by=by, now=now)
            return True
        except (Refused, Conflict):  # on call in that time already, or not of the clinic itself
            shift = OnCallShift.objects.get(pk=pk)  # undone: the row is there, this object is not
    cut_short(shift=shift, by=by, now=now)
    return False


def _check_nothing_waits(user: User, waiting: Waiting) -> None:
    if waiting:
        what = "; ".join(f"{words.lower()}: {count}" for words, count in waiting.rows())
        raise Refused(
            f"{user.full_name} still has work in hand ({what}). Hand it over to a colleague first."
        )


@transaction.atomic
def disable(*, user: User, by: User, now: dt.datetime) -> User:
    """The end of an account. Raises Refused while anything would be nobody's."""
    lock_clinics_of(user)
    check_other(user, by, "disable yourself", now=now)
    _check_nothing_waits(user, waiting_for(user, now=now))
    return end_account(user=user, by=by, now=now)


@transaction.atomic
def change_person(
    *,
    post: StaffMember,
    wanted: Particulars,
    version: int,
    by: User,
    now: dt.datetime,
    shown: Particulars | None = None,
) -> User:
    """Set somebody's particulars, their last day and roles too: nothing becomes nobody's by it.

    `shown` = what stood on the form: what was left as it stood is left as it is saved by now.
    A last day to come is a plan, with time to hand over.
    """
    locked = Clinic.objects.select_for_update(no_key=True).get(pk=post.clinic_id)
    user = User.objects.get(pk=post.user_id)
    post.refresh_from_db(fields=["partner_practice", "to_on"])
    if shown:
        wanted = wanted.over(shown, particulars_of(user, post))
    today = today_at(locked.zone, now=now)
    if wanted.to_on and wanted.to_on != post.to_on and wanted.to_on <= today:
        _check_nothing_waits(user, waiting_for(user, now=now, clinic=locked))
    lost = [role for role in user.roles if role not in wanted.roles]
    if lost and user.version == version:  # a stale form is told so first
        _check_nothing_waits(user, waiting_without(user, lost, now=now))
    return change_particulars(post=post, wanted=wanted, version=version, by=by, now=now)
