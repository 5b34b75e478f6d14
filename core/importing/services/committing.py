"""Taking over: charts, what is added to charts, their numbers. One transaction; who registers waits
for it (core/people/turns.py), who books does not. Every row is compared once more with the charts
as they are now."""

import datetime as dt
import uuid
from collections import Counter
from dataclasses import dataclass, field

from django.db.models import Q
from django.db.models.functions import Lower

from core.accounts.models import User
from core.audit.services import record, record_each
from core.importing.batch_rules import IMPORT, UNDO
from core.importing.models import ExternalIdentifier, ImportBatch, ImportRow
from core.importing.person import FILLS, Contact, Insurance, Person, from_json
from core.importing.rules import DECIDED, Charts, verdict
from core.importing.services.additions import Additions, additions_for, day
from core.importing.services.charts import charts_for, fingerprint
from core.lib.states import next_state
from core.people.dates import today_at
from core.people.models import Coverage, Patient, PatientContact, Payer
from core.people.names import folded
from core.people.services.many import lock_numbers, register_many, save_filled, save_new
from core.people.services.payers import PayerFacts, add_payer
from core.work.jobs import Outcome
from core.work.models import Job
from core.work.progress import Tell

STEP = 500
WHY = "Import of patients from a file"
Status, Choice, Done = ImportRow.Status, ImportRow.Choice, ImportRow.Outcome
HIGHEST = 9  # priority of a coverage


def commit(*, job: Job, tell: Tell, now: dt.datetime) -> Outcome:
    """The job. What cannot be taken over is left out and counted, and never stops the rest."""
    batch = ImportBatch.objects.select_for_update(of=("self",)).select_related(
        "clinic", "file"
    ).get(pk=job.subject_id)  # fmt: skip
    after = next_state(IMPORT, batch.state, "commit")
    rows = list(batch.rows.order_by("number"))
    lock_numbers(batch.clinic)
    taking = Taking(batch, job.owner, now)
    total, done = len(rows), 0
    usable = [row for row in rows if not left_out(row)]
    done = total - len(usable)
    charts = charts_for(batch.clinic, [from_json(row.data) for row in usable])
    for start in range(0, len(usable), STEP):
        tell(done, total, f"Row {done:,} of {total:,} taken over")
        part = usable[start : start + STEP]
        taking.take([row for row in part if still(row, charts, taking)])
        done += len(part)
    batch.rows.all().delete()  # written anew: ten times as quick as changing each
    ImportRow.objects.bulk_create(rows, batch_size=500)
    outcomes = Counter(row.outcome for row in rows)
    batch.counts |= {str(o): outcomes.get(o, 0) for o in Done.values}
    batch.counts |= {"payers": taking.new_payers, "coverages": taking.new_coverages}
    batch.state, batch.committed_at, batch.committed_by = after, now, job.owner
    batch.kept_until = now + UNDO
    batch.version += 1
    batch.save()
    if batch.file:
        batch.file.delete()
    record(by=job.owner, action="import", object_kind="import", object_id=batch.pk, now=now,
           fields=[f"{k}={v}" for k, v in batch.counts.items()])  # fmt: skip
    words = said(outcomes)
    tell(total, total, words)
    return Outcome(words, {k: v for k, v in batch.counts.items() if k not in Status.values})


def said(outcomes: Counter[str]) -> str:
    left, new = outcomes[Done.LEFT_OUT], outcomes[Done.CREATED]
    return (
        f"{new:,} new chart{'' if new == 1 else 's'}, {outcomes[Done.CHANGED]:,} added to, "
        f"{outcomes[Done.SAME]:,} the same; {left:,} rows were left out."
    )


def left_out(row: ImportRow) -> bool:
    """Bad rows, and conflicts nobody decided or somebody decided to leave."""
    out = row.status == Status.BAD or (
        row.status == Status.CONFLICT and row.choice in {"", Choice.SKIP}
    )
    if out:
        row.outcome = Done.LEFT_OUT
    return out


def still(row: ImportRow, charts: Charts, taking: "Taking") -> bool:
    """Does the row say today what was shown and decided? Else it is left out: never guessed."""
    person = from_json(row.data)
    now_it_is = verdict(person, charts, decided=fingerprint(person))
    if row.status == Status.CONFLICT:
        fits = now_it_is.status == Status.CONFLICT and (
            row.choice == Choice.NEW or str(row.patient_id) in map(str, now_it_is.candidates)
        )
    elif row.status == Status.NEW:
        fits = now_it_is.status == Status.NEW
    else:
        fits = now_it_is.status == Status.MATCH and now_it_is.chart == row.patient_id
    if not fits:
        row.outcome = Done.LEFT_OUT
        row.problems = [*row.problems, "The charts changed since the check. Import it once more."]
    return fits


