"""Purge what retention says is due."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from config.retention import RULES, due, purge
from core.lib.clock import now


class Command(BaseCommand):
    help = (
        "Show what retention says is due; --yes purges it. Nothing under a legal hold is touched. "
        "Run it nightly after the backup."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--yes", action="store_true", help="purge; without it only the counts")

    def handle(self, *args: Any, **options: Any) -> None:
        at = now()
        found = purge(now=at) if options["yes"] else due(now=at)
        why = {rule.name: rule.why for rule in RULES}
        why["charts"] = "charts past RETENTION_CHART_YEARS (unset: kept for good)"
        for name, count in found.items():
            self.stdout.write(f"{count:>8}  {name:<10} {why[name]}")
        if not options["yes"]:
            self.stdout.write("Nothing was purged: this was the dry run. --yes purges.")
