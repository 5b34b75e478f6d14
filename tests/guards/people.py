"""Everybody who asks in the access matrix: for each role, each relation to the world's patient.

own: the clinic's staff. team: a partner practice's, on the care team. granted: an emergency, a red
flag's grant or a cover opens this one chart. other team: a partner practice's whose place on the
care team has ended, and a cover with it; one that counts elsewhere. other clinic: left this one;
with a grant that is over, and one that is to come.
"""

import datetime as dt
import uuid
from typing import Any

from allauth.mfa.models import Authenticator

from core.accounts.models import User
from core.accounts.roles import STAFF, Role
from core.people.models import AccessGrant, CareTeamMember, Delegation, StaffMember
from intake.models import BookingLimit
from messaging.models import Delivery, WorkItem
from tests.cast import NOW, user
from tests.guards.world import World

OWN, TEAM, GRANTED, OTHER_TEAM, OTHER_CLINIC, NONE = (
    "own", "team", "granted", "other team", "other clinic", "none",
)  # fmt: skip
INSIDERS = {
    Role.FRONT_DESK: "ana", Role.PHYSICIAN: "amin", Role.THERAPIST: "ruiz",
    Role.COORDINATOR: "park", Role.MANAGER: "cole", Role.BEHAVIORAL_HEALTH: "lang",
    Role.PATIENT: "daniel",
}  # fmt: skip
BY_COVER = {Role.THERAPIST, Role.COORDINATOR}
BY_FLAG = {Role.FRONT_DESK, Role.MANAGER}
PRACTICE = "Southside Physical Therapy"
DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)


