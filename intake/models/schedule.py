"""What can be booked, where, and who is there when: visit types, rooms, hours and exceptions."""

import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from core.accounts.models import User
from core.accounts.roles import Role
from core.lib.privacy import Privacy
from core.people.models import Clinic


class VisitKind(models.TextChoices):
    """What a visit is for; limits and the same-week rule speak of kinds, not of types."""

    INITIAL = "initial_visit", "Initial visit"
    FOLLOW_UP = "follow_up", "Follow-up"
    PT_EVAL = "pt_eval", "PT assessment"
    PT_SESSION = "pt_session", "PT session"
    PROCEDURE = "procedure", "Procedure"
    TELEHEALTH_CHECK = "telehealth_check", "Telehealth check"
    BEHAVIORAL = "behavioral", "Behavioral health"


class RoomKind(models.TextChoices):
    EXAM = "exam", "Exam room"
    THERAPY = "therapy", "Therapy area"
    PROCEDURE = "procedure", "Procedure room"
    OFFICE = "office", "Office"


class VisitType(models.Model):
    """One bookable type: how long, in which kind of room, with which role."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="visit_types")
    key = models.SlugField(max_length=40)
    words = models.CharField(max_length=80)
    kind = models.CharField(max_length=20, choices=VisitKind)
    minutes = models.PositiveSmallIntegerField()
    room_kind = models.CharField(max_length=10, choices=RoomKind, blank=True)  # "" = no room
    role = models.CharField(max_length=30, choices=[(r.value, r.value) for r in Role])
    telehealth = models.BooleanField(default=False)  # may be held by video
    notice_minutes = models.PositiveIntegerField(default=0)  # not bookable nearer than this
    active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)

    privacy: ClassVar[Privacy] = Privacy(
        open="id clinic key words kind minutes room_kind role telehealth notice_minutes active "
        "version"
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["clinic", "key"], name="visit_type_once_a_clinic"),
            models.CheckConstraint(
                condition=Q(minutes__gte=5) & Q(minutes__lte=480), name="visit_type_minutes"
            ),
        )

    def __str__(self) -> str:
        return self.words


class Room(models.Model):
    """A room, or an area in which one patient at a time is treated."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="rooms")
    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=10, choices=RoomKind)
    active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)

    privacy: ClassVar[Privacy] = Privacy(open="id clinic name kind active version")

    class Meta:
        constraints = (
            models.UniqueConstraint("clinic", Lower("name"), name="room_name_once_a_clinic"),
        )

    def __str__(self) -> str:
        return self.name


class Availability(models.Model):
    """Somebody sees patients on this weekday from `starts` to `ends`, clinic wall time."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="availabilities")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="availabilities")
    weekday = models.PositiveSmallIntegerField()  # Monday = 0
    starts = models.TimeField()
    ends = models.TimeField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    # Only these kinds of visit in these hours; empty = every kind of the person's role.
    kinds = ArrayField(models.CharField(max_length=20, choices=VisitKind), default=list, blank=True)
    telehealth = models.BooleanField(default=False)  # by video only: no room is taken
    version = models.PositiveIntegerField(default=1)

    privacy: ClassVar[Privacy] = Privacy(
        open="id clinic user weekday starts ends valid_from valid_to kinds telehealth version"
    )

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(ends__gt=F("starts")), name="availability_ends_after_start"
            ),
            models.CheckConstraint(condition=Q(weekday__lte=6), name="availability_weekday"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="availability_valid_in_order",
            ),
        )
        indexes = (models.Index(fields=["clinic", "user", "weekday"], name="availability_week"),)

    def __str__(self) -> str:
        return f"{self.weekday} {self.starts}-{self.ends}"


class AvailabilityException(models.Model):
    """Away (whole days, or a part of each), or extra hours on these days."""

    class Kind(models.TextChoices):
        AWAY = "away", "Away"
        EXTRA = "extra", "Extra hours"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="exceptions")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="exceptions")
    kind = models.CharField(max_length=10, choices=Kind)
    from_on = models.DateField()
    to_on = models.DateField()
    starts = models.TimeField(null=True, blank=True)  # empty = the whole day
    ends = models.TimeField(null=True, blank=True)
    reason = models.CharField(max_length=120, blank=True)
    made_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    ended_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)

    privacy: ClassVar[Privacy] = Privacy(
        open="id clinic user kind from_on to_on starts ends made_by made_at ended_by ended_at",
        staff="reason",
    )

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(to_on__gte=F("from_on")), name="exception_days_in_order"
            ),
            models.CheckConstraint(
                condition=(Q(starts__isnull=True, ends__isnull=True) & ~Q(kind="extra"))
                | Q(ends__gt=F("starts")),
                name="exception_hours",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="exception_ended_by",
            ),
        )
        indexes = (
            models.Index(
                fields=["clinic", "to_on"],
                name="exception_to_come",
                condition=Q(ended_at__isnull=True),
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.from_on} to {self.to_on}"
