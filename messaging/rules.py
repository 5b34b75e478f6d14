"""Pure rules: when an item falls due, who a rung speaks to, what a delivery may become."""

import datetime as dt
from collections.abc import Sequence

from core.accounts.models import User
from core.accounts.roles import Role
from core.lib.business_days import Calendar
from core.people.selectors import Roster
from messaging.protocol_schema import Clock

GIVE_UP = dt.timedelta(hours=24)
PERSONAL = {"password_reset", "invitation"}  # about somebody's own account, not about a patient

DELIVERY = {
    ("pending", "claim"): "claimed",
    ("pending", "cancel"): "cancelled",
    ("pending", "hold"): "held",
    ("claimed", "hand"): "handing",
    ("claimed", "release"): "pending",
    ("claimed", "cancel"): "cancelled",
    ("claimed", "hold"): "held",
    ("claimed", "give_up"): "dead",
    ("handing", "settle"): "sent",
    ("handing", "refuse_for_now"): "pending",
    ("handing", "give_up"): "dead",
    ("handing", "lose_track"): "uncertain",
    # by a person on the Deliveries page, with a reason
    ("uncertain", "retry"): "pending",
    ("uncertain", "mark_delivered"): "sent",
    ("uncertain", "cancel"): "cancelled",
    ("dead", "retry"): "pending",
    ("dead", "mark_delivered"): "sent",
    ("dead", "cancel"): "cancelled",
    ("held", "release"): "pending",
    ("held", "cancel"): "cancelled",
    # printed by a person, who says what became of it: faxed by hand, posted, handed over
    ("waiting", "mark_delivered"): "sent",
    ("waiting", "cancel"): "cancelled",
}
IN_HANDS = ("claimed", "handing")
BY_HAND = ("retry", "mark_delivered", "release", "cancel")  # in the order they are offered


def by_hand(state: str) -> list[str]:
    """What a person may do with a delivery in this state; nothing while a worker has it."""
    if state in IN_HANDS:
        return []
    return [action for action in BY_HAND if (state, action) in DELIVERY]


def due_at(clock: Clock, *, opened_at: dt.datetime, calendar: Calendar) -> dt.datetime:
    """When an item falls due on the clinic's calendar. Raises ValueError for `given`."""
    unit, n = clock.due.unit, clock.due.n
    if unit == "minutes":
        return opened_at + dt.timedelta(minutes=n)
    if unit == "clock_hours":
        limit = opened_at + dt.timedelta(hours=n)
        last = calendar.last_open(limit)
        # A promise ending on a closed day is kept before it, unless nobody was there in between.
        return last if last > opened_at else limit
    if unit == "end_of_day":
        return calendar.end_of_day(opened_at)
    if unit == "business_days":
        day = calendar.add_business_days(opened_at.astimezone(calendar.zone).date(), n)
        span = calendar.opening(day)
        return span[1] if span else opened_at + dt.timedelta(days=n)
    raise ValueError("This kind's due time is given by whoever opens it.")


def rungs(
    clock: Clock, *, opened_at: dt.datetime, due: dt.datetime
) -> list[tuple[str, dt.datetime, str]]:
    """(name, at, audience) in order of time; a reminder before the opening is left out."""
    steps = []
    for spec in clock.ladder:
        at = (opened_at if spec.anchor == "opened" else due) + dt.timedelta(minutes=spec.minutes)
        if at >= opened_at:
            steps.append((spec.name, at, spec.audience))
    return sorted(steps, key=lambda step: step[1])


def people_of(audience: str, roster: Roster, *, owners: Sequence[User] = ()) -> list[User]:
    """Who an audience means right now; never nobody.

    A gap in the roster falls to every physician, and without any physician to the managers.
    """
    return _people(audience, roster, owners) or list(roster.managers)


def _people(audience: str, roster: Roster, owners: Sequence[User]) -> list[User]:
    match audience:
        case "first":
            return list(roster.first_or_all())
        case "backup":
            return list(roster.backup_or_all())
        case "physicians_and_managers":
            return list({u.pk: u for u in (*roster.physicians, *roster.managers)}.values())
        case "managers":
            return list(roster.managers)
        case "owner_role":
            return list(owners)
    raise ValueError(f"Unknown audience {audience}")


def why_of(audience: str, user: User, roster: Roster) -> str:
    """The words beside a recipient: why this person was told."""
    if roster.first and user.pk == roster.first.pk:
        return "on call, first"
    if roster.backup and user.pk == roster.backup.pk:
        return "on call, backup"
    if audience in {"first", "backup"} and getattr(roster, audience):
        return "acknowledged it"
    if audience in {"first", "backup"}:
        return f"nobody is on call as {audience}: told to every physician"
    return "manager" if user.has_role(Role.MANAGER) else "every physician"


def backoff(attempts: int, steps: Sequence[float]) -> dt.timedelta:
    """Pause after the n-th attempt (1 = first): the steps, then the last one again and again."""
    return dt.timedelta(seconds=steps[min(attempts, len(steps)) - 1])
