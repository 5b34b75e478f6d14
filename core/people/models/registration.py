"""What registration notes beside the chart: contacts, allergies, comorbidities, consents.

Nothing is deleted: what was wrong or is over is ended with a reason, and stays readable.
"""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from core.accounts.models import User
from core.lib.privacy import Privacy
from core.people.models.patient import Patient


class Noted(models.Model):
    """A row on a chart: who noted it, and who ended it and why."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    noted_at = models.DateTimeField()
    noted_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    end_reason = models.CharField(max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        abstract = True
        constraints = (
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, end_reason="")
                | (Q(ended_at__isnull=False) & ~Q(end_reason="")),
                name="%(class)s_ended_with_reason",
            ),
        )


NOTED = "id patient noted_at noted_by ended_at ended_by version"


class PatientContact(Noted):
    """Somebody to phone about the patient; `may_be_told` only with the patient's word."""

    class Relation(models.TextChoices):
        PARTNER = "partner", "Partner or spouse"
        PARENT = "parent", "Parent"
        CHILD = "child", "Child"
        SIBLING = "sibling", "Brother or sister"
        FRIEND = "friend", "Friend"
        GUARDIAN = "guardian", "Guardian"
        CAREGIVER = "caregiver", "Caregiver"
        OTHER = "other", "Somebody else"

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="contacts")
    name = models.CharField(max_length=120)
    relation = models.CharField(max_length=10, choices=Relation)
    phone = models.CharField(max_length=20)  # E.164
    email = models.EmailField(blank=True)
    emergency = models.BooleanField(default=False)
    may_be_told = models.BooleanField(default=False)
    history = HistoricalRecords()

    privacy: ClassVar[Privacy] = Privacy(
        open=f"{NOTED} emergency may_be_told", identifier="name relation phone email end_reason"
    )

    class Meta(Noted.Meta):
        pass

    def __str__(self) -> str:
        return self.relation


class Allergy(Noted):
    class Severity(models.TextChoices):
        UNKNOWN = "unknown", "Not known"
        MILD = "mild", "Mild"
        MODERATE = "moderate", "Moderate"
        SEVERE = "severe", "Severe"

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="allergies")
    substance = models.CharField(max_length=120)
    reaction = models.CharField(max_length=200, blank=True)
    severity = models.CharField(max_length=10, choices=Severity, default=Severity.UNKNOWN)
    history = HistoricalRecords()

    privacy: ClassVar[Privacy] = Privacy(
        open=NOTED, health="substance reaction severity end_reason"
    )

    class Meta(Noted.Meta):
        pass

    def __str__(self) -> str:
        return "allergy"


class Comorbidity(Noted):
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="comorbidities")
    words = models.CharField(max_length=200)
    since = models.CharField(max_length=40, blank=True)  # as told: "2019", "since childhood"
    history = HistoricalRecords()

    privacy: ClassVar[Privacy] = Privacy(open=NOTED, health="words since end_reason")

    class Meta(Noted.Meta):
        pass

    def __str__(self) -> str:
        return "comorbidity"


class Consent(Noted):
    """A signature: to what, by whom, how, from when until when; withdrawn = ended."""

    class Kind(models.TextChoices):
        TREATMENT = "treatment", "Consent to treatment"
        PRIVACY_NOTICE = "privacy_notice", "Privacy notice received"
        RELEASE = "release", "Release: records from or to others"
        TELEHEALTH = "telehealth", "Telehealth"
        MESSAGES = "messages", "Text messages and e-mail"

    class Method(models.TextChoices):
        PAPER = "paper", "Signed on paper"
        ELECTRONIC = "electronic", "Signed on screen"
        VERBAL = "verbal", "Said, before a witness"

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="consents")
    kind = models.CharField(max_length=20, choices=Kind)
    signed_by = models.CharField(max_length=120)
    # Blank = the patient; else on what ground somebody signs for them.
    signed_as = models.CharField(max_length=80, blank=True)
    method = models.CharField(max_length=10, choices=Method)
    witness = models.CharField(max_length=120, blank=True)
    signed_on = models.DateField()
    expires_on = models.DateField(null=True, blank=True)
    party = models.CharField(max_length=200, blank=True)  # a release: from or to whom
    scope = models.CharField(max_length=300, blank=True)  # a release: which records
    history = HistoricalRecords()

    privacy: ClassVar[Privacy] = Privacy(
        open=f"{NOTED} kind method signed_on expires_on",
        identifier="signed_by signed_as witness party",
        health="scope end_reason",
    )

    class Meta(Noted.Meta):
        constraints = (  # type: ignore[assignment]  # more than the parent's, on purpose
            *Noted.Meta.constraints,
            models.CheckConstraint(
                condition=Q(expires_on__isnull=True) | Q(expires_on__gte=F("signed_on")),
                name="consent_expires_after_signed",
            ),
            models.CheckConstraint(
                condition=~Q(method="verbal") | ~Q(witness=""), name="consent_verbal_with_witness"
            ),
        )

    def __str__(self) -> str:
        return self.kind
