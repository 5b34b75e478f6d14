"""The directory of who else treats the clinic's patients, and what was asked of them."""

import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from simple_history.models import HistoricalRecords

from core.accounts.models import User
from core.lib.privacy import Privacy
from core.people.models import Clinic, Consent, Episode, Patient
from intake.models.calls import Call
from messaging.models import Delivery


class OutsideProvider(models.Model):
    """A provider, hospital or centre as one clinic knows it. No patient's data."""

    class Kind(models.TextChoices):
        PROVIDER = "provider", "Provider or practice"
        IMAGING = "imaging", "Imaging centre"
        HOSPITAL = "hospital", "Hospital"
        PT = "pt", "PT practice"
        SURGEON = "surgeon", "Surgeon"

    class Channel(models.TextChoices):
        FAX = "fax", "Fax"
        EMAIL = "email", "Secure e-mail"
        PRINT = "print", "Print: post, portal or by hand"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="directory")
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=Kind)
    specialty = models.CharField(max_length=80, blank=True)
    phone = models.CharField(max_length=20, blank=True)  # E.164
    fax = models.CharField(max_length=20, blank=True)  # E.164
    email = models.EmailField(blank=True)
    email_secure = models.BooleanField(default=False)  # takes encrypted mail; else never by e-mail
    portal = models.URLField(blank=True)
    address = models.CharField(max_length=200, blank=True)
    preferred = models.CharField(max_length=10, choices=Channel, default=Channel.FAX)
    note = models.CharField(max_length=300, blank=True)
    active = models.BooleanField(default=True)
    verified_on = models.DateField(null=True, blank=True)  # when somebody last checked the numbers
    search = models.CharField(max_length=320)  # lower-cased name, specialty, digits of the numbers
    version = models.PositiveIntegerField(default=1)
    history = HistoricalRecords()

    privacy: ClassVar[Privacy] = Privacy(
        open="id clinic name kind specialty phone fax email email_secure portal address preferred "
        "note active verified_on search version"
    )

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(email_secure=False) | ~Q(email=""), name="directory_secure_address"
            ),
        )
        indexes = (
            models.Index(F("clinic"), Lower("name"), F("id"), name="directory_page"),
            models.Index(fields=["clinic", "fax"], name="directory_fax", condition=~Q(fax="")),
            GinIndex(fields=["search"], name="directory_search", opclasses=["gin_trgm_ops"]),
        )

    def __str__(self) -> str:
        return self.name


class RecordsRequest(models.Model):
    """One source asked for records of one patient, from the call until somebody reviewed them."""

    class Kind(models.TextChoices):
        IMAGING_REPORT = "imaging_report", "Imaging reports"
        IMAGES = "images", "Images (disc or link)"
        OPERATIVE_NOTE = "operative_note", "Operative notes"
        VISIT_NOTES = "visit_notes", "Visit notes"
        PT_NOTES = "pt_notes", "PT notes"
        LABS = "labs", "Lab results"
        MEDICATION_LIST = "medication_list", "Medication list"

    class State(models.TextChoices):
        PREPARED = "prepared", "Prepared, not sent"
        SENDING = "sending", "Being sent"
        REQUESTED = "requested", "Asked for"
        CHASED = "chased", "Asked again"
        RECEIVED = "received", "In, to review"
        REVIEWED = "reviewed", "Reviewed"
        NONE_EXIST = "none_exist", "None exist"
        CANCELLED = "cancelled", "Cancelled"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="records_requests")
    episode = models.ForeignKey(
        Episode, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    call = models.ForeignKey(
        Call, null=True, blank=True, on_delete=models.PROTECT, related_name="records_requests"
    )
    source = models.ForeignKey(OutsideProvider, on_delete=models.PROTECT, related_name="requests")
    number = models.CharField(
        max_length=12, unique=True
    )  # on the letter; says nothing about anybody
    kinds = ArrayField(models.CharField(max_length=20, choices=Kind))
    region = models.CharField(max_length=10, choices=Episode.Region, blank=True)
    since = models.DateField(null=True, blank=True)  # nothing older is asked for
    words = models.CharField(max_length=200, blank=True)  # what exactly, when known
    state = models.CharField(max_length=10, choices=State, default=State.PREPARED)
    release = models.ForeignKey(
        Consent, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    channel = models.CharField(max_length=10, choices=OutsideProvider.Channel, blank=True)
    delivery = models.ForeignKey(
        Delivery, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    prepared_at = models.DateTimeField()
    prepared_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(null=True, blank=True)  # when it had left
    requested_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    due_at = models.DateTimeField(null=True, blank=True)  # when we ask again
    chased = models.PositiveSmallIntegerField(default=0)
    chased_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField(null=True, blank=True)
    none_said_by = models.CharField(max_length=120, blank=True)
    reviewed_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    review_words = models.TextField(blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)  # reviewed, none exist or cancelled
    said = models.CharField(max_length=200, blank=True)  # when asked again, or why it was cancelled
    version = models.PositiveIntegerField(default=1)
    history = HistoricalRecords()

    privacy: ClassVar[Privacy] = Privacy(
        open="id clinic patient episode call source number since state release channel delivery "
        "prepared_at prepared_by requested_at requested_by due_at chased chased_at received_at "
        "reviewed_at reviewed_by closed_at version",
        identifier="none_said_by",
        health="kinds region words review_words said",
    )

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(kinds__len__gt=0), name="records_of_some_kind"),
            models.CheckConstraint(
                condition=~Q(state__in=["sending", "requested", "chased"])
                | Q(release__isnull=False),
                name="records_only_with_a_release",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["requested", "chased"])
                | Q(requested_at__isnull=False, due_at__isnull=False),
                name="records_requested_at",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["received", "reviewed"]) | Q(received_at__isnull=False),
                name="records_received_at",
            ),
            models.CheckConstraint(
                condition=Q(state="reviewed", reviewed_at__isnull=False, reviewed_by__isnull=False)
                | (
                    ~Q(state="reviewed")
                    & Q(reviewed_at__isnull=True, reviewed_by__isnull=True, review_words="")
                ),
                name="records_reviewed_by",
            ),
            models.CheckConstraint(
                condition=(Q(state="none_exist") & ~Q(none_said_by=""))
                | (~Q(state="none_exist") & Q(none_said_by="")),
                name="records_none_said_by",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=["reviewed", "none_exist", "cancelled"], closed_at__isnull=False
                )
                | (
                    ~Q(state__in=["reviewed", "none_exist", "cancelled"])
                    & Q(closed_at__isnull=True)
                ),
                name="records_closed_at",
            ),
            models.CheckConstraint(
                condition=~Q(state="cancelled") | ~Q(said=""),
                name="records_cancelled_with_reason",
            ),
        )
        indexes = (
            models.Index(fields=["patient", "-prepared_at", "id"], name="records_of_patient"),
            models.Index(
                fields=["clinic", "prepared_at", "id"],
                name="records_open_page",
                condition=Q(closed_at__isnull=True),
            ),
        )

    def __str__(self) -> str:
        return f"request {self.number}"

    @property
    def kind_words(self) -> list[str]:
        return [self.Kind(kind).label for kind in self.kinds]
