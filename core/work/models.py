"""Typed text kept until it is sent; forms that were sent already; long work and its files."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from core.accounts.models import User
from core.lib.privacy import Privacy
from core.people.models import Clinic


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


class KeptFile(models.Model):
    """A file for a day: what was uploaded to be read, what was made to be fetched. Encrypted.

    In the database and not on a disk, so that it is undone with its transaction, goes with its
    purge, and web and workers need no folder in common.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)  # ours, names nobody: "patient-record.zip"
    content = models.BinaryField()
    size = models.PositiveIntegerField()  # bytes, before encryption
    made_at = models.DateTimeField()
    kept_until = models.DateTimeField(db_index=True)

    privacy: ClassVar[Privacy] = Privacy(
        open="id clinic owner name size made_at kept_until", secret="content"
    )

    def __str__(self) -> str:
        return self.name


class Job(models.Model):
    """Long work: what is done of how much, in numbers and words. A worker holds it by a lease."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting for its turn"
        RUNNING = "running", "Working"
        DONE = "done", "Done"
        FAILED = "failed", "Not finished"
        CANCELLED = "cancelled", "Cancelled"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=40)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="jobs")
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="jobs")
    subject_id = models.UUIDField()
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    words = models.CharField(max_length=200, blank=True)  # "Row 2,310 of 10,000": names nobody
    result = models.JSONField(default=dict, blank=True)  # counts and ids only
    file = models.ForeignKey(
        KeptFile, null=True, blank=True, on_delete=models.SET_NULL, related_name="jobs"
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_token = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    cancel_asked_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    privacy: ClassVar[Privacy] = Privacy(
        open="id kind clinic owner subject_id state total done words result file attempts "
        "lease_token lease_until created_at started_at heartbeat_at finished_at cancel_asked_at "
        "version"
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["kind", "subject_id"],
                condition=Q(state__in=["waiting", "running"]),
                name="job_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(state="running", lease_token__isnull=False, lease_until__isnull=False)
                | (~Q(state="running") & Q(lease_token__isnull=True, lease_until__isnull=True)),
                name="job_runs_by_lease",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "running"], finished_at__isnull=True)
                | (~Q(state__in=["waiting", "running"]) & Q(finished_at__isnull=False)),
                name="job_finished_at",
            ),
        )
        indexes = (
            models.Index(fields=["clinic", "-created_at"], name="job_list"),
            models.Index(fields=["owner", "-created_at"], name="job_own"),
            models.Index(fields=["created_at"], name="job_next", condition=Q(state="waiting")),
        )

    def __str__(self) -> str:
        return self.kind

    @property
    def over(self) -> bool:
        return self.finished_at is not None
