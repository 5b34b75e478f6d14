"""Undo: what an import made and nobody touched since goes; what was touched stays, and says why.

A chart that was made by mistake goes with its history, or it would name somebody for ever who was
never a patient here; the trail keeps who did what to which id. Payers stay: they name no patient.
"""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from django.db import models

from core.accounts.models import User
from core.audit.services import record, record_each
from core.importing.batch_rules import IMPORT
from core.importing.models import ExternalIdentifier, ImportBatch, ImportRow
from core.importing.services.batches import undo_until
from core.importing.services.charts import chunks
from core.lib.states import next_state
from core.people.models import Coverage, Patient, PatientContact
from core.people.related import children, histories
from core.people.services.many import lock_numbers, save_filled
from core.work.jobs import Outcome
from core.work.models import Job
from core.work.progress import Tell

WHY = "Undo of an import"
Done = ImportRow.Outcome
MADE: dict[str, type[models.Model]] = {
    "coverages": Coverage, "contacts": PatientContact, "identifiers": ExternalIdentifier,
}  # fmt: skip
NAMES = {"Coverage": "an insurance", "PatientContact": "a contact", "Episode": "a problem",
         "CareTeamMember": "the care team", "AccessGrant": "an access to it",
         "Merge": "a merge", "Measurement": "a measurement", "Appointment": "a visit"}  # fmt: skip


def undo(*, job: Job, tell: Tell, now: dt.datetime) -> Outcome:
    """The job. Raises Refused when the 24 hours are over."""
    batch = ImportBatch.objects.select_for_update(of=("self",)).select_related("clinic").get(
        pk=job.subject_id
    )  # fmt: skip
    after = next_state(IMPORT, batch.state, "undo")
    undo_until(batch, now=now)
    lock_numbers(batch.clinic)
    rows = list(batch.rows.filter(outcome__in=[Done.CREATED, Done.CHANGED]).order_by("number"))
    going = Undoing(batch, job.owner, now)
    for count, part in enumerate(chunks(rows)):
        tell(count * len(part), len(rows), f"Row {count * len(part):,} of {len(rows):,} undone")
        going.back([r for r in part if r.outcome == Done.CREATED], whole=True)
        going.back([r for r in part if r.outcome == Done.CHANGED], whole=False)
    for why in {row.kept_because for row in rows} - {""}:
        kept_rows = [row.pk for row in rows if row.kept_because == why]
        ImportRow.objects.filter(pk__in=kept_rows).update(kept_because=why)
    kept = sum(1 for row in rows if row.kept_because)
    batch.counts |= {"undone": len(rows) - kept, "kept": kept}
    batch.state, batch.undone_at, batch.undone_by = after, now, job.owner
    batch.version += 1
    batch.save()
    record(by=job.owner, action="undo_import", object_kind="import", object_id=batch.pk, now=now,
           fields=[f"undone={len(rows) - kept}", f"kept={kept}"])  # fmt: skip
    words = f"{len(rows) - kept:,} rows undone; {kept:,} stay, because somebody worked on them."
    tell(len(rows), len(rows), words)
    return Outcome(words, {"undone": len(rows) - kept, "kept": kept})


