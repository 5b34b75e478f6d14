"""What opens one chart to one person for a time, and what keeps a chart from being purged."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from core.accounts.models import User
from core.lib.privacy import Privacy
from core.people.models.patient import Patient


class AccessGrant(models.Model):
    """Opens one chart to one person for a time, with a reason; it ends by itself."""

    class Kind(models.TextChoices):
        RED_FLAG = "red_flag"
        COVER = "cover"
        BREAK_GLASS = "break_glass"  # an emergency: 60 min, reviewed by somebody else

    class Verdict(models.TextChoices):
        JUSTIFIED = "justified"
        NOT_JUSTIFIED = "not_justified"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="grants")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="grants")
    kind = models.CharField(max_length=20, choices=Kind)
    subject_id = models.UUIDField()
    reason = models.CharField(max_length=500)
    granted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reviewed_at = models.DateTimeField(null=True)
    reviewed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    verdict = models.CharField(
        max_length=20, choices=Verdict, blank=True, default="", db_default=""
    )
    review_words = models.TextField(blank=True, default="", db_default="")

    privacy: ClassVar[Privacy] = Privacy(
        open="id patient user kind subject_id granted_by starts_at ends_at reviewed_at "
        "reviewed_by verdict",
        health="reason review_words",
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["patient", "user", "kind", "subject_id"], name="grant_once"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="grant_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(
                    reviewed_at__isnull=True, reviewed_by__isnull=True, verdict="", review_words=""
                )
                | (Q(reviewed_at__isnull=False, reviewed_by__isnull=False) & ~Q(verdict="")),
                name="grant_reviewed_with_verdict",
            ),
            models.CheckConstraint(
                condition=Q(reviewed_by__isnull=True) | ~Q(reviewed_by=F("user")),
                name="grant_reviewed_by_another",
            ),
        )
        indexes = (models.Index(fields=["user", "ends_at"], name="grant_of_user"),)

    def __str__(self) -> str:
        return self.kind


class LegalHold(models.Model):
    """Nothing of this patient is purged while it stands."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="legal_holds")
    reason = models.CharField(max_length=500)
    placed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    placed_at = models.DateTimeField()
    lifted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    lifted_at = models.DateTimeField(null=True)
    lift_reason = models.CharField(max_length=500, blank=True)

    privacy: ClassVar[Privacy] = Privacy(
        open="id patient placed_by placed_at lifted_by lifted_at", health="reason lift_reason"
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["patient"],
                condition=Q(lifted_at__isnull=True),
                name="legal_hold_once",
            ),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True, lifted_by__isnull=True)
                | Q(lifted_at__isnull=False, lifted_by__isnull=False),
                name="legal_hold_lifted_by",
            ),
        )

    def __str__(self) -> str:
        return "legal hold"
