"""The clinic, its calendar and roster; the patient, episode and care team; grants for one chart."""

import uuid
from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Func, Q
from simple_history.models import HistoricalRecords

from core.accounts.models import User
from core.accounts.roles import Role
from core.lib.privacy import Privacy


class Clinic(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120)
    zone = models.CharField(max_length=60)  # IANA
    phone = models.CharField(max_length=20)
    holiday_set = models.CharField(max_length=20, blank=True)  # "US", "US-CA", "" = none

    privacy: ClassVar[Privacy] = Privacy(open="id name zone phone holiday_set")

    def __str__(self) -> str:
        return self.name


class ClinicHours(models.Model):
    id = models.BigAutoField(primary_key=True)
    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, related_name="hours")
    weekday = models.PositiveSmallIntegerField()  # Monday = 0
    opens = models.TimeField()
    closes = models.TimeField()

    privacy: ClassVar[Privacy] = Privacy(open="id clinic weekday opens closes")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["clinic", "weekday"], name="hours_once_a_weekday"),
            models.CheckConstraint(
                condition=Q(closes__gt=F("opens")), name="hours_close_after_open"
            ),
            models.CheckConstraint(condition=Q(weekday__lte=6), name="hours_weekday"),
        )

    def __str__(self) -> str:
        return f"{self.weekday} {self.opens}-{self.closes}"


class ClinicClosure(models.Model):
    id = models.BigAutoField(primary_key=True)
    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, related_name="closures")
    on = models.DateField()
    reason = models.CharField(max_length=120)

    privacy: ClassVar[Privacy] = Privacy(open="id clinic on reason")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["clinic", "on"], name="closure_once_a_day"),)

    def __str__(self) -> str:
        return f"{self.on} {self.reason}"


class StaffMember(models.Model):
    """Somebody works at a clinic; with `partner_practice` they see only their own care teams."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="staff")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="posts")
    partner_practice = models.CharField(max_length=120, blank=True)
    from_on = models.DateField()
    to_on = models.DateField(null=True, blank=True)

    privacy: ClassVar[Privacy] = Privacy(
        open="id clinic user from_on to_on", staff="partner_practice"
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["clinic", "user"], name="staff_once_a_clinic"),
        )

    def __str__(self) -> str:
        return str(self.user)


class Patient(models.Model):
    class Sex(models.TextChoices):
        FEMALE = "female"
        MALE = "male"
        OTHER = "other"
        UNKNOWN = "unknown"

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
    # Lower-cased name, MRN and phone digits in one column: one trigram index answers every search.
    search = models.CharField(max_length=260)
    registered_at = models.DateTimeField()
    registered_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=1)
    history = HistoricalRecords()

    privacy: ClassVar[Privacy] = Privacy(
        open="id clinic user registered_at registered_by version",
        identifier="mrn given_name family_name birth_date sex pronouns phone email search",
        health="language interpreter",
    )

    class Meta:
        constraints = (models.UniqueConstraint(fields=["clinic", "mrn"], name="mrn_once_a_clinic"),)
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

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="episodes")
    problem = models.CharField(max_length=200)
    region = models.CharField(max_length=10, choices=Region)
    work = models.CharField(max_length=120, blank=True)
    opened_on = models.DateField()
    closed_on = models.DateField(null=True, blank=True)
    history = HistoricalRecords()

    privacy: ClassVar[Privacy] = Privacy(
        open="id patient opened_on closed_on", health="problem region work"
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


class Delegation(models.Model):
    """`delegate` covers for `user` on these days: the work of who is away is never nobody's."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="delegations")
    delegate = models.ForeignKey(User, on_delete=models.PROTECT, related_name="covers")
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="delegations")
    from_on = models.DateField()
    to_on = models.DateField()
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    privacy: ClassVar[Privacy] = Privacy(
        open="id user delegate clinic from_on to_on set_by set_at ended_at"
    )

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(to_on__gte=F("from_on")), name="delegation_ends_after_start"
            ),
            models.CheckConstraint(condition=~Q(user=F("delegate")), name="delegation_to_another"),
        )
        indexes = (
            models.Index(
                fields=["delegate", "to_on"],
                name="delegation_now",
                condition=Q(ended_at__isnull=True),
            ),
        )

    def __str__(self) -> str:
        return f"{self.from_on} to {self.to_on}"


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


class OnCallShift(models.Model):
    """Who answers for the clinic from `starts_at` to `ends_at`; one person a position at a time."""

    class Position(models.TextChoices):
        FIRST = "first"
        BACKUP = "backup"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="shifts")
    position = models.CharField(max_length=10, choices=Position)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="shifts")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    history = HistoricalRecords()

    privacy: ClassVar[Privacy] = Privacy(open="id clinic position user starts_at ends_at")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="shift_ends_after_start"
            ),
            ExclusionConstraint(
                name="shift_one_person_a_time",
                expressions=[
                    ("clinic", RangeOperators.EQUAL),
                    ("position", RangeOperators.EQUAL),
                    (
                        Func(
                            F("starts_at"),
                            F("ends_at"),
                            function="TSTZRANGE",
                            output_field=DateTimeRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        )
        indexes = (models.Index(fields=["clinic", "ends_at"], name="shift_now"),)

    def __str__(self) -> str:
        return f"{self.position} {self.starts_at:%F %R}"