class People:
    """`people.who(whose, role)` = the person; every one of them is made here or in the cast."""

    def __init__(self, world: World) -> None:
        self.world, self.cast = world, world.cast
        self.made: dict[tuple[str, str], User] = {}
        self.peers: dict[str, User] = {}
        self.disabled = self.new("gone", Role.PHYSICIAN, self.cast.riverside)
        self.disabled.is_active = False
        self.disabled.save()
        for role in STAFF:
            self.made[OWN, role] = getattr(self.cast, INSIDERS[role])
            self.made[NONE, role] = self.made[OWN, role]
            self.peers[role] = self.new("peer", role, self.cast.riverside)
            self.made[TEAM, role] = self.new("team", role, self.cast.riverside, PRACTICE)
            self.join(self.made[TEAM, role], role)
            self.made[OTHER_TEAM, role] = self.new("left", role, self.cast.riverside, PRACTICE)
            self.join(self.made[OTHER_TEAM, role], role, to_on=NOW.date() - DAY)
            self.made[OTHER_CLINIC, role] = far = self.new("far", role, self.cast.lakeside)
            self.grant(far, "break_glass", NOW - 2 * HOUR, NOW - HOUR)
            self.grant(far, "red_flag", NOW + HOUR, NOW + 2 * HOUR)
            self.made[GRANTED, role] = self.granted(role)
            self.once_here(far, role)
        self.join(self.cast.amin, Role.PHYSICIAN)
        for who in (OWN, NONE, OTHER_CLINIC):
            self.made[who, Role.PATIENT] = self.cast.daniel
        stranger = user("odile@mail.example", "Odile Outis", Role.PATIENT)
        self.cast.outis.user = stranger
        self.cast.outis.save(update_fields=["user"])
        self.made[OTHER_CLINIC, Role.PATIENT] = stranger

    def new(self, word: str, role: str, clinic: Any, practice: str = "") -> User:
        row = user(f"{word}.{role}@staff.example", f"{word.title()} {role.title()}", Role(role))
        StaffMember.objects.create(clinic=clinic, user=row, from_on=NOW.date() - 400 * DAY,
                                   partner_practice=practice)  # fmt: skip
        return row

    def join(self, row: User, role: str, to_on: dt.date | None = None) -> None:
        CareTeamMember.objects.create(patient=self.cast.okafor, user=row, role=role,
                                      from_on=NOW.date() - 30 * DAY, to_on=to_on)  # fmt: skip

    def grant(self, row: User, kind: str, starts_at: dt.datetime, ends_at: dt.datetime) -> None:
        AccessGrant.objects.create(
            patient=self.cast.okafor, user=row, kind=kind, subject_id=uuid.uuid4(), granted_by=row,
            reason="Okafor, in an emergency", starts_at=starts_at, ends_at=ends_at,
        )  # fmt: skip

    def granted(self, role: str) -> User:
        """By cover at the clinic itself; elsewhere by a grant."""
        if role in BY_COVER:
            row = self.new("cover", role, self.cast.riverside, PRACTICE)
            Delegation.objects.create(
                user=self.made[TEAM, role], delegate=row, clinic=self.cast.riverside,
                from_on=NOW.date(), to_on=NOW.date(), set_by=self.made[TEAM, role], set_at=NOW,
            )  # fmt: skip
            return row
        row = self.new("helper", role, self.cast.lakeside)
        self.grant(row, "red_flag" if role in BY_FLAG else "break_glass", NOW - HOUR, NOW + HOUR)
        return row

    def once_here(self, far: User, role: str) -> None:
        """What opens nothing: a post that ended, and covers that are over or count elsewhere."""
        StaffMember.objects.create(clinic=self.cast.riverside, user=far, to_on=NOW.date() - DAY,
                                   from_on=NOW.date() - 400 * DAY)  # fmt: skip
        self.join(far, role)
        here, today = self.cast.riverside, NOW.date()
        for user_, clinic, on, ended_at in (
            (self.made[TEAM, role], here, today - DAY, None),
            (self.made[TEAM, role], here, today, NOW - HOUR),
            (self.made[TEAM, role], self.cast.lakeside, today, None),
            (self.peers[role], here, today, None),
        ):
            Delegation.objects.create(
                user=user_, delegate=self.made[OTHER_TEAM, role], clinic=clinic, set_by=user_,
                from_on=on, to_on=on, set_at=NOW - 2 * DAY, ended_at=ended_at,
            )  # fmt: skip

    def who(self, whose: str, role: str) -> User:
        return self.made[whose, role]

    def ids(self, route: str, takes: tuple[str, ...], who: User, whose: str) -> dict[str, Any]:
        ids = self.world.ids(route, takes, who)
        if whose == NONE:  # an id nobody has
            ids |= {name: uuid.uuid4() for name in ids if name not in {"question", "number"}}
        return ids

    def body(self, route: str, who: User, whose: str = OWN) -> dict[str, Any]:
        data = self.world.body(route)
        if whose == NONE and "patient" in data:
            data["patient"] = str(uuid.uuid4())
        if "to" in data and isinstance(data["to"], list):  # not to oneself
            data["to"] = [str(self.first_of(who, self.made[TEAM, Role.PHYSICIAN], self.cast.amin))]
        if route == "home:cover":
            peer = next((p for r, p in self.peers.items() if who.has_role(Role(r))), None)
            data["delegate"] = str(peer.pk) if peer else ""
        return data

    def query(self, route: str, whose: str = OWN) -> dict[str, Any]:
        data = self.world.query(route)
        return data if whose != NONE else dict.fromkeys(data, str(uuid.uuid4()))

    def first_of(self, who: User, *others: User) -> uuid.UUID:
        return next(one.pk for one in others if one.pk != who.pk)

    def prepare(self, route: str, who: User) -> None:
        """Put the object where this route can act on it, as this very person could."""
        world, name = self.world, route.rpartition(":")[2]
        self.prepare_work(name, who)
        if name in {"settle_delivery", "settle_held"}:
            held = name == "settle_held"
            state, settled = ("held", None) if held else ("dead", NOW)
            Delivery.objects.filter(pk=world.delivery.pk).update(state=state, settled_at=settled)
        elif name == "enable_user":
            User.objects.filter(pk=self.cast.ben.pk).update(is_active=False)
        elif name == "release":
            type(world.flag).objects.filter(pk=world.flag.pk).update(hold_pt=True)
        elif name == "standing":
            BookingLimit.objects.filter(patient=self.cast.okafor).update(ended_at=NOW)
        elif name == "reset_factor":
            Authenticator.objects.create(user=self.cast.ben, type="totp", data={})
        elif name == "revoke_own_token" and who.pk in self.inside():
            type(world.token).objects.filter(pk=world.token.pk).update(user=who)
        elif name == "end_cover":
            owner = who if who.pk in self.inside() else self.cast.ben  # it stays Ben's for others
            Delegation.objects.filter(pk=world.cover.pk).update(
                user=owner, delegate=self.peers[Role.MANAGER]
            )

    def prepare_work(self, name: str, who: User) -> None:
        item = WorkItem.objects.filter(pk=self.world.item.pk)
        if name in {"close_item", "plan_item", "api_work_item_close"}:
            item.update(owner=who)
        elif name == "undo_close":
            item.update(closed_at=NOW, closed_by=who, close_event="done_by_hand")
        elif name == "hand_back":
            item.update(owner=who, taken_at=NOW)

    def inside(self) -> set[uuid.UUID]:
        return {self.made[OWN, role].pk for role in STAFF}
