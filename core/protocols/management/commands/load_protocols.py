"""Load every protocol file into version rows."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from core.lib.clock import now
from core.protocols.services import load


class Command(BaseCommand):
    help = "Load the protocol files; the same file twice is one version."

    def handle(self, *args: Any, **options: Any) -> None:
        for kind in settings.PROTOCOL_FILES:
            row, fresh = load(kind=kind, now=now())
            self.stdout.write(f"{row.label}: {'loaded' if fresh else 'already there'}")
