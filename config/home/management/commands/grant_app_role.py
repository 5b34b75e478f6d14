"""Give the role of web and workers its rights. Run it as the owner, after every migrate."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import ProgrammingError

from config.database_role import grant
from core.lib.errors import Refused


class Command(BaseCommand):
    help = (
        "Makes the database role of web and workers: on the audit tables it may only add rows. "
        "With APP_DATABASE_PASSWORD it may sign in itself."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--role", default=settings.DATABASE_ROLE or "hallway_app")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            grant(role=options["role"], password=settings.APP_DATABASE_PASSWORD)
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        except ProgrammingError as error:
            raise CommandError(
                f"{error}Run this as the owner of the tables, without DATABASE_ROLE. If the owner "
                "may not make roles, an administrator runs: "
                f"CREATE ROLE {options['role']} NOLOGIN; GRANT {options['role']} TO <owner>;"
            ) from error
        self.stdout.write(f"Role {options['role']}: may add audit rows, and change none.")
