"""An import of patients, its rows, and what is remembered for the next one."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from core.accounts.models import User
from core.lib.privacy import Privacy
from core.people.models import Clinic, Patient
from core.work.models import KeptFile


class ExternalIdentifier(models.Model):
    """What another system calls a patient: the same file again finds the same chart."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="identifiers")
    system = models.CharField(max_length=200)  # a URI, "csv", or DECIDED for a person's word
    value = models.CharField(max_length=200)
    noted_at = models.DateTimeField()
    noted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    privacy: ClassVar[Privacy] = Privacy(
        open="id clinic patient noted_at noted_by", identifier="system value"
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["clinic", "system", "value"], name="identifier_once_a_clinic"
            ),
        )

    def __str__(self) -> str:
        return "identifier"


class ColumnMap(models.Model):
    """Which column of a file means what, as somebody of the clinic said it last."""

    id = models.BigAutoField(primary_key=True)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    signature = models.CharField(max_length=64)  # of the header line
    columns = models.JSONField()  # {"birth_date": 3}
    saved_at = models.DateTimeField()
    saved_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    privacy: ClassVar[Privacy] = Privacy(open="id clinic signature columns saved_at saved_by")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["clinic", "signature"], name="column_map_once"),
        )

    def __str__(self) -> str:
        return self.signature[:8]


class ImportBatch(models.Model):
    """One file. Its job says how far the work on it is; `state` says what was done last."""

    class State(models.TextChoices):
        UPLOADED = "uploaded", "Columns to confirm"
        CHECKED = "checked", "Checked, nothing taken over yet"
        COMMITTED = "committed", "Taken over"
        UNDONE = "undone", "Undone"
        DISCARDED = "discarded", "Discarded"

    class Form(models.TextChoices):
        CSV = "csv", "Table (CSV)"
        FHIR = "fhir", "FHIR R4"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="imports")
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="imports")
    state = models.CharField(max_length=10, choices=State, default=State.UPLOADED)
    form = models.CharField(max_length=5, choices=Form)
    file = models.ForeignKey(KeptFile, null=True, on_delete=models.SET_NULL, related_name="+")
    file_name = models.CharField(max_length=200)  # as it came: may name somebody
    encoding = models.CharField(max_length=20)
    delimiter = models.CharField(max_length=1, blank=True)
    headers = models.JSONField(default=list)  # a file without a header line has data here
    signature = models.CharField(max_length=64, blank=True)
    columns = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)  # {"new": 12, …}; after the commit what became of them
    created_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)
    committed_at = models.DateTimeField(null=True)
    committed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    # Rows hold what the file says: they go with it, a day after the upload or the commit.
    kept_until = models.DateTimeField(db_index=True)
    version = models.PositiveIntegerField(default=1)

    privacy: ClassVar[Privacy] = Privacy(
        open="id clinic owner state form file encoding delimiter signature columns counts "
        "created_at checked_at committed_at committed_by undone_at undone_by kept_until version",
        identifier="file_name headers",
    )

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=["committed", "undone"], committed_at__isnull=False)
                | (~Q(state__in=["committed", "undone"]) & Q(committed_at__isnull=True)),
                name="import_committed_at",
            ),
            models.CheckConstraint(
                condition=Q(state="undone", undone_at__isnull=False)
                | (~Q(state="undone") & Q(undone_at__isnull=True)),
                name="import_undone_at",
            ),
        )
        indexes = (models.Index(fields=["clinic", "-created_at"], name="import_list"),)

    def __str__(self) -> str:
        return self.form


class ImportRow(models.Model):
    """One person of the file, compared with the clinic's charts."""

    class Status(models.TextChoices):
        NEW = "new", "New"
        MATCH = "match", "Match, with something to add"
        SAME = "same", "Same, nothing to add"
        CONFLICT = "conflict", "Conflict, to decide"
        BAD = "bad", "Cannot be read"

    class Choice(models.TextChoices):
        SKIP = "skip", "Leave out"
        USE = "use", "Use this chart"
        NEW = "new", "A new chart"

    class Outcome(models.TextChoices):
        CREATED = "created", "New chart"
        CHANGED = "changed", "Added to the chart"
        SAME = "same", "Nothing to add"
        LEFT_OUT = "left_out", "Left out"

    id = models.BigAutoField(primary_key=True)
    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()  # the line of a table, the place in a bundle
    status = models.CharField(max_length=10, choices=Status)
    data = models.JSONField(default=dict)  # core/importing/person.py, as it was read
    problems = models.JSONField(default=list)  # sentences: which column, what kind of value
    candidates = models.JSONField(default=list)  # ids of charts it may be
    patient = models.ForeignKey(
        Patient, null=True, on_delete=models.SET_NULL, related_name="import_rows"
    )
    choice = models.CharField(max_length=5, choices=Choice, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    # For undo: the columns filled, the rows made, the chart's version after it.
    filled = models.JSONField(default=list)
    made = models.JSONField(default=dict)
    patient_version = models.PositiveIntegerField(null=True)
    kept_because = models.CharField(max_length=200, blank=True)  # why undo left it

    privacy: ClassVar[Privacy] = Privacy(
        open="id batch number status candidates patient choice outcome filled made "
        "patient_version kept_because",
        identifier="data problems",
    )

    class Meta:
        constraints = (models.UniqueConstraint(fields=["batch", "number"], name="import_row_once"),)
        indexes = (models.Index(fields=["batch", "status", "number"], name="import_row_list"),)

    def __str__(self) -> str:
        return f"row {self.number}"
