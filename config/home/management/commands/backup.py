"""Make a backup: database, media and audit head of one moment."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.backup.take import backup, prune
from core.audit.anchors import anchor
from core.lib.clock import now
from core.lib.errors import Refused


class Command(BaseCommand):
    help = (
        "Write an encrypted backup below FOLDER. BACKUP_RECIPIENT holds the age public key; its "
        "secret key is kept elsewhere. Run it nightly, for example by cron or a systemd timer."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--plain", action="store_true", help="not encrypted (never off-site)")
        parser.add_argument("--unverified", action="store_true", help="no audit check afterwards")
        parser.add_argument("--keep", type=int, default=0, help="delete all but the newest N")

    def handle(self, *args: Any, **options: Any) -> None:
        recipient = "" if options["plain"] else settings.BACKUP_RECIPIENT
        if not recipient and not options["plain"]:
            raise CommandError(
                "Set BACKUP_RECIPIENT to an age public key (age1…), or say --plain if the disk is "
                "encrypted and the backup never leaves it."
            )
        try:
            made = backup(into=options["folder"], recipient=recipient, now=now())
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        anchor(now=now())
        self.stdout.write(f"Backup written: {made}")
        if not options["unverified"]:  # a broken audit chain is told by tomorrow at the latest
            call_command("verify_audit", stdout=self.stdout, stderr=self.stderr)
        if options["keep"] > 0:  # not reached when the chain is broken: an old backup may be whole
            for name in prune(into=options["folder"], keep=options["keep"]):
                self.stdout.write(f"Deleted: {name}")
