"""Writes about who works where: invited, changed, gone, back again."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from django.db import transaction

from core.accounts.factors import remove_factors
from core.accounts.lockout import unlock
from core.accounts.models import User
from core.accounts.permissions import Perm
from core.accounts.roles import Role
from core.accounts.services import (
    admit,
    check_columns,
    end_sessions,
    role_words,
    staff_roles,
    switch_account,
)
from core.audit.models import AuditEvent
from core.audit.services import record
from core.events.services import emit
from core.lib.errors import Conflict, Forbidden, Refused
from core.people.access import posts_of
from core.people.dates import today_at
from core.people.models import Clinic, StaffMember
from core.people.names import phone_e164, why_no_phone
from core.people.selectors import staff_with
from core.people.services.care import end_emergencies, leave_care_teams
from core.people.services.cover import end_covers_of
from core.people.staff import own_posts, post_of


@transaction.atomic
def employ(
    *, clinic: Clinic, user: User, by: User | None, now: dt.datetime, partner_practice: str = ""
) -> StaffMember:
    """Somebody works at a clinic from today."""
    post, fresh = StaffMember.objects.get_or_create(
        clinic=clinic,
        user=user,
        defaults={
            "from_on": today_at(clinic.zone, now=now),
            "partner_practice": partner_practice,
        },
    )
    if fresh:
        record(by=by, action="create", object_kind="staff_member", object_id=post.pk, now=now)
    return post


@transaction.atomic
def invite(  # noqa: PLR0913 - one person, their columns
    *,
    clinic: Clinic,
    email: str,
    full_name: str,
    roles: Sequence[str],
    by: User,
    now: dt.datetime,
    credentials: str = "",
    phone: str = "",
    partner_practice: str = "",
) -> User:
    """A new colleague: their account, their post, and the event that sends the invitation."""
    check_manager(by, clinic, now=now)
    practice = practice_of(partner_practice)
    check_practice(practice, roles)
    user = admit(
        email=email,
        full_name=full_name,
        roles=roles,
        by=by,
        now=now,
        credentials=credentials,
        phone=phone_of(phone),
    )
    employ(clinic=clinic, user=user, by=by, now=now, partner_practice=practice)
    emit(name="accounts.invited", subject_id=user.pk, now=now)
    return user


@transaction.atomic
def invite_again(*, user: User, by: User, now: dt.datetime) -> None:
    """The mail with the link once more; the link of the first mail ends by itself."""
    check_other(user, by, "invite yourself", now=now)
    if user.has_usable_password() or not user.is_active:
        raise Refused(
            f"{user.full_name} chose a password already. They can reset it on the sign-in page."
        )
    record(by=by, action="invite", object_kind="user", object_id=user.pk, now=now)
    emit(name="accounts.invited", subject_id=user.pk, now=now)


def phone_of(text: str) -> str:
    number = phone_e164(text) if text.strip() else ""
    if number is None:
        raise Refused(why_no_phone(text, extension="Type a number that rings directly."))
    return number


def practice_of(text: str) -> str:
    return " ".join(text.split())[:120]


def check_practice(practice: str, roles: Sequence[str]) -> None:
    if practice and Role.MANAGER in roles:
        raise Refused(
            "A manager answers for the clinic itself. Leave the partner practice empty, or choose "
            "another role."
        )


def check_manager(by: User, clinic: Clinic, *, now: dt.datetime) -> None:
    """Callers hold the clinic's lock where two managers could change each other at once."""
    fresh = User.objects.get(pk=by.pk)
    here = own_posts(fresh, now=now).filter(clinic=clinic)
    if not fresh.may(Perm.USER_ADMIN) or not here.exists():
        raise Forbidden("Only a manager of this clinic can do that.")


def check_shared(user: User, by: User, what: str, *, now: dt.datetime) -> set[uuid.UUID]:
    """Never on oneself, and only a manager of theirs. Returns the clinics the manager answers for,
    of all where the person has or had a post."""
    if user.pk == by.pk:
        raise Refused(f"You cannot {what}. Ask another manager.")
    mine = set(own_posts(by, now=now).values_list("clinic_id", flat=True))
    shared = mine & set(user.posts.values_list("clinic_id", flat=True))
    if not shared or not User.objects.get(pk=by.pk).may(Perm.USER_ADMIN):
        raise Forbidden("Only a manager of this person’s clinic can do that.")
    return shared


