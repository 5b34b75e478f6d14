"""Days and times as people type them, within reason."""

import datetime as dt
import uuid

from django.utils import timezone

from core.lib.errors import Refused

EARLIEST = dt.timedelta(days=366)
LATEST = dt.timedelta(days=2 * 366)


def read_local(text: str, *, now: dt.datetime) -> dt.datetime:
    """A local day and time of the active zone. Raises Refused for none, or one years away."""
    return within_reason(read_instant(text), now=now)


def read_instant(text: str) -> dt.datetime:
    """The same however long ago or ahead; whoever takes it says what is too far."""
    try:
        local = dt.datetime.fromisoformat(text.strip())
        return local if timezone.is_aware(local) else timezone.make_aware(local)
    except (ValueError, OverflowError) as error:
        raise Refused("Choose a day and a time.") from error


def within_reason(instant: dt.datetime, *, now: dt.datetime) -> dt.datetime:
    """The instant itself. Raises Refused when it is a year past or two years ahead: a slip."""
    if not now - EARLIEST <= instant <= now + LATEST:
        raise Refused("That day is years away. Check the year.")
    return instant


def read_day(text: str) -> dt.date:
    """A day as a date field sends it. Raises Refused for none."""
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError as error:
        raise Refused("Choose a day.") from error


def near_day(text: str, *, today: dt.date) -> tuple[dt.date, str]:
    """The day an address asks for; today for nonsense, with a sentence when it is years away."""
    try:
        day = dt.date.fromisoformat(text.strip())
    except ValueError:
        return today, ""
    if abs(day - today) > LATEST:
        return today, "That day is more than two years away, so today is shown."
    return day, ""


def read_key(text: str) -> tuple[dt.datetime, uuid.UUID] | None:
    """`<instant>_<id>` of the last row of a list; anything else starts from the top."""
    at, _, pk = text.replace(" ", "+").rpartition("_")
    try:
        instant = dt.datetime.fromisoformat(at)
        return (instant, uuid.UUID(pk)) if timezone.is_aware(instant) else None
    except ValueError:
        return None
