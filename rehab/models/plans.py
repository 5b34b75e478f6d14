"""The one plan of an episode: its versions, who has seen them, where its pathway stands."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from core.accounts.models import User
from core.lib.privacy import Privacy
from core.people.models import Clinic, Episode, Patient
from core.protocols.models import ProtocolVersion


class CarePlan(models.Model):
    """One active plan for each episode. What it says stands in its newest version.

    The goal's columns repeat that version, for lists and banners. `deficit_on`: a new deficit
    ended the window of conservative care.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="plans")
    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="plans")
    lane = models.CharField(max_length=40, blank=True)
    lanes = models.ForeignKey(
        ProtocolVersion, on_delete=models.PROTECT, related_name="+"
    )  # the version of the lanes that it came from
    started_on = models.DateField()
    head = models.PositiveIntegerField(default=1)  # number of the newest version
    goal_words = models.CharField(max_length=300, blank=True)
    goal_metric = models.CharField(max_length=40, blank=True)
    goal_side = models.CharField(max_length=5, blank=True)
    goal_baseline = models.DecimalField(max_digits=10, decimal_places=3, null=True, blank=True)
    goal_target = models.DecimalField(max_digits=10, decimal_places=3, null=True, blank=True)
    goal_from_on = models.DateField(null=True, blank=True)
    goal_by_on = models.DateField(null=True, blank=True)
    deficit_on = models.DateField(null=True, blank=True)
    deficit_words = models.CharField(max_length=300, blank=True)
    looked_on = models.DateField(null=True, blank=True)  # pathway and follow-ups, once a day
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    end_reason = models.CharField(max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1)
    history = HistoricalRecords()

    privacy: ClassVar[Privacy] = Privacy(
        open="id clinic patient episode lanes started_on head goal_from_on goal_by_on deficit_on "
        "looked_on ended_at ended_by version",
        health="lane goal_words goal_metric goal_side goal_baseline goal_target deficit_words "
        "end_reason",
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["episode"], condition=Q(ended_at__isnull=True), name="plan_active_once"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by__isnull=True, end_reason="")
                | (Q(ended_at__isnull=False, ended_by__isnull=False) & ~Q(end_reason="")),
                name="plan_ended_with_reason",
            ),
            models.CheckConstraint(
                condition=Q(deficit_on__isnull=False) | Q(deficit_words=""),
                name="plan_deficit_on_a_day",
            ),
        )
        indexes = (
            models.Index(fields=["patient"], name="plans_open", condition=Q(ended_at__isnull=True)),
            models.Index(
                fields=["looked_on"], name="plans_daily", condition=Q(ended_at__isnull=True)
            ),
        )

    def __str__(self) -> str:
        return f"plan, version {self.head}"


class PlanVersion(models.Model):
    """What the plan said from then on. Written once; `part` was changed, "" = the first.

    `body`: rehab/plan_body.py. A version by somebody who is no physician waits for a co-signature
    and counts meanwhile.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    plan = models.ForeignKey(CarePlan, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    body = models.JSONField()
    part = models.CharField(max_length=20, blank=True)
    why = models.CharField(max_length=300, blank=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    cosign_needed = models.BooleanField(default=False)
    cosigned_at = models.DateTimeField(null=True, blank=True)
    cosigned_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    privacy: ClassVar[Privacy] = Privacy(
        open="id plan number part made_at made_by cosign_needed cosigned_at cosigned_by",
        health="body why",
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["plan", "number"], name="plan_version_once"),
            models.CheckConstraint(
                condition=Q(cosigned_at__isnull=True, cosigned_by__isnull=True)
                | Q(cosign_needed=True, cosigned_at__isnull=False, cosigned_by__isnull=False),
                name="plan_cosigned_by_and_at",
            ),
            models.CheckConstraint(
                condition=Q(cosigned_by__isnull=True)
                | Q(made_by__isnull=True)
                | ~Q(cosigned_by=models.F("made_by")),
                name="plan_cosigned_by_another",
            ),
        )

    def __str__(self) -> str:
        return f"version {self.number}"


class PlanAck(models.Model):
    """One member of the team and one version: to be read, read, or overtaken by a later one."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    plan_version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, related_name="acks")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    overtaken_at = models.DateTimeField(null=True, blank=True)

    privacy: ClassVar[Privacy] = Privacy(
        open="id plan_version user asked_at acknowledged_at overtaken_at"
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["plan_version", "user"], name="plan_ack_once"),
        )
        indexes = (
            models.Index(
                fields=["user"],
                name="acks_waiting",
                condition=Q(acknowledged_at__isnull=True, overtaken_at__isnull=True),
            ),
        )

    def __str__(self) -> str:
        return "acknowledged" if self.acknowledged_at else "to acknowledge"


class PathwayStep(models.Model):
    """Where a step of the pathway stands; what it says is in the plan's newest version, by `key`.

    Looked at every day. A person decides a step; `named_at`: its service was told to who prepares.
    """

    class State(models.TextChoices):
        NOT_YET = "not_yet", "Not yet"
        DUE = "due", "Due"
        MET = "met", "Met"
        NOT_MET = "not_met", "Not met"
        DECIDED = "decided", "Decided"
        DROPPED = "dropped", "Taken out of the plan"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    plan = models.ForeignKey(CarePlan, on_delete=models.PROTECT, related_name="steps")
    key = models.CharField(max_length=36)
    position = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=8, choices=State, default=State.NOT_YET)
    reason = models.CharField(max_length=300, blank=True)
    due_on = models.DateField(null=True, blank=True)
    state_at = models.DateTimeField()
    looked_on = models.DateField(null=True, blank=True)
    service = models.CharField(max_length=120, blank=True)
    named_at = models.DateTimeField(null=True, blank=True)
    decision = models.CharField(max_length=20, blank=True)
    decision_words = models.CharField(max_length=300, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    version = models.PositiveIntegerField(default=1)
    history = HistoricalRecords()

    privacy: ClassVar[Privacy] = Privacy(
        open="id plan key position state due_on state_at looked_on named_at decided_at decided_by "
        "version",
        health="reason service decision decision_words",
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["plan", "key"], name="pathway_step_once"),
            models.CheckConstraint(
                condition=(
                    Q(state="decided", decided_at__isnull=False, decided_by__isnull=False)
                    & ~Q(decision="")
                )
                | (
                    ~Q(state="decided")
                    & Q(decided_at__isnull=True, decided_by__isnull=True, decision="")
                ),
                name="pathway_step_decided_by_and_at",
            ),
        )
        indexes = (
            models.Index(
                fields=["looked_on"],
                name="pathway_daily",
                condition=Q(state__in=("not_yet", "due", "met", "not_met")),
            ),
        )

    def __str__(self) -> str:
        return f"step {self.state}"