def check_other(user: User, by: User, what: str, *, now: dt.datetime) -> None:
    """The same, and only where the manager answers for every clinic they work at today."""
    shared = check_shared(user, by, what, now=now)
    theirs = set(posts_of(user, now=now).values_list("clinic_id", flat=True))
    elsewhere = Clinic.objects.filter(pk__in=theirs - shared).order_by("name").first()
    if elsewhere:
        raise Forbidden(
            f"{user.full_name} works at {elsewhere.name} too. Its manager has to do this with you: "
            "here you can only end their post at your own clinic."
        )


@transaction.atomic
def reset_second_factor(*, user: User, by: User, now: dt.datetime) -> None:
    """Somebody lost their phone: never one's own, which would make the password enough."""
    check_other(user, by, "reset your own second factor", now=now)
    remove_factors(user=user, by=by, now=now)


@transaction.atomic
def let_back_in(*, user: User, by: User, now: dt.datetime) -> None:
    """After too many wrong tries: they may try again at once."""
    check_other(user, by, "unlock yourself", now=now)
    unlock(user=user, by=by, now=now)


@dataclass(frozen=True)
class Particulars:
    """What a manager may set about somebody and their post."""

    full_name: str
    credentials: str
    phone: str
    roles: Sequence[str]
    partner_practice: str
    to_on: dt.date | None

    def words(self) -> dict[str, str]:
        """Each part in words, for the audit trail and for two versions side by side."""
        return {
            "name": self.full_name,
            "credentials": self.credentials or "none",
            "phone": self.phone or "none",
            "roles": role_words(self.roles),
            "partner practice": self.partner_practice or "none",
            "last day": str(self.to_on or "none"),
        }

    def over(self, shown: "Particulars", saved: "Particulars") -> "Particulars":
        """Only what was changed since `shown` stood on the form; the rest as it is saved by now."""
        mine, then = asdict(self), asdict(shown)
        return replace(saved, **{part: mine[part] for part in mine if mine[part] != then[part]})


def particulars_of(user: User, post: StaffMember) -> Particulars:
    return Particulars(
        full_name=user.full_name,
        credentials=user.credentials,
        phone=user.phone,
        roles=list(user.roles),
        partner_practice=post.partner_practice,
        to_on=post.to_on,
    )


@transaction.atomic
def change_person(
    *, post: StaffMember, wanted: Particulars, version: int, by: User, now: dt.datetime
) -> User:
    """Set somebody's particulars. Raises Conflict when they changed since the form was loaded."""
    # One manager at a time; `no_key` lets others write rows that name the clinic or the person.
    clinic = Clinic.objects.select_for_update(no_key=True).get(pk=post.clinic_id)
    user = User.objects.select_for_update(no_key=True).get(pk=post.user_id)
    row = StaffMember.objects.select_for_update().get(pk=post.pk)
    check_manager(by, clinic, now=now)
    before = particulars_of(user, row)
    _check_version(user, before, wanted, version)
    new = Particulars(
        full_name=" ".join(wanted.full_name.split()),
        credentials=wanted.credentials.strip(),
        phone=phone_of(wanted.phone),
        roles=staff_roles(wanted.roles),
        partner_practice=practice_of(wanted.partner_practice),
        to_on=wanted.to_on,
    )
    changed = [part for part, words in new.words().items() if before.words()[part] != words]
    if not changed:
        return user
    _check_change(user, row, new, changed, by, now)
    user.full_name, user.credentials, user.phone = new.full_name, new.credentials, new.phone
    if "roles" in changed:
        user.roles = list(new.roles)
        end_sessions(user)
        end_emergencies(user=user, by=by, now=now)
    else:
        user.version += 1
    check_columns(user)
    user.save()
    row.partner_practice, row.to_on = new.partner_practice, new.to_on
    row.save(update_fields=["partner_practice", "to_on"])
    _audit_change(user, before.words(), new.words(), changed, by, now)
    emit(name="people.roster_changed", subject_id=clinic.pk, now=now)
    return user


def _check_version(user: User, before: Particulars, wanted: Particulars, version: int) -> None:
    if user.version == version:
        return
    mine, saved = wanted.words(), before.words()
    last = (
        AuditEvent.objects.filter(object_kind="user", object_id=str(user.pk), actor__isnull=False)
        .exclude(actor=user)
        .select_related("actor")
        .order_by("-id")
        .first()
    )
    raise Conflict(
        f"{user.full_name} was changed while you had the form open.",
        versions=[(part, mine[part], saved[part]) for part in mine if mine[part] != saved[part]],
        who=last.actor.full_name if last and last.actor else "",
        version=user.version,
    )


