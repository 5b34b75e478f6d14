"""Clinical and payer content as versioned data, signed off by a named clinician."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from core.accounts.models import User
from core.lib.privacy import Privacy


class ProtocolVersion(models.Model):
    """One version of one protocol file. A decision keeps the version that made it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=60)
    version = models.CharField(max_length=20)
    body = models.JSONField()
    digest = models.CharField(max_length=64)
    source = models.TextField()
    effective_on = models.DateField()
    loaded_at = models.DateTimeField()
    signed_off_at = models.DateTimeField(null=True)
    signed_off_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    privacy: ClassVar[Privacy] = Privacy(
        open="id kind key version body digest source effective_on loaded_at "
        "signed_off_at signed_off_by"
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["kind", "key", "version"], name="protocol_version_once"
            ),
            models.CheckConstraint(
                condition=Q(signed_off_at__isnull=True, signed_off_by__isnull=True)
                | Q(signed_off_at__isnull=False, signed_off_by__isnull=False),
                name="protocol_signed_by_and_at",
            ),
        )
        indexes = (models.Index(fields=["kind", "key", "-effective_on"], name="protocol_current"),)

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        return f"{self.key} v{self.version}"
