"""Work items and their rungs; threads, messages and who read them; the outbox of deliveries."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from core.accounts.models import User
from core.accounts.roles import Role
from core.lib.privacy import Privacy
from core.people.models import Clinic, Patient


class WorkItem(models.Model):
    """One promise: an owner, a reason, an opened and a due time, and what closes it."""

    class WaitingOn(models.TextChoices):
        US = "us"
        PATIENT = "patient"
        PAYER = "payer"
        OTHER_CLINIC = "other_clinic"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="work_items")
    patient = models.ForeignKey(
        Patient, null=True, on_delete=models.PROTECT, related_name="work_items"
    )
    kind = models.CharField(max_length=40)
    subject_id = models.UUIDField()
    reason = models.CharField(max_length=300)
    owner_role = models.CharField(max_length=30, choices=[(r.value, r.value) for r in Role])
    owner = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="work_items")
    taken_at = models.DateTimeField(null=True)
    waiting_on = models.CharField(max_length=20, choices=WaitingOn, default=WaitingOn.US)
    next_action = models.CharField(max_length=200)
    next_action_at = models.DateTimeField()
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    due_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    close_event = models.CharField(max_length=40, blank=True)
    close_reason = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)

    privacy: ClassVar[Privacy] = Privacy(
        open="id clinic patient kind subject_id owner_role owner taken_at waiting_on "
        "next_action_at opened_at opened_by due_at closed_at closed_by close_event version",
        health="reason next_action close_reason",
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["kind", "subject_id"],
                condition=Q(closed_at__isnull=True),
                name="work_open_once",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, close_event="")
                | (Q(closed_at__isnull=False) & ~Q(close_event="")),
                name="work_closed_with_event",
            ),
            models.CheckConstraint(
                condition=Q(owner__isnull=False) | Q(taken_at__isnull=True),
                name="work_taken_by_somebody",
            ),
        )
        indexes = (
            models.Index(
                fields=["clinic", "owner_role", "due_at", "id"],
                name="worklist_open",
                condition=Q(closed_at__isnull=True),
            ),
            models.Index(
                fields=["clinic", "due_at", "id"],
                name="worklist_today",
                condition=Q(closed_at__isnull=True),
            ),
            models.Index(fields=["patient", "-opened_at"], name="worklist_patient"),
            models.Index(
                fields=["owner", "due_at"],
                name="worklist_mine",
                condition=Q(closed_at__isnull=True),
            ),
        )

    def __str__(self) -> str:
        return self.kind


class Rung(models.Model):
    """A step of an item's ladder: from `at` on, `audience` must see it."""

    id = models.BigAutoField(primary_key=True)
    item = models.ForeignKey(WorkItem, on_delete=models.CASCADE, related_name="rungs")
    name = models.CharField(max_length=40)
    at = models.DateTimeField()
    audience = models.CharField(max_length=40)
    sent_at = models.DateTimeField(null=True)

    privacy: ClassVar[Privacy] = Privacy(open="id item name at audience sent_at")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["item", "name"], name="rung_once"),)
        indexes = (
            models.Index(fields=["at"], name="rungs_due", condition=Q(sent_at__isnull=True)),
        )

    def __str__(self) -> str:
        return self.name


class Thread(models.Model):
    class Kind(models.TextChoices):
        MESSAGE = "message"
        RED_FLAG = "red_flag"
        UPDATE = "update"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="threads")
    patient = models.ForeignKey(
        Patient, null=True, on_delete=models.PROTECT, related_name="threads"
    )
    kind = models.CharField(max_length=20, choices=Kind)
    title = models.CharField(max_length=160)
    opened_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()

    privacy: ClassVar[Privacy] = Privacy(
        open="id clinic patient kind opened_by opened_at", health="title"
    )

    class Meta:
        indexes = (models.Index(fields=["patient", "-opened_at"], name="threads_patient"),)

    def __str__(self) -> str:
        return self.kind


