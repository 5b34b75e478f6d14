"""Calls with their answers as given, what was done, and the red flags they raised."""

import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from core.accounts.models import User
from core.lib.privacy import Privacy
from core.people.models import Clinic, Episode, Patient
from core.people.names import phone_words
from core.protocols.models import ProtocolVersion
from messaging.models import Thread


class Disposition(models.TextChoices):
    EMERGENCY = "emergency_now", "Emergency now"
    SAME_DAY = "same_day_physician", "Same-day physician"
    URGENT = "urgent_24_72h", "Urgent 24–72 h"
    ROUTINE = "routine", "Routine"


class Call(models.Model):
    """One contact in which the safety questions are asked; a missed one waits for its call-back."""

    class State(models.TextChoices):
        WAITING = "waiting"  # nobody has spoken to the caller, or they hung up
        OPEN = "open"
        CLOSED = "closed"

    class Origin(models.TextChoices):
        INCOMING = "incoming"
        MISSED = "missed"
        RETRIAGE = "retriage"

    class Relation(models.TextChoices):
        PATIENT = "self", "The patient"
        PARTNER = "partner", "Partner or spouse"
        PARENT = "parent", "Parent"
        CHILD = "child", "Child"
        OTHER = "other", "Somebody else"
        PROFESSIONAL = "professional", "Another clinic or case manager"

    class Permission(models.TextChoices):
        NOT_ASKED = "", "Not asked yet"
        GIVEN = "given", "The patient is there and agrees"
        ON_FILE = "on_file", "A release is on file"
        NONE = "none", "No: ask the questions, tell nothing"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="calls")
    patient = models.ForeignKey(Patient, null=True, on_delete=models.PROTECT, related_name="calls")
    origin = models.CharField(max_length=10, choices=Origin)
    state = models.CharField(max_length=10, choices=State)
    form_key = models.UUIDField(unique=True)  # a second click or a retry is the same call
    phone = models.CharField(max_length=40, blank=True)
    given_name = models.CharField(max_length=80, blank=True)
    family_name = models.CharField(max_length=80, blank=True)
    birth_date = models.DateField(null=True)
    relation = models.CharField(max_length=20, choices=Relation, default=Relation.PATIENT)
    caller_name = models.CharField(max_length=120, blank=True)
    permission = models.CharField(max_length=10, choices=Permission, blank=True)
    region = models.CharField(max_length=10, choices=Episode.Region, blank=True)
    since = models.CharField(max_length=120, blank=True)
    notes = models.TextField(blank=True)
    protocol = models.ForeignKey(ProtocolVersion, on_delete=models.PROTECT, related_name="+")
    received_at = models.DateTimeField()
    spoke_at = models.DateTimeField(null=True)
    opened_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    held_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="held_calls"
    )
    saved_at = models.DateTimeField()
    # A question just answered yes whose branch is still being asked: not paged for yet.
    asking = models.CharField(max_length=10, blank=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    disposition = models.CharField(max_length=20, choices=Disposition, default=Disposition.URGENT)
    hold_pt = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)
    history = HistoricalRecords()

    privacy: ClassVar[Privacy] = Privacy(
        open="id clinic patient origin state form_key protocol received_at spoke_at opened_by "
        "held_by saved_at closed_at closed_by version asking",
        identifier="phone given_name family_name birth_date caller_name",
        health="relation permission region since notes disposition hold_pt",
    )

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(state="closed", closed_at__isnull=False, closed_by__isnull=False)
                | (~Q(state="closed") & Q(closed_at__isnull=True, closed_by__isnull=True)),
                name="call_closed_by_and_at",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting") | Q(spoke_at__isnull=False),
                name="call_open_means_spoken",
            ),
        )
        indexes = (
            models.Index(
                fields=["clinic", "-received_at", "id"],
                name="calls_unfinished",
                condition=~Q(state="closed"),
            ),
            models.Index(fields=["clinic", "-received_at", "id"], name="calls_page"),
            models.Index(fields=["patient", "-received_at"], name="calls_patient"),
        )

    def __str__(self) -> str:
        return f"call {self.state}"

    @property
    def caller_line(self) -> str:
        """The name as typed, or the number, or what we have."""
        name = f"{self.given_name} {self.family_name}".strip()
        return name or phone_words(self.phone) or "Unknown caller"


class CallAnswer(models.Model):
    """One answer, with the wording that was read. The earlier answer stays in the history."""

    class Answer(models.TextChoices):
        YES = "yes"
        NO = "no"
        DONT_KNOW = "dont_know"

    id = models.BigAutoField(primary_key=True)
    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="answers")
    question = models.CharField(max_length=10)
    wording = models.TextField()
    answer = models.CharField(max_length=10, choices=Answer)
    flags = ArrayField(models.CharField(max_length=10), default=list)
    answered_at = models.DateTimeField()
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    history = HistoricalRecords()

    privacy: ClassVar[Privacy] = Privacy(
        open="id call question wording answered_at answered_by", health="answer flags"
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["call", "question"], name="answer_once_a_question"),
        )

    def __str__(self) -> str:
        return self.question


