"""One patient's whole record as a ZIP, for somebody who may export it, with a reason."""

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from config.home.patient_export import archive, why
from core.accounts.models import User
from core.accounts.permissions import Perm
from core.audit.services import record
from core.lib import clock
from core.lib.errors import NotFound, Refused
from core.people.access import patient_for
from core.work.progress import silent


class Command(BaseCommand):
    help = "Export a patient's record (JSON, FHIR, letters, documents) as a ZIP only you can read."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("patient", help="The chart's id (it stands in its address).")
        parser.add_argument("file", type=Path, help="A ZIP that is not there yet.")
        parser.add_argument("--as", dest="email", required=True, help="Who does it: their e-mail.")
        parser.add_argument("--reason", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        at = clock.now()
        by = User.objects.filter(email__iexact=options["email"], is_active=True).first()
        if by is None or not by.may(Perm.PATIENT_EXPORT):
            raise CommandError("Nobody with this e-mail may export a record.")
        try:
            reason = why(options["reason"])
            patient = patient_for(by, options["patient"], now=at)
        except (Refused, NotFound) as refusal:
            raise CommandError(str(refusal)) from refusal
        try:
            held = os.open(options["file"], os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError as error:
            raise CommandError("There is a file of that name already. Choose another.") from error
        try:
            with os.fdopen(held, "wb") as file, transaction.atomic():
                record(by=by, action="export", object_kind="patient", object_id=patient.pk,
                       patient_id=patient.pk, reason=reason, now=at)  # fmt: skip
                counts = archive(patient, into=file, by=by, tell=silent, now=at)
        except BaseException:  # half a record is none
            options["file"].unlink(missing_ok=True)
            raise
        said = ", ".join(f"{n} {name.replace('_', ' ')}" for name, n in counts.items())
        self.stdout.write(f"{options['file']}: {said}.")
