"""The ledger: what was measured about a patient, and what happened in the programme."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from core.accounts.models import User
from core.lib.privacy import Privacy
from core.people.models import Clinic, Episode, Patient, Payer
from core.protocols.models import ProtocolVersion

DIMENSIONS = "clinic patient episode protocol payer clinician"


class Dimensions(models.Model):
    """In what context something was measured or happened: the same columns on both ledgers.

    `protocol` = the lane's version, `lane` and `procedure` their keys; blank while there is none.
    """

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, null=True, on_delete=models.PROTECT, related_name="+")
    episode = models.ForeignKey(
        Episode, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    lane = models.CharField(max_length=40, blank=True, default="")
    protocol = models.ForeignKey(
        ProtocolVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    procedure = models.CharField(max_length=60, blank=True, default="")
    payer = models.ForeignKey(
        Payer, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    clinician = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        abstract = True


def wrong_paired(name: str) -> models.CheckConstraint:
    """Marked wrong by somebody or by an undo, at a moment, with the reason; or not at all."""
    return models.CheckConstraint(
        condition=Q(wrong_at__isnull=True, wrong_by__isnull=True, wrong_reason="")
        | (Q(wrong_at__isnull=False) & ~Q(wrong_reason="")),
        name=name,
    )


class Measurement(Dimensions):
    """One value of one metric. Never changed and never deleted; a wrong one is marked as wrong.

    `clinician` measured, `recorded_by` typed. `metrics` = the version whose rules accepted it.
    Values compare only within metric, instrument, side, region and variant.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="measurements")
    metric = models.CharField(max_length=40)
    value = models.DecimalField(max_digits=10, decimal_places=3, null=True, blank=True)
    missing_reason = models.CharField(max_length=200, blank=True, default="")
    unit = models.CharField(max_length=20)
    instrument = models.CharField(max_length=40, blank=True, default="")
    side = models.CharField(max_length=5, choices=Episode.Side, blank=True, default="")
    region = models.CharField(max_length=20, blank=True, default="")
    variant = models.CharField(max_length=320, blank=True, default="")
    details = models.JSONField(default=dict)  # {detail id of the metric: text}
    measured_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    metrics = models.ForeignKey(ProtocolVersion, on_delete=models.PROTECT, related_name="+")
    wrong_at = models.DateTimeField(null=True, blank=True)
    wrong_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    wrong_reason = models.CharField(max_length=200, blank=True, default="")
    version = models.PositiveIntegerField(default=1)
    history = HistoricalRecords()

    privacy: ClassVar[Privacy] = Privacy(
        open=f"id {DIMENSIONS} measured_at recorded_at recorded_by metrics wrong_at wrong_by "
        "version",
        health="lane procedure metric value missing_reason unit instrument side region variant "
        "details wrong_reason",
    )

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(value__isnull=False, missing_reason="")
                | (Q(value__isnull=True) & ~Q(missing_reason="")),
                name="measurement_value_or_reason",
            ),
            models.CheckConstraint(
                condition=Q(measured_at__lte=F("recorded_at")), name="measurement_not_ahead"
            ),
            models.CheckConstraint(
                condition=Q(wrong_at__isnull=True) | Q(wrong_by__isnull=False),
                name="measurement_wrong_by_somebody",
            ),
            wrong_paired("measurement_wrong_with_reason"),
        )
        indexes = (
            models.Index(fields=["patient", "metric", "measured_at"], name="measures_patient"),
            models.Index(
                fields=["clinic", "metric", "measured_at"],
                include=["value", "patient", "lane"],
                condition=Q(wrong_at__isnull=True),
                name="measures_month",
            ),
        )

    def __str__(self) -> str:
        return "measurement"


class SurveyResponse(models.Model):
    """What was answered behind a survey's score; written once, with its measurement."""

    class Entered(models.TextChoices):
        ITEMS = "items", "By its answers"
        SCORE = "score", "As a score"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    measurement = models.OneToOneField(
        Measurement, on_delete=models.PROTECT, related_name="response"
    )
    entered = models.CharField(max_length=5, choices=Entered)
    items = models.JSONField(default=list)  # [{"label": words or number, "value": 0-10 or null}]
    answered = models.PositiveSmallIntegerField(default=0)
    rule = models.CharField(max_length=30)  # of Scoring.kind, in the measurement's metrics version

    privacy: ClassVar[Privacy] = Privacy(
        open="id measurement entered answered rule", health="items"
    )

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(entered="items") | Q(items=[]), name="response_items_or_score"
            ),
        )

    def __str__(self) -> str:
        return self.entered


class Occurrence(Dimensions):
    """Something that happened: a work item closed, a call answered. The programme's clocks.

    `seconds` from `started_at` to `at`; `count` where something was counted (tries, looks).
    `subject_id` = the row it is about: a work item, a call, a flag.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=60)
    subject_id = models.UUIDField()
    started_at = models.DateTimeField(null=True, blank=True)
    at = models.DateTimeField()
    seconds = models.BigIntegerField(null=True, blank=True)
    count = models.PositiveIntegerField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=40, blank=True, default="")
    recorded_at = models.DateTimeField()
    wrong_at = models.DateTimeField(null=True, blank=True)
    wrong_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    wrong_reason = models.CharField(max_length=200, blank=True, default="")

    privacy: ClassVar[Privacy] = Privacy(
        open=f"id {DIMENSIONS} kind subject_id started_at at seconds count due_at recorded_at "
        "wrong_at wrong_by wrong_reason",
        health="lane procedure outcome",
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["kind", "subject_id", "at"], name="occurrence_once"),
            models.CheckConstraint(
                condition=Q(started_at__isnull=True, seconds__isnull=True)
                | Q(started_at__lte=F("at"), seconds__gte=0),
                name="occurrence_lasts",
            ),
            wrong_paired("occurrence_wrong_with_reason"),
        )
        indexes = (
            models.Index(fields=["patient", "-at"], name="occurrences_patient"),
            models.Index(
                fields=["clinic", "kind", "at"],
                include=["seconds", "payer", "lane"],
                condition=Q(wrong_at__isnull=True),
                name="occurrences_month",
            ),
            models.Index(fields=["subject_id"], name="occurrences_subject"),
        )

    def __str__(self) -> str:
        return self.kind
