"""Whom the words of a call or a flag concern; the table of parts is core/people/fields.py."""

from core.accounts.models import User
from core.people.fields import Part, shows
from intake.models import Call, RedFlag
from messaging.models import Recipient


def reads_call(viewer: User, call: Call) -> bool:
    """What was answered and noted: clinicians, who took the call, everyone until it has ended.

    Anybody may have to resume a call whose taker was called away.
    """
    return call.state != Call.State.CLOSED or shows(viewer, Part.WORDS) or took_part(viewer, call)


def took_part(viewer: User, call: Call) -> bool:
    """They opened, held, answered or ended it, or did something about it."""
    if viewer.pk in {call.opened_by_id, call.held_by_id, call.closed_by_id}:
        return True
    return (
        call.answers.filter(answered_by=viewer).exists() or call.actions.filter(by=viewer).exists()
    )


def reads_flag(viewer: User, flag: RedFlag) -> bool:
    """Why it was raised and decided: clinicians, who was told, who took the call; everyone until
    a physician has decided, because until then anybody may have to act on it."""
    if shows(viewer, Part.WORDS) or waits(flag) or took_part(viewer, flag.call):
        return True
    return Recipient.objects.filter(message__thread=flag.thread_id, user=viewer).exists()


def waits(flag: RedFlag) -> bool:
    """Nobody has decided it; one that only holds therapy waits until the hold is released."""
    return flag.decided_at is None and (flag.paged or flag.is_holding_pt)