@dataclass
class Undoing:
    """Some rows at a time; a row that cannot go gets its sentence."""

    batch: ImportBatch
    by: User
    now: dt.datetime
    kept: dict[uuid.UUID, str] = field(default_factory=dict)

    def back(self, rows: list[ImportRow], *, whole: bool) -> None:
        pks = [row.patient_id for row in rows if row.patient_id]
        patients = Patient.objects.select_for_update().order_by("pk").in_bulk(pks)
        made = {name: {uuid.UUID(pk) for r in rows for pk in r.made.get(name, ())} for name in MADE}
        why: dict[Any, str] = defaultdict(str)
        for row in rows:
            why[row.patient_id] = why[row.patient_id] or reason(row, patients)
        touched = self.touched(made)
        others = self.others(pks, made) if whole else {}
        for row in rows:
            mine = {uuid.UUID(pk) for name in MADE for pk in row.made.get(name, ())}
            row.kept_because = (
                why[row.patient_id]
                or others.get(row.patient_id or uuid.UUID(int=0), "")
                or next((touched[pk] for pk in mine if pk in touched), "")
            )
        free = [row for row in rows if not row.kept_because]
        for name, model in MADE.items():
            remove(model, {uuid.UUID(pk) for row in free for pk in row.made.get(name, ())})
        gone = [(row.patient_id, row.patient_id) for row in free]
        if whole:
            other = ImportRow.objects.filter(patient_id__in=[pk for pk, _ in gone])
            other.update(patient=None)
            remove(Patient, {pk for pk, _ in gone if pk})
            for row in free:
                row.patient = None
        else:
            self.empty(free, patients)
        record_each(by=self.by, action="undo_import", object_kind="patient", about=gone,
                    now=self.now, reason=WHY)  # fmt: skip

    def empty(self, rows: list[ImportRow], patients: dict[uuid.UUID, Patient]) -> None:
        """Columns the import filled are empty again."""
        alike: dict[tuple[str, ...], list[Patient]] = defaultdict(list)
        for row in rows:
            if row.filled and row.patient_id:
                patient = patients[row.patient_id]
                for name in row.filled:
                    setattr(patient, name, Patient.Sex.UNKNOWN if name == "sex" else "")
                alike[tuple(row.filled)].append(patient)
        for names, some in alike.items():
            save_filled(some, names, by=self.by, now=self.now, reason=WHY)

    def touched(self, made: dict[str, set[uuid.UUID]]) -> dict[uuid.UUID, str]:
        """Rows the import made that were edited, ended or built upon since."""
        found: dict[uuid.UUID, str] = {}
        for name in ("coverages", "contacts"):
            model = MADE[name]
            what = NAMES[model.__name__].partition(" ")[2]
            edited = model._default_manager.filter(pk__in=made[name]).exclude(
                version=1, ended_at=None
            )
            for pk in edited.values_list("pk", flat=True):
                found[pk] = f"Its {what} was changed since."
            for pk in referring(model, made[name], {}):
                found[pk] = f"Its {what} is used since."
        return found

    def others(
        self, pks: Collection[uuid.UUID], made: dict[str, set[uuid.UUID]]
    ) -> dict[uuid.UUID, str]:
        """Charts on which something stands that the import did not make."""
        ours: dict[type[models.Model], set[uuid.UUID]] = {MADE[n]: made[n] for n in MADE}
        return {
            pk: f"There is {NAMES.get(name, 'something new')} on the chart since."
            for pk, name in referring(Patient, pks, ours).items()
        }


def reason(row: ImportRow, patients: dict[uuid.UUID, Patient]) -> str:
    """Why a chart stays as it is; "" when nobody touched it."""
    patient = patients.get(row.patient_id) if row.patient_id else None
    if patient is None:
        return "The chart is gone already."
    whole = row.outcome == Done.CREATED
    if (whole or row.filled) and patient.version != row.patient_version:
        return "The chart was changed since."
    if whole and (patient.user_id or patient.merged_into_id):
        return "The chart was changed since."
    return ""


def referring(
    model: type[models.Model],
    pks: Collection[uuid.UUID],
    ours: dict[type[models.Model], set[uuid.UUID]],
) -> dict[uuid.UUID, str]:
    """Which of these rows something points to, and what; `ours` and rows of imports apart."""
    found: dict[uuid.UUID, str] = {}
    for other, column in children(model):
        if other is ImportRow:
            continue
        rows = other._default_manager.filter(**{f"{column}__in": pks})
        if other in ours:
            rows = rows.exclude(pk__in=ours[other])
        for pk in rows.values_list(f"{column}_id", flat=True):
            found[pk] = other.__name__
    return found


def remove(model: type[models.Model], pks: Collection[uuid.UUID]) -> None:
    """For good, with its history: nothing points to them, and their rows are locked."""
    history = histories(model)
    if history is not None:
        old = history._base_manager.filter(id__in=pks)
        old._raw_delete(old.db)
    rows = model._base_manager.filter(pk__in=pks)
    rows._raw_delete(rows.db)
