"""Two charts of one person made one, with the log that undoes it."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from core.accounts.models import User
from core.lib.privacy import Privacy
from core.people.models.patient import Patient


class Merge(models.Model):
    """`gone` became part of `kept`. The trail of both stays where it was written."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kept = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="merges")
    gone = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="merged_away")
    reason = models.CharField(max_length=300)
    merged_at = models.DateTimeField()
    merged_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    undo_reason = models.CharField(max_length=300, blank=True)

    privacy: ClassVar[Privacy] = Privacy(
        open="id kept gone merged_at merged_by undone_at undone_by", health="reason undo_reason"
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["gone"],
                condition=Q(undone_at__isnull=True),
                name="merged_away_once",
            ),
            models.CheckConstraint(condition=~Q(kept=F("gone")), name="merge_of_two_charts"),
            models.CheckConstraint(
                condition=Q(
                    undone_at__isnull=True,
                    undone_by__isnull=True,
                    undo_reason="",
                )
                | (Q(undone_at__isnull=False, undone_by__isnull=False) & ~Q(undo_reason="")),
                name="merge_undone_with_reason",
            ),
        )

    def __str__(self) -> str:
        return "merge"


class MovedRow(models.Model):
    """One row that a merge moved: its model, its key and the column that named the patient."""

    id = models.BigAutoField(primary_key=True)
    merge = models.ForeignKey(Merge, on_delete=models.CASCADE, related_name="moved")
    model = models.CharField(max_length=60)  # "intake.call"
    row_pk = models.CharField(max_length=60)
    column = models.CharField(max_length=60)
    was = models.CharField(max_length=60)  # what stood there: the other chart, or a number

    privacy: ClassVar[Privacy] = Privacy(open="id merge model row_pk column was")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["merge", "model", "row_pk", "column"], name="moved_once"
            ),
        )

    def __str__(self) -> str:
        return self.model
