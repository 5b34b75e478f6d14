"""A document of a patient: what somebody uploaded, or what Hallway itself made and keeps.

Its bytes lie in a folder outside the web's reach (files.py) under a random name. Nobody is served
anything that has not been found clean.
"""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from core.accounts.models import User
from core.lib.privacy import Privacy
from core.people.models import Clinic, Consent, Episode, Patient


class Document(models.Model):
    """One file on one chart. A rejected one keeps its row and its reason, and loses its bytes."""

    class Kind(models.TextChoices):
        IMAGING_REPORT = "imaging_report", "Imaging report"
        OPERATIVE_NOTE = "operative_note", "Operative note"
        VISIT_NOTE = "visit_note", "Visit note"
        PT_NOTE = "pt_note", "Physical therapy note"
        LAB = "lab", "Lab result"
        REFERRAL = "referral", "Referral"
        CONSENT_FORM = "consent_form", "Consent form"
        INSURANCE_CARD = "insurance_card", "Insurance card"
        WORK_FORM = "work_form", "Work form"
        LETTER = "letter", "Letter"
        IDENTITY = "identity", "Identity document"
        OTHER = "other", "Something else"

    class State(models.TextChoices):
        QUARANTINED = "quarantined", "Being checked"
        CLEAN = "clean", "Ready"
        REJECTED = "rejected", "Rejected"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="documents")
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=Kind)
    title = models.CharField(max_length=160)
    source = models.CharField(max_length=160, blank=True)  # who wrote it, in words
    documented_on = models.DateField(null=True, blank=True)  # the date on the paper
    region = models.CharField(max_length=10, choices=Episode.Region, blank=True)
    side = models.CharField(max_length=5, choices=Episode.Side, blank=True)
    # What it answers: a request for records, an appointment. Their rows stand above this app.
    subject_id = models.UUIDField(null=True, blank=True)
    consent = models.ForeignKey(
        Consent, null=True, blank=True, on_delete=models.PROTECT, related_name="documents"
    )
    file_name = models.CharField(max_length=120)  # as it was called where it came from
    content_type = models.CharField(max_length=40, blank=True)  # by its content, never as declared
    size = models.PositiveIntegerField()  # bytes, as stored
    pages = models.PositiveSmallIntegerField(null=True, blank=True)
    sha256 = models.CharField(max_length=64)  # of the bytes as stored
    stored_as = models.CharField(max_length=64, blank=True)  # a random name; "" = no bytes any more
    state = models.CharField(max_length=12, choices=State, default=State.QUARANTINED)
    # Why it was rejected, or why it still waits; a sentence for whoever uploaded it.
    reason = models.CharField(max_length=300, blank=True)
    tried_at = models.DateTimeField(null=True, blank=True)  # when it was last checked
    decided_at = models.DateTimeField(null=True, blank=True)
    uploaded_by = models.ForeignKey(  # None = Hallway itself
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    uploaded_at = models.DateTimeField()
    reviewed_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reviewed_at = models.DateTimeField(null=True, blank=True)
    review_words = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)
    history = HistoricalRecords()

    privacy: ClassVar[Privacy] = Privacy(
        open="id patient clinic kind documented_on subject_id consent content_type size pages "
        "sha256 stored_as state reason tried_at decided_at uploaded_by uploaded_at reviewed_by "
        "reviewed_at version",
        identifier="file_name",
        health="title source region side review_words",
    )

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(state="quarantined", decided_at__isnull=True)
                | (Q(state__in=["clean", "rejected"]) & Q(decided_at__isnull=False)),
                name="document_decided",
            ),
            models.CheckConstraint(
                condition=(Q(state="rejected", stored_as="") & ~Q(reason=""))
                | (~Q(state="rejected") & ~Q(stored_as="")),
                name="document_rejected_without_bytes",
            ),
            models.CheckConstraint(
                condition=~Q(state="clean") | (~Q(content_type="") & Q(reason="")),
                name="document_clean_of_a_type",
            ),
            models.CheckConstraint(
                condition=Q(reviewed_at__isnull=True, reviewed_by__isnull=True, review_words="")
                | Q(state="clean", reviewed_at__isnull=False, reviewed_by__isnull=False),
                name="document_reviewed_by",
            ),
            models.UniqueConstraint(
                fields=["stored_as"], condition=~Q(stored_as=""), name="document_stored_once"
            ),
        )
        indexes = (
            models.Index(fields=["patient", "-uploaded_at", "-id"], name="documents_of_patient"),
            models.Index(
                fields=["tried_at"], condition=Q(state="quarantined"), name="documents_to_check"
            ),
            models.Index(
                fields=["subject_id"],
                condition=Q(subject_id__isnull=False),
                name="documents_of_subject",
            ),
        )

    def __str__(self) -> str:
        return self.kind

    @property
    def is_image(self) -> bool:
        return self.content_type.startswith("image/")


class Refiling(models.Model):
    """A document stood on the wrong chart and was moved to another, with the reason."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="refilings")
    was = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="documents_refiled")
    to = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="documents_received")
    reason = models.CharField(max_length=300)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    privacy: ClassVar[Privacy] = Privacy(open="id document was to by at", health="reason")

    class Meta:
        constraints = (
            models.CheckConstraint(condition=~Q(reason=""), name="refiling_with_reason"),
        )
        indexes = (models.Index(fields=["-at", "-id"], name="refilings_page"),)

    def __str__(self) -> str:
        return "refiling"
