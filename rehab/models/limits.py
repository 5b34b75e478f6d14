"""What a patient may not do, from when to when, and who says so."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from core.accounts.models import User
from core.documents.models import Document
from core.lib.privacy import Privacy
from core.people.models import Clinic, Episode, Patient


class Restriction(models.Model):
    """One limit. `value` in `unit` is the most that is allowed of `activity`; none = not at all.

    `sentence` is what everybody reads. Never deleted: lifted with a reason, or over by its day;
    `to_on` empty = until somebody lifts it (`until` says what that waits for).
    """

    class Source(models.TextChoices):
        PROCEDURE = "procedure", "Procedure"
        SURGEON = "surgeon", "Surgeon"
        PHYSICIAN = "physician", "Physician"

    class Activity(models.TextChoices):
        LIFT = "lift", "Lifting"
        CARRY = "carry", "Carrying"
        BEND = "bend", "Bending"
        TWIST = "twist", "Twisting"
        SIT = "sit", "Sitting"
        STAND = "stand", "Standing"
        WALK = "walk", "Walking"
        CLIMB = "climb", "Stairs and ladders"
        REACH = "reach", "Reaching overhead"
        ACTIVE_MOTION = "active_motion", "Moving it actively"
        WEIGHT_BEARING = "weight_bearing", "Weight on the leg"
        STRENGTHENING = "strengthening", "Strengthening"
        DRIVE = "drive", "Driving"
        WATER = "water", "Bath and pool"
        OTHER = "other", "Something else"

    class Unit(models.TextChoices):
        NONE = "", "Not at all"
        POUNDS = "lb", "pounds at most"
        MINUTES = "min", "minutes at most"
        DEGREES = "deg", "degrees at most"
        TIMES = "times", "times a day at most"
        PERCENT = "%", "% of the weight at most"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="restrictions")
    episode = models.ForeignKey(
        Episode, null=True, blank=True, on_delete=models.PROTECT, related_name="restrictions"
    )
    source = models.CharField(max_length=10, choices=Source)
    source_words = models.CharField(max_length=120)  # whose word: "L5-S1 injection 4 Nov"
    source_id = models.UUIDField(null=True, blank=True)  # a procedure's row, above this app
    document = models.ForeignKey(
        Document, null=True, blank=True, on_delete=models.PROTECT, related_name="restrictions"
    )
    activity = models.CharField(max_length=20, choices=Activity)
    value = models.DecimalField(max_digits=7, decimal_places=1, null=True, blank=True)
    unit = models.CharField(max_length=6, choices=Unit, blank=True, default="")
    sentence = models.CharField(max_length=200)
    from_on = models.DateField()
    to_on = models.DateField(null=True, blank=True)
    until = models.CharField(max_length=120, blank=True)
    set_at = models.DateTimeField()
    set_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )  # none = Hallway itself, of a procedure that was completed
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    lift_reason = models.CharField(max_length=200, blank=True)
    # Its document turned out to be on the wrong chart: it holds until a physician has looked.
    doubted_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    confirm_reason = models.CharField(max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1)
    history = HistoricalRecords()

    privacy: ClassVar[Privacy] = Privacy(
        open="id clinic patient episode source source_id document from_on to_on set_at set_by "
        "lifted_at lifted_by doubted_at confirmed_at confirmed_by version",
        health="source_words activity value unit sentence until lift_reason confirm_reason",
    )

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(to_on__isnull=True) | Q(to_on__gte=F("from_on")),
                name="restriction_days_in_order",
            ),
            models.CheckConstraint(
                condition=Q(to_on__isnull=False) | ~Q(until=""),
                name="restriction_ends_somehow",
            ),
            models.CheckConstraint(
                condition=Q(value__isnull=True, unit="") | (Q(value__isnull=False) & ~Q(unit="")),
                name="restriction_value_with_unit",
            ),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True, lifted_by__isnull=True, lift_reason="")
                | (Q(lifted_at__isnull=False) & ~Q(lift_reason="")),
                name="restriction_lifted_with_reason",
            ),
            models.CheckConstraint(condition=~Q(sentence=""), name="restriction_says_it"),
            models.CheckConstraint(
                condition=Q(value__isnull=True) | Q(value__gte=0), name="restriction_not_below_zero"
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True, confirmed_by__isnull=True, confirm_reason="")
                | (
                    Q(doubted_at__isnull=False, confirmed_at__isnull=False)
                    & Q(confirmed_by__isnull=False)
                    & ~Q(confirm_reason="")
                ),
                name="restriction_confirmed_with_reason",
            ),
        )
        indexes = (
            models.Index(fields=["patient", "-from_on"], name="limits_of_patient"),
            models.Index(fields=["patient", "-set_at", "-id"], name="limits_page"),
        )

    def __str__(self) -> str:
        return f"{self.source} {self.from_on}"

    @property
    def in_doubt(self) -> bool:
        """A physician has to confirm or lift it."""
        return bool(self.doubted_at) and not self.confirmed_at and not self.lifted_at


class LimitsCheck(models.Model):
    """Somebody read a document for limits and copied them in, or found none. Written once.

    `document` is a value and no link: when the document moves to another chart, this stays.
    """

    class Found(models.TextChoices):
        COPIED = "copied", "Limits copied in"
        NONE = "none", "No limits in it"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    document = models.UUIDField()
    found = models.CharField(max_length=6, choices=Found)
    words = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    privacy: ClassVar[Privacy] = Privacy(open="id patient document found at by", health="words")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(found="copied") | ~Q(words=""), name="limits_check_none_with_reason"
            ),
        )
        indexes = (models.Index(fields=["document", "at"], name="limits_checks"),)

    def __str__(self) -> str:
        return self.found
