"""Clinical and payer content as versioned data, signed off by a named clinician."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from core.accounts.models import User
from core.lib.privacy import Privacy
from core.protocols.rules import state_of


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
    # Only of a version written in Hallway: from which one, by whom and why; perhaps taken back.
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")
    author = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(blank=True, default="", db_default="")
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    withdraw_reason = models.CharField(max_length=300, blank=True, default="", db_default="")

    privacy: ClassVar[Privacy] = Privacy(
        open="id kind key version body digest source effective_on loaded_at "
        "signed_off_at signed_off_by parent author reason withdrawn_at withdrawn_by withdraw_reason"
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
            models.CheckConstraint(
                condition=Q(author__isnull=True, parent__isnull=True)
                | (Q(author__isnull=False, parent__isnull=False) & ~Q(reason="")),
                name="protocol_written_from_and_why",
            ),
            models.CheckConstraint(
                condition=Q(author__isnull=True)
                | Q(signed_off_by__isnull=True)
                | ~Q(signed_off_by=F("author")),
                name="protocol_signed_by_another",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)
                | Q(
                    withdrawn_at__isnull=False,
                    withdrawn_by__isnull=False,
                    author__isnull=False,
                    signed_off_at__isnull=True,
                ),
                name="protocol_withdrawn_unsigned",
            ),
        )
        indexes = (models.Index(fields=["kind", "key", "-effective_on"], name="protocol_current"),)

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        return f"{self.key} v{self.version}"

    @property
    def state(self) -> str:
        """loaded | proposed | adopted | withdrawn: see core/protocols/rules.py."""
        return state_of(
            written=self.author_id is not None,
            signed=self.signed_off_at is not None,
            withdrawn=self.withdrawn_at is not None,
        )