class CallAction(models.Model):
    """What was done about a call: who was told, when, by what means. Never changed."""

    class Kind(models.TextChoices):
        TOLD_911 = "told_911", "Caller told to call 911"
        WE_CALLED = "we_called", "We called 911"
        WARM_TRANSFER = "warm_transfer", "Warm transfer"
        REFUSED = "refused", "Caller refused"
        LOST_CONTACT = "lost_contact", "Lost contact, number re-dialled"
        PHYSICIAN_REACHED = "physician_reached", "Spoke with the physician"
        MESSAGE_SENT = "message_sent", "Physician has the message; caller expects a call today"
        SENT_TO_ED = "sent_to_ed", "Caller told to go to the emergency department"
        VISIT_BOOKED = "visit_booked", "Visit booked"
        VISIT_PROMISED = "visit_promised", "Caller told: we call back today with a time"
        HUNG_UP = "hung_up", "Caller hung up"

    id = models.BigAutoField(primary_key=True)
    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="actions")
    kind = models.CharField(max_length=20, choices=Kind)
    words = models.TextField(blank=True)
    # Where the call stood then: what was done about something milder does not count for worse.
    disposition = models.CharField(max_length=20, choices=Disposition)
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    privacy: ClassVar[Privacy] = Privacy(open="id call at by", health="kind words disposition")

    class Meta:
        indexes = (models.Index(fields=["call", "at"], name="actions_of_call"),)

    def __str__(self) -> str:
        return self.kind


class DispositionChange(models.Model):
    """Somebody raised, or a physician lowered, where a call goes."""

    class Direction(models.TextChoices):
        RAISE = "raise"
        LOWER = "lower"

    id = models.BigAutoField(primary_key=True)
    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="changes")
    direction = models.CharField(max_length=10, choices=Direction)
    was = models.CharField(max_length=20, choices=Disposition)
    to = models.CharField(max_length=20, choices=Disposition)
    # What was known then: a lowering says nothing about a finding that came later.
    known = ArrayField(models.CharField(max_length=300), default=list)
    reason = models.TextField()
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    privacy: ClassVar[Privacy] = Privacy(
        open="id call direction at by", health="was to known reason"
    )

    class Meta:
        indexes = (models.Index(fields=["call", "at"], name="changes_of_call"),)

    def __str__(self) -> str:
        return self.direction


class CallAttempt(models.Model):
    """A call-back that reached nobody. It does not stop the clock."""

    class Outcome(models.TextChoices):
        NO_ANSWER = "no_answer", "No answer"
        VOICEMAIL = "voicemail", "Left a voicemail"
        BUSY = "busy", "Line busy"
        WRONG_NUMBER = "wrong_number", "Wrong number"

    id = models.BigAutoField(primary_key=True)
    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="attempts")
    outcome = models.CharField(max_length=20, choices=Outcome)
    words = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    privacy: ClassVar[Privacy] = Privacy(open="id call outcome at by", health="words")

    class Meta:
        indexes = (models.Index(fields=["call", "at"], name="attempts_of_call"),)

    def __str__(self) -> str:
        return self.outcome


class RedFlag(models.Model):
    """A finding that cannot wait: a physician acknowledges, then decides. At most one per call."""

    class Decision(models.TextChoices):
        CONFIRM = "confirm", "Confirm"
        CHANGE = "change", "Change where it goes"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    call = models.OneToOneField(Call, on_delete=models.PROTECT, related_name="flag")
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="flags")
    patient = models.ForeignKey(Patient, null=True, on_delete=models.PROTECT, related_name="flags")
    thread = models.OneToOneField(Thread, on_delete=models.PROTECT, related_name="flag")
    protocol = models.ForeignKey(ProtocolVersion, on_delete=models.PROTECT, related_name="+")
    disposition = models.CharField(max_length=20, choices=Disposition)
    reasons = models.JSONField(default=list)  # [{"rule", "flags", "why"}]
    hold_pt = models.BooleanField(default=False)
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decision = models.CharField(max_length=10, choices=Decision, blank=True)
    decided_disposition = models.CharField(max_length=20, choices=Disposition, blank=True)
    decision_reason = models.TextField(blank=True)
    hold_released_at = models.DateTimeField(null=True)
    hold_released_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+"
    )
    hold_release_reason = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)
    history = HistoricalRecords()

    privacy: ClassVar[Privacy] = Privacy(
        open="id call clinic patient thread protocol opened_at opened_by acknowledged_at "
        "acknowledged_by decided_at decided_by hold_released_at hold_released_by version",
        health="disposition reasons hold_pt decision decided_disposition decision_reason "
        "hold_release_reason",
    )

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(acknowledged_at__isnull=True, acknowledged_by__isnull=True)
                | Q(acknowledged_at__isnull=False, acknowledged_by__isnull=False),
                name="flag_acknowledged_by_and_at",
            ),
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True, decided_by__isnull=True, decision="")
                | (Q(decided_at__isnull=False, decided_by__isnull=False) & ~Q(decision="")),
                name="flag_decided_by_and_at",
            ),
            models.CheckConstraint(
                condition=Q(hold_released_at__isnull=True, hold_released_by__isnull=True)
                | (
                    Q(hold_released_at__isnull=False, hold_released_by__isnull=False)
                    & ~Q(hold_release_reason="")
                ),
                name="flag_hold_released_with_reason",
            ),
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True) | Q(acknowledged_at__isnull=False),
                name="flag_decided_after_acknowledged",
            ),
        )
        indexes = (
            models.Index(fields=["patient", "-opened_at"], name="flags_patient"),
            models.Index(fields=["clinic", "-opened_at"], name="flags_clinic"),
        )

    def __str__(self) -> str:
        return f"red flag {self.disposition}"

    @property
    def paged(self) -> bool:
        """A physician was called for it; otherwise it only keeps therapy from starting."""
        return self.disposition in {Disposition.EMERGENCY, Disposition.SAME_DAY}

    @property
    def is_holding_pt(self) -> bool:
        return self.hold_pt and self.hold_released_at is None

    @property
    def state(self) -> str:
        """new → acknowledged → decided; one source of truth: the instants."""
        if self.decided_at:
            return "decided"
        return "acknowledged" if self.acknowledged_at else "new"
