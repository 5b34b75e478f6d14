"""Typed text kept on the server until it is sent."""

import uuid
from typing import ClassVar

from django.db import models

from core.accounts.models import User
from core.lib.privacy import Privacy


class Draft(models.Model):
    """One person's unsent text for one place."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="drafts")
    place = models.CharField(max_length=80)  # "thread:<id>", "flag:<id>"
    text = models.TextField(blank=True)
    saved_at = models.DateTimeField()

    privacy: ClassVar[Privacy] = Privacy(open="id user place saved_at", health="text")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["user", "place"], name="draft_once_a_place"),
        )

    def __str__(self) -> str:
        return self.place
