"""Typed text kept on the server until it is sent; forms that were sent once already."""

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
    version = models.PositiveIntegerField(default=1, db_default=1)  # two windows of one person

    privacy: ClassVar[Privacy] = Privacy(open="id user place saved_at version", health="text")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["user", "place"], name="draft_once_a_place"),
        )

    def __str__(self) -> str:
        return self.place


class IdempotencyKey(models.Model):
    """A form that had its effect: sent again, it is answered the same and changes nothing.

    Written in the transaction of the effect. Only a digest of the body is kept, never the body.
    """

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    key = models.UUIDField()
    route = models.CharField(max_length=200)  # the path: opaque ids only
    digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    location = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(db_index=True)

    privacy: ClassVar[Privacy] = Privacy(
        open="id user key route status location at", secret="digest"
    )

    class Meta:
        constraints = (models.UniqueConstraint(fields=["user", "key"], name="form_key_once"),)

    def __str__(self) -> str:
        return str(self.key)


class RateCount(models.Model):
    """How often somebody asked for something in the window that runs (core/work/limits.py)."""

    key = models.CharField(max_length=64, primary_key=True)  # a digest: names nobody
    starts_at = models.DateTimeField(db_index=True)
    n = models.PositiveIntegerField()

    privacy: ClassVar[Privacy] = Privacy(open="starts_at n", secret="key")

    def __str__(self) -> str:
        return f"{self.n} since {self.starts_at}"
