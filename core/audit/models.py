"""Append-only: who read, wrote or was refused what, and the chain that seals it (ADR 0019).

Triggers deny UPDATE, DELETE and TRUNCATE; the role of web and workers may not do them either.
"""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from core.lib.privacy import Privacy

# What a manager looks at first: refusals, emergency access, files that left.
NOTABLE = models.Q(outcome="refused") | models.Q(grant_id__isnull=False) | models.Q(action="export")


class AuditEvent(models.Model):
    class Outcome(models.TextChoices):
        DONE = "done"
        REFUSED = "refused"

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,  # audit_of_person begins with it
    )
    actor_roles = ArrayField(models.CharField(max_length=30), default=list)
    # A plain id: audit rows outlive the rows they speak of and stand below them.
    patient_id = models.UUIDField(null=True)
    object_kind = models.CharField(max_length=60)
    object_id = models.CharField(max_length=60, blank=True)
    action = models.CharField(max_length=60)
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.DONE)
    fields = ArrayField(models.CharField(max_length=60), default=list)
    reason = models.TextField(blank=True)
    grant_id = models.UUIDField(null=True)  # done under this emergency access
    request_id = models.CharField(max_length=36, blank=True)
    session_hash = models.CharField(max_length=64, blank=True)
    source_ip = models.GenericIPAddressField(null=True)

    privacy: ClassVar[Privacy] = Privacy(
        open="id at actor_roles object_kind object_id action outcome fields grant_id request_id",
        staff="actor source_ip",
        identifier="patient_id",
        health="reason",
        secret="session_hash",
    )

    class Meta:
        indexes = (
            models.Index(fields=["patient_id", "-at"], name="audit_who_looked"),
            models.Index(fields=["actor", "-at"], name="audit_of_person"),
            models.Index(
                fields=["object_id"],
                name="audit_refused_for",
                condition=models.Q(outcome="refused"),
            ),
            models.Index(fields=["-at"], name="audit_notable", condition=NOTABLE),
        )

    def __str__(self) -> str:
        return f"{self.action} {self.object_kind}"


class AuditSeal(models.Model):
    """One link of the chain. Numbered without gaps; every column is part of the hash (chain.py)."""

    id = models.BigIntegerField(primary_key=True)
    format = models.PositiveSmallIntegerField()
    sealed_at = models.DateTimeField()
    complete = models.BooleanField()  # nothing that was committed then was left for the next round
    count = models.PositiveIntegerField()
    total = models.PositiveBigIntegerField()  # rows in this seal and all before it
    first_id = models.BigIntegerField()
    last_id = models.BigIntegerField()
    highest_id = models.BigIntegerField()  # of this seal and all before it
    settled_id = models.BigIntegerField()  # no row up to this id is to come any more
    snapshot_xmax = models.BigIntegerField()
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    privacy: ClassVar[Privacy] = Privacy(
        open="id format sealed_at complete count total first_id last_id highest_id settled_id "
        "snapshot_xmax previous hash"
    )

    def __str__(self) -> str:
        return f"seal {self.pk}"


class AuditSealed(models.Model):
    """What a row was when it was sealed."""

    event_id = models.BigIntegerField(primary_key=True)
    seal = models.ForeignKey(
        AuditSeal, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    digest = models.BinaryField()

    privacy: ClassVar[Privacy] = Privacy(open="event_id seal digest")

    def __str__(self) -> str:
        return f"row {self.event_id}"
