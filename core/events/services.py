"""Emit in the transaction of the change; dispatch from the tick; what failed is tried again."""

import datetime as dt
import logging
from collections.abc import Callable, Mapping, Sequence

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from core.events.models import DomainEvent, EventHandled, Heartbeat

log = logging.getLogger(__name__)
Handler = Callable[[DomainEvent, dt.datetime], None]
RETRY = dt.timedelta(seconds=30)
LONGEST = dt.timedelta(hours=1)


def emit(*, name: str, subject_id: object, now: dt.datetime, ring: bool = False) -> DomainEvent:
    """Write an event row beside the change it tells of. `ring`: a worker looks at once."""
    if ring:
        transaction.on_commit(lambda: import_string(settings.DOORBELL)())
    return DomainEvent.objects.create(
        name=name, subject_id=str(subject_id), happened_at=now, next_attempt_at=now
    )


def reactions() -> Mapping[str, Sequence[Handler]]:
    """The one table: event name → handlers."""
    table: Mapping[str, Sequence[Handler]] = import_string(settings.REACTIONS)
    return table


def dispatch(*, now: dt.datetime, limit: int = 200) -> int:
    """Handle due events, each in its own transaction. Returns how many were completed."""
    table = reactions()
    done = 0
    for _ in range(limit):
        with transaction.atomic():
            event = (
                DomainEvent.objects.select_for_update(skip_locked=True)
                .filter(handled_at__isnull=True, next_attempt_at__lte=now)
                .order_by("next_attempt_at")
                .first()
            )
            if event is None:
                return done
            done += _handle(event, table.get(event.name, ()), now)
    return done


def _handle(event: DomainEvent, handlers: Sequence[Handler], now: dt.datetime) -> int:
    for handler in handlers:
        name = f"{handler.__module__}.{handler.__name__}"
        try:
            with transaction.atomic():
                _, fresh = EventHandled.objects.get_or_create(event=event, handler=name)
                if fresh:
                    handler(event, now)
        except Exception as error:
            log.exception("event handler failed")
            event.attempts += 1
            event.last_error = type(error).__name__[:120]
            event.next_attempt_at = now + min(RETRY * 2 ** min(event.attempts, 10), LONGEST)
            event.save(update_fields=["attempts", "last_error", "next_attempt_at"])
            return 0
    event.handled_at = now
    event.save(update_fields=["handled_at"])
    return 1


def set_aside(*, prefix: str, now: dt.datetime) -> int:
    """Events of these names that wait are not handled any more. How many; the caller says why."""
    waiting = DomainEvent.objects.filter(handled_at__isnull=True, name__startswith=prefix)
    return waiting.update(handled_at=now, last_error="Set aside")


def beat(*, loop: str, now: dt.datetime) -> None:
    """Say that `loop` has done its round."""
    Heartbeat.objects.update_or_create(loop=loop, defaults={"beat_at": now})