def _check_change(
    user: User, row: StaffMember, new: Particulars, changed: list[str], by: User, now: dt.datetime
) -> None:
    today = today_at(row.clinic.zone, now=now)
    weighty = {"roles", "partner practice", "last day"} & set(changed)
    if weighty and user.pk == by.pk:
        raise Refused("You cannot change your own roles or post. Ask another manager.")
    if {"roles", "partner practice"} & set(changed):
        check_practice(new.partner_practice, new.roles)
    if "roles" in changed:
        check_other(user, by, "change your own roles", now=now)
    # A phone number is corrected wherever they work today: colleagues and the on-call page need it.
    about = {"name", "credentials"}
    if post_of(user, row.clinic, now=now) is None:
        about.add("phone")
    if user.pk != by.pk and about & set(changed):
        check_other(user, by, "change yourself", now=now)
    if new.to_on and "last day" in changed and new.to_on < max(today, row.from_on):
        raise Refused("The last day lies in the past. Choose today or a later day.")
    stays = Role.MANAGER in new.roles and not new.partner_practice and new.to_on is None
    if weighty and not stays:
        check_not_last_manager(user, row.clinic, now=now)


def check_not_last_manager(user: User, clinic: Clinic, *, now: dt.datetime) -> None:
    """A clinic without a manager could never change anything again. Callers hold its lock."""
    managers = staff_with(clinic, Role.MANAGER, now=now)
    others = managers.exclude(pk=user.pk).filter(
        pk__in=clinic.staff.filter(to_on=None).values("user_id")
    )
    if managers.filter(pk=user.pk).exists() and not others.exists():
        raise Refused(
            f"{user.full_name} is the last manager of {clinic.name}. "
            "Make somebody else a manager first."
        )


def _audit_change(
    user: User,
    before: dict[str, str],
    after: dict[str, str],
    changed: list[str],
    by: User,
    now: dt.datetime,
) -> None:
    spoken = [part for part in changed if part in {"roles", "partner practice", "last day"}]
    record(
        by=by,
        action="change",
        object_kind="user",
        object_id=user.pk,
        now=now,
        fields=changed,
        reason="; ".join(f"{part}: {before[part]} → {after[part]}" for part in spoken)[:500],
    )


def lock_clinics_of(user: User) -> list[Clinic]:
    """The turnstile of everything about people: taken before their own row, in one order."""
    clinics = Clinic.objects.filter(staff__user=user)
    rows = Clinic.objects.select_for_update(no_key=True).filter(pk__in=clinics)
    return list(rows.order_by("pk"))


@transaction.atomic
def end_account(*, user: User, by: User, now: dt.datetime) -> User:
    """They sign in no more and work here no more from today. What is open must be handed over
    before: messaging.services.leaving.disable asks, and is the door."""
    locked = lock_clinics_of(user)
    check_other(user, by, "disable yourself", now=now)
    for clinic in locked:
        check_not_last_manager(user, clinic, now=now)
    if not user.is_active:
        raise Conflict(f"{user.full_name} is disabled already.")
    row = switch_account(user=user, on=False, by=by, now=now)
    leave_care_teams(user=row, by=by, now=now)
    end_emergencies(user=row, by=by, now=now)
    end_covers_of(user=row, by=by, now=now)
    for post in posts_of(row, now=now).select_related("clinic"):
        post.to_on = today_at(post.clinic.zone, now=now)
        post.save(update_fields=["to_on"])
        record(
            by=by,
            action="end",
            object_kind="staff_member",
            object_id=post.pk,
            now=now,
            fields=["to_on"],
        )
    for clinic in locked:  # a post that begins later counts too: nobody will stand in it
        emit(name="people.roster_changed", subject_id=clinic.pk, now=now)
    return row


@transaction.atomic
def start_again(*, user: User, clinic: Clinic, by: User, now: dt.datetime) -> User:
    """Somebody comes back: same account, same roles, and their post at this clinic runs on. Its
    first day stays: who worked here when is read from it."""
    check_manager(by, clinic, now=now)
    check_other(user, by, "enable yourself", now=now)
    if user.is_active:
        raise Conflict(f"{user.full_name} can sign in already.")
    row = switch_account(user=user, on=True, by=by, now=now)
    post = StaffMember.objects.select_for_update().get(clinic=clinic, user=row)
    post.to_on = None
    post.save(update_fields=["to_on"])
    record(by=by, action="start", object_kind="staff_member", object_id=post.pk, now=now,
           fields=["to_on"])  # fmt: skip
    emit(name="people.roster_changed", subject_id=clinic.pk, now=now)
    return row
