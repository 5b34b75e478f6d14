"""Reads about the people who work at a clinic, as its manager sees them."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, Case, F, Q, QuerySet, Value, When

from core.accounts.factors import has_second_factor
from core.accounts.lockout import locked_among
from core.accounts.models import User
from core.accounts.roles import Role
from core.audit.services import record
from core.lib.errors import NotFound
from core.people.access import posts_of
from core.people.dates import running, today_at
from core.people.models import CareTeamMember, Clinic, StaffMember

PAGE = 50
STATES = ("active", "invited", "disabled", "left")


@dataclass(frozen=True)
class StaffRow:
    """One person at one of the manager's clinics."""

    id: uuid.UUID
    post_id: uuid.UUID
    full_name: str
    name: str
    email: str
    roles: Sequence[str]
    clinic_name: str
    partner_practice: str
    second_factor: bool
    last_login: dt.datetime | None
    state: str
    locked: bool


def own_posts(viewer: User, *, now: dt.datetime) -> QuerySet[StaffMember]:
    """Where somebody works for the clinic itself: what they manage, if they are a manager."""
    return posts_of(viewer, now=now).filter(partner_practice="")


def post_of(user: User, clinic: Clinic, *, now: dt.datetime) -> StaffMember | None:
    """Somebody's post at a clinic today."""
    return posts_of(user, now=now).filter(clinic=clinic).first()


def people_of_manager(viewer: User, *, now: dt.datetime) -> QuerySet[User]:
    """Everybody who works or has worked at the viewer's clinics, partner practices too."""
    posts = StaffMember.objects.filter(clinic__in=own_posts(viewer, now=now).values("clinic_id"))
    return User.objects.filter(pk__in=posts.values("user_id"))


def person_for(viewer: User, pk: uuid.UUID, *, now: dt.datetime) -> User:
    """One person of the viewer's clinics. Raises NotFound."""
    user = people_of_manager(viewer, now=now).filter(pk=pk).first()
    if user is None:
        record(by=viewer, action="read", object_kind="user", object_id=pk, now=now,
               outcome="refused")  # fmt: skip
        raise NotFound("There is no such person at your clinic.")
    return user


def posts_for(viewer: User, user: User, *, now: dt.datetime) -> list[StaffMember]:
    """A person's posts at the viewer's clinics, past ones too."""
    clinics = own_posts(viewer, now=now).values("clinic_id")
    rows = StaffMember.objects.filter(user=user, clinic__in=clinics)
    return list(rows.select_related("clinic", "user").order_by("clinic__name"))


STATE = Case(
    When(user__is_active=False, then=Value("disabled")),
    When(there=False, then=Value("left")),
    When(user__password__startswith="!", user__last_login=None, then=Value("invited")),  # noqa: S106 - marks “no password yet”
    default=Value("active"),
)
COLUMNS = ("user_id", "user__full_name", "user__credentials", "user__email", "user__roles",
           "clinic__name", "partner_practice", "second_factor", "user__last_login",
           "state")  # fmt: skip


def staff_rows(  # noqa: PLR0913 - a list with its filters
    viewer: User,
    *,
    now: dt.datetime,
    text: str = "",
    role: str = "",
    state: str = "",
    after: tuple[str, str] | None = None,
    limit: int = PAGE,
) -> list[StaffRow]:
    """A manager's people by name, two queries. `after` = (name, id) of the last row shown."""
    here = Case(
        When(running("clinic__zone", now=now), then=Value(True)),  # noqa: FBT003 - a literal of SQL
        default=Value(False),  # noqa: FBT003 - likewise
        output_field=BooleanField(),
    )
    clinics = own_posts(viewer, now=now).values("clinic_id")
    rows = StaffMember.objects.filter(clinic__in=clinics).annotate(
        second_factor=has_second_factor("user_id"), there=here
    )
    rows = rows.annotate(state=STATE, name=F("user__full_name"))
    if text:
        rows = rows.filter(Q(name__icontains=text) | Q(user__email__icontains=text))
    if role in set(Role):
        rows = rows.filter(user__roles__contains=[role])
    if state in STATES:
        rows = rows.filter(state=state)
    if after:
        rows = rows.filter(Q(name__gt=after[0]) | Q(name=after[0], id__gt=after[1]))
    found = list(rows.order_by("name", "id").values("id", *COLUMNS)[:limit])
    people = [User(pk=v["user_id"], email=v["user__email"]) for v in found]
    locked = locked_among(people, now=now)
    return [_row(values, locked) for values in found]


def _row(v: dict[str, Any], locked: set[uuid.UUID]) -> StaffRow:
    name, letters = v["user__full_name"], v["user__credentials"]
    return StaffRow(
        id=v["user_id"],
        post_id=v["id"],
        full_name=name,
        name=f"{name}, {letters}" if letters else name,
        email=v["user__email"],
        roles=v["user__roles"],
        clinic_name=v["clinic__name"],
        partner_practice=v["partner_practice"],
        second_factor=v["second_factor"],
        last_login=v["user__last_login"],
        state=v["state"],
        locked=v["user_id"] in locked,
    )


def state_of(user: User, post: StaffMember, *, now: dt.datetime) -> str:
    """The same state for one person's page."""
    if not user.is_active:
        return "disabled"
    today = today_at(post.clinic.zone, now=now)
    if today < post.from_on or (post.to_on is not None and post.to_on < today):
        return "left"
    return "active" if user.last_login or user.has_usable_password() else "invited"


def colleagues_at(clinic: Clinic, *, now: dt.datetime) -> QuerySet[StaffMember]:
    """Posts of the active people who work at a clinic today."""
    return StaffMember.objects.filter(
        running("clinic__zone", now=now), clinic=clinic, user__is_active=True
    )


def possible_delegates(user: User, clinic: Clinic, *, now: dt.datetime) -> QuerySet[User]:
    """Who could do somebody's work: there today, one role in common, and sees at least as much.

    A partner practice's staff see only their care teams, so they cannot stand in for the clinic's
    own people; they can for a colleague of the same practice.
    """
    own = StaffMember.objects.filter(user=user, clinic=clinic).first()
    practice = own.partner_practice if own else ""
    there = colleagues_at(clinic, now=now).filter(partner_practice__in={"", practice})
    staff = [role for role in user.roles if role != Role.PATIENT]
    return (
        User.objects.filter(pk__in=there.values("user_id"), roles__overlap=staff)
        .exclude(pk=user.pk)
        .order_by("full_name")
    )


def memberships_of(user: User, *, now: dt.datetime) -> QuerySet[CareTeamMember]:
    """Somebody's places on care teams today and those agreed for later."""
    today = running("patient__clinic__zone", now=now)
    return CareTeamMember.objects.filter(today | Q(to_on=None), user=user)
