"""Domain events as rows (the outbox upward), who handled them, and the heartbeat of each loop."""

import uuid
from typing import ClassVar

from django.db import models

from core.lib.privacy import Privacy


class DomainEvent(models.Model):
    """Something that happened, told to higher apps. Payload: ids and counts only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=60)
    happened_at = models.DateTimeField()
    handled_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    last_error = models.CharField(max_length=120, blank=True)

    privacy: ClassVar[Privacy] = Privacy(
        open="id name subject_id happened_at handled_at attempts next_attempt_at last_error"
    )

    class Meta:
        indexes = (
            models.Index(
                fields=["next_attempt_at"],
                name="events_open",
                condition=models.Q(handled_at__isnull=True),
            ),
        )

    def __str__(self) -> str:
        return self.name


class EventHandled(models.Model):
    """Handler × event: what makes a handler idempotent whatever is delivered twice."""

    id = models.BigAutoField(primary_key=True)
    event = models.ForeignKey(DomainEvent, on_delete=models.CASCADE)
    handler = models.CharField(max_length=120)

    privacy: ClassVar[Privacy] = Privacy(open="id event handler")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["event", "handler"], name="event_handled_once"),
        )

    def __str__(self) -> str:
        return self.handler


class Heartbeat(models.Model):
    """The last time a loop did its round; its age is the liveness probe, not the process list."""

    loop = models.CharField(max_length=30, primary_key=True)
    beat_at = models.DateTimeField()

    privacy: ClassVar[Privacy] = Privacy(open="loop beat_at")

    def __str__(self) -> str:
        return self.loop
