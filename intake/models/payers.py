"""What payers ask for, as dated rows: loaded from a protocol version, never overwritten."""

import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from core.accounts.models import User
from core.lib.privacy import Privacy
from core.people.models import Payer, PayerClass
from core.protocols.models import ProtocolVersion


class PayerPolicy(models.Model):
    """One rule for one class. `held_from`/`held_until`: while its version decides here; until is
    the first day it does not. `from_on`/`to_on`: what the source says about the rule itself."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    protocol = models.ForeignKey(ProtocolVersion, on_delete=models.PROTECT, related_name="+")
    # "" = any class, while nothing more specific is known.
    payer_class = models.CharField(max_length=20, choices=PayerClass, blank=True)
    # Null = for the whole class; a payer of the clinic's own list when it is that payer's rule.
    payer = models.ForeignKey(
        Payer, null=True, blank=True, on_delete=models.PROTECT, related_name="policies"
    )
    insurer = models.CharField(max_length=120, blank=True)  # an example, named by its source
    service = models.CharField(max_length=40)
    requirement = models.CharField(max_length=40)
    rank = models.PositiveSmallIntegerField()  # the order of the file
    words = models.CharField(max_length=600)
    numbers = models.JSONField(default=list)  # [{of, comparator, n, to, unit, starts, stops}]
    states = ArrayField(models.CharField(max_length=2), default=list)
    codes = ArrayField(models.CharField(max_length=5), default=list)
    conflict = models.CharField(max_length=600, blank=True)
    not_verified = models.CharField(max_length=600, blank=True)
    sources = models.JSONField(default=list)  # [{key, what, ref}]: what was read
    signoff = models.BooleanField()  # a clinic default that awaits sign-off
    from_on = models.DateField(null=True)
    to_on = models.DateField(null=True)
    held_from = models.DateField()
    held_until = models.DateField(null=True)
    loaded_at = models.DateTimeField()
    last_checked_on = models.DateField(null=True)  # null = never checked here
    last_checked_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    privacy: ClassVar[Privacy] = Privacy(
        open="id protocol payer_class payer insurer service requirement rank words numbers states "
        "codes conflict not_verified sources signoff from_on to_on held_from held_until loaded_at "
        "last_checked_on last_checked_by"
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["protocol", "payer_class", "requirement"],
                name="payer_policy_once_a_version",
            ),
            models.CheckConstraint(
                condition=Q(held_until__isnull=True) | Q(held_until__gte=F("held_from")),
                name="payer_policy_held_in_order",
            ),
            models.CheckConstraint(
                condition=Q(from_on__isnull=True)
                | Q(to_on__isnull=True)
                | Q(to_on__gte=F("from_on")),
                name="payer_policy_dates_in_order",
            ),
            models.CheckConstraint(
                condition=Q(last_checked_on__isnull=True, last_checked_by__isnull=True)
                | Q(last_checked_on__isnull=False, last_checked_by__isnull=False),
                name="payer_policy_checked_by_and_on",
            ),
            models.CheckConstraint(
                condition=Q(payer_class__in=["", *PayerClass.values]),
                name="payer_policy_class_known",
            ),
        )
        indexes = (models.Index(fields=["payer_class", "service", "rank"], name="payer_library"),)

    def __str__(self) -> str:
        return self.requirement
