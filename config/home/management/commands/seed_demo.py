"""Seed the demo clinic and write its sign-ins."""

import json
import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.home.demo.bulk import SIZES, fill
from config.home.demo.people import (
    PATIENT_EMAIL,
    make_clinic,
    make_roster,
    make_staff,
    make_user,
    printed_users,
)
from config.home.demo.stories import tell
from core.accounts.roles import Role
from core.lib.clock import now


class Command(BaseCommand):
    help = (
        "Seed the invented clinic of the demo (again = nothing new) and write its sign-ins as JSON."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--size", choices=list(SIZES), default="small")
        parser.add_argument("--users-file", type=Path, required=True)
        parser.add_argument("--without-stories", action="store_true", help="people and clinic only")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.MODE not in {"demo", "test"}:
            raise CommandError(
                "The demo clinic is seeded in demo mode only: its passwords are printed."
            )
        at = now()
        clinic = make_clinic()
        people = make_staff(clinic, at)
        patient = make_user(email=PATIENT_EMAIL, name="Daniel Okafor", roles=[Role.PATIENT], now=at)
        make_roster(clinic, people, at)
        if not options["without_stories"]:
            tell(clinic, people, patient, at)
        if patients := SIZES[options["size"]]:
            fill(clinic=clinic, patients=patients, now=at, say=self.progress)
        handle = os.open(options["users_file"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as file:
            json.dump(printed_users(people, patient), file, indent=2)
        self.stdout.write("The demo clinic is there.")

    def progress(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
