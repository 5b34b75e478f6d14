"""The patient, the problems cared for, and who looks after them."""

import uuid
from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from core.accounts.models import User
from core.accounts.roles import Role
from core.lib.privacy import Privacy
from core.people.models.clinic import Clinic


class Patient(models.Model):
    class Sex(models.TextChoices):
        FEMALE = "female"
        MALE = "male"
        OTHER = "other"
        UNKNOWN = "unknown"

    class ContactBy(models.TextChoices):
        PHONE = "phone", "Phone"
        TEXT = "text", "Text message"
        EMAIL = "email", "E-mail"
        POST = "post", "Post"

    class Status(models.TextChoices):
        ACTIVE = "active", "Active"
        INACTIVE = "inactive", "Inactive"
        TRANSFERRED = "transferred", "Transferred elsewhere"
        DECEASED = "deceased", "Deceased"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="patients")
    user = models.OneToOneField(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="chart"
    )
    mrn = models.CharField(max_length=20)
    given_name = models.CharField(max_length=80)
    family_name = models.CharField(max_length=80)
    birth_date = models.DateField()
    sex = models.CharField(max_length=10, choices=Sex, default=Sex.UNKNOWN)
    pronouns = models.CharField(max_length=30, blank=True)
    phone = models.CharField(max_length=20, blank=True)  # E.164
    email = models.EmailField(blank=True)
    language = models.CharField(max_length=40, default="English")
    interpreter = models.BooleanField(default=False)
    preferred_name = models.CharField(max_length=80, blank=True, default="", db_default="")
    address = models.CharField(max_length=160, blank=True, default="", db_default="")
    city = models.CharField(max_length=80, blank=True, default="", db_default="")
    state = models.CharField(max_length=40, blank=True, default="", db_default="")
    postal_code = models.CharField(max_length=12, blank=True, default="", db_default="")
    contact_by = models.CharField(
        max_length=10, choices=ContactBy, default=ContactBy.PHONE, db_default="phone"
    )
    # Nothing is sent or left behind by a way the patient has not agreed to.
    may_text = models.BooleanField(default=False, db_default=False)
    may_email = models.BooleanField(default=False, db_default=False)
    may_voicemail = models.BooleanField(default=False, db_default=False)
    status = models.CharField(
        max_length=12, choices=Status, default=Status.ACTIVE, db_default="active"
    )
    status_on = models.DateField(
        null=True, blank=True
    )  # of death, of the transfer, of the last contact
    status_note = models.CharField(max_length=200, blank=True, default="", db_default="")
    # Asked and none noted = no known allergies; never asked is not the same.
    allergies_asked_at = models.DateTimeField(null=True, blank=True)
    allergies_asked_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    # A second chart of the same person, merged away: found no more, its page leads to this one.
    merged_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged_from"
    )
    # Lower-cased name, MRN and phone digits in one column: one trigram index answers every search.
    search = models.CharField(max_length=260)
    registered_at = models.DateTimeField()
    registered_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    version = models.PositiveIntegerField(default=1)
    history = HistoricalRecords()

    privacy: ClassVar[Privacy] = Privacy(
        open="id clinic user registered_at registered_by version status status_on "
        "allergies_asked_at allergies_asked_by merged_into",
        identifier="mrn given_name family_name birth_date sex pronouns phone email search "
        "preferred_name address city state postal_code contact_by may_text may_email may_voicemail",
        health="language interpreter status_note",
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["clinic", "mrn"], name="mrn_once_a_clinic"),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("id")),
                name="patient_not_merged_into_itself",
            ),
        )
        indexes = (
            GinIndex(fields=["search"], name="patient_search_trgm", opclasses=["gin_trgm_ops"]),
            models.Index(fields=["clinic", "family_name", "given_name"], name="patient_list"),
            models.Index(fields=["phone"], name="patient_phone"),
            models.Index(fields=["birth_date"], name="patient_birth_date"),
        )

    def __str__(self) -> str:
        return f"MRN {self.mrn}"

    @property
    def full_name(self) -> str:
        return f"{self.given_name} {self.family_name}"

    @property
    def list_name(self) -> str:
        return f"{self.family_name}, {self.given_name}"


class Episode(models.Model):
    """One problem being cared for."""

    class Region(models.TextChoices):
        LOW_BACK = "low_back"
        MID_BACK = "mid_back"
        NECK = "neck"
        SHOULDER = "shoulder"
        HIP = "hip"
        KNEE = "knee"
        OTHER = "other"

    class Side(models.TextChoices):
        NONE = "", "Not one side"
        LEFT = "left", "Left"
        RIGHT = "right", "Right"
        BOTH = "both", "Both"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="episodes")
    problem = models.CharField(max_length=200)
    region = models.CharField(max_length=10, choices=Region)
    side = models.CharField(max_length=5, choices=Side, blank=True, default="", db_default="")
    work = models.CharField(max_length=120, blank=True)
    # Who pays for this problem: the first coverage, or the claim of a work injury.
    coverage = models.ForeignKey(
        "people.Coverage", null=True, blank=True, on_delete=models.PROTECT, related_name="episodes"
    )
    flared_on = models.DateField(
        null=True, blank=True
    )  # when the last flare began; PT is owed within 21 days
    opened_on = models.DateField()
    closed_on = models.DateField(null=True, blank=True)
    close_reason = models.CharField(max_length=200, blank=True, default="", db_default="")
    version = models.PositiveIntegerField(default=1, db_default=1)
    history = HistoricalRecords()

    privacy: ClassVar[Privacy] = Privacy(
        open="id patient coverage opened_on closed_on version",
        health="problem region side work flared_on close_reason",
    )

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True) | Q(closed_on__gte=F("opened_on")),
                name="episode_ends_after_start",
            ),
        )

    def __str__(self) -> str:
        return f"Episode of {self.patient}"


class CareTeamMember(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="care_team")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="care_teams")
    role = models.CharField(max_length=30, choices=[(r.value, r.value) for r in Role])
    from_on = models.DateField()
    to_on = models.DateField(null=True, blank=True)
    history = HistoricalRecords()

    privacy: ClassVar[Privacy] = Privacy(open="id patient user role from_on to_on")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["patient", "user", "role"],
                condition=Q(to_on__isnull=True),
                name="care_team_once",
            ),
        )

    def __str__(self) -> str:
        return self.role
