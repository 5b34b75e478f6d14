"""Append-only: who read, wrote or was refused what. Triggers deny UPDATE, DELETE and TRUNCATE."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from core.lib.privacy import Privacy


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
        indexes = (models.Index(fields=["patient_id", "-at"], name="audit_who_looked"),)

    def __str__(self) -> str:
        return f"{self.action} {self.object_kind}"
