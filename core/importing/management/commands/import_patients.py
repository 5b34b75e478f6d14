"""Patients from files: what would happen, row by row, then taken over; each file in one step."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.accounts.models import User
from core.accounts.permissions import Perm
from core.importing.models import ImportBatch, ImportRow
from core.importing.reading import table
from core.importing.selectors import counts_now, job_of
from core.importing.services import batches
from core.lib import clock
from core.lib.errors import Conflict, Forbidden, Refused
from core.people.access import as_uuid, own_clinics_of
from core.people.models import Clinic
from core.work.jobs import run_here
from core.work.models import Job

REFUSALS = (Refused, Conflict, Forbidden)


class Command(BaseCommand):
    help = "Import patients from CSV or FHIR R4 files. With --dry-run nothing is taken over."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path)
        parser.add_argument("--clinic", required=True, help="Its name or id.")
        parser.add_argument("--as", dest="email", required=True, help="Who does it: their e-mail.")
        parser.add_argument("--dry-run", action="store_true")
        parser.add_argument(
            "--column", action="append", default=[], metavar="MEANING=HEADER",
            help=f"What a column means. Meanings: {', '.join(table.COLUMNS)}.",
        )  # fmt: skip
        parser.add_argument("--rows", action="store_true", help="Every row, not only the bad ones.")

    def handle(self, *args: Any, **options: Any) -> None:
        by = self.user(options["email"])
        clinic = self.clinic(options["clinic"], by)
        unread = 0
        for path in options["files"]:
            try:
                self.file(path, clinic, by, options)
            except (*REFUSALS, OSError) as refusal:
                unread += 1
                self.stderr.write(f"{path.name}: {refusal}")
        if unread:
            raise CommandError(f"{unread} of {len(options['files'])} files were not imported.")

    def user(self, email: str) -> User:
        user = User.objects.filter(email__iexact=email, is_active=True).first()
        if user is None or not user.may(Perm.PATIENT_IMPORT):
            raise CommandError("Nobody with this e-mail may import patients.")
        return user

    def clinic(self, said: str, by: User) -> Clinic:
        known = own_clinics_of(by, now=clock.now())
        pk = as_uuid(said)
        found = known.filter(pk=pk) if pk else known.filter(name__iexact=said)
        clinic = found.first()
        if clinic is None:
            names = ", ".join(known.values_list("name", flat=True)) or "none"
            raise CommandError(f"They work at no clinic called so. Theirs: {names}.")
        return clinic

    def file(self, path: Path, clinic: Clinic, by: User, options: dict[str, Any]) -> None:
        batch = batches.upload(
            clinic=clinic, content=path.read_bytes(), file_name=path.name, by=by, now=clock.now(),
            ask=bool(options["column"]),
        )  # fmt: skip
        job = job_of(batch)
        if job is None or options["column"]:
            job = batches.name_columns(
                batch=batch, columns=self.columns(batch, options["column"]),
                version=batch.version, by=by, now=clock.now(),
            )  # fmt: skip
        self.ended(job)
        batch.refresh_from_db()
        self.stdout.write(f"{path.name}: {self.counts(counts_now(batch))}")
        self.show(batch, every=options["rows"])
        if options["dry_run"]:
            batches.discard(batch=batch, version=batch.version, by=by, now=clock.now())
            self.stdout.write("  Dry run: nothing was taken over.")
            return
        job = batches.take_over(batch=batch, version=batch.version, by=by, now=clock.now())
        self.stdout.write(f"  {self.ended(job).words}")

    def columns(self, batch: ImportBatch, said: list[str]) -> dict[str, int]:
        found = {k: int(n) for k, n in batch.columns.items()}
        for one in said:
            meaning, _, header = one.partition("=")
            if meaning not in table.COLUMNS or header not in batch.headers:
                raise Refused(f"“{one}”: no such meaning, or no such header in the file.")
            index = batch.headers.index(header)  # what was said now counts over what was guessed
            found = {k: n for k, n in found.items() if n != index} | {meaning: index}
        return found

    def ended(self, job: Job) -> Job:
        row = run_here(job, now=clock.now(), look=lambda j: self.stderr.write(f"  {j.words}"))
        if row.state != Job.State.DONE:
            raise Refused(row.words)
        return row

    def counts(self, found: dict[str, int]) -> str:
        return ", ".join(f"{found.get(s, 0)} {s}" for s in ImportRow.Status.values)

    def show(self, batch: ImportBatch, *, every: bool) -> None:
        """No names: a terminal's words are kept in places nobody thinks of."""
        rows = batch.rows.order_by("number")
        for row in rows if every else rows.filter(status__in=["bad", "conflict"]):
            self.stdout.write(
                f"  row {row.number}: {row.status}. {' '.join(row.problems)}".rstrip()
            )
