"""The first visit: what was found, signed once, added to and never changed."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from core.accounts.models import User
from core.lib.privacy import Privacy
from core.people.models import Clinic, Episode, Patient
from core.protocols.models import ProtocolVersion


class FirstVisit(models.Model):
    """The structured exam of an episode. `body`: rehab/visit_body.py; free until it is signed.

    Then the database itself keeps what it says (migration signed_visits). One that was a mistake is
    discarded with a reason and stays readable.
    """

    class State(models.TextChoices):
        OPEN = "open", "Being written"
        SIGNED = "signed", "Signed"
        DISCARDED = "discarded", "Discarded"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="first_visits")
    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="first_visits")
    exam = models.ForeignKey(ProtocolVersion, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    visit_on = models.DateField()
    body = models.JSONField(default=dict)
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(null=True, blank=True)
    signed_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    discarded_at = models.DateTimeField(null=True, blank=True)
    discarded_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    discard_reason = models.CharField(max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1)
    history = HistoricalRecords()

    privacy: ClassVar[Privacy] = Privacy(
        open="id clinic patient episode exam state visit_on opened_at opened_by signed_at "
        "signed_by discarded_at discarded_by version",
        health="body discard_reason",
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["episode"],
                condition=Q(state__in=("open", "signed")),
                name="first_visit_once",
            ),
            models.CheckConstraint(
                condition=Q(state="signed", signed_at__isnull=False, signed_by__isnull=False)
                | (~Q(state="signed") & Q(signed_at__isnull=True, signed_by__isnull=True)),
                name="first_visit_signed_by_and_at",
            ),
            models.CheckConstraint(
                condition=(
                    Q(state="discarded", discarded_at__isnull=False, discarded_by__isnull=False)
                    & ~Q(discard_reason="")
                )
                | (
                    ~Q(state="discarded")
                    & Q(discarded_at__isnull=True, discarded_by__isnull=True, discard_reason="")
                ),
                name="first_visit_discarded_with_reason",
            ),
        )
        indexes = (models.Index(fields=["patient", "-visit_on"], name="first_visits_of_patient"),)

    def __str__(self) -> str:
        return f"first visit, {self.state}"


class Addendum(models.Model):
    """What was added to a signed visit, by whom and when. Written once."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    visit = models.ForeignKey(FirstVisit, on_delete=models.PROTECT, related_name="addenda")
    words = models.TextField()
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    privacy: ClassVar[Privacy] = Privacy(open="id visit at by", health="words")

    class Meta:
        constraints = (
            models.CheckConstraint(condition=~Q(words=""), name="addendum_says_something"),
        )

    def __str__(self) -> str:
        return "addendum"