@dataclass
class Taking:
    """What one import writes; `take` is called with some hundred rows at a time."""

    batch: ImportBatch
    by: User
    now: dt.datetime
    payers: dict[str, Payer] = field(default_factory=dict)
    new_payers: int = 0
    new_coverages: int = 0
    taken_mrns: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        here = Payer.objects.filter(clinic=self.batch.clinic)
        self.payers = {folded(p.name): p for p in here}

    def take(self, rows: list[ImportRow]) -> None:
        """Charts first, then what hangs on them."""
        people = {row.number: from_json(row.data) for row in rows}
        new = [r for r in rows if r.status == Status.NEW or r.choice == Choice.NEW]
        known = self.locked([r for r in rows if r not in new])
        self.create(new, people)
        found = additions_for(self.batch.clinic, [(r, people[r.number]) for r in known])
        for row, one in zip(known, found, strict=True):
            row.outcome = Done.CHANGED if one.anything else Done.SAME
            row.problems = [*row.problems, *(n for n in one.notes if n not in row.problems)]
        self.fill(known, found)
        added = [
            (r, people[r.number], Additions(coverages=list(people[r.number].coverages),
                                            contacts=list(people[r.number].contacts),
                                            identifiers=list(people[r.number].identifiers)))
            for r in new
        ] + [(r, people[r.number], one) for r, one in zip(known, found, strict=True)]  # fmt: skip
        self.attach(added)

    def locked(self, rows: list[ImportRow]) -> list[ImportRow]:
        """One writer of a registration at a time; a chart merged away meanwhile is left out."""
        pks = [row.patient_id for row in rows if row.patient_id]
        found = Patient.objects.select_for_update(no_key=True).filter(pk__in=pks, merged_into=None)
        here = set(found.order_by("pk").values_list("pk", flat=True))
        for row in rows:
            if row.patient_id not in here:
                row.outcome = Done.LEFT_OUT
                row.problems = [*row.problems, "Its chart was merged meanwhile. Import once more."]
        return [row for row in rows if row.patient_id in here]

    def create(self, rows: list[ImportRow], people: dict[int, Person]) -> None:
        brought = {people[r.number].mrn.lower() for r in rows}
        here = Patient.objects.filter(clinic=self.batch.clinic).annotate(number=Lower("mrn"))
        taken = set(here.filter(number__in=brought).values_list("number", flat=True))
        charts = [
            chart(people[r.number], mrn="" if people[r.number].mrn.lower() in taken else None)
            for r in rows
        ]
        saved = register_many(
            clinic=self.batch.clinic, charts=charts, by=self.by, now=self.now, reason=WHY
        )
        for row, patient in zip(rows, saved, strict=True):
            row.patient, row.outcome = patient, Done.CREATED
            row.patient_version = patient.version

    def fill(self, rows: list[ImportRow], found: list[Additions]) -> None:
        wanted = {r.patient_id: one for r, one in zip(rows, found, strict=True) if r.patient_id}
        changing = [pk for pk, one in wanted.items() if one.fields]
        held = Patient.objects.select_for_update(no_key=True).order_by("pk")
        patients = {p.pk: p for p in held.filter(pk__in=changing)}
        by_fields: dict[tuple[str, ...], list[Patient]] = {}
        for pk, patient in patients.items():
            fields = {k: v for k, v in wanted[pk].fields.items()
                      if not getattr(patient, k) or k == "sex"}  # fmt: skip
            for name, value in fields.items():
                setattr(patient, name, value)
            by_fields.setdefault(tuple(sorted(fields)), []).append(patient)
        for names, some in by_fields.items():
            save_filled(some, names, by=self.by, now=self.now, reason=WHY)
            for patient in some:
                row = next(r for r in rows if r.patient_id == patient.pk)
                row.filled, row.patient_version = list(names), patient.version

    def attach(self, added: list[tuple[ImportRow, Person, Additions]]) -> None:
        pks = [row.patient_id for row, _, _ in added if row.patient_id]
        used = priorities(pks)
        coverages, contacts, numbers = [], [], []
        for row, person, one in added:
            assert row.patient_id  # noqa: S101 - created above, or matched
            mine = [c for i in one.coverages if (c := self.coverage(row, i, used))]
            told = [self.contact(row.patient_id, c) for c in one.contacts]
            said_by = [*one.identifiers]
            if row.status == Status.CONFLICT:
                said_by.append((DECIDED, fingerprint(person)))
            names = [self.identifier(row.patient_id, *pair) for pair in said_by]
            row.made = {"coverages": [str(c.pk) for c in mine],
                        "contacts": [str(c.pk) for c in told],
                        "identifiers": [str(n.pk) for n in names]}  # fmt: skip
            coverages += mine
            contacts += told
            numbers += names
        self.new_coverages += len(coverages)
        save_new(Coverage, coverages, kind="coverage", by=self.by, now=self.now, reason=WHY)
        save_new(PatientContact, contacts, kind="contact", by=self.by, now=self.now, reason=WHY)
        fresh = ExternalIdentifier.objects.bulk_create(numbers, ignore_conflicts=True)
        record_each(by=self.by, action="create", object_kind="identifier", now=self.now,
                    about=[(n.pk, n.patient_id) for n in fresh], reason=WHY)  # fmt: skip

    def coverage(
        self, row: ImportRow, said_of: Insurance, used: dict[uuid.UUID, set[int]]
    ) -> Coverage | None:
        assert row.patient_id  # noqa: S101 - as above
        today = today_at(self.batch.clinic.zone, now=self.now)
        ends = day(said_of.ends_on)
        mine = used.setdefault(row.patient_id, set())
        free = next((n for n in range(1, HIGHEST + 1) if n not in mine), None)
        if ends and ends < today:  # over: it takes nobody's place
            priority = free or HIGHEST
        elif free is None:
            row.problems = [*row.problems, "More than nine coverages; one was left out."]
            return None
        else:
            priority = free
            mine.add(free)
        return Coverage(
            patient_id=row.patient_id, payer=self.payer(said_of), plan=said_of.plan,
            member_id=said_of.member_id, group_number=said_of.group_number,
            subscriber=said_of.subscriber, priority=priority, starts_on=day(said_of.starts_on),
            ends_on=ends, noted_at=self.now, noted_by=self.by,
        )  # fmt: skip

    def payer(self, said_of: Insurance) -> Payer:
        """The clinic's, by name; else a new one whose class somebody should look at."""
        name = folded(said_of.payer)
        if name not in self.payers:
            note = "Class guessed from the name at an import: please check."
            wanted = PayerFacts(name=said_of.payer, payer_class=said_of.payer_class,
                                note=note if said_of.guessed else "")  # fmt: skip
            self.payers[name] = add_payer(
                clinic=self.batch.clinic, wanted=wanted, by=self.by, now=self.now
            )
            self.new_payers += 1
        return self.payers[name]

    def contact(self, pk: uuid.UUID, said_of: Contact) -> PatientContact:
        return PatientContact(
            patient_id=pk, name=said_of.name, relation=said_of.relation, phone=said_of.phone,
            emergency=True, noted_at=self.now, noted_by=self.by,
        )  # fmt: skip

    def identifier(self, pk: uuid.UUID, system: str, value: str) -> ExternalIdentifier:
        return ExternalIdentifier(
            clinic=self.batch.clinic, patient_id=pk, system=system, value=value,
            noted_at=self.now, noted_by=self.by,
        )  # fmt: skip


def chart(person: Person, *, mrn: str | None) -> Patient:
    """A new chart, unsaved."""
    status = Patient.Status.DECEASED if person.deceased else Patient.Status.ACTIVE
    return Patient(
        given_name=" ".join(person.given_name.split()),
        family_name=" ".join(person.family_name.split()),
        birth_date=person.born,
        mrn=person.mrn if mrn is None else mrn,
        language=person.language or "English",
        interpreter=person.interpreter,
        status=status,
        status_on=day(person.deceased_on),
        **({"sex": person.sex} if person.sex else {}),
        **{name: getattr(person, name) for name in FILLS},
    )


def priorities(pks: list[uuid.UUID]) -> dict[uuid.UUID, set[int]]:
    """Which places are taken on each chart."""
    found: dict[uuid.UUID, set[int]] = {}
    rows = Coverage.objects.filter(Q(ends_on=None), patient_id__in=pks, ended_at=None)
    for pk, priority in rows.values_list("patient_id", "priority"):
        found.setdefault(pk, set()).add(priority)
    return found