class Message(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    thread = models.ForeignKey(Thread, on_delete=models.PROTECT, related_name="messages")
    author = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    body = models.TextField()
    sent_at = models.DateTimeField()
    dedupe_key = models.CharField(max_length=120, unique=True)

    privacy: ClassVar[Privacy] = Privacy(open="id thread author sent_at dedupe_key", health="body")

    class Meta:
        indexes = (models.Index(fields=["thread", "sent_at"], name="messages_thread"),)

    def __str__(self) -> str:
        return f"message in {self.thread_id}"


class Recipient(models.Model):
    """The inbox row. It is the delivery: written with the change, acknowledged per person."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="recipients")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="inbox")
    why = models.CharField(max_length=80)
    delivered_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)

    privacy: ClassVar[Privacy] = Privacy(
        open="id message user why delivered_at read_at acknowledged_at"
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["message", "user"], name="inbox_once"),
            models.CheckConstraint(
                condition=Q(acknowledged_at__isnull=True) | Q(read_at__isnull=False),
                name="inbox_acknowledged_after_read",
            ),
        )
        indexes = (
            models.Index(
                F("user"),
                F("read_at").desc(nulls_first=True),
                F("delivered_at").desc(),
                F("id"),
                name="inbox_page",
            ),
            models.Index(fields=["user"], name="inbox_unread", condition=Q(read_at__isnull=True)),
        )

    def __str__(self) -> str:
        return self.why


class Delivery(models.Model):
    """An outbox row: one message to one recipient by one channel. It never holds health data.

    To exactly one of: `user` (staff, or whoever owns an account), `patient` (address and consent
    are looked up as it leaves), or an address outside (`to_name`, `to_address`). `template` names
    the text and what asks whether it is still wanted (settings.DELIVERY_SUBJECTS).
    """

    class State(models.TextChoices):
        PENDING = "pending"
        CLAIMED = "claimed"
        HANDING = "handing"
        SENT = "sent"
        UNCERTAIN = "uncertain"
        DEAD = "dead"
        CANCELLED = "cancelled"
        HELD = "held"  # older than the backup it was restored from: a person says go or no
        WAITING = "waiting"  # channel print: a person prints it and says what became of it

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="deliveries")
    dedupe_key = models.CharField(max_length=160, unique=True)
    channel = models.CharField(max_length=20, default="email")
    template = models.CharField(max_length=40)
    path = models.CharField(max_length=200)  # of the page to open; opaque ids only
    user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="deliveries")
    patient = models.ForeignKey(
        Patient, null=True, on_delete=models.PROTECT, related_name="deliveries"
    )
    to_name = models.CharField(max_length=160, blank=True, default="", db_default="")
    to_address = models.CharField(max_length=254, blank=True, default="", db_default="")
    document_id = models.UUIDField(null=True)  # a file it carries
    subject_id = models.UUIDField(null=True)  # what it is about; asked again as it leaves
    reference = models.CharField(max_length=120, blank=True, default="", db_default="")  # theirs
    item = models.ForeignKey(
        WorkItem, null=True, on_delete=models.PROTECT, related_name="deliveries"
    )
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    attempts = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    next_attempt_at = models.DateTimeField()
    lease_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=200, blank=True)
    # What a manager did about it on the Deliveries page; null = no person did.
    acted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    acted_at = models.DateTimeField(null=True)
    act_reason = models.CharField(max_length=300, blank=True, default="", db_default="")
    version = models.PositiveIntegerField(default=1, db_default=1)

    privacy: ClassVar[Privacy] = Privacy(
        open="id clinic dedupe_key channel template path user patient document_id subject_id "
        "reference item state attempts created_at next_attempt_at lease_token lease_until "
        "settled_at last_error acted_by acted_at version",
        identifier="to_name to_address",
        health="act_reason",
    )

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=["claimed", "handing"], lease_until__isnull=False)
                | (~Q(state__in=["claimed", "handing"]) & Q(lease_until__isnull=True)),
                name="delivery_lease_while_held",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=["sent", "uncertain", "dead", "cancelled"], settled_at__isnull=False
                )
                | (
                    Q(state__in=["pending", "claimed", "handing", "held", "waiting"])
                    & Q(settled_at__isnull=True)
                ),
                name="delivery_settled_at",
            ),
            models.CheckConstraint(
                condition=Q(acted_by__isnull=True, acted_at__isnull=True, act_reason="")
                | (Q(acted_by__isnull=False, acted_at__isnull=False) & ~Q(act_reason="")),
                name="delivery_acted_with_reason",
            ),
            models.CheckConstraint(
                condition=Q(user__isnull=False, patient__isnull=True, to_name="", to_address="")
                | Q(user__isnull=True, patient__isnull=False, to_name="", to_address="")
                | (
                    Q(user__isnull=True, patient__isnull=True)
                    & ~Q(to_name="")
                    & (~Q(to_address="") | Q(channel="print"))
                ),
                name="delivery_one_recipient",
            ),
            models.CheckConstraint(
                condition=Q(channel="print", state__in=["waiting", "sent", "cancelled"])
                | (~Q(channel="print") & ~Q(state="waiting")),
                name="delivery_print_by_hand",
            ),
        )
        indexes = (
            models.Index(
                fields=["next_attempt_at"], name="deliveries_due", condition=Q(state="pending")
            ),
            models.Index(
                fields=["lease_until"],
                name="deliveries_leased",
                condition=Q(state__in=["claimed", "handing"]),
            ),
            models.Index(F("clinic"), F("created_at").desc(), F("id"), name="deliveries_page"),
            models.Index(  # to decide, and the badge: few among years of sent ones
                fields=["clinic", "created_at", "id"],
                name="deliveries_not_ended",
                condition=~Q(state__in=["sent", "cancelled"]),
            ),
            models.Index(
                fields=["subject_id", "created_at"],
                name="deliveries_subject",
                condition=Q(subject_id__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.channel} {self.state}"

    @property
    def recipient(self) -> str:
        """To whom, as staff call them; without the address."""
        if self.user:
            return self.user.full_name
        return self.patient.full_name if self.patient else self.to_name
