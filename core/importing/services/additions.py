"""What a file adds to a chart that is there: empty columns, coverages, contacts, numbers.

What the chart says stays, whatever the file says: a difference is a note for a person, never an
overwrite. So the same file again adds nothing.
"""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from core.importing.models import ExternalIdentifier, ImportRow
from core.importing.person import FILLS, Contact, Insurance, Person
from core.importing.services.charts import chunks
from core.people.models import Clinic, Coverage, Patient, PatientContact
from core.people.names import folded

LABELS = {"phone": "phone", "email": "e-mail", "address": "street", "postal_code": "ZIP",
          "preferred_name": "preferred name"}  # fmt: skip


@dataclass
class Additions:
    """For one chart; all empty = nothing to add."""

    fields: dict[str, str] = field(default_factory=dict)
    coverages: list[Insurance] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)
    identifiers: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def anything(self) -> bool:
        return bool(self.fields or self.coverages or self.contacts or self.identifiers)


def additions_for(clinic: Clinic, matched: Sequence[tuple[ImportRow, Person]]) -> list[Additions]:
    """One for each (row with its chart, person), in their order; a few queries for all."""
    pks = [row.patient_id for row, _ in matched if row.patient_id]
    patients: dict[uuid.UUID, Patient] = {}
    coverages: dict[uuid.UUID, list[Coverage]] = defaultdict(list)
    contacts: dict[uuid.UUID, list[PatientContact]] = defaultdict(list)
    taken: set[tuple[str, str]] = set()
    for part in chunks(pks):
        patients |= Patient.objects.in_bulk(part)
        for coverage in Coverage.objects.filter(patient_id__in=part, ended_at=None).select_related(
            "payer"
        ):
            coverages[coverage.patient_id].append(coverage)
        for contact in PatientContact.objects.filter(patient_id__in=part, ended_at=None):
            contacts[contact.patient_id].append(contact)
    for some in chunks([value for _, person in matched for _, value in person.identifiers]):
        known = ExternalIdentifier.objects.filter(clinic=clinic, value__in=some)
        taken |= set(known.values_list("system", "value"))
    found = []
    for row, person in matched:
        pk = row.patient_id
        if pk is None or pk not in patients:
            found.append(Additions(notes=["The chart is gone."]))
            continue
        one = filled(patients[pk], person)
        one.coverages = [i for i in person.coverages
                         if not any(same_coverage(c, i) for c in coverages[pk])]  # fmt: skip
        one.contacts = [c for c in person.contacts
                        if not any(k.phone == c.phone for k in contacts[pk])]  # fmt: skip
        one.identifiers = [i for i in person.identifiers if i not in taken]
        found.append(one)
    return found


def filled(patient: Patient, person: Person) -> Additions:
    """Empty columns of the chart that the file fills, and where the two differ."""
    found = Additions()
    for name in FILLS:
        has, says = getattr(patient, name), getattr(person, name)
        if says and not has:
            found.fields[name] = says
        elif says and folded(says) != folded(has):
            label = LABELS.get(name, name).capitalize()
            found.notes.append(f"{label} differs; the chart's stays.")
    if person.sex and person.sex != patient.sex:
        if patient.sex == Patient.Sex.UNKNOWN:
            found.fields["sex"] = person.sex
        else:
            found.notes.append("Sex differs; the chart's stays.")
    if person.language and folded(person.language) != folded(patient.language):
        found.notes.append("Language differs; the chart's stays.")
    if person.deceased and patient.status != Patient.Status.DECEASED:
        found.notes.append("The file says the patient has died; the chart does not. Please check.")
    return found


def same_coverage(coverage: Coverage, said: Insurance) -> bool:
    """One insurance, in the words of the chart and of the file."""
    if folded(coverage.payer.name) != folded(said.payer):
        return False
    if coverage.member_id and said.member_id:
        return folded(coverage.member_id) == folded(said.member_id)
    starts = day(said.starts_on)
    alike = coverage.starts_on == starts or not (coverage.starts_on and starts)
    return folded(coverage.plan) == folded(said.plan) and alike


def day(text: str) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None
