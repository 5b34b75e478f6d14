"""How the loops are."""

import datetime as dt

from django.conf import settings

from core.events.models import DomainEvent, Heartbeat

LOOPS = {  # loop → what people call it
    "tick": "reminders and escalation",
    "calls": "calls left open",
    "plans": "pathways and follow-ups of plans",
    "deliver": "e-mails",
    "events": "follow-ups",
    "audit": "audit seals",
    "documents": "checks of documents",
}
FAILS_AFTER = 3  # attempts, 14 minutes: longer than a restart of anything


def failing() -> list[DomainEvent]:
    """Events whose handler fails again and again, the oldest first: nobody did what they ask."""
    rows = DomainEvent.objects.filter(handled_at__isnull=True, attempts__gt=FAILS_AFTER)
    return list(rows.order_by("happened_at")[:100])


def late_loops(*, now: dt.datetime) -> dict[str, dt.timedelta | None]:
    """Loops whose last round is too long ago, with its age; None = there never was one."""
    beats = dict(Heartbeat.objects.values_list("loop", "beat_at"))
    limit = dt.timedelta(seconds=settings.HEARTBEAT_LATE_SECONDS)
    late: dict[str, dt.timedelta | None] = {}
    for loop in LOOPS:
        if loop not in beats:
            late[loop] = None
        elif now - beats[loop] > limit:
            late[loop] = now - beats[loop]
    return late
