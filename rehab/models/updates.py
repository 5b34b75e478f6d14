"""The three-element update: what changed, what matters next week, what should prompt a call."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from core.accounts.models import User
from core.lib.privacy import Privacy
from messaging.models import Message
from rehab.models.plans import CarePlan
from rehab.update_rules import ELEMENT


class Update(models.Model):
    """Written once; its message is its delivery, read and acknowledged there."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    plan = models.ForeignKey(CarePlan, on_delete=models.PROTECT, related_name="updates")
    message = models.OneToOneField(Message, on_delete=models.PROTECT, related_name="update")
    changed = models.CharField(max_length=ELEMENT)
    next_week = models.CharField(max_length=ELEMENT)
    call_if = models.CharField(max_length=ELEMENT)
    plan_number = models.PositiveIntegerField()  # the version it was written about
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    privacy: ClassVar[Privacy] = Privacy(
        open="id plan message plan_number at by", health="changed next_week call_if"
    )

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=~Q(changed="") & ~Q(next_week="") & ~Q(call_if=""),
                name="update_has_three_elements",
            ),
        )
        indexes = (models.Index(fields=["plan", "-at"], name="updates_of_plan"),)

    def __str__(self) -> str:
        return "update"
