"""What a call may become, and with what it may be closed. Pure."""

import datetime as dt
from collections.abc import Iterable

RANKS = {"emergency_now": 4, "same_day_physician": 3, "urgent_24_72h": 2, "routine": 1}
WITHHELD = "withheld"  # typed for a caller whose number does not show
FLAGGED = frozenset({"emergency_now", "same_day_physician"})

CALL = {
    ("waiting", "reach"): "open",
    ("open", "hang_up"): "waiting",
    ("open", "close"): "closed",
}
FLAG = {
    ("new", "acknowledge"): "acknowledged",
    ("acknowledged", "decide"): "decided",
}

# A call above routine closes only with one of these on record (PRODUCT 3.1).
CLOSING: dict[str, tuple[str, ...]] = {
    "emergency_now": ("told_911", "we_called", "warm_transfer", "refused", "lost_contact"),
    "same_day_physician": (
        "physician_reached",
        "message_sent",
        "sent_to_ed",
        "warm_transfer",
        "refused",
        "lost_contact",
    ),
    "urgent_24_72h": ("visit_booked", "visit_promised", "refused", "lost_contact"),
    "routine": (),
}
# What must be written beside an action, as the question the person is asked.
WORDS_NEEDED = {
    "refused": "Write what the caller said when refusing.",
    "lost_contact": "Write the number you dialled again.",
    "warm_transfer": "Write who took over the call.",
    "physician_reached": "Write which physician you spoke with.",
    "visit_booked": "Write the day and time of the visit.",
}


def highest(*dispositions: str) -> str:
    return max(dispositions, key=RANKS.__getitem__)


def effective(
    *, computed: str, floor: str | None, raised: str | None, lowered: str | None, least: str | None
) -> str:
    """Where the call goes.

    `computed`: what the rules say. `floor`: what a physician was already paged for. `raised`: the
    highest a person raised it to since. `lowered`: where a physician put it, while that holds.
    `least`: while questions are open, what the call is at least.
    """
    if lowered:
        return highest(lowered, *(d for d in (raised, least) if d))
    return highest(computed, *(d for d in (floor, raised) if d))


def counted(done: Iterable[tuple[str, str, dt.datetime]], *, disposition: str) -> list[str]:
    """The kinds of (kind, disposition then, at) that count for closing at `disposition`.

    Only what was done since the caller last hung up, when the call stood at least this high.
    """
    rows = list(done)
    since = max((at for kind, _, at in rows if kind == "hung_up"), default=None)
    return [
        kind
        for kind, then, at in rows
        if RANKS[then] >= RANKS[disposition] and (since is None or at > since)
    ]


def missing_to_close(  # noqa: PLR0913 - one call, its columns
    *,
    disposition: str,
    unanswered: Iterable[str],
    recorded: Iterable[str],
    phone: str,
    named: bool,
    relation: str,
    permission: str,
) -> list[str]:
    """Sentences that say what is still to do before the call can be closed; none = it can."""
    todo: list[str] = []
    left = list(unanswered)
    emergency = disposition == "emergency_now"
    # Nobody reads twelve questions to somebody who must hang up and dial 911.
    if left and not emergency:
        todo.append(f"Ask the open questions ({', '.join(left)}), or press “Caller hung up”.")
    if CLOSING[disposition] and not set(recorded) & set(CLOSING[disposition]):
        todo.append(
            "Record what was done: told to call 911, we called, warm transfer, refused, "
            "or lost contact."
            if emergency
            else "Record what was done about it."
        )
    if not phone:
        todo.append("Write the caller's phone number.")
    if not named and not emergency:
        todo.append("Write the patient's name.")
    if relation != "self" and not permission and not emergency:
        todo.append("Ask whether the patient agrees that we speak with the caller.")
    return todo
