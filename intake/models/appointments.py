"""Booked visits, and what limits when a patient may be booked. Times are instants in UTC."""

import uuid
from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from simple_history.models import HistoricalRecords

from core.accounts.models import User
from core.lib.privacy import Privacy
from core.people.models import Clinic, Episode, Patient
from intake.models.calls import Call
from intake.models.schedule import Room, VisitKind, VisitType

SPAN = Func(F("starts_at"), F("ends_at"), function="TSTZRANGE", output_field=DateTimeRangeField())
STANDING = Q(state__in=("booked", "arrived", "done"))  # takes up its time


def alone(name: str, whose: str) -> ExclusionConstraint:
    """Nobody and nothing is in two standing appointments at one time."""
    return ExclusionConstraint(
        name=name,
        expressions=[(whose, RangeOperators.EQUAL), (SPAN, RangeOperators.OVERLAPS)],
        condition=STANDING & Q(**{f"{whose}__isnull": False}),
    )


class Appointment(models.Model):
    """One visit. Moving it makes a new row that names this one in `rescheduled_from`."""

    class State(models.TextChoices):
        BOOKED = "booked", "Booked"
        ARRIVED = "arrived", "Arrived"
        DONE = "done", "Done"
        NO_SHOW = "no_show", "Did not come"
        CANCELLED = "cancelled", "Cancelled"
        MOVED = "moved", "Moved to another time"

    class CancelledFor(models.TextChoices):
        PATIENT = "patient", "The patient"
        CLINIC = "clinic", "The clinic"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="appointments")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="appointments")
    episode = models.ForeignKey(
        Episode, null=True, blank=True, on_delete=models.PROTECT, related_name="appointments"
    )
    visit_type = models.ForeignKey(VisitType, on_delete=models.PROTECT, related_name="appointments")
    provider = models.ForeignKey(User, on_delete=models.PROTECT, related_name="appointments")
    room = models.ForeignKey(
        Room, null=True, blank=True, on_delete=models.PROTECT, related_name="appointments"
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    telehealth = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State, default=State.BOOKED)
    notes = models.CharField(max_length=300, blank=True)  # administrative only
    call = models.ForeignKey(
        Call, null=True, blank=True, on_delete=models.PROTECT, related_name="appointments"
    )
    rescheduled_from = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="rescheduled_to"
    )
    booked_at = models.DateTimeField()
    booked_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    arrived_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    cancelled_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    cancelled_for = models.CharField(max_length=10, choices=CancelledFor, blank=True)
    cancel_reason = models.CharField(max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1)
    history = HistoricalRecords()

    privacy: ClassVar[Privacy] = Privacy(
        open="id clinic patient episode provider room starts_at ends_at telehealth state call "
        "rescheduled_from booked_at booked_by arrived_at cancelled_at cancelled_by cancelled_for "
        "version",
        health="visit_type notes cancel_reason",
    )

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="appointment_ends_after_start"
            ),
            models.CheckConstraint(
                condition=(Q(state="cancelled", cancelled_at__isnull=False) & ~Q(cancelled_for=""))
                | (
                    ~Q(state="cancelled")
                    & Q(cancelled_at__isnull=True, cancelled_by__isnull=True, cancelled_for="")
                ),
                name="appointment_cancelled_for_and_at",
            ),
            models.CheckConstraint(
                condition=Q(room__isnull=True) | Q(telehealth=False),
                name="appointment_by_video_needs_no_room",
            ),
            alone("appointment_provider_once", "provider"),
            alone("appointment_room_once", "room"),
            alone("appointment_patient_once", "patient"),
        )
        indexes = (
            models.Index(fields=["clinic", "starts_at"], name="schedule_page"),
            models.Index(fields=["patient", "-starts_at", "id"], name="visits_of_patient"),
            models.Index(fields=["provider", "starts_at"], name="schedule_of_provider"),
        )

    def __str__(self) -> str:
        return f"appointment {self.state}"


class BookingLimit(models.Model):
    """When visits of some kinds may not be booked, in words for the desk; one row per source.

    `effect` closed: not from `from_on` to `to_on` (a PT hold, the days after a procedure);
    only_within: only in that time, `units` visits at most (an authorization). A `hard` limit is
    never overridden: what made it ends it. Higher apps write these rows; booking reads no others.
    """

    class Source(models.TextChoices):
        RED_FLAG = "red_flag", "Red flag"
        PROCEDURE = "procedure", "Procedure"
        AUTHORIZATION = "authorization", "Authorization"
        HAND = "hand", "Set by hand"

    class Effect(models.TextChoices):
        CLOSED = "closed", "Not in this time"
        ONLY_WITHIN = "only_within", "Only in this time"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="booking_limits")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="booking_limits")
    source = models.CharField(max_length=20, choices=Source)
    source_id = models.UUIDField()
    kinds = ArrayField(models.CharField(max_length=20, choices=VisitKind))
    effect = models.CharField(max_length=12, choices=Effect, default=Effect.CLOSED)
    from_on = models.DateField()
    to_on = models.DateField(null=True, blank=True)
    units = models.PositiveSmallIntegerField(null=True, blank=True)
    sentence = models.CharField(max_length=300)
    hard = models.BooleanField(default=False)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=1)
    history = HistoricalRecords()

    privacy: ClassVar[Privacy] = Privacy(
        open="id clinic patient source source_id effect from_on to_on units hard made_at made_by "
        "ended_at ended_by version",
        health="kinds sentence",
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["source", "source_id"], name="limit_once_a_source"),
            models.CheckConstraint(
                condition=Q(to_on__isnull=True) | Q(to_on__gte=F("from_on")),
                name="limit_days_in_order",
            ),
            models.CheckConstraint(
                condition=Q(units__isnull=True) | Q(effect="only_within"),
                name="limit_units_of_what_is_allowed",
            ),
            models.CheckConstraint(condition=~Q(sentence=""), name="limit_says_why"),
        )
        indexes = (
            models.Index(
                fields=["patient"], name="limits_open", condition=Q(ended_at__isnull=True)
            ),
        )

    def __str__(self) -> str:
        return f"{self.source} {self.from_on}"


class LimitOverride(models.Model):
    """Somebody booked against a limit, with a reason; somebody else looks at it afterwards."""

    class Verdict(models.TextChoices):
        JUSTIFIED = "justified", "It was right"
        NOT_JUSTIFIED = "not_justified", "It was not right"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="overrides")
    limit = models.ForeignKey(BookingLimit, on_delete=models.PROTECT, related_name="overrides")
    reason = models.CharField(max_length=500)
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reviewed_at = models.DateTimeField(null=True)
    reviewed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    verdict = models.CharField(max_length=20, choices=Verdict, blank=True)
    review_words = models.CharField(max_length=500, blank=True)

    privacy: ClassVar[Privacy] = Privacy(
        open="id appointment limit at by reviewed_at reviewed_by verdict",
        health="reason review_words",
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["appointment", "limit"], name="override_once_a_limit"),
            models.CheckConstraint(
                condition=Q(reviewed_at__isnull=True, reviewed_by__isnull=True, verdict="")
                | (Q(reviewed_at__isnull=False, reviewed_by__isnull=False) & ~Q(verdict="")),
                name="override_reviewed_with_verdict",
            ),
            models.CheckConstraint(
                condition=Q(reviewed_by__isnull=True) | ~Q(reviewed_by=F("by")),
                name="override_reviewed_by_another",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="override_says_why"),
        )

    def __str__(self) -> str:
        return "override"
