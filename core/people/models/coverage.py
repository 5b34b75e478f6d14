"""Who pays: payers of eight classes, and a patient's coverages in order of priority."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from simple_history.models import HistoricalRecords

from core.accounts.models import User
from core.lib.privacy import Privacy
from core.people.models.clinic import Clinic
from core.people.models.patient import Patient


class PayerClass(models.TextChoices):
    """Decides which rules and clocks apply (domain section 4.1)."""

    MEDICARE_FFS = "medicare_ffs", "Medicare (fee for service)"
    MEDICARE_FFS_WISER = "medicare_ffs_wiser", "Medicare in a WISeR state"
    MEDICARE_ADVANTAGE = "medicare_advantage", "Medicare Advantage"
    MEDICAID = "medicaid_ffs_mco", "Medicaid (fee for service or managed care)"
    QHP_FFE = "qhp_ffe", "Marketplace plan"
    COMMERCIAL = "commercial_erisa", "Commercial or employer plan"
    WORKERS_COMP = "workers_comp", "Workers' compensation"
    SELF_PAY = "self_pay", "Self-pay"


class Payer(models.Model):
    """An insurer, programme or employer's carrier as one clinic knows it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="payers")
    name = models.CharField(max_length=120)
    payer_class = models.CharField(max_length=20, choices=PayerClass)
    phone = models.CharField(max_length=20, blank=True)
    fax = models.CharField(max_length=20, blank=True)
    portal = models.URLField(blank=True)
    code = models.CharField(max_length=40, blank=True)  # the number claims are sent to
    note = models.CharField(max_length=300, blank=True)
    active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)
    history = HistoricalRecords()

    privacy: ClassVar[Privacy] = Privacy(
        open="id clinic name payer_class phone fax portal code note active version"
    )

    class Meta:
        constraints = (
            models.UniqueConstraint("clinic", Lower("name"), name="payer_once_a_clinic"),
        )

    def __str__(self) -> str:
        return self.name


class Coverage(models.Model):
    """One insurance or claim of a patient. `priority` 1 is billed first."""

    class Subscriber(models.TextChoices):
        SELF = "self", "The patient"
        SPOUSE = "spouse", "Spouse or partner"
        PARENT = "parent", "Parent"
        OTHER = "other", "Somebody else"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="coverages")
    payer = models.ForeignKey(Payer, on_delete=models.PROTECT, related_name="coverages")
    plan = models.CharField(max_length=120, blank=True)
    member_id = models.CharField(max_length=60, blank=True)
    group_number = models.CharField(max_length=60, blank=True)
    subscriber = models.CharField(
        max_length=10, choices=Subscriber, default=Subscriber.SELF, blank=True
    )
    subscriber_name = models.CharField(max_length=120, blank=True)
    subscriber_birth_date = models.DateField(null=True, blank=True)
    priority = models.PositiveSmallIntegerField(default=1)
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    # Workers' compensation: the claim and who handles it.
    claim_number = models.CharField(max_length=60, blank=True)
    injured_on = models.DateField(null=True, blank=True)
    employer = models.CharField(max_length=120, blank=True)
    adjuster_name = models.CharField(max_length=120, blank=True)
    adjuster_phone = models.CharField(max_length=20, blank=True)
    adjuster_email = models.EmailField(blank=True)
    case_manager_name = models.CharField(max_length=120, blank=True)
    case_manager_phone = models.CharField(max_length=20, blank=True)
    case_manager_email = models.EmailField(blank=True)
    noted_at = models.DateTimeField()
    noted_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    ended_at = models.DateTimeField(
        null=True, blank=True
    )  # taken off the chart: wrong, or not theirs
    ended_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    end_reason = models.CharField(max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1)
    history = HistoricalRecords()

    privacy: ClassVar[Privacy] = Privacy(
        open="id patient payer priority starts_on ends_on noted_at noted_by ended_at ended_by "
        "version",
        identifier="plan member_id group_number subscriber subscriber_name subscriber_birth_date "
        "claim_number injured_on employer adjuster_name adjuster_phone adjuster_email "
        "case_manager_name case_manager_phone case_manager_email end_reason",
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["patient", "priority"],
                condition=Q(ended_at__isnull=True, ends_on__isnull=True),
                name="coverage_priority_once",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True)
                | Q(starts_on__isnull=True)
                | Q(ends_on__gte=F("starts_on")),
                name="coverage_ends_after_start",
            ),
            models.CheckConstraint(condition=Q(priority__range=(1, 9)), name="coverage_priority"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, end_reason="")
                | (Q(ended_at__isnull=False) & ~Q(end_reason="")),
                name="coverage_ended_with_reason",
            ),
        )
        indexes = (models.Index(fields=["payer", "member_id"], name="coverage_member"),)

    def __str__(self) -> str:
        return f"coverage {self.priority}"
