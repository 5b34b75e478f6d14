"""The clinic, its calendar, its staff, who is on call, who covers for whom."""

import uuid
from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from simple_history.models import HistoricalRecords

from core.accounts.models import User
from core.lib.privacy import Privacy


class Clinic(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120)
    zone = models.CharField(max_length=60)  # IANA
    phone = models.CharField(max_length=20)
    holiday_set = models.CharField(max_length=20, blank=True)  # "US", "US-CA", "" = none
    # On the letterhead of what goes to others: where records come back to.
    address = models.CharField(max_length=200, blank=True, default="", db_default="")
    fax = models.CharField(max_length=20, blank=True, default="", db_default="")  # E.164
    email = models.EmailField(blank=True, default="", db_default="")

    privacy: ClassVar[Privacy] = Privacy(open="id name zone phone holiday_set address fax email")

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
